/*
 * Is:        what officers signed, out of the records of a pack (contract in the header).
 * Is not:    a judgement of a signature.
 * Called by: pack.c, slagboom prove.
 * Owns:      copies of texts and signatures.
 * Trust:     hostile records.
 */
#include "evidence/pack_signed.h"

#include <string.h>

#include "evidence/record_data.h"

void pack_signed_init(struct pack_signed *p)
{
	vec_init(&p->requests, sizeof(struct signed_request));
	vec_init(&p->approvals, sizeof(struct signed_approval));
}

void pack_signed_done(struct pack_signed *p)
{
	for (size_t i = 0; i < p->requests.n; i++)
		buf_done(&((struct signed_request *)vec_at(&p->requests, i))->text);
	for (size_t i = 0; i < p->approvals.n; i++)
		buf_done(&((struct signed_approval *)vec_at(&p->approvals, i))->signature);
	vec_done(&p->requests);
	vec_done(&p->approvals);
}

/* The text of `key` as it was before it stood in a record. */
static bool take_text(struct rd data, const char *key, struct buf *out)
{
	buf_init(out, EVENT_SIGNED_MAX);
	return record_data_unescape(data, key, out);
}

static const char *note_request(struct pack_signed *p, const struct record_view *v)
{
	struct signed_request *r;

	if (p->requests.n == PACK_SIGNED_MAX)
		return "more requests than can be followed";
	r = vec_push(&p->requests);
	return record_data_hex(v->data, "grant", r->grant, sizeof(r->grant)) && take_text(v->data, "text", &r->text) ? NULL :
	    "a request without its text";
}

static const char *note_approval(struct pack_signed *p, const struct record_view *v)
{
	struct signed_approval *a;
	struct rd actor = v->actor;

	if (p->approvals.n == PACK_SIGNED_MAX)
		return "more approvals than can be followed";
	a = vec_push(&p->approvals);
	a->index = v->seq;
	return actor.len <= EVENT_NAME_MAX && rd_copy(&actor, (uint8_t *)a->actor, actor.len) &&
	    record_data_hex(v->data, "grant", a->grant, sizeof(a->grant)) && take_text(v->data, "signature", &a->signature) ? NULL :
	    "an approval without its signature";
}

const char *pack_signed_note(struct pack_signed *p, const struct record_view *v)
{
	if (rd_is(&v->event, "request.made"))
		return note_request(p, v);
	return rd_is(&v->event, "approval.given") ? note_approval(p, v) : NULL;
}

const struct buf *pack_signed_text(const struct pack_signed *p, const struct signed_approval *a)
{
	for (size_t i = 0; i < p->requests.n; i++) {
		const struct signed_request *r = vec_at(&p->requests, i);
		if (memcmp(r->grant, a->grant, sizeof(a->grant)) == 0)
			return &r->text;
	}
	return NULL;
}

const struct signed_approval *pack_signed_next(const struct pack_signed *p, size_t from, size_t *out_at)
{
	for (size_t i = from; i < p->approvals.n; i++) {
		const struct signed_approval *a = vec_at(&p->approvals, i);
		if (!pack_signed_text(p, a))
			continue;
		*out_at = i;
		return a;
	}
	return NULL;
}

uint64_t pack_signed_count(const struct pack_signed *p)
{
	uint64_t n = 0;

	for (size_t at = 0; pack_signed_next(p, at, &at); at++)
		n++;
	return n;
}
