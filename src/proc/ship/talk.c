/*
 * Is:        the conversation with one witness or the mirror (contract in the header).
 * Is not:    the meaning of an answer, or HTTP.
 * Called by: ship/log.c.
 * Owns:      its request.
 * Trust:     the other side is hostile.
 */
#include "proc/ship/talk.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/assert.h"
#include "base/text.h"
#include "base/timefmt.h"
#include "crypto/sha256.h"
#include "evidence/witness.h"
#include "proc/child.h"
#include "proc/ship/http.h"
#include "proc/ship/log.h"
#include "proc/talk/key_proto.h"
#include "proc/talk/ship_proto.h"

enum { TRIES_MAX = 3, ASK_MS = 10000, UPLOAD_MS = 60000, DOUBLINGS_MAX = 7 };
#define RETRY_NS (250ull * NS_PER_MS) /* doubled by each failure, to half a minute */

static void ask(struct ship_talk *t);
static void upload(struct ship_talk *t);

/* How it goes. */

static void tell(const struct ship_talk *t, enum event_id id, const char *why)
{
	struct event e = { .id = id, .value = { { .bytes = rd_str(t->log->name) } } };

	/* A library's words may quote what came. */
	if (why && !text_is_utf8(rd_str(why)))
		why = "it answers garbage";
	if (id == EVENT_MIRROR_GONE) {
		e.value[1].bytes = rd_str(why);
	} else if (id != EVENT_MIRROR_BACK && why) {
		e.value[1].bytes = rd_str(why);
		e.value[2].bytes = rd_str(t->name);
	} else {
		e.value[1].bytes = rd_str(t->name);
	}
	child_event(&e);
}

static enum event_id event_of(const struct ship_talk *t, enum ship_meaning m)
{
	if (m == SHIP_CONTRADICTS)
		return EVENT_WITNESS_CONTRADICTS;
	if (t->is_mirror)
		return EVENT_MIRROR_GONE;
	return m == SHIP_LATER ? EVENT_WITNESS_UNREACHABLE : EVENT_WITNESS_REFUSES;
}

static void rest(struct ship_talk *t)
{
	http_cancel(&t->call);
	t->state = TALK_RESTS;
	buf_reset(&t->body);
}

static void fail(struct ship_talk *t, enum ship_meaning m, const char *why)
{
	enum event_id id = event_of(t, m);

	if (t->said != id)
		tell(t, id, why);
	t->said = id;
	loop_timer_set(t->log->loop, &t->retry, RETRY_NS << (t->fails < DOUBLINGS_MAX ? t->fails : DOUBLINGS_MAX));
	t->fails++;
	t->knows_next = false;
	t->known = 0;
	rest(t);
	ship_log_changed(t->log);
}

static void succeed(struct ship_talk *t, struct rd lines)
{
	if (t->said)
		tell(t, t->is_mirror ? EVENT_MIRROR_BACK : EVENT_WITNESS_REACHABLE, NULL);
	t->said = EVENT_NONE;
	t->fails = 0;
	t->known = t->done = t->size;
	t->next = t->size;
	t->knows_next = true;
	ship_log_cosigned(t->log, t->size, lines);
	rest(t);
	ship_log_changed(t->log);
	talk_begin(t); /* there may be a newer one */
}

/* False when it has led us around long enough. */
static bool may_try_again(struct ship_talk *t)
{
	if (++t->tries <= TRIES_MAX)
		return true;
	fail(t, SHIP_USELESS, "it changes its mind about the size that it is at");
	return false;
}

static struct ship_asked asked(const struct ship_talk *t)
{
	return (struct ship_asked){ buf_rd(&t->note), t->key, t->known, t->size };
}

/* Looking at what it says that we signed. */

static void on_shown(void *ctx, const struct http_answer *a)
{
	struct ship_talk *t = ctx;

	if (!a->failure && a->status == WITNESS_COSIGNED && a->body.len <= SHIP_EVIDENCE_MAX)
		ship_log_evidence(t->log, t->name, a->body);
	fail(t, SHIP_CONTRADICTS, a->failure || a->status != WITNESS_COSIGNED ? "and does not show with what" :
	    "and shows a checkpoint, which is judged now");
}

