/*
 * Is:        the wire form of questions to tokend and of its answers.
 * Is not:    the look-up.
 * Called by: members_link.c, askers.c.
 * Owns:      nothing.
 * Trust:     either side may have been taken over.
 */
#include "proc/talk/ask_proto.h"

void ask_write(struct wr *w, const struct ask *a)
{
	wr_u64(w, a->token);
	wr_u16(w, (uint16_t)a->n);
	for (size_t k = 0; k < a->n; k++) {
		wr_u8(w, (uint8_t)a->id[k].kind);
		wr_part8(w, a->id[k].value);
	}
}

bool ask_read(struct rd *r, struct ask *out)
{
	struct rd t = *r;
	uint16_t n;
	uint8_t kind;

	if (!rd_u64(&t, &out->token) || !rd_u16(&t, &n) || n == 0 || n > ASK_IDS_MAX)
		return false;
	out->n = n;
	for (size_t k = 0; k < n; k++) {
		struct ask_id *id = &out->id[k];
		if (!rd_u8(&t, &kind) || kind >= SCAN_KINDS || !rd_part8(&t, SCAN_VALUE_MAX, &id->value) || !id->value.len)
			return false;
		id->kind = (enum scan_kind)kind;
	}
	if (t.len)
		return false;
	*r = t;
	return true;
}

void ask_answer_write(struct wr *w, const struct ask_answer *a)
{
	wr_u64(w, a->token);
	wr_u8(w, (uint8_t)a->status);
	wr_u64(w, a->version);
	wr_u32(w, a->share);
	wr_u16(w, (uint16_t)a->n);
	for (size_t k = 0; k < a->n; k++)
		wr_u32(w, a->person[k]);
}

bool ask_answer_read(struct rd *r, struct ask_answer *out)
{
	struct rd t = *r;
	uint8_t status;
	uint16_t n;

	if (!rd_u64(&t, &out->token) || !rd_u8(&t, &status) || status > ASK_LIMITED || !rd_u64(&t, &out->version) ||
	    !rd_u32(&t, &out->share) || !rd_u16(&t, &n) || n > ASK_IDS_MAX)
		return false;
	out->status = (enum ask_status)status;
	if ((status == ASK_ANSWERED) != (n > 0) || (status == ASK_NO_SET) != (out->version == 0))
		return false;
	out->n = n;
	for (size_t k = 0; k < n; k++)
		if (!rd_u32(&t, &out->person[k]))
			return false;
	if (t.len)
		return false;
	*r = t;
	return true;
}
