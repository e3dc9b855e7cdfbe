/*
 * Is:        crash tests of the whole store: a random life of a log on a modelled
 *            disk; before each operation that changes something the power is cut in
 *            several ways, and what starts again must keep every promise made so far.
 *            The tree is another process's: the log commits between its operations too.
 * Is not:    a test of a real file system (tests/store-faults).
 * Called by: the test run; tests/crash-states for more (SLAGBOOM_STATES) or for one
 *            life again, by the number that a failure prints (SLAGBOOM_LIFE).
 * Owns:      nothing.
 * Trust:     no input.
 *
 * The promises: an acknowledged record is there and identical; no two roots are
 * handed out to be signed for one size, none smaller after a larger, and each is
 * the naive root of the records; every tile and bundle under it is right; the
 * published checkpoint is there. Lies of the disk (planted bugs) must be noticed.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "evidence/disk_model.h"
#include "evidence/log.h"
#include "evidence/store_check.h"
#include "evidence/tiler.h"
#include "testing/test.h"

enum { RECORDS_MAX = 900, SIGNED_MAX = 256, ROOTS_JUDGED = 4, STATES_DEFAULT = 10000 };

/* What was promised to the world outside, and what went into the log. */
struct promises {
	bool exists;	     /* log_create returned 0 */
	uint64_t n_acked;    /* records below were acknowledged */
	uint64_t n_appended; /* records below have a generation */
	uint16_t generation[RECORDS_MAX];
	size_t n_signed;
	struct {
		uint64_t size;
		struct hash root;
	} head[SIGNED_MAX];
	uint64_t published; /* a checkpoint of this size was published */
};

/* One life: a disk, what runs on it, and the promises made. */
struct life {
	struct store_entries entries;
	struct promises p;
	struct disk_model *m;
	uint64_t random;
	uint16_t generation;
	enum shelf_sync how;
	uint32_t spares;
	unsigned depth; /* lives within lives: a crash while recovering from one */
	struct log log;
	struct tiler tiler;
	bool is_deriving;   /* the tree's process is in the middle of something */
	bool is_committing; /* and the log's too */
	int err;            /* of the log meanwhile */
	char why[256];
	uint8_t raw[6000];
};

static uint64_t states_left, states_done;
static const char *first_broken; /* of the current experiment */
static char broken_text[300];
static const uint8_t id[WAL_ID_LEN] = "an identity of thirty-two bytes";

static uint64_t below(struct life *l, uint64_t n)
{
	uint64_t z = (l->random += 0x9e3779b97f4a7c15u);

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return (z ^ (z >> 31)) % n;
}

static const char *break_off(struct life *l, const char *what)
{
	if (what != l->why)
		(void)snprintf(l->why, sizeof(l->why), "%s", what);
	return l->why;
}

/* Record i as its generation wrote it: mostly short, some over several sectors. */
static struct rd record(struct store_entries *self, uint64_t i)
{
	struct life *l = CONTAINER_OF(self, struct life, entries);
	uint64_t x = i * 1000003 + l->p.generation[i] * 7919u;
	size_t len = x % 41 == 0 ? 2000 + x % 3900 : 10 + x % 120;

	memset(l->raw, (int)(x & 0x7f), len);
	(void)snprintf((char *)l->raw, 10, "%04" PRIu64 ".%03u", i, l->p.generation[i] % 1000);
	return rd_of(l->raw, len);
}

static struct log_config config(const struct life *l)
{
	struct log_config c = log_defaults();

	c.segment_len = WAL_BLOCK + 18 * WAL_BLOCK;
	c.group_max = WAL_ENTRY_MAX + 2;
	c.reserve_len = 2 * WAL_BLOCK;
	c.spares = l->spares;
	return c;
}

/* ---- a life ---- */

static int append_some(struct life *l, uint64_t n)
{
	uint64_t index;
	int r = 0;

	for (; n > 0 && r == 0 && l->log.wal.next < RECORDS_MAX; n--) {
		uint64_t next = l->log.wal.next;
		l->p.generation[next] = l->generation;
		r = log_append(&l->log, record(&l->entries, next), false, 0, &index);
		if (r == 0)
			l->p.n_appended = next + 1;
	}
	if (r == LOG_NO_ROOM)
		return log_idle(&l->log);
	return r < 0 ? r : 0;
}