static void look(struct ship_talk *t)
{
	AUTO(buf_done) struct buf hex = { 0 };
	uint8_t id[SHA256_LEN];
	struct http_ask q = { .place = t->place, .path = t->path, .timeout_ms = ASK_MS };

	rest(t);
	sha256_of(t->log->origin, id);
	buf_init(&hex, 2 * SHA256_LEN);
	struct wr w = wr_to(&hex);
	wr_hex(&w, rd_of(id, sizeof(id)));
	(void)snprintf(t->path, sizeof(t->path), "/%.*s/checkpoint", (int)hex.len, (const char *)buf_rd(&hex).p);
	if (http_begin(t->http, &q, on_shown, t, &t->call) < 0)
		fail(t, SHIP_CONTRADICTS, "and cannot be asked with what");
	else
		t->state = TALK_LOOKS;
}

/* What every answer leads to that is not what was hoped for. */
static void follow(struct ship_talk *t, const struct ship_answer *a)
{
	switch (a->meaning) {
	case SHIP_CONTRADICTS:
		look(t);
		return;
	case SHIP_OTHER_SIZE:
		t->known = a->size;
		if (may_try_again(t))
			ask(t);
		return;
	case SHIP_USELESS:
	case SHIP_LATER:
	case SHIP_TAKEN:
	case SHIP_SIGNED:
		fail(t, a->meaning, a->why);
		return;
	}
}

/* add-checkpoint */

static void on_asked(void *ctx, const struct http_answer *a)
{
	struct ship_talk *t = ctx;
	struct ship_reply r = { a->status, a->type, a->body };
	struct ship_asked q = asked(t);
	struct ship_answer answer;

	if (a->failure) {
		fail(t, SHIP_LATER, a->failure);
		return;
	}
	if (t->is_mirror)
		ship_answer_pending(&q, &r, &answer);
	else
		ship_answer_witness(&q, &r, &answer);
	if (answer.meaning == SHIP_SIGNED) {
		succeed(t, answer.lines);
	} else if (answer.meaning == SHIP_TAKEN) {
		t->known = t->size;
		rest(t);
		upload(t);
	} else {
		struct ship_answer copy = answer; /* its body goes with the call */
		copy.lines = rd_of(NULL, 0);
		rest(t);
		follow(t, &copy);
	}
}

static void post(struct ship_talk *t, const char *path, const char *type, unsigned ms, http_done_fn *done, enum talk_state s)
{
	struct http_ask q = { .place = t->place, .path = path, .type = type, .body = buf_rd(&t->body), .timeout_ms = ms };

	int r = http_begin(t->http, &q, done, t, &t->call);

	if (r < 0)
		fail(t, SHIP_LATER, r == -ENXIO ? "its name has no address" : "no request to it can be made");
	else
		t->state = s;
}

void talk_proof(struct ship_talk *t, const struct merkle_proof *proof)
{
	struct wr w = wr_to(&t->body);

	ASSERT(t->state == TALK_WANTS_PROOF || t->state == TALK_RESTS);
	buf_reset(&t->body);
	if (proof->n > WITNESS_PROOF_MAX) {
		fail(t, SHIP_USELESS, "the proof is too long for it");
		return;
	}
	wr_witness_request(&w, t->known, proof, buf_rd(&t->note));
	ASSERT(wr_ok(&w));
	post(t, "/add-checkpoint", WITNESS_TEXT_TYPE, ASK_MS, on_asked, TALK_ASKS);
}

static void ask(struct ship_talk *t)
{
	static const struct merkle_proof none;
	const struct merkle_proof *known;

	if (t->known > t->size)
		t->known = 0;
	known = t->known == 0 || t->known == t->size ? &none : ship_log_proof(t->log, t->known, t->size);
	if (known) {
		talk_proof(t, known);
		return;
	}
	t->state = TALK_WANTS_PROOF;
	ship_log_question(t->log);
}

