/*
 * Is:        the wire form of a request to record.
 * Is not:    the record.
 * Called by: evidenced and who records.
 * Owns:      nothing.
 * Trust:     the asker may have been taken over.
 */
#include "proc/talk/record_proto.h"

#include "evidence/record.h"
#include "evidence/recording.h"

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

void record_reel_write(struct wr *w, uint16_t type, const struct record_reel *a)
{
	wr_bytes(w, a->recording);
	wr_u32(w, a->reel);
	if (type == RECORD_REEL_NO)
		wr_part8(w, a->why);
}

bool record_reel_read(struct rd *r, uint16_t type, struct record_reel *out)
{
	struct record_reel a = { .reel = 0 };
	struct rd t = *r;

	if (!rd_take(&t, RECORDING_ID_LEN, &a.recording) || !rd_u32(&t, &a.reel))
		return false;
	if (type == RECORD_REEL_NO && !rd_part8(&t, RECORD_WHY_MAX, &a.why))
		return false;
	*out = a;
	*r = t;
	return true;
}

void record_share_write(struct wr *w, uint16_t type, const struct record_share *a)
{
	wr_bytes(w, a->recording);
	wr_part8(w, a->keeper);
	if (type == RECORD_SHARE)
		wr_part16(w, a->sealed);
	else if (type == RECORD_SHARE_NO)
		wr_part8(w, a->why);
}

bool record_share_read(struct rd *r, uint16_t type, struct record_share *out)
{
	struct record_share a = { .recording = { 0 } };
	struct rd t = *r;

	if (!rd_take(&t, RECORDING_ID_LEN, &a.recording) || !rd_part8(&t, KEEPER_NAME_MAX, &a.keeper))
		return false;
	if (type == RECORD_SHARE && !rd_part16(&t, RECORDING_SHARE_MAX, &a.sealed))
		return false;
	if (type == RECORD_SHARE_NO && !rd_part8(&t, RECORD_WHY_MAX, &a.why))
		return false;
	*out = a;
	*r = t;
	return true;
}