static int commit(struct life *l)
{
	int err = log_commit(&l->log);

	if (!err && l->p.n_acked < log_durable(&l->log))
		l->p.n_acked = log_durable(&l->log);
	return err;
}

/* Between two operations of the tree's process. */
static void log_meanwhile(struct life *l)
{
	if (!l->is_deriving || l->is_committing || l->err || below(l, 12))
		return;
	l->is_committing = true;
	l->err = append_some(l, 1 + below(l, 4));
	if (!l->err)
		l->err = commit(l);
	if (!l->err && below(l, 3) == 0)
		l->err = log_idle(&l->log);
	if (l->err == LOG_NO_ROOM)
		l->err = 0;
	l->is_committing = false;
}

static int derived(struct life *l, int err)
{
	l->is_deriving = false;
	return err ? err : l->err;
}

static int step(struct life *l, uint64_t n)
{
	struct wal_fault f;

	l->is_deriving = true;
	return derived(l, tiler_step(&l->tiler, log_durable(&l->log), n, &f));
}

static int settle(struct life *l)
{
	struct tree_state s = { .size = 0 };
	int err = step(l, UINT32_MAX);

	l->is_deriving = true;
	if (!err)
		err = tiler_settle(&l->tiler, &s);
	err = derived(l, err);
	if (err)
		return err;
	if (l->p.n_signed < SIGNED_MAX) {
		l->p.head[l->p.n_signed].size = s.size;
		l->p.head[l->p.n_signed++].root = s.root;
	}
	return 0;
}

static int publish(struct life *l)
{
	uint64_t size;
	char text[32];
	int err = settle(l);

	size = l->tiler.state.size;
	(void)snprintf(text, sizeof(text), "%020" PRIu64, size);
	l->is_deriving = true;
	if (!err)
		err = tiler_publish(&l->tiler, rd_str(text));
	err = derived(l, err);
	if (err)
		return err;
	l->p.published = size;
	return log_published(&l->log, size);
}

static int live_on(struct life *l, unsigned steps)
{
	int err = 0;

	for (; !err && steps > 0; steps--) {
		switch (below(l, 8)) {
		case 0:
		case 1:
			err = append_some(l, 1 + below(l, 30));
			break;
		case 2:
		case 3:
			err = append_some(l, 1 + below(l, 4));
			if (!err)
				err = commit(l);
			break;
		case 4:
			err = commit(l);
			break;
		case 5:
			err = log_idle(&l->log);
			break;
		case 6:
			err = step(l, 1 + below(l, 300));
			break;
		default:
			err = publish(l);
			break;
		}
		if (err == LOG_NO_ROOM)
			err = 0;
	}
	return err;
}

static void stop(struct life *l)
{
	tiler_done(&l->tiler);
	log_done(&l->log);
}

/* Opens both; what they say is judged by the caller. */
static int start(struct life *l)
{
	struct log_config c = config(l);
	struct disk *d = disk_model_disk(l->m);
	struct wal_fault f = { .why = "" };
	int err = log_open(&l->log, d, &c, &f);

	memset(&l->tiler, 0, sizeof(l->tiler));
	if (err == LOG_ABSENT && !l->p.exists) {
		log_done(&l->log);
		err = log_create(d, &c, id, &f);
		l->p.exists = err == 0;
		if (!err)
			err = log_open(&l->log, d, &c, &f);
	}
	if (!err)
		err = tiler_open(&l->tiler, d, l->how, &f);
	if (err > 0)
		(void)snprintf(l->why, sizeof(l->why), "refused: %d %.100s at %" PRIu64 ": %s", err,
		    f.file, f.off, f.why ? f.why : "");
	return err;
}

/* ---- the promises ---- */

