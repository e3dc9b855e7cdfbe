/*
 * Is:        the desk's outbox (contract in the header).
 * Is not:    the record.
 * Called by: every file of the desk.
 * Owns:      the links to both logs.
 * Trust:     evidenced.
 */
#include "proc/desk/book.h"

#include "base/assert.h"
#include "base/timefmt.h"
#include "base/vec.h"
#include "os/loop.h"
#include "proc/child.h"
#include "proc/desk/db.h"
#include "proc/recorder.h"

/* What was acknowledged is forgotten with the next change, or after this long: a commit of
 * its own would cost as much as the change did. */
#define FORGET_NS (100ull * NS_PER_MS)
enum { IN_FLIGHT_MAX = 4096 };

/* An event that was sent: its number here, and the token that it has on the link. */
struct sent { int64_t number; uint64_t token; };

struct waiting {
	int64_t number;
	void (*fn)(uint64_t a, uint64_t b);
	uint64_t a, b;
};

static struct {
	struct loop *loop;
	struct loop_timer commit, forget;
	struct log {
		struct recorder_link link;
		struct vec sent, waiting;
		int64_t last_sent, durable, forgotten;
	} log[BOOK_LOGS];
	struct vec committed; /* who waits for the disk alone */
	struct vec running;   /* being called */
} me;

/* Calls those that `number` lets go on, in order; what they add waits its turn. */
static void run_waiting(struct vec *v, int64_t number)
{
	struct vec keep;

	vec_init(&keep, sizeof(struct waiting));
	for (size_t i = 0; i < v->n; i++) {
		struct waiting *w = vec_at(v, i);
		*(struct waiting *)vec_push(w->number <= number ? &me.running : &keep) = *w;
	}
	vec_done(v);
	*v = keep;
	for (size_t i = 0; i < me.running.n; i++) {
		struct waiting w = *(struct waiting *)vec_at(&me.running, i);
		w.fn(w.a, w.b);
	}
	me.running.n = 0;
}

static bool send_one(struct log *l, int64_t number, struct rd body)
{
	struct record_ask ask;
	uint64_t token;

	ASSERT(record_ask_read(&body, &ask) && body.len == 0);
	if (!recorder_ask(&l->link, &ask, &token))
		return false;
	struct sent *s = vec_push(&l->sent);
	*s = (struct sent){ number, token };
	l->last_sent = number;
	return true;
}

/* What was committed and not sent yet, as far as the link takes it. */
static void send_more(enum book_log log)
{
	struct log *l = &me.log[log];
	struct sqlite3_stmt *q;
	bool more = true;

	if (!l->link.link || l->sent.n >= IN_FLIGHT_MAX)
		return;
	q = db_query("SELECT seq, body FROM outbox WHERE log = ?1 AND seq > ?2 ORDER BY seq LIMIT 512", "ii",
	    (int64_t)log, l->last_sent);
	while (more && db_step(q)) {
		more = send_one(l, db_int(q, 0), db_bytes(q, 1));
		if (!more)
			db_end(q);
	}
}

static void forget_acknowledged(void)
{
	for (enum book_log log = BOOK_CORE; log < BOOK_LOGS; log++) {
		struct log *l = &me.log[log];
		if (l->forgotten == l->durable)
			continue;
		(void)db_run("DELETE FROM outbox WHERE log = ?1 AND seq <= ?2", "ii", (int64_t)log, l->durable);
		l->forgotten = l->durable;
	}
}

static void on_commit(void *ctx)
{
	if (db_is_open())
		forget_acknowledged();
	db_commit();
	for (enum book_log log = BOOK_CORE; log < BOOK_LOGS; log++)
		send_more(log);
	run_waiting(&me.committed, 0);
}

static void plan_commit(void)
{
	if (!loop_timer_is_set(&me.commit))
		loop_timer_set(me.loop, &me.commit, 0);
}

static void on_forget(void *ctx)
{
	forget_acknowledged();
	plan_commit();
}

static void on_durable(void *ctx, uint64_t token)
{
	struct log *l = ctx;
	enum book_log log = l == &me.log[BOOK_CORE] ? BOOK_CORE : BOOK_INTERCEPT;
	size_t n = 0;

	while (n < l->sent.n && ((struct sent *)vec_at(&l->sent, n))->token <= token)
		l->durable = ((struct sent *)vec_at(&l->sent, n++))->number;
	if (n == 0)
		return;
	for (size_t i = n; i < l->sent.n; i++)
		*(struct sent *)vec_at(&l->sent, i - n) = *(struct sent *)vec_at(&l->sent, i);
	l->sent.n -= n;
	if (!loop_timer_is_set(&me.forget))
		loop_timer_set(me.loop, &me.forget, FORGET_NS);
	send_more(log);
	run_waiting(&l->waiting, l->durable);
}

/* Nobody knows what of it was recorded: it is sent again on the next link. */
static void on_gone(void *ctx)
{
	struct log *l = ctx;

	l->sent.n = 0;
	l->last_sent = l->durable;
}

static const struct recorder_calls calls = { .durable = on_durable, .gone = on_gone };

void book_init(struct loop *loop)
{
	me.loop = loop;
	loop_timer_init(&me.commit, on_commit, NULL);
	loop_timer_init(&me.forget, on_forget, NULL);
	vec_init(&me.committed, sizeof(struct waiting));
	vec_init(&me.running, sizeof(struct waiting));
	for (int i = 0; i < BOOK_LOGS; i++) {
		struct log *l = &me.log[i];
		recorder_init(&l->link, loop);
		recorder_watch(&l->link, &calls, l);
		vec_init(&l->sent, sizeof(struct sent));
		vec_init(&l->waiting, sizeof(struct waiting));
	}
}

void book_done(void)
{
	for (int i = 0; i < BOOK_LOGS; i++) {
		recorder_done(&me.log[i].link);
		vec_done(&me.log[i].sent);
		vec_done(&me.log[i].waiting);
	}
	vec_done(&me.committed);
	vec_done(&me.running);
}

int book_linked(enum book_log log, int fd)
{
	struct log *l = &me.log[log];
	int r;

	recorder_done(&l->link);
	recorder_init(&l->link, me.loop);
	recorder_watch(&l->link, &calls, l);
	on_gone(l);
	r = recorder_linked(&l->link, fd);
	if (r == 0)
		plan_commit();
	return r;
}

int64_t book_event(const struct book_about *about, const struct event *e)
{
	AUTO(buf_done) struct buf b = { 0 };
	struct record_ask a = { .actor = about->actor, .employer = about->employer,
		.asset = about->asset, .event = *e };

	buf_init(&b, IPC_BODY_MAX);
	struct wr w = wr_to(&b);
	record_ask_write(&w, &a);
	ASSERT(wr_ok(&w)); /* names are checked when a policy is loaded, texts are cut */
	(void)db_run("INSERT INTO outbox(log, body) VALUES(?1, ?2)", "ib", (int64_t)about->log, buf_rd(&b));
	plan_commit();
	return db_last_id();
}

void book_then(enum book_log log, int64_t number, void (*fn)(uint64_t a, uint64_t b), uint64_t a, uint64_t b)
{
	struct waiting *w = vec_push(number ? &me.log[log].waiting : &me.committed);

	*w = (struct waiting){ number, fn, a, b };
	plan_commit();
}

