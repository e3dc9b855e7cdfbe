/*
 * Is:        grants as canonical text (contract in the header).
 * Is not:    the judging of signatures.
 * Called by: deskd, approval, gate.
 * Owns:      nothing.
 * Trust:     hostile text.
 */
#include "policy/grant.h"

#include <string.h>

#include "base/ascii.h"
#include "base/wr.h"
#include "policy/scalar.h"

const char *const grant_why_texts[] = {
	[GRANT_OK] = "covered by the grant",
	[GRANT_OTHER_PERSON] = "the grant is another person's",
	[GRANT_OTHER_ASSET] = "the grant does not name this asset",
	[GRANT_OTHER_CLASS] = "the grant does not name this class of command",
	[GRANT_OTHER_CHANNEL] = "the grant does not name this channel",
	[GRANT_TOO_EARLY] = "the grant has not begun",
	[GRANT_OVER] = "the grant is over",
	[GRANT_SESSION_OVER] = "the session is longer than granted",
	[GRANT_CLEAR] = "more persons in the clear than granted",
	[GRANT_OPAQUE] = "more opaque bytes than granted",
};

static bool is_hash(struct rd r, size_t n)
{
	uint8_t c;

	if (r.len != n)
		return false;
	while (rd_u8(&r, &c))
		if (!(is_digit(c) || (c >= 'a' && c <= 'f')))
			return false;
	return true;
}

/* One line of clean text that neither begins nor ends with a blank. */
static bool is_line(struct rd r)
{
	uint8_t a, z;

	return r.len && r.len <= GRANT_TEXT_MAX && rd_at(&r, 0, &a) && rd_at(&r, r.len - 1, &z) &&
	    a != ' ' && z != ' ' && scalar_is_clean(r);
}

static bool is_rising(const struct grant_names *names, uint32_t max)
{
	if (names->n == 0 || names->n > max)
		return false;
	for (uint32_t i = 0; i < names->n; i++) {
		if (!scalar_is_name(names->at[i]))
			return false;
		if (i && scalar_compare(names->at[i - 1], names->at[i]) >= 0)
			return false;
	}
	return true;
}

static bool is_valid(const struct grant *g)
{
	return is_hash(g->id, 32) && is_hash(g->policy, 64) && is_line(g->operator) &&
	    scalar_is_name(g->rule) && scalar_is_name(g->engineer) && scalar_is_name(g->supplier) &&
	    is_line(g->employer) && is_rising(&g->assets, GRANT_ASSETS_MAX) &&
	    is_rising(&g->classes, CLASS_MAX) && is_rising(&g->channels, CHANNEL_N) &&
	    is_rising(&g->roles, GRANT_ROLES_MAX) && g->not_before < g->not_after &&
	    g->requested <= g->answer_by && g->answer_by <= g->not_after && g->session_max > 0 &&
	    g->approvals >= 1 && g->approvals <= APPROVALS_MAX && is_line(g->purpose) &&
	    is_line(g->ticket);
}

static void put_text(struct wr *w, const char *key, struct rd value)
{
	wr_str(w, key);
	wr_str(w, " ");
	wr_bytes(w, value);
	wr_str(w, "\n");
}

static void put_number(struct wr *w, const char *key, uint64_t value)
{
	wr_str(w, key);
	wr_str(w, " ");
	wr_dec(w, value);
	wr_str(w, "\n");
}

static void put_time(struct wr *w, const char *key, int64_t value)
{
	wr_str(w, key);
	wr_str(w, " ");
	if (!w->failed)
		w->failed = !scalar_put_instant(w->b, value);
	wr_str(w, "\n");
}

static void put_names(struct wr *w, const char *key, const struct grant_names *names)
{
	for (uint32_t i = 0; i < names->n; i++)
		put_text(w, key, names->at[i]);
}

static void put_country(struct wr *w, const char *key, uint16_t c)
{
	char text[3] = { (char)(c >> 8), (char)(c & 0xff), '\0' };

	put_text(w, key, rd_str(c ? text : "unknown"));
}

static void put_all(struct wr *w, const struct grant *g)
{
	wr_str(w, "slagboom-grant/1\n");
	put_text(w, "id", g->id);
	put_text(w, "operator", g->operator);
	put_text(w, "policy", g->policy);
	put_text(w, "rule", g->rule);
	put_text(w, "engineer", g->engineer);
	put_text(w, "supplier", g->supplier);
	put_text(w, "employer", g->employer);
	put_country(w, "controlled-from", g->controlled_from);
	put_names(w, "asset", &g->assets);
	put_names(w, "class", &g->classes);
	put_names(w, "channel", &g->channels);
	put_time(w, "not-before", g->not_before);
	put_time(w, "not-after", g->not_after);
	put_number(w, "session-max", g->session_max);
	put_number(w, "clear-subscribers", g->clear[KIND_SUBSCRIBERS]);
	put_number(w, "clear-customers", g->clear[KIND_CUSTOMERS]);
	put_number(w, "opaque", g->opaque);
	put_number(w, "approvals", g->approvals);
	put_names(w, "role", &g->roles);
	put_time(w, "requested", g->requested);
	put_time(w, "answer-by", g->answer_by);
	put_text(w, "purpose", g->purpose);
	put_text(w, "ticket", g->ticket);
}

