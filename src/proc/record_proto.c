/*
 * Is:        the wire form of a request to record.
 * Is not:    the record.
 * Called by: evidenced and who records.
 * Owns:      nothing.
 * Trust:     the asker may have been taken over.
 */
#include "proc/record_proto.h"

#include "evidence/record.h"

void record_ask_write(struct wr *w, const struct record_ask *a)
{
	wr_u64(w, a->token);
	wr_u8(w, a->closing);
	wr_part8(w, a->session);
	wr_part8(w, a->actor);
	wr_part8(w, a->employer);
	wr_part8(w, a->asset);
	event_encode(w, &a->event);
}

static bool read_name(struct rd *r, struct rd *out)
{
	return rd_part8(r, EVENT_NAME_MAX, out) && event_name_ok(*out);
}

bool record_ask_read(struct rd *r, struct record_ask *out)
{
	struct record_ask a = { .token = 0 };
	struct rd t = *r;
	uint8_t closing;

	if (!rd_u64(&t, &a.token) || !rd_u8(&t, &closing) || closing > 1)
		return false;
	if (!rd_part8(&t, RECORD_ID_LEN, &a.session) || (a.session.len != 0 && a.session.len != RECORD_ID_LEN))
		return false;
	if (!read_name(&t, &a.actor) || !read_name(&t, &a.employer) || !read_name(&t, &a.asset))
		return false;
	if (!event_decode(&t, &a.event))
		return false;
	a.closing = closing == 1;
	*out = a;
	*r = t;
	return true;
}
