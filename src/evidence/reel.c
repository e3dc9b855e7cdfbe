/*
 * Is:        reels (format and contract in the header).
 * Is not:    the spelling of tar files: ustar.c.
 * Called by: the sealer, slagboom-verify, replay.
 * Owns:      nothing.
 * Trust:     what is read is hostile.
 */
#include "evidence/reel.h"

#include <stdio.h>

#include "base/assert.h"
#include "base/text.h"
#include "evidence/recording.h"

void wr_reel_head(struct wr *w, const struct reel_member *m)
{
	struct ustar_member u = { .len = m->len, .time_s = m->time_s };

	if (m->segment < 1 || m->segment > REEL_NUMBER_MAX) {
		w->failed = true;
		return;
	}
	(void)snprintf(u.name, sizeof(u.name), "%08u.age", m->segment);
	wr_ustar_head(w, &u);
}

void wr_reel_pad(struct wr *w, uint64_t len)
{
	wr_ustar_pad(w, len);
}

void wr_reel_end(struct wr *w)
{
	wr_ustar_end(w);
}

static void put_path(char *out, const uint8_t *id, const char *slash, struct rd name, const char *end)
{
	AUTO(buf_done) struct buf b = { 0 };
	struct rd text;

	buf_init(&b, REEL_PATH_MAX);
	struct wr w = wr_to(&b);
	wr_str(&w, "recordings/");
	wr_hex(&w, rd_of(id, RECORDING_ID_LEN));
	wr_str(&w, slash);
	wr_bytes(&w, name);
	wr_str(&w, end);
	wr_u8(&w, 0);
	ASSERT(wr_ok(&w));
	text = buf_rd(&b);
	if (!rd_copy(&text, (uint8_t *)out, text.len))
		UNREACHABLE();
}

void reel_dir(const uint8_t *id, char *out)
{
	put_path(out, id, "", rd_str(""), "");
}

void reel_path(const uint8_t *id, uint32_t reel, char *out)
{
	char digits[16];

	ASSERT(reel <= REEL_NUMBER_MAX);
	(void)snprintf(digits, sizeof(digits), "%08u", reel);
	put_path(out, id, "/", rd_str(digits), ".tar");
}

void reel_share_path(const uint8_t *id, struct rd keeper, char *out)
{
	ASSERT(keeper_name_ok(keeper));
	put_path(out, id, "/share-", keeper, ".age");
}

/* Eight digits, from 1, and ".age". */
static bool segment_of(const char *name, uint32_t *out)
{
	struct rd r = rd_str(name), digits;
	uint32_t v = 0;
	uint8_t c;

	if (!rd_take(&r, 8, &digits) || !rd_is(&r, ".age"))
		return false;
	while (rd_u8(&digits, &c)) {
		if (c < '0' || c > '9')
			return false;
		v = v * 10 + (uint32_t)(c - '0');
	}
	*out = v;
	return v > 0;
}

void reel_reader_init(struct reel_reader *r)
{
	*r = (struct reel_reader){ .m = { 0 } };
	ustar_reader_init(&r->tar);
}

void reel_reader_done(struct reel_reader *r)
{
	ustar_reader_done(&r->tar);
}

/* What the tar reader says, in the words of reels. */
static enum reel_result judge_head(struct reel_reader *r)
{
	uint32_t segment;

	if (!segment_of(r->tar.m.name, &segment))
		r->tar.why = "a member that is no segment";
	else if (r->tar.n_members && segment != r->m.segment + 1)
		r->tar.why = "a segment does not follow the one before it";
	else
		r->m = (struct reel_member){ .segment = segment, .len = r->tar.m.len, .time_s = r->tar.m.time_s };
	return r->tar.why ? REEL_BAD : REEL_HEAD;
}

enum reel_result reel_read(struct reel_reader *r, struct rd *in, struct rd *out)
{
	enum reel_result result = (enum reel_result)ustar_read(&r->tar, in, out);

	if (result == REEL_HEAD)
		result = judge_head(r);
	r->n_members = r->tar.n_members;
	r->off = r->tar.off;
	r->whole = r->tar.whole;
	r->why = r->tar.why;
	return result;
}

const char *reel_read_end(const struct reel_reader *r)
{
	return ustar_read_end(&r->tar);
}