bool grant_write(const struct grant *g, struct buf *out)
{
	struct wr w = wr_to(out);
	size_t before = out->len;

	if (!is_valid(g))
		return false;
	put_all(&w, g);
	if (!wr_ok(&w))
		buf_cut(out, before);
	return wr_ok(&w);
}

/* "key value\n" */
static bool take_text(struct rd *r, const char *key, struct rd *out)
{
	return rd_word(r, key) && rd_word(r, " ") && rd_until(r, '\n', out);
}

static bool take_number(struct rd *r, const char *key, uint64_t max, uint64_t *out)
{
	struct rd value;

	return take_text(r, key, &value) && scalar_number(value, max, out);
}

static bool take_u32(struct rd *r, const char *key, uint32_t *out)
{
	uint64_t v;

	if (!take_number(r, key, UINT32_MAX, &v))
		return false;
	*out = (uint32_t)v;
	return true;
}

static bool take_time(struct rd *r, const char *key, int64_t *out)
{
	struct rd value;

	return take_text(r, key, &value) && scalar_instant(value, out);
}

static bool take_names(struct rd *r, const char *key, struct grant_names *out)
{
	struct rd value;

	while (take_text(r, key, &value)) {
		if (out->n == GRANT_ASSETS_MAX)
			return false;
		out->at[out->n++] = value;
	}
	return true;
}

static bool take_country(struct rd *r, const char *key, uint16_t *out)
{
	struct rd value;

	return take_text(r, key, &value) && (rd_is(&value, "unknown") || scalar_country(value, out));
}

static bool take_all(struct rd *r, struct grant *g)
{
	return rd_word(r, "slagboom-grant/1\n") && take_text(r, "id", &g->id) &&
	    take_text(r, "operator", &g->operator) && take_text(r, "policy", &g->policy) &&
	    take_text(r, "rule", &g->rule) && take_text(r, "engineer", &g->engineer) &&
	    take_text(r, "supplier", &g->supplier) && take_text(r, "employer", &g->employer) &&
	    take_country(r, "controlled-from", &g->controlled_from) &&
	    take_names(r, "asset", &g->assets) && take_names(r, "class", &g->classes) &&
	    take_names(r, "channel", &g->channels) &&
	    take_time(r, "not-before", &g->not_before) && take_time(r, "not-after", &g->not_after) &&
	    take_u32(r, "session-max", &g->session_max) &&
	    take_u32(r, "clear-subscribers", &g->clear[KIND_SUBSCRIBERS]) &&
	    take_u32(r, "clear-customers", &g->clear[KIND_CUSTOMERS]) &&
	    take_number(r, "opaque", UINT64_MAX, &g->opaque) &&
	    take_u32(r, "approvals", &g->approvals) && take_names(r, "role", &g->roles) &&
	    take_time(r, "requested", &g->requested) && take_time(r, "answer-by", &g->answer_by) &&
	    take_text(r, "purpose", &g->purpose) && take_text(r, "ticket", &g->ticket) && r->len == 0;
}

int grant_parse(struct rd text, struct grant *out)
{
	AUTO(buf_done) struct buf again = { 0 };
	struct grant g = { 0 };
	struct rd r = text, back;

	if (text.len > GRANT_MAX || !take_all(&r, &g))
		return GRANT_BAD;
	/* Canonical by construction, and checked: what is signed is what was read. */
	buf_init(&again, GRANT_MAX);
	if (!grant_write(&g, &again))
		return GRANT_BAD;
	back = buf_rd(&again);
	if (!rd_equal(&back, &text))
		return GRANT_BAD;
	*out = g;
	return 0;
}

static bool is_among(const struct grant_names *names, struct rd name)
{
	for (uint32_t i = 0; i < names->n; i++)
		if (rd_equal(&names->at[i], &name))
			return true;
	return false;
}

enum grant_why grant_covers(const struct grant *g, const struct grant_use *u)
{
	if (!rd_equal(&g->engineer, &u->engineer))
		return GRANT_OTHER_PERSON;
	if (!is_among(&g->assets, u->asset))
		return GRANT_OTHER_ASSET;
	if (!is_among(&g->classes, u->cls))
		return GRANT_OTHER_CLASS;
	if (!is_among(&g->channels, u->channel))
		return GRANT_OTHER_CHANNEL;
	if (u->now < g->not_before)
		return GRANT_TOO_EARLY;
	if (u->now >= g->not_after)
		return GRANT_OVER;
	if (u->age > g->session_max)
		return GRANT_SESSION_OVER;
	for (int k = 0; k < KIND_N; k++)
		if (u->clear[k] > g->clear[k])
			return GRANT_CLEAR;
	return u->opaque > g->opaque ? GRANT_OPAQUE : GRANT_OK;
}
