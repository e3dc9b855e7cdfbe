/*
 * Is:        how a policy comes into force (contract in the header).
 * Is not:    its meaning.
 * Called by: deskd, verbs.
 * Owns:      the table policy.
 * Trust:     bundles are hostile until parsed.
 */
#include "proc/desk/change.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/assert.h"
#include "base/mem.h"
#include "base/text.h"
#include "os/disk.h"
#include "os/fd.h"
#include "policy/diff.h"
#include "policy/scalar.h"
#include "proc/control.h"
#include "proc/desk/book.h"
#include "proc/desk/db.h"
#include "proc/desk/door.h"
#include "proc/desk/local.h"
#include "proc/desk/officers.h"
#include "proc/desk/requests.h"
#include "proc/desk/desk_sessions.h"
#include "proc/desk/verbs.h"
#include "proc/desk/watching.h"
#include "proc/desk/world.h"

#define FIRST_FILE "first-policy"
#define IN_FORCE_FILE "in-force" /* CONTROL_POLICY_FILE */

enum { DIFF_DAYS = 366, DIFF_MAX = 1 << 20, WHY_MAX = 1 << 16, DIFF_END_MAX = 256 };

static struct buf first;

int change_prepare(int dir_fd)
{
	int r;

	buf_init(&first, WORLD_BUNDLE_MAX);
	r = fd_read_file(dir_fd, FIRST_FILE, &first);
	return r == -ENOENT ? 0 : r;
}

void change_done(void)
{
	buf_done(&first);
	world_set(NULL);
}

static struct rd raw_hash(struct rd hex, uint8_t raw[WORLD_HASH_LEN / 2])
{
	memset(raw, 0, WORLD_HASH_LEN / 2);
	(void)!text_hex(hex, raw, WORLD_HASH_LEN / 2);
	return rd_of(raw, WORLD_HASH_LEN / 2);
}

/* Takes `w`: in force with this turn's transaction. */
static int64_t put_in_force(struct world *w, int64_t number, struct rd proposed_by, struct rd confirmed_by)
{
	uint8_t raw[WORLD_HASH_LEN / 2], old[WORLD_HASH_LEN / 2];
	struct rd before = world_now() ? rd_str(world_now()->hash) : rd_str("");
	struct event e = { .id = EVENT_POLICY_LOADED, .value = { { .bytes = raw_hash(before, old) }, { .bytes = confirmed_by },
		{ .bytes = raw_hash(rd_str(w->hash), raw) }, { .bytes = proposed_by } } };
	struct book_about a = { .actor = confirmed_by };
	int64_t event;

	(void)db_run("UPDATE policy SET state = 'past' WHERE state = 'in force'", "");
	(void)db_run("UPDATE policy SET state = 'withdrawn' WHERE state = 'proposed' AND number <> ?1", "i", number);
	(void)db_run("UPDATE policy SET state = 'in force', confirmed_by = ?2 WHERE number = ?1", "it", number, confirmed_by);
	event = book_event(&a, &e);
	world_set(w);
	requests_rejudge(world_clock());
	sessions_rejudge(world_clock());
	door_policy_changed();
	watching_policy_changed();
	return event;
}

static int load_number(int64_t number)
{
	AUTO(buf_done) struct buf bundle = { 0 }, why = { 0 };
	struct world *w;

	buf_init(&bundle, WORLD_BUNDLE_MAX);
	buf_init(&why, WHY_MAX);
	if (!db_get(&bundle, "SELECT bundle FROM policy WHERE number = ?1", "i", number))
		return -ENOENT;
	w = world_new(buf_rd(&bundle), &why);
	if (!w) {
		struct rd r = buf_rd(&why);
		(void)dprintf(STDERR_FILENO, "the policy in force does not load: %.*s\n", (int)(r.len < 400 ? r.len : 400),
		    (const char *)r.p);
		return -EBADMSG;
	}
	world_set(w);
	return 0;
}

static void forget_first(void)
{
	struct disk_dir d;

	disk_dir_init(&d, CHILD_ROOT_FD);
	(void)!disk_unlink(&d.disk, FIRST_FILE);
}

