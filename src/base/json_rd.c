/*
 * Is:        the pull reader of JSON, plain and canonical.
 * Is not:    a document tree; it allocates nothing.
 * Called by: whoever reads a record, a status or somebody else's JSON.
 * Owns:      nothing.
 * Trust:     hostile bytes.
 */
#include "base/ascii.h"
#include "base/assert.h"
#include "base/json.h"
#include "base/text.h"

enum expect { WANT_VALUE, WANT_ITEM_OR_CLOSE, WANT_KEY_OR_CLOSE, WANT_COMMA_OR_CLOSE, WANT_END, BROKEN };

struct json_rd json_rd_of(struct rd in, enum json_form form)
{
	return (struct json_rd){ .in = in, .form = form, .expect = WANT_VALUE };
}

static enum json_type bad(struct json_rd *j)
{
	j->expect = BROKEN;
	return JSON_BAD;
}

static void skip_space(struct json_rd *j)
{
	uint8_t c;

	if (j->form == JSON_CANONICAL)
		return;
	while (rd_at(&j->in, 0, &c) && (c == ' ' || c == '\t' || c == '\n' || c == '\r'))
		if (!rd_skip(&j->in, 1))
			UNREACHABLE();
}

static bool take_byte(struct json_rd *j, uint8_t want)
{
	uint8_t c;

	return rd_at(&j->in, 0, &c) && c == want && rd_skip(&j->in, 1);
}

static bool hex_unit(struct rd *r, uint32_t *out)
{
	uint32_t v = 0;
	uint8_t c;

	for (int i = 0; i < 4; i++) {
		if (!rd_u8(r, &c))
			return false;
		if (is_digit(c))
			v = v * 16 + (uint32_t)(c - '0');
		else if (c >= 'a' && c <= 'f')
			v = v * 16 + (uint32_t)(c - 'a' + 10);
		else if (c >= 'A' && c <= 'F')
			v = v * 16 + (uint32_t)(c - 'A' + 10);
		else
			return false;
	}
	*out = v;
	return true;
}

/* After "\u": one code point, which may take a second escape. */
static bool hex_rune(struct rd *r, uint32_t *out)
{
	uint32_t high, low;

	if (!hex_unit(r, &high))
		return false;
	if (high >= 0xdc00 && high < 0xe000)
		return false;
	if (high < 0xd800 || high >= 0xe000) {
		*out = high;
		return true;
	}
	if (!rd_word(r, "\\u") || !hex_unit(r, &low) || low < 0xdc00 || low >= 0xe000)
		return false;
	*out = 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00);
	return true;
}

/* After a backslash: the code point it stands for. `canonical` says whether RFC
 * 8785 would have written it this way. */
static bool escape(struct rd *r, uint32_t *rune, bool *canonical)
{
	static const char letters[] = "btnfr\"\\", meant[] = "\b\t\n\f\r\"\\";
	struct rd before;
	uint8_t c;

	*canonical = true;
	if (!rd_u8(r, &c))
		return false;
	for (size_t i = 0; i < sizeof(letters) - 1; i++) {
		if (c == (uint8_t)letters[i]) {
			*rune = (uint32_t)meant[i];
			return true;
		}
	}
	if (c == '/') {
		*canonical = false;
		*rune = '/';
		return true;
	}
	before = *r;
	if (c != 'u' || !hex_rune(r, rune))
		return false;
	*canonical = *rune < 0x20 && *rune != '\b' && *rune != '\t' && *rune != '\n' &&
	    *rune != '\f' && *rune != '\r';
	for (size_t i = 0; i < 4 && rd_at(&before, i, &c); i++)
		*canonical = *canonical && !(c >= 'A' && c <= 'F');
	return true;
}

/* A string, its opening quote already taken. */
static bool string(struct json_rd *j, struct json_token *out)
{
	struct rd start = j->in, scan = j->in;
	bool canonical;
	uint32_t rune;
	uint8_t c;

	out->escaped = false;
	while (rd_at(&scan, 0, &c) && c != '"') {
		if (c == '\\') {
			out->escaped = true;
			if (!rd_skip(&scan, 1) || !escape(&scan, &rune, &canonical))
				return false;
			if (!canonical && j->form == JSON_CANONICAL)
				return false;
		} else if (c < 0x20 || !rd_rune(&scan, &rune)) {
			return false;
		}
	}
	return rd_take(&j->in, start.len - scan.len, &out->text) && take_byte(j, '"');
}

static bool integer(struct json_rd *j, struct json_token *out)
{
	bool negative = take_byte(j, '-');
	struct rd digits;
	uint64_t v;
	size_t n = 0;
	uint8_t c;

	while (rd_at(&j->in, n, &c) && is_digit(c))
		n++;
	if (!rd_take(&j->in, n, &digits) || !text_u64(digits, &v) || v > (uint64_t)JSON_INT_MAX)
		return false;
	if (rd_at(&j->in, 0, &c) && (c == '.' || c == 'e' || c == 'E'))
		return false;
	if (negative && v == 0)
		return false;
	out->number = negative ? -(int64_t)v : (int64_t)v;
	return true;
}