static const char *heads_hold(struct life *l, const struct hash *leaf, uint64_t n)
{
	struct hash root;
	uint64_t last = 0;

	for (size_t i = 0; i < l->p.n_signed; i++) {
		uint64_t size = l->p.head[i].size;
		if (size < last)
			return break_off(l, "a smaller size was signed after a larger");
		if (size > n)
			return break_off(l, "a signed size is larger than the log");
		last = size;
		/* What was signed before stays as it was: a state before this one has judged it. */
		if (i + ROOTS_JUDGED < l->p.n_signed)
			continue;
		store_root(leaf, size, &root);
		if (!hash_equal(&root, &l->p.head[i].root))
			return break_off(l, "a signed root is not the root of the records");
	}
	return NULL;
}

static const char *checkpoint_holds(struct life *l)
{
	struct rd text;

	if (!disk_model_file(l->m, "checkpoint", &text))
		return l->p.published ? break_off(l, "the published checkpoint is gone") : NULL;
	if (text.len != 20)
		return break_off(l, "the checkpoint is torn");
	if (strtoull((const char *)text.p, NULL, 10) < l->p.published)
		return break_off(l, "the checkpoint went back");
	return NULL;
}

/* Of a life that has just started. */
static const char *promises_hold(struct life *l)
{
	uint64_t n = log_durable(&l->log);
	struct hash *leaf;
	const char *bad;

	if (n < l->p.n_acked)
		return break_off(l, "an acknowledged record is gone");
	if (n > l->p.n_appended)
		return break_off(l, "there are records that nobody appended");
	bad = checkpoint_holds(l);
	if (bad)
		return bad;
	l->p.n_acked = n; /* recovery says that all it found is durable */
	l->p.n_appended = n;
	l->generation++;
	if (settle(l) != 0)
		return break_off(l, "the recovered log cannot be settled");
	leaf = store_leaves(&l->entries, n);
	bad = heads_hold(l, leaf, n);
	if (!bad)
		bad = store_check(disk_model_disk(l->m), &l->entries, leaf, n, l->why);
	mem_free(&leaf);
	return bad;
}

/* Lives on, a few steps or over several segments, and starts once more. */
static const char *survives(struct life *l)
{
	if (live_on(l, below(l, 8) ? 4 : 50) != 0)
		return break_off(l, "an operation failed on a disk that works");
	stop(l);
	if (start(l) != 0)
		return break_off(l, l->why[0] ? l->why : "the log does not start once more");
	return promises_hold(l);
}

static void cut_before(void *ctx, uint64_t op);

/* Starts on what the crash left, judges, and sometimes lives on to be cut again. */
static const char *judge(const struct life *before, struct disk_model *left, uint64_t seed)
{
	struct life *l = mem_new(1, sizeof(*l));
	const char *bad = NULL;
	int err;

	*l = *before;
	l->m = left;
	l->is_deriving = l->is_committing = false;
	l->random = seed;
	l->depth++;
	l->why[0] = '\0';
	states_done++;
	if (states_left)
		states_left--;
	if (l->depth < 3 && below(l, 8) == 0)
		disk_model_watch(left, cut_before, l);
	err = start(l);
	if (err)
		bad = break_off(l, l->why[0] ? l->why : "the log does not start");
	else
		bad = promises_hold(l);
	if (!bad && below(l, 16) == 0)
		bad = survives(l);
	if (bad && !first_broken) {
		(void)snprintf(broken_text, sizeof(broken_text), "%s", bad);
		first_broken = broken_text;
	}
	stop(l);
	disk_model_free(&left);
	mem_free(&l);
	return bad;
}

static void cut_before(void *ctx, uint64_t op)
{
	struct life *l = ctx;
	uint64_t ways = l->depth ? 1 : below(l, 3);

	for (uint64_t i = 0; i < ways && states_left && !first_broken; i++) {
		uint64_t seed = l->random ^ (op * 131 + i) * 0x9e3779b97f4a7c15u;
		if (l->depth && seed % 4)
			continue;
		(void)judge(l, disk_model_power_cut(l->m, seed), seed);
	}
	log_meanwhile(l);
}

/* An operation fails, the process stops; the next one finds the cache as it was, or
 * the power goes too. */
