/*
 * Is:        tests of the log and its tiles together, on a disk that behaves.
 * Is not:    the crash tests (test_crash.c).
 * Called by: the test run.
 * Owns:      nothing.
 * Trust:     no input.
 */
#include "evidence/tiler.h"

#include <errno.h>
#include <string.h>

#include "base/mem.h"
#include "evidence/disk_model.h"
#include "evidence/log.h"
#include "evidence/store_check.h"
#include "testing/test.h"

static const uint8_t id[WAL_ID_LEN] = "an identity of thirty-two bytes";

struct numbered {
	struct store_entries entries;
	uint8_t raw[64];
};

static struct rd numbered_entry(struct store_entries *self, uint64_t i)
{
	struct numbered *n = CONTAINER_OF(self, struct numbered, entries);

	memcpy(n->raw, &i, sizeof(i));
	return rd_of(n->raw, (size_t)(i % 50));
}

static struct numbered numbered = { .entries = { .entry = numbered_entry } };

static void append_until(struct log *l, uint64_t end)
{
	uint64_t index;

	while (l->wal.next < end) {
		int r = log_append(l, numbered_entry(&numbered.entries, l->wal.next), false, 0,
		    &index);
		if (r == LOG_BUSY || r == LOG_NO_ROOM)
			CHECK_INT(log_commit(l), 0);
		if (r == LOG_BUSY || r == LOG_NO_ROOM)
			CHECK_INT(log_idle(l), 0);
		else
			CHECK_INT(r, 0);
	}
	CHECK_INT(log_commit(l), 0);
}

static void settle_and_publish(struct log *l, struct tiler *t)
{
	struct tree_state s;
	struct wal_fault f;

	CHECK_INT(tiler_step(t, log_durable(l), UINT64_MAX / 2, &f), 0);
	CHECK_INT(tiler_settle(t, &s), 0);
	CHECK_U64(s.size, log_durable(l));
	CHECK_INT(tiler_publish(t, rd_str("a signed checkpoint")), 0);
	CHECK_INT(log_published(l, t->published), 0);
}

static void open_both(struct disk_model *m, struct log *l, struct tiler *t, enum shelf_sync how)
{
	struct log_config c = log_defaults();
	struct wal_fault f;

	c.segment_len = 256 * 1024;
	c.group_max = WAL_ENTRY_MAX + 2;
	c.reserve_len = 16 * 1024;
	if (log_open(l, disk_model_disk(m), &c, &f) == LOG_ABSENT) {
		log_done(l);
		CHECK_INT(log_create(disk_model_disk(m), &c, id, &f), 0);
		CHECK_INT(log_open(l, disk_model_disk(m), &c, &f), 0);
	}
	CHECK_INT(tiler_open(t, disk_model_disk(m), how, &f), 0);
}

static void check_proofs(struct tiler *t, const struct hash *leaf)
{
	struct merkle_head from, to = { .size = t->size };
	struct merkle_proof p;

	store_root(leaf, to.size, &to.root);
	for (uint64_t k = 0; k < (to.size > 1000 ? 10 : 200); k++) {
		uint64_t i = test_below(to.size), size = i + 1 + test_below(to.size - i);
		store_root(leaf, size, &from.root);
		from.size = size;
		CHECK_INT(merkle_prove_inclusion(&t->source, i, size, &p), 0);
		CHECK(merkle_included(i, size, &leaf[i], &p, &from.root));
		CHECK_INT(merkle_prove_consistency(&t->source, size, to.size, &p), 0);
		CHECK(merkle_consistent(&from, &to, &p));
	}
}

static void check_entries(struct tiler *t)
{
	AUTO(buf_done) struct buf b = { 0 };

	buf_init(&b, WAL_ENTRY_MAX);
	for (int k = 0; k < 300; k++) {
		uint64_t i = test_below(t->size);
		buf_reset(&b);
		CHECK_INT(tiler_entry(t, i, &b), 0);
		CHECK_RD(buf_rd(&b), numbered_entry(&numbered.entries, i));
	}
	CHECK_INT(tiler_entry(t, t->size, &b), -ERANGE);
}

/* The specification's own example is a tree of 70,000. */
static void grow(enum shelf_sync how, const uint64_t *sizes, size_t n)
{
	AUTO(disk_model_free) struct disk_model *m = disk_model_new(1);
	struct hash *leaf = store_leaves(&numbered.entries, sizes[n - 1]), root;
	struct tiler t;
	struct log l;
	char why[256];

	for (size_t i = 0; i < n; i++) {
		open_both(m, &l, &t, how);
		append_until(&l, sizes[i]);
		settle_and_publish(&l, &t);
		CHECK(store_check(disk_model_disk(m), &numbered.entries, leaf, sizes[i], why) ==
		    NULL);
		store_root(leaf, sizes[i], &root);
		CHECK(hash_equal(&root, &t.state.root));
		/* More is taken than is settled: reading goes up to what was taken. */
		if (sizes[i] > 1) {
			check_proofs(&t, leaf);
			check_entries(&t);
		}
		tiler_done(&t);
		log_done(&l);
	}
	mem_free(&leaf);
}

TEST(every_size_that_matters_has_its_tiles)
{
	static const uint64_t sizes[] = { 1, 2, 255, 256, 257, 300, 511, 512, 513, 1000, 5000,
		65535, 65536, 65537, 65793, 70000 };

	grow(SHELF_SYNCFS, sizes, ARRAY_LEN(sizes));
}

TEST(with_an_fsync_for_each_file_it_is_the_same)
{
	static const uint64_t sizes[] = { 1, 255, 300, 1000 };

	grow(SHELF_FSYNC_EACH, sizes, ARRAY_LEN(sizes));
	grow(SHELF_FEW_EACH, sizes, ARRAY_LEN(sizes));
}