/* add-entries */

static void on_uploaded(void *ctx, const struct http_answer *a)
{
	struct ship_talk *t = ctx;
	struct ship_reply r = { a->status, a->type, a->body };
	struct ship_asked q = asked(t);
	struct ship_answer answer;
	bool has_moved;

	if (a->failure) {
		fail(t, SHIP_LATER, a->failure);
		return;
	}
	ship_answer_entries(&q, &r, &answer);
	if (answer.meaning == SHIP_SIGNED) {
		succeed(t, answer.lines);
		return;
	}
	rest(t);
	if (answer.meaning != SHIP_TAKEN && answer.meaning != SHIP_OTHER_SIZE) {
		follow(t, &answer);
		return;
	}
	has_moved = answer.meaning == SHIP_TAKEN && t->knows_next && answer.info.next > t->next;
	t->info = answer.info;
	t->next = answer.info.next;
	t->knows_next = true;
	if (!has_moved && !may_try_again(t))
		return;
	if (answer.info.pending == t->size) {
		upload(t);
	} else {
		t->known = answer.info.pending;
		ask(t);
	}
}

static void send_upload(struct ship_talk *t)
{
	post(t, "/add-entries", MIRROR_UPLOAD_TYPE, UPLOAD_MS, on_uploaded, TALK_UPLOADS);
}

/* What it lacks; or nothing, to be told what it lacks or to have it signed. */
static void upload(struct ship_talk *t)
{
	uint64_t start = t->knows_next && t->next < t->size ? t->next : t->size;
	struct wr w = wr_to(&t->body);

	buf_reset(&t->body);
	wr_mirror_upload(&w, t->log->origin, start, t->size, rd_of(t->info.ticket, t->info.ticket_len));
	ASSERT(wr_ok(&w));
	if (start == t->size) {
		send_upload(t);
		return;
	}
	t->state = TALK_WANTS_ENTRIES;
	ship_log_question(t->log);
}

bool talk_entries(struct ship_talk *t, struct rd part)
{
	return buf_put_rd(&t->body, part);
}

void talk_entries_end(struct ship_talk *t)
{
	send_upload(t);
}

void talk_not_now(struct ship_talk *t)
{
	fail(t, SHIP_LATER, "our own record cannot be read now");
}

/* Beginning and end. */

void talk_begin(struct ship_talk *t)
{
	const struct ship_log *g = t->log;

	if (t->state != TALK_RESTS || loop_timer_is_set(&t->retry) || g->size == 0 || g->is_halted || t->done == g->size)
		return;
	buf_reset(&t->note);
	if (!buf_put_rd(&t->note, buf_rd(&g->checkpoint)))
		UNREACHABLE();
	t->size = g->size;
	t->tries = 0;
	ask(t);
}

static void on_retry(void *ctx)
{
	talk_begin(ctx);
}

bool talk_is_settled(const struct ship_talk *t, uint64_t size)
{
	return t->done == size || t->fails > 0;
}

void talk_reset(struct ship_talk *t)
{
	loop_timer_clear(t->log->loop, &t->retry);
	rest(t);
	t->known = t->done = t->next = 0;
	t->knows_next = false;
	t->info = (struct mirror_info){ .pending = 0 };
}

void talk_init(struct ship_talk *t, struct ship_log *log, struct http *h, const struct http_place *place,
    const struct note_key *key)
{
	*t = (struct ship_talk){ .log = log, .http = h, .place = place, .key = key };
	loop_timer_init(&t->retry, on_retry, t);
	buf_init(&t->note, KEY_NOTE_MAX);
	buf_init(&t->body, MIRROR_UPLOAD_MAX);
}

void talk_done(struct ship_talk *t)
{
	http_cancel(&t->call);
	loop_timer_clear(t->log->loop, &t->retry);
	buf_done(&t->note);
	buf_done(&t->body);
}