static void fail_once(struct life *l, uint64_t seed)
{
	enum model_failure how = (enum model_failure)(seed / 7 % 4);

	disk_model_watch(l->m, NULL, NULL);
	disk_model_fail(l->m, disk_model_ops(l->m) + below(l, 60), how);
	if (live_on(l, 40) == 0 && how != MODEL_DISK_FULL)
		return; /* the end of the records came first */
	for (unsigned i = 0; i < 8 && states_left && !first_broken; i++)
		(void)judge(l,
		    i % 2 ? disk_model_power_cut(l->m, seed + i) : disk_model_copy(l->m, seed + i),
		    seed + i);
}

static void one_life(uint64_t seed, unsigned lies, bool failing)
{
	struct life *l = mem_new(1, sizeof(*l));

	l->entries.entry = record;
	l->m = disk_model_new(seed);
	l->random = seed;
	l->how = (enum shelf_sync[]){ SHELF_SYNCFS, SHELF_FSYNC_EACH, SHELF_FEW_EACH }[seed % 3];
	l->spares = 1 + (uint32_t)(seed / 3 % 3);
	disk_model_lie(l->m, lies);
	if (!failing)
		disk_model_watch(l->m, cut_before, l);
	if (start(l) != 0 || live_on(l, 10 + (unsigned)below(l, failing ? 60 : 200)) != 0) {
		first_broken = "a life failed on a disk that works";
	} else if (failing) {
		fail_once(l, seed);
	}
	stop(l);
	disk_model_free(&l->m);
	mem_free(&l);
}

static uint64_t states_wanted(void)
{
	const char *given = getenv("SLAGBOOM_STATES");

	return given ? strtoull(given, NULL, 10) : STATES_DEFAULT;
}

/* Lives until `n` states are judged. Returns what broke first, or NULL. */
static const char *experiment(uint64_t n, unsigned lies, bool failing, uint64_t *out_seed)
{
	first_broken = NULL;
	states_left = n;
	for (unsigned idle = 0; states_left && !first_broken && idle < 1000; idle++) {
		uint64_t left = states_left;
		*out_seed = test_random();
		one_life(*out_seed, lies, failing);
		if (states_left != left)
			idle = 0;
	}
	return first_broken;
}

/* The one life of SLAGBOOM_LIFE, from its number alone, or an experiment. */
static const char *ask_for(uint64_t n, bool failing, uint64_t *out_seed)
{
	const char *given = getenv("SLAGBOOM_LIFE");

	if (!given)
		return experiment(n, MODEL_HONEST, failing, out_seed);
	first_broken = NULL;
	states_left = UINT64_MAX;
	*out_seed = strtoull(given, NULL, 10);
	one_life(*out_seed, MODEL_HONEST, failing);
	return first_broken;
}

static void expect_no_break(uint64_t n, bool failing)
{
	uint64_t seed = 0, before = states_done;
	const char *bad = ask_for(n, failing, &seed);

	if (bad)
		test_fail(__FILE__, __LINE__, "life %" PRIu64 ": %s", seed, bad);
	printf("%" PRIu64 " crash states judged\n", states_done - before);
}

TEST(every_promise_survives_a_power_cut_at_any_operation)
{
	expect_no_break(states_wanted() * 7 / 10, false);
}

TEST(every_promise_survives_operations_that_fail)
{
	expect_no_break(states_wanted() * 3 / 10, true);
}

static void expect_break(unsigned lies, bool failing)
{
	uint64_t seed;
	/* Lives of thousands of states each, and not every one syncs in the way that lies. */
	const char *bad = experiment(50000, lies, failing, &seed);

	CHECK(bad != NULL);
	printf("noticed: %s\n", bad);
}

TEST(a_skipped_fdatasync_is_noticed)
{
	expect_break(MODEL_NO_FDATASYNC, false);
}

TEST(a_skipped_fsync_of_a_directory_is_noticed)
{
	expect_break(MODEL_NO_FSYNC_DIR, false);
}

TEST(a_skipped_syncfs_is_noticed)
{
	expect_break(MODEL_NO_SYNCFS, false);
}

TEST(a_swallowed_error_is_noticed)
{
	expect_break(MODEL_SWALLOWS_ERRORS, true);
}