static enum json_type push(struct json_rd *j, bool is_object)
{
	if (j->depth == JSON_DEPTH_MAX)
		return bad(j);
	j->is_object[j->depth] = is_object;
	j->last_key[j->depth] = rd_of(NULL, 0);
	j->depth++;
	j->expect = is_object ? WANT_KEY_OR_CLOSE : WANT_ITEM_OR_CLOSE;
	return is_object ? JSON_OBJECT : JSON_ARRAY;
}

static enum json_type word(struct json_rd *j, const char *rest, enum json_type type)
{
	return rd_word(&j->in, rest) ? type : JSON_BAD;
}

static enum json_type value(struct json_rd *j, struct json_token *out)
{
	enum json_type type;
	uint8_t c;

	if (!rd_at(&j->in, 0, &c))
		return bad(j);
	if (c == '{' || c == '[')
		return take_byte(j, c) ? push(j, c == '{') : bad(j);
	if (c == '"')
		type = take_byte(j, '"') && string(j, out) ? JSON_STRING : JSON_BAD;
	else if (c == 't')
		type = word(j, "true", JSON_TRUE);
	else if (c == 'f')
		type = word(j, "false", JSON_FALSE);
	else if (c == 'n')
		type = word(j, "null", JSON_NULL);
	else
		type = integer(j, out) ? JSON_INT : JSON_BAD;
	if (type == JSON_BAD)
		return bad(j);
	j->expect = j->depth ? WANT_COMMA_OR_CLOSE : WANT_END;
	return type;
}

static bool is_plain_ascii(struct rd r)
{
	uint8_t c;

	while (rd_u8(&r, &c))
		if (c < 0x20 || c >= 0x7f)
			return false;
	return true;
}

static bool comes_after(struct rd last, struct rd key)
{
	uint8_t a, b;

	for (size_t i = 0; rd_at(&key, i, &b); i++) {
		if (!rd_at(&last, i, &a))
			return true;
		if (a != b)
			return a < b;
	}
	return false;
}

static enum json_type key(struct json_rd *j, struct json_token *out)
{
	unsigned at = j->depth - 1;

	if (!take_byte(j, '"') || !string(j, out))
		return bad(j);
	if (j->form == JSON_CANONICAL) {
		if (out->escaped || !is_plain_ascii(out->text) || out->text.len == 0)
			return bad(j);
		if (!comes_after(j->last_key[at], out->text))
			return bad(j);
		j->last_key[at] = out->text;
	}
	skip_space(j);
	if (!take_byte(j, ':'))
		return bad(j);
	j->expect = WANT_VALUE;
	return JSON_KEY;
}

static enum json_type close_level(struct json_rd *j)
{
	j->depth--;
	j->expect = j->depth ? WANT_COMMA_OR_CLOSE : WANT_END;
	return JSON_CLOSE;
}

static bool closes(struct json_rd *j)
{
	return take_byte(j, j->is_object[j->depth - 1] ? '}' : ']');
}

enum json_type json_next(struct json_rd *j, struct json_token *out)
{
	skip_space(j);
	switch ((enum expect)j->expect) {
	case WANT_VALUE:
		return value(j, out);
	case WANT_ITEM_OR_CLOSE:
		return closes(j) ? close_level(j) : value(j, out);
	case WANT_KEY_OR_CLOSE:
		return closes(j) ? close_level(j) : key(j, out);
	case WANT_COMMA_OR_CLOSE:
		if (closes(j))
			return close_level(j);
		if (!take_byte(j, ','))
			return bad(j);
		skip_space(j);
		return j->is_object[j->depth - 1] ? key(j, out) : value(j, out);
	case WANT_END:
		return j->in.len == 0 ? JSON_END : bad(j);
	case BROKEN:
		return JSON_BAD;
	}
	return bad(j);
}

bool json_skip(struct json_rd *j, enum json_type first)
{
	unsigned until = j->depth - (first == JSON_OBJECT || first == JSON_ARRAY);
	struct json_token t;

	while (j->depth > until)
		if (json_next(j, &t) == JSON_BAD)
			return false;
	return first != JSON_BAD;
}

bool json_unescape(const struct json_token *t, struct buf *out)
{
	struct wr w = wr_to(out);
	struct rd in = t->text;
	bool canonical;
	uint32_t rune;
	uint8_t c;

	while (rd_at(&in, 0, &c)) {
		if (c == '\\' ? !rd_skip(&in, 1) || !escape(&in, &rune, &canonical) : !rd_rune(&in, &rune))
			return false;
		wr_rune(&w, rune);
	}
	return wr_ok(&w);
}

bool json_is_canonical(struct rd in)
{
	struct json_rd j = json_rd_of(in, JSON_CANONICAL);
	struct json_token t;
	enum json_type type;

	do
		type = json_next(&j, &t);
	while (type != JSON_BAD && type != JSON_END);
	return type == JSON_END;
}