/* For who starts us, and for `slagboom status`: they cannot ask. */
static void mark_in_force(void)
{
	struct disk_dir d;

	disk_dir_init(&d, CHILD_ROOT_FD);
	(void)!disk_replace(&d.disk, IN_FORCE_FILE ".new", IN_FORCE_FILE, rd_str("a policy is in force; another needs two administrators\n"));
}

static int load_first(void)
{
	AUTO(buf_done) struct buf why = { 0 };
	struct world *w;

	buf_init(&why, WHY_MAX);
	w = world_new(buf_rd(&first), &why);
	if (!w) {
		struct rd r = buf_rd(&why);
		(void)dprintf(STDERR_FILENO, "the first policy has errors, so there is none: %.*s\n",
		    (int)(r.len < 400 ? r.len : 400), (const char *)r.p);
		return 0;
	}
	(void)db_run("INSERT INTO policy(hash, bundle, state, proposed_by, confirmed_by, at)"
		     " VALUES(?1, ?2, 'proposed', 'first-start', '', ?3)", "tbi", rd_str(w->hash), buf_rd(&first), world_clock());
	(void)put_in_force(w, db_last_id(), rd_str("first-start"), rd_str("first-start"));
	return 0;
}

int change_start(void)
{
	int64_t number = db_number(0, "SELECT number FROM policy WHERE state = 'in force'", "");
	int r = 0;

	if (number) {
		r = load_number(number);
		if (r == 0)
			door_policy_changed();
	} else if (first.len) {
		r = load_first();
	}
	if (first.len && r == 0) {
		db_commit();
		forget_first();
		buf_done(&first);
	}
	if (world_now() && r == 0)
		mark_in_force();
	return r;
}

/* Verbs. */

static int64_t count_lines(struct rd text, const char *start)
{
	struct rd line;
	int64_t n = 0;

	while (rd_until(&text, '\n', &line))
		n += rd_word(&line, start);
	return n;
}

static struct rd beginning(struct rd r, size_t max)
{
	struct rd out = r;

	while (!rd_slice(&r, 0, r.len > max ? max : r.len, &out) || !text_is_utf8(out))
		max--;
	return out;
}

static void put_diff(const struct world *after, struct buf *out)
{
	const struct world *now = world_now();
	struct diff_side a = { now->policy, now->table }, b = { after->policy, after->table };
	struct diff_span span = { local_zones(), world_clock(), DIFF_DAYS };

	if (diff_render(&a, &b, &span, out))
		return;
	/* What is not shown is said to be missing: a change is not smaller for being long. */
	buf_cut(out, beginning(buf_rd(out), out->len < DIFF_MAX - DIFF_END_MAX ? out->len : DIFF_MAX - DIFF_END_MAX).len);
	if (!buf_put_str(out, "\n... and more than can be shown here: slagboom check NEW --against OLD shows the rest\n"))
		UNREACHABLE();
}

static int64_t record_proposal(const struct question *q, const struct world *w, struct rd diff)
{
	uint8_t raw[WORLD_HASH_LEN / 2];
	struct book_about a = { .actor = q->name };
	struct event e = { .id = EVENT_POLICY_PROPOSED, .value = { { .bytes = beginning(diff, EVENT_SIGNED_MAX) },
		{ .number = count_lines(diff, "newly permitted") }, { .number = count_lines(diff, "newly refused") },
		{ .bytes = raw_hash(rd_str(w->hash), raw) } } };

	return book_event(&a, &e);
}

static void put_proposal(struct question *q, const struct world *w, struct rd diff)
{
	json_object(&q->json);
	json_key(&q->json, "changes");
	json_text(&q->json, diff);
	json_key(&q->json, "hash");
	json_str(&q->json, w->hash);
	json_end(&q->json);
}

