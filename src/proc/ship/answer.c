/*
 * Is:        what an answer means (contract in the header).
 * Is not:    HTTP, nor what is done about it.
 * Called by: ship/talk.c.
 * Owns:      nothing.
 * Trust:     hostile.
 */
#include "proc/ship/answer.h"

#include <string.h>

#include "base/buf.h"
#include "base/text.h"
#include "evidence/witness.h"
#include "proc/talk/ship_proto.h"

static void mean(struct ship_answer *out, enum ship_meaning m, const char *why)
{
	out->meaning = m;
	out->why = why;
}

/* A good signature by the key among the lines of the body. Other lines are let be: the
 * protocol allows them, and evidenced keeps none of them. */
static void judge_lines(const struct ship_asked *q, struct rd body, struct ship_answer *out)
{
	AUTO(buf_done) struct buf b = { 0 };
	struct note n;
	uint64_t time_s;

	buf_init(&b, q->note.len + SHIP_LINES_MAX);
	if (body.len == 0 || body.len > SHIP_LINES_MAX || !buf_put_rd(&b, q->note) || !buf_put_rd(&b, body) ||
	    !note_parse(buf_rd(&b), &n)) {
		mean(out, SHIP_USELESS, "its answer is not a signature line");
		return;
	}
	switch (note_check(&n, q->key, &time_s)) {
	case NOTE_SIGNED:
		mean(out, SHIP_SIGNED, "signed");
		out->lines = body;
		return;
	case NOTE_FORGED:
		mean(out, SHIP_USELESS, "its signature is false");
		return;
	case NOTE_UNSIGNED:
		mean(out, SHIP_USELESS, "its signature is not there");
		return;
	}
}

/* 409 with a size: where it stands. Larger than our tree: it has seen more of us than there is. */
static void judge_size(const struct ship_asked *q, const struct ship_reply *r, struct ship_answer *out)
{
	struct rd body = r->body, line;
	uint64_t size;

	if (strcmp(r->type, WITNESS_SIZE_TYPE) != 0 || !rd_until(&body, '\n', &line) || body.len ||
	    !text_u64(line, &size) || size > MERKLE_SIZE_MAX) {
		/* Older witnesses say so when the sizes are equal and the roots are not. */
		if (q->old == q->size)
			mean(out, SHIP_CONTRADICTS, "it has another root for the same size");
		else
			mean(out, SHIP_USELESS, "a conflict without its size");
		return;
	}
	out->size = size;
	if (size > q->size)
		mean(out, SHIP_CONTRADICTS, "it has seen a larger tree than there is");
	else if (size == q->old)
		mean(out, SHIP_USELESS, "a conflict about the size that it names");
	else
		mean(out, SHIP_OTHER_SIZE, "it is at another size");
}

/* What stands for the same in every answer. */
static void judge_status(unsigned status, struct ship_answer *out)
{
	switch (status) {
	case WITNESS_MALFORMED:
		mean(out, SHIP_USELESS, "it calls our request malformed");
		return;
	case WITNESS_UNTRUSTED:
		mean(out, SHIP_USELESS, "it does not take our signature");
		return;
	case WITNESS_UNKNOWN_LOG:
		mean(out, SHIP_USELESS, "it does not know this log");
		return;
	case 429:
		mean(out, SHIP_LATER, "it is busy");
		return;
	default:
		if (status >= 500 && status < 600)
			mean(out, SHIP_LATER, "it has failed");
		else
			mean(out, SHIP_USELESS, "it answers with a status that has no meaning here");
		return;
	}
}

void ship_answer_witness(const struct ship_asked *q, const struct ship_reply *r, struct ship_answer *out)
{
	*out = (struct ship_answer){ .meaning = SHIP_USELESS };
	if (r->status == WITNESS_COSIGNED)
		judge_lines(q, r->body, out);
	else if (r->status == WITNESS_CONFLICT)
		judge_size(q, r, out);
	else if (r->status == WITNESS_INCONSISTENT)
		mean(out, SHIP_CONTRADICTS, "what we show does not contain what it has cosigned");
	else
		judge_status(r->status, out);
}

void ship_answer_pending(const struct ship_asked *q, const struct ship_reply *r, struct ship_answer *out)
{
	*out = (struct ship_answer){ .meaning = SHIP_USELESS };
	if (r->status == WITNESS_COSIGNED)
		mean(out, SHIP_TAKEN, "taken");
	else if (r->status == WITNESS_CONFLICT)
		judge_size(q, r, out);
	else if (r->status == WITNESS_INCONSISTENT)
		mean(out, SHIP_CONTRADICTS, "what we show does not contain what it has");
	else
		judge_status(r->status, out);
}

void ship_answer_entries(const struct ship_asked *q, const struct ship_reply *r, struct ship_answer *out)
{
	*out = (struct ship_answer){ .meaning = SHIP_USELESS };
	if (r->status == WITNESS_COSIGNED) {
		judge_lines(q, r->body, out);
	} else if (r->status == 202 || r->status == WITNESS_CONFLICT) {
		if (strcmp(r->type, MIRROR_INFO_TYPE) != 0 || !mirror_info_parse(r->body, &out->info))
			mean(out, SHIP_USELESS, "it does not say what it has");
		else if (out->info.next > q->size)
			mean(out, SHIP_CONTRADICTS, "it has more records than there are");
		else
			mean(out, r->status == 202 ? SHIP_TAKEN : SHIP_OTHER_SIZE, "it is at another size");
	} else if (r->status == WITNESS_INCONSISTENT) {
		mean(out, SHIP_OTHER_SIZE, "it does not know the checkpoint, or the proof does not hold");
		out->info.next = 0;
	} else {
		judge_status(r->status, out);
	}
}
