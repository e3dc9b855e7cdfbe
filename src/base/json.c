/*
 * Is:        the canonical JSON writer.
 * Is not:    the reader, which is json_rd.c.
 * Called by: records, IPC answers, --json output.
 * Owns:      nothing.
 * Trust:     our own keys; hostile text as values, which must be UTF-8.
 */
#include "base/json.h"

#include <string.h>

#include "base/assert.h"
#include "base/bytes.h"
#include "base/text.h"

void json_init(struct json *j, struct buf *out)
{
	*j = (struct json){ .w = wr_to(out) };
}

/* Before a value: the comma of an array, or proof that a key stands before it. */
static void before_value(struct json *j)
{
	if (j->depth == 0)
		return;
	unsigned at = j->depth - 1;
	if (j->level[at].is_object) {
		ASSERT(j->level[at].wants_value);
		j->level[at].wants_value = false;
	} else {
		if (j->level[at].has_member)
			wr_u8(&j->w, ',');
		j->level[at].has_member = true;
	}
}

static void open_level(struct json *j, bool is_object)
{
	before_value(j);
	ASSERT(j->depth < JSON_DEPTH_MAX);
	memset(&j->level[j->depth], 0, sizeof(j->level[0]));
	j->level[j->depth].is_object = is_object;
	j->depth++;
	wr_u8(&j->w, is_object ? '{' : '[');
}

void json_object(struct json *j)
{
	open_level(j, true);
}

void json_array(struct json *j)
{
	open_level(j, false);
}

void json_end(struct json *j)
{
	ASSERT(j->depth > 0);
	j->depth--;
	ASSERT(!j->level[j->depth].wants_value);
	wr_u8(&j->w, j->level[j->depth].is_object ? '}' : ']');
}

void json_key(struct json *j, const char *key)
{
	ASSERT(j->depth > 0);
	unsigned at = j->depth - 1;
	size_t n = strlen(key);

	ASSERT(j->level[at].is_object && !j->level[at].wants_value);
	ASSERT(n < JSON_KEY_MAX);
	/* For ASCII the order of code units is the order of bytes. */
	ASSERT(!j->level[at].has_member || strcmp(j->level[at].key, key) < 0);
	if (j->level[at].has_member)
		wr_u8(&j->w, ',');
	bytes_copy((uint8_t *)j->level[at].key, (const uint8_t *)key, n + 1);
	j->level[at].has_member = true;
	wr_u8(&j->w, '"');
	wr_str(&j->w, key);
	wr_str(&j->w, "\":");
	j->level[at].wants_value = true;
}

/* RFC 8785 section 3.2.2.2: two-letter escapes where JSON has them, \u00xx for
 * the other controls, everything else as it is. */
static void put_escaped(struct wr *w, uint8_t c)
{
	static const char letters[] = "btn\0fr"; /* 8 to 13; 11 has none */

	if (c == '"' || c == '\\') {
		wr_u8(w, '\\');
		wr_u8(w, c);
	} else if (c >= 8 && c <= 13 && c != 11) {
		wr_u8(w, '\\');
		wr_u8(w, (uint8_t)letters[c - 8]);
	} else if (c < 0x20) {
		wr_str(w, "\\u00");
		wr_hex(w, rd_of(&c, 1));
	} else {
		wr_u8(w, c);
	}
}

static bool is_plain(uint8_t c)
{
	return c >= 0x20 && c != '"' && c != '\\';
}

void json_text(struct json *j, struct rd utf8)
{
	struct rd run;
	uint8_t c;

	before_value(j);
	if (!text_is_utf8(utf8)) {
		j->w.failed = true;
		return;
	}
	wr_u8(&j->w, '"');
	while (utf8.len) {
		size_t n = 0;
		while (rd_at(&utf8, n, &c) && is_plain(c))
			n++;
		if (rd_take(&utf8, n, &run))
			wr_bytes(&j->w, run);
		if (rd_u8(&utf8, &c))
			put_escaped(&j->w, c);
	}
	wr_u8(&j->w, '"');
}

void json_str(struct json *j, const char *s)
{
	json_text(j, rd_str(s));
}

void json_int(struct json *j, int64_t v)
{
	before_value(j);
	if (v > JSON_INT_MAX || v < -JSON_INT_MAX) {
		j->w.failed = true;
		return;
	}
	if (v < 0)
		wr_u8(&j->w, '-');
	wr_dec(&j->w, (uint64_t)(v < 0 ? -v : v));
}

void json_u64(struct json *j, uint64_t v)
{
	if (v > (uint64_t)JSON_INT_MAX) {
		before_value(j);
		j->w.failed = true;
		return;
	}
	json_int(j, (int64_t)v);
}

void json_bool(struct json *j, bool v)
{
	before_value(j);
	wr_str(&j->w, v ? "true" : "false");
}

void json_null(struct json *j)
{
	before_value(j);
	wr_str(&j->w, "null");
}

void json_hex(struct json *j, struct rd raw)
{
	before_value(j);
	wr_u8(&j->w, '"');
	wr_hex(&j->w, raw);
	wr_u8(&j->w, '"');
}

void json_base64(struct json *j, struct rd raw)
{
	before_value(j);
	wr_u8(&j->w, '"');
	wr_base64(&j->w, raw, BASE64_PADDED);
	wr_u8(&j->w, '"');
}

bool json_ok(const struct json *j)
{
	return wr_ok(&j->w) && j->depth == 0 && j->w.b->len > 0;
}
