/*
 * Is:        packs (format and contract in the header).
 * Is not:    the choice of what belongs into one.
 * Called by: slagboom prove, slagboom-verify.
 * Owns:      one member at a time.
 * Trust:     a pack that is read is hostile.
 */
#include "evidence/pack.h"

#include <stdio.h>
#include <string.h>

#include "base/assert.h"
#include "base/text.h"
#include "evidence/proof.h"
#include "evidence/record.h"
#include "evidence/verify.h"

static const char magic[] = "slagboom-pack@v1\nrecords ", magic_2[] = "slagboom-pack@v2\nrecords ", approvals[] = "approvals ";

static void put_member(struct wr *w, const char *name, uint64_t time_s, struct rd bytes)
{
	struct ustar_member m = { .len = bytes.len, .time_s = time_s };

	(void)snprintf(m.name, sizeof(m.name), "%s", name);
	wr_ustar_head(w, &m);
	wr_bytes(w, bytes);
	wr_ustar_pad(w, bytes.len);
}

void wr_pack_head(struct wr *w, uint64_t n_records, uint64_t n_approvals, uint64_t time_s, struct rd policy, struct rd checkpoint)
{
	char text[96];
	int n = n_approvals ? snprintf(text, sizeof(text), "%s%llu\n%s%llu\n", magic_2, (unsigned long long)n_records, approvals,
		(unsigned long long)n_approvals) : snprintf(text, sizeof(text), "%s%llu\n", magic, (unsigned long long)n_records);

	if (n_records < 1 || n_records > PACK_RECORDS_MAX || policy.len > TLOG_POLICY_MAX || checkpoint.len > NOTE_MAX)
		w->failed = true;
	put_member(w, "pack", time_s, rd_of(text, (size_t)n));
	put_member(w, "policy", time_s, policy);
	put_member(w, "checkpoint", time_s, checkpoint);
}

void wr_pack_record(struct wr *w, uint64_t index, uint64_t time_s, struct rd proof, struct rd record)
{
	char name[USTAR_NAME_MAX + 1];

	if (proof.len > PROOF_MAX || record.len > RECORD_MAX)
		w->failed = true;
	(void)snprintf(name, sizeof(name), "proof/%llu", (unsigned long long)index);
	put_member(w, name, time_s, proof);
	(void)snprintf(name, sizeof(name), "record/%llu", (unsigned long long)index);
	put_member(w, name, time_s, record);
}

void wr_pack_approvals(struct wr *w, uint64_t time_s, const struct pack_signed *p)
{
	const struct signed_approval *a;
	char name[USTAR_NAME_MAX + 1];

	for (size_t at = 0; (a = pack_signed_next(p, at, &at)); at++) {
		(void)snprintf(name, sizeof(name), "approval/%llu.text", (unsigned long long)a->index);
		put_member(w, name, time_s, buf_rd(pack_signed_text(p, a)));
		(void)snprintf(name, sizeof(name), "approval/%llu.sig", (unsigned long long)a->index);
		put_member(w, name, time_s, buf_rd(&a->signature));
	}
}

void wr_pack_end(struct wr *w)
{
	wr_ustar_end(w);
}

void pack_judge_init(struct pack_judge *p, const struct tlog_policy *policy)
{
	memset(p, 0, sizeof(*p));
	p->policy = policy;
	buf_init(&p->own_text, TLOG_POLICY_MAX);
	buf_init(&p->checkpoint, NOTE_MAX);
	buf_init(&p->member, PACK_MEMBER_MAX);
	buf_init(&p->proof, PROOF_MAX);
	pack_signed_init(&p->signs);
	ustar_reader_init(&p->tar);
}

void pack_judge_done(struct pack_judge *p)
{
	buf_done(&p->own_text);
	buf_done(&p->checkpoint);
	buf_done(&p->member);
	buf_done(&p->proof);
	pack_signed_done(&p->signs);
	ustar_reader_done(&p->tar);
}

/* "<word><index>", and the index is the whole rest. */
static bool is_numbered(const char *name, const char *word, uint64_t *out)
{
	struct rd r = rd_str(name);

	return rd_word(&r, word) && text_u64(r, out);
}

static const char *take_head(struct pack_judge *p, struct rd bytes)
{
	bool has_approvals;
	struct rd line;

	if (strcmp(p->tar.m.name, "pack") != 0)
		return "not a pack";
	has_approvals = rd_word(&bytes, magic_2);
	if ((!has_approvals && !rd_word(&bytes, magic)) || !rd_until(&bytes, '\n', &line) || !text_u64(line, &p->n_records) ||
	    p->n_records < 1 || p->n_records > PACK_RECORDS_MAX)
		return "not a pack of this version";
	if (has_approvals && (!rd_word(&bytes, approvals) || !rd_until(&bytes, '\n', &line) || !text_u64(line, &p->n_approvals) ||
				 p->n_approvals < 1 || p->n_approvals > PACK_SIGNED_MAX))
		return "not a pack of this version";
	if (bytes.len)
		return "not a pack of this version";
	p->next = PACK_POLICY;
	return NULL;
}

static const char *take_policy(struct pack_judge *p, struct rd bytes)
{
	struct tlog_policy_error err = { 0 };

	if (strcmp(p->tar.m.name, "policy") != 0)
		return "a member that is not the policy";
	if (!p->policy) {
		if (!buf_put_rd(&p->own_text, bytes) || !tlog_policy_parse(buf_rd(&p->own_text), &p->own, &err))
			return "its policy is none";
		p->policy = &p->own;
	}
	p->next = PACK_CHECKPOINT;
	return NULL;
}