static void count_partials(void *ctx, const char *path)
{
	size_t *n = ctx;
	*n += strstr(path, ".p/") != NULL;
}

TEST(partial_tiles_go_once_the_full_one_is_published)
{
	AUTO(disk_model_free) struct disk_model *m = disk_model_new(1);
	size_t n = 0;
	struct tiler t;
	struct log l;

	open_both(m, &l, &t, SHELF_SYNCFS);
	for (uint64_t size = 100; size <= 250; size += 50) {
		append_until(&l, size);
		settle_and_publish(&l, &t);
	}
	disk_model_each(m, count_partials, &n);
	CHECK_U64(n, 8); /* bundle and tile at 100, 150, 200, 250 */
	append_until(&l, 512);
	settle_and_publish(&l, &t);
	n = 0;
	disk_model_each(m, count_partials, &n);
	CHECK_U64(n, 1); /* level 1, width 2 */
	tiler_done(&t);
	log_done(&l);
}

/* A process dies while settling and leaves names that were never synced; the next one
 * finds them there, and must not take them for durable. */
static void dies_at(uint64_t op, const struct hash *leaf)
{
	AUTO(disk_model_free) struct disk_model *m = disk_model_new(1);
	struct tree_state s;
	struct wal_fault f;
	struct tiler t;
	struct log l;
	char why[256];

	open_both(m, &l, &t, SHELF_FSYNC_EACH);
	append_until(&l, 300);
	CHECK_INT(tiler_step(&t, 300, 300, &f), 0);
	disk_model_fail(m, disk_model_ops(m) + op, MODEL_FAILS_UNDONE);
	(void)!tiler_settle(&t, &s);
	tiler_done(&t);
	log_done(&l);
	AUTO(disk_model_free) struct disk_model *next = disk_model_copy(m, 1);
	open_both(next, &l, &t, SHELF_FSYNC_EACH);
	settle_and_publish(&l, &t);
	tiler_done(&t);
	log_done(&l);
	for (uint64_t seed = 0; seed < 20; seed++) {
		AUTO(disk_model_free) struct disk_model *cut = disk_model_power_cut(next, seed);
		CHECK(store_check(disk_model_disk(cut), &numbered.entries, leaf, 300, why) == NULL);
		open_both(cut, &l, &t, SHELF_FSYNC_EACH);
		CHECK_U64(t.state.size, 300);
		tiler_done(&t);
		log_done(&l);
	}
}

TEST(names_that_a_dead_process_made_are_made_durable)
{
	struct hash *leaf = store_leaves(&numbered.entries, 300);

	for (uint64_t op = 0; op < 40; op++)
		dies_at(op, leaf);
	mem_free(&leaf);
}

TEST(decay_at_the_right_edge_is_refused_by_name)
{
	static const char *const files[] = { "tile/entries/001.p/44", "tile/0/001.p/44",
		"tile/1/000.p/1", "state" };

	for (size_t i = 0; i < ARRAY_LEN(files); i++) {
		AUTO(disk_model_free) struct disk_model *m = disk_model_new(1);
		struct wal_fault f = { .why = "" };
		struct tiler t;
		struct log l;

		open_both(m, &l, &t, SHELF_SYNCFS);
		append_until(&l, 300);
		settle_and_publish(&l, &t);
		tiler_done(&t);
		log_done(&l);
		CHECK(disk_model_flip(m, files[i], 20));
		CHECK_INT(tiler_open(&t, disk_model_disk(m), SHELF_SYNCFS, &f), WAL_CORRUPT);
		CHECK(f.file[0] != '\0');
		tiler_done(&t);
	}
}

TEST(the_group_lingers_only_as_long_as_asked)
{
	AUTO(disk_model_free) struct disk_model *m = disk_model_new(1);
	struct tiler t;
	struct log l;
	uint64_t i;

	open_both(m, &l, &t, SHELF_SYNCFS);
	l.linger_ns = 1000;
	l.enough_len = 500;
	CHECK_U64(log_deadline_ns(&l), UINT64_MAX);
	CHECK_INT(log_append(&l, rd_str("a"), false, 5000, &i), 0);
	CHECK_INT(log_append(&l, rd_str("b"), false, 5900, &i), 0);
	CHECK_U64(log_deadline_ns(&l), 6000);
	while (l.wal.group.len < 500)
		CHECK_INT(log_append(&l, rd_str("and more of it"), false, 5950, &i), 0);
	CHECK_U64(log_deadline_ns(&l), 0);
	CHECK_INT(log_commit(&l), 0);
	CHECK_U64(log_durable(&l), i + 1);
	CHECK_U64(log_deadline_ns(&l), UINT64_MAX);
	tiler_done(&t);
	log_done(&l);
}

TEST(a_log_is_not_made_over_another)
{
	AUTO(disk_model_free) struct disk_model *m = disk_model_new(1);
	struct log_config c = log_defaults();
	struct wal_fault f = { .why = "" };
	struct tiler t;
	struct log l;

	open_both(m, &l, &t, SHELF_SYNCFS);
	append_until(&l, 3);
	tiler_done(&t);
	log_done(&l);
	CHECK_INT(log_create(disk_model_disk(m), &c, id, &f), LOG_CORRUPT);
	CHECK_INT(disk_unlink(disk_model_disk(m), "state"), 0);
	c.segment_len = 256 * 1024;
	c.group_max = WAL_ENTRY_MAX + 2;
	c.reserve_len = 16 * 1024;
	CHECK_INT(log_create(disk_model_disk(m), &c, id, &f), LOG_CORRUPT);
}
