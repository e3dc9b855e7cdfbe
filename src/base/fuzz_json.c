/*
 * Is:        the fuzz target of the JSON reader and of the text decoders.
 * Is not:    a test of the writer, though it writes again what was canonical.
 * Called by: libFuzzer and the corpus replay.
 * Owns:      nothing.
 * Trust:     hostile bytes.
 */
#include "base/assert.h"
#include "base/json.h"
#include "base/quote.h"
#include "base/text.h"
#include "base/timefmt.h"
#include "testing/fuzz.h"

/* Copies the value token by token; equal bytes must come out of canonical input. */
static void rewrite(struct rd in)
{
	struct json_rd r = json_rd_of(in, JSON_CANONICAL);
	AUTO(buf_done) struct buf out = { 0 }, text = { 0 };
	struct json_token t;
	char key[JSON_KEY_MAX];
	struct json w;

	buf_init(&out, 1 << 22);
	buf_init(&text, 1 << 21);
	json_init(&w, &out);
	for (;;) {
		enum json_type type = json_next(&r, &t);
		buf_reset(&text);
		switch (type) {
		case JSON_OBJECT:
			json_object(&w);
			break;
		case JSON_ARRAY:
			json_array(&w);
			break;
		case JSON_CLOSE:
			json_end(&w);
			break;
		case JSON_KEY: {
			struct rd k = t.text;
			size_t n = k.len;
			if (n >= sizeof(key))
				return;
			ASSERT(rd_copy(&k, (uint8_t *)key, n));
			key[n] = '\0';
			json_key(&w, key);
			break;
		}
		case JSON_STRING:
			ASSERT(json_unescape(&t, &text));
			json_text(&w, buf_rd(&text));
			break;
		case JSON_INT:
			json_int(&w, t.number);
			break;
		case JSON_TRUE:
		case JSON_FALSE:
			json_bool(&w, type == JSON_TRUE);
			break;
		case JSON_NULL:
			json_null(&w);
			break;
		case JSON_END:
			ASSERT(json_ok(&w));
			struct rd got = buf_rd(&out);
			ASSERT(rd_equal(&got, &in));
			return;
		case JSON_BAD:
			UNREACHABLE();
		}
	}
}

static void decode_text(struct rd in)
{
	AUTO(buf_done) struct buf raw = { 0 }, again = { 0 };
	uint64_t v;

	buf_init(&raw, 1 << 21);
	buf_init(&again, 1 << 22);
	struct wr w = wr_to(&again);
	if (text_base64(in, BASE64_PADDED, &raw)) {
		wr_base64(&w, buf_rd(&raw), BASE64_PADDED);
		struct rd got = buf_rd(&again);
		ASSERT(wr_ok(&w) && rd_equal(&got, &in));
	}
	buf_reset(&again);
	if (text_u64(in, &v)) {
		wr_dec(&w, v);
		struct rd got = buf_rd(&again);
		ASSERT(rd_equal(&got, &in));
	}
	(void)(time_parse(in, &v) || time_duration(in, &v));
}

static void quote(struct rd in)
{
	char out[4096];

	for (const char *c = quote_text(out, sizeof(out), in); *c; c++)
		ASSERT((unsigned char)*c >= 0x20 && *c != 0x7f);
	ASSERT(text_is_utf8(in) || out[0]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rd in = rd_of(data, size);
	struct json_rd any = json_rd_of(in, JSON_ANY);
	struct json_token t;
	enum json_type type;

	do
		type = json_next(&any, &t);
	while (type != JSON_BAD && type != JSON_END);
	if (json_is_canonical(in)) {
		ASSERT(type == JSON_END);
		rewrite(in);
	}
	decode_text(in);
	quote(in);
	return 0;
}