void verb_policy_load(struct question *q)
{
	AUTO(buf_done) struct buf why = { 0 }, diff = { 0 };
	AUTO(world_free) struct world *w = NULL;

	buf_init(&why, WHY_MAX);
	buf_init(&diff, DIFF_MAX);
	w = world_new(q->attachment, &why);
	if (!w) {
		q->is_refused = true;
		(void)!buf_put_rd(&q->text, buf_rd(&why));
		return;
	}
	if (strcmp(w->hash, world_now()->hash) == 0) {
		question_refuse(q, "this policy is in force already");
		return;
	}
	put_diff(w, &diff);
	/* Who proposes again, replaces what he proposed. */
	(void)db_run("UPDATE policy SET state = 'withdrawn' WHERE state = 'proposed' AND proposed_by = ?1", "t", q->name);
	(void)db_run("INSERT INTO policy(hash, bundle, state, proposed_by, confirmed_by, at)"
		     " VALUES(?1, ?2, 'proposed', ?3, '', ?4)", "tbti", rd_str(w->hash), q->attachment, q->name, world_clock());
	q->event = record_proposal(q, w, buf_rd(&diff));
	put_proposal(q, w, buf_rd(&diff));
	(void)!buf_put_str(&q->text, "proposed; another administrator confirms it");
}

/* The proposal of this hash; 0 after a refusal. The hash is what its reader has read, so it is the whole one:
 * whoever proposes can make two texts whose hashes begin alike, and show the one. */
static int64_t proposal_of(struct question *q)
{
	struct rd hash = question_arg(q, 0);
	int64_t number = db_number(0, "SELECT min(number) FROM policy WHERE state = 'proposed' AND hash = ?1 HAVING count(*) = 1",
	    "t", hash);

	if (number == 0)
		question_refuse(q, "no proposed policy, or more than one, has this hash; give all 64 digits: slagboom policy show");
	return number;
}

void verb_policy_confirm(struct question *q)
{
	AUTO(buf_done) struct buf by = { 0 }, bundle = { 0 }, why = { 0 };
	int64_t number = proposal_of(q);
	struct world *w;
	struct rd proposer;

	if (number == 0)
		return;
	buf_init(&by, 128);
	buf_init(&bundle, WORLD_BUNDLE_MAX);
	buf_init(&why, WHY_MAX);
	if (!db_get(&by, "SELECT proposed_by FROM policy WHERE number = ?1", "i", number) ||
	    !db_get(&bundle, "SELECT bundle FROM policy WHERE number = ?1", "i", number))
		return;
	proposer = buf_rd(&by);
	if (rd_equal(&proposer, &q->name)) {
		question_refuse(q, "who proposed it does not confirm it: another administrator does");
		return;
	}
	w = world_new(buf_rd(&bundle), &why);
	if (!w) {
		q->is_refused = true;
		(void)!buf_put_rd(&q->text, buf_rd(&why));
		return;
	}
	q->event = put_in_force(w, number, proposer, q->name);
	(void)!buf_put_str(&q->text, "in force");
}

void verb_policy_withdraw(struct question *q)
{
	int64_t number = proposal_of(q);

	if (number == 0)
		return;
	(void)db_run("UPDATE policy SET state = 'withdrawn' WHERE number = ?1", "i", number);
	(void)!buf_put_str(&q->text, "withdrawn");
}

static void put_row(struct question *q, struct sqlite3_stmt *s)
{
	AUTO(buf_done) struct buf at = { 0 };

	buf_init(&at, 64);
	json_object(&q->json);
	json_key(&q->json, "at");
	if (scalar_put_instant(&at, db_int(s, 4)))
		json_text(&q->json, buf_rd(&at));
	else
		json_null(&q->json);
	json_key(&q->json, "confirmed_by");
	json_text(&q->json, db_bytes(s, 3));
	json_key(&q->json, "hash");
	json_text(&q->json, db_bytes(s, 0));
	json_key(&q->json, "proposed_by");
	json_text(&q->json, db_bytes(s, 2));
	json_key(&q->json, "state");
	json_text(&q->json, db_bytes(s, 1));
	json_end(&q->json);
}

void verb_policy_show(struct question *q)
{
	struct sqlite3_stmt *s = db_query("SELECT hash, state, proposed_by, confirmed_by, at FROM policy WHERE state <> 'withdrawn'"
	    " ORDER BY number DESC LIMIT 50", "");

	json_array(&q->json);
	while (db_step(s))
		put_row(q, s);
	json_end(&q->json);
}