static const char *take_checkpoint(struct pack_judge *p, struct rd bytes)
{
	if (strcmp(p->tar.m.name, "checkpoint") != 0)
		return "a member that is not the checkpoint";
	if (!buf_put_rd(&p->checkpoint, bytes))
		return "its checkpoint is too long";
	p->signed_how = tlog_policy_judge(p->policy, buf_rd(&p->checkpoint), &p->judgement);
	if (p->signed_how != TLOG_OK)
		return tlog_verdict_text(p->signed_how);
	p->next = PACK_PROOF;
	return NULL;
}

static const char *take_proof(struct pack_judge *p, struct rd bytes)
{
	if (!is_numbered(p->tar.m.name, "proof/", &p->index))
		return "a member that is not a proof";
	if (p->n_done == p->n_records)
		return "more records than it says";
	if (p->index < p->after)
		return "its records are not in order";
	buf_reset(&p->proof);
	if (!buf_put_rd(&p->proof, bytes))
		return "a proof that is too long";
	p->next = PACK_RECORD;
	return NULL;
}

/* The checkpoint was judged: every proof must be under that one. */
static bool is_included(const struct pack_judge *p, struct rd entry)
{
	const struct merkle_head *head = &p->judgement.checkpoint.head;
	struct rd checkpoint = buf_rd(&p->checkpoint);
	struct proof proof;
	struct hash leaf;

	if (!proof_parse(buf_rd(&p->proof), &proof) || proof.index != p->index || !rd_equal(&proof.checkpoint, &checkpoint))
		return false;
	hash_leaf(entry, &leaf);
	return merkle_included(proof.index, head->size, &leaf, &proof.path, &head->root);
}

static const char *take_record(struct pack_judge *p, struct rd bytes)
{
	const char *why;
	struct record_view v;
	uint64_t index;

	if (!is_numbered(p->tar.m.name, "record/", &index) || index != p->index)
		return "a member that is not the record of the proof before it";
	if (!is_included(p, bytes))
		return "this record is not at that index of the log";
	if (!record_read(bytes, &v) || v.seq != index)
		return "not a record of its index";
	why = pack_signed_note(&p->signs, &v);
	if (why)
		return why;
	p->n_done++;
	p->after = index + 1;
	p->next = p->n_approvals && p->n_done == p->n_records ? PACK_TEXT : PACK_PROOF;
	return p->then ? p->then->entry(p->then, index, bytes) : NULL;
}

/* The approval that comes next, and whether the member is its part with this ending. */
static const struct signed_approval *next_approval(struct pack_judge *p, const char *ending)
{
	const struct signed_approval *a = pack_signed_next(&p->signs, p->approval, &p->approval);
	char name[USTAR_NAME_MAX + 1];

	if (a)
		(void)snprintf(name, sizeof(name), "approval/%llu.%s", (unsigned long long)a->index, ending);
	return a && strcmp(name, p->tar.m.name) == 0 ? a : NULL;
}

static const char *take_text(struct pack_judge *p, struct rd bytes)
{
	const struct signed_approval *a = next_approval(p, "text");
	struct rd text;

	if (!a || p->n_approvals_done == p->n_approvals)
		return "a member that is not the text of the next approval";
	text = buf_rd(pack_signed_text(&p->signs, a));
	if (!rd_equal(&bytes, &text))
		return "not the text in the record of its request";
	p->next = PACK_SIGNATURE;
	return NULL;
}

static const char *take_signature(struct pack_judge *p, struct rd bytes)
{
	const struct signed_approval *a = next_approval(p, "sig");
	struct rd signature;

	if (!a)
		return "a member that is not the signature of its text";
	signature = buf_rd(&a->signature);
	if (!rd_equal(&bytes, &signature))
		return "not the signature in the record of its approval";
	p->n_approvals_done++;
	p->approval++;
	p->next = PACK_TEXT;
	return p->listener ? p->listener->approval(p->listener, a, buf_rd(pack_signed_text(&p->signs, a))) : NULL;
}

static const char *take_member(struct pack_judge *p)
{
	struct rd bytes = buf_rd(&p->member);

	switch (p->next) {
	case PACK_HEAD:
		return take_head(p, bytes);
	case PACK_POLICY:
		return take_policy(p, bytes);
	case PACK_CHECKPOINT:
		return take_checkpoint(p, bytes);
	case PACK_PROOF:
		return take_proof(p, bytes);
	case PACK_RECORD:
		return take_record(p, bytes);
	case PACK_TEXT:
		return take_text(p, bytes);
	case PACK_SIGNATURE:
		return take_signature(p, bytes);
	}
	return "no such member";
}

bool pack_judge_take(struct pack_judge *p, struct rd bytes)
{
	struct rd part;

	while (!p->why) {
		switch (ustar_read(&p->tar, &bytes, &part)) {
		case USTAR_MORE:
			return true;
		case USTAR_HEAD:
			buf_reset(&p->member);
			break;
		case USTAR_BYTES:
			if (!buf_put_rd(&p->member, part))
				p->why = "a member that is too long";
			break;
		case USTAR_WHOLE:
			p->why = take_member(p);
			break;
		case USTAR_BAD:
			p->why = p->tar.why;
			break;
		}
	}
	return false;
}

bool pack_judge_end(struct pack_judge *p)
{
	if (!p->why)
		p->why = ustar_read_end(&p->tar);
	if (!p->why && (p->next != (p->n_approvals ? PACK_TEXT : PACK_PROOF) || p->n_done != p->n_records || !p->tar.at_end ||
			   p->n_approvals_done != p->n_approvals))
		p->why = "something is missing at its end";
	/* An old pack has none of them; of those that say how many, none may be left out. */
	if (!p->why && p->n_approvals && pack_signed_count(&p->signs) != p->n_approvals)
		p->why = "an approval among its records lacks its text and signature";
	return !p->why;
}
