/*
 * Is:        tests of the JSON writer and reader.
 * Is not:    exhaustive where the fuzz target is.
 * Called by: the test run.
 * Owns:      nothing.
 * Trust:     no input.
 */
#include "base/json.h"
#include "testing/test.h"

TEST(writes_the_canonical_form)
{
	AUTO(buf_done) struct buf b = { 0 };
	struct json j;

	buf_init(&b, 1000);
	json_init(&j, &b);
	json_object(&j);
	json_key(&j, "a");
	json_array(&j);
	json_int(&j, -5);
	json_bool(&j, true);
	json_null(&j);
	json_object(&j);
	json_end(&j);
	json_end(&j);
	json_key(&j, "b");
	json_text(&j, rd_of("\b\t\n\v\f\r\"\\\x1f/\x7f\xe2\x82\xac", 14));
	json_key(&j, "ba");
	json_hex(&j, rd_of("\x00\xff", 2));
	json_end(&j);
	CHECK(json_ok(&j));
	CHECK_RD(buf_rd(&b), rd_str("{\"a\":[-5,true,null,{}],\"b\":\"\\b\\t\\n\\u000b\\f\\r\\\"\\\\\\u001f/\x7f"
				    "\xe2\x82\xac\",\"ba\":\"00ff\"}"));
	CHECK(json_is_canonical(buf_rd(&b)));
}

TEST(remembers_what_it_could_not_write)
{
	AUTO(buf_done) struct buf b = { 0 };
	struct json j;

	buf_init(&b, 100);
	json_init(&j, &b);
	json_text(&j, rd_str("\xff"));
	CHECK(!json_ok(&j));
	buf_reset(&b);
	json_init(&j, &b);
	json_u64(&j, (uint64_t)JSON_INT_MAX + 1);
	CHECK(!json_ok(&j));
	buf_reset(&b);
	json_init(&j, &b);
	json_array(&j); /* never closed */
	CHECK(!json_ok(&j));
}

static bool reads(const char *text, enum json_form form)
{
	struct json_rd j = json_rd_of(rd_str(text), form);
	struct json_token t;
	enum json_type type;

	do
		type = json_next(&j, &t);
	while (type != JSON_BAD && type != JSON_END);
	return type == JSON_END;
}

TEST(refuses_what_is_not_json)
{
	static const char *const bad[] = { "", "{", "}", "[", "[1", "[1,", "[1,]", "[,1]", "{\"a\"}", "{\"a\":}",
		"{\"a\":1,}", "{a:1}", "{1:2}", "tru", "nul", "01", "-", "-0", "1.5", "1e3", "1E3", "+1",
		"9007199254740992", "\"", "\"\\\"", "\"\\q\"", "\"\\u12\"", "\"\\ud800\"", "\"\\ud800\\u0041\"",
		"\"\\udc00\"", "\"\x01\"", "\"\xff\"", "1 2", "[1}", "{\"a\":1]", "[1 2]", "NaN", "//", "\"a\"b",
		"[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]" };

	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		if (reads(bad[i], JSON_ANY))
			test_fail(__FILE__, __LINE__, "accepted %s", bad[i]);
}

TEST(canonical_is_one_spelling)
{
	static const char *const loose[] = { " 1", "1\n", "[1, 2]", "{\"b\":1,\"a\":2}", "{\"a\":1,\"a\":2}",
		"\"\\/\"", "\"\\u0041\"", "\"\\u000A\"", "\"\\u000a\"", "\"\\u001F\"", "{\"\\n\":1}",
		"{\"\xc3\xa9\":1}" };
	static const char *const tight[] = { "1", "-9007199254740991", "[]", "{}", "[1,2]",
		"{\"a\":2,\"b\":1}", "{\"a\":1,\"ab\":1,\"b\":1}", "\"\\u001f\\n\xe2\x82\xac\"",
		"[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]" };

	for (size_t i = 0; i < ARRAY_LEN(loose); i++) {
		if (!reads(loose[i], JSON_ANY))
			test_fail(__FILE__, __LINE__, "refused %s", loose[i]);
		if (reads(loose[i], JSON_CANONICAL))
			test_fail(__FILE__, __LINE__, "called canonical: %s", loose[i]);
	}
	for (size_t i = 0; i < ARRAY_LEN(tight); i++)
		if (!reads(tight[i], JSON_CANONICAL))
			test_fail(__FILE__, __LINE__, "called loose: %s", tight[i]);
}

TEST(tokens_and_skipping)
{
	struct json_rd j = json_rd_of(rd_str(" { \"x\" : [ 1 , { \"y\" : [] } ] , \"n\":-7, \"s\":\"\\ud83d\\ude00\" } "),
	    JSON_ANY);
	AUTO(buf_done) struct buf b = { 0 };
	struct json_token t;
	enum json_type type;

	buf_init(&b, 64);
	CHECK(json_next(&j, &t) == JSON_OBJECT);
	CHECK(json_next(&j, &t) == JSON_KEY);
	CHECK_RD(t.text, rd_str("x"));
	type = json_next(&j, &t);
	CHECK(type == JSON_ARRAY && json_skip(&j, type));
	CHECK(json_next(&j, &t) == JSON_KEY);
	type = json_next(&j, &t);
	CHECK(type == JSON_INT && t.number == -7 && json_skip(&j, type));
	CHECK(json_next(&j, &t) == JSON_KEY && json_next(&j, &t) == JSON_STRING && t.escaped);
	CHECK(json_unescape(&t, &b));
	CHECK_RD(buf_rd(&b), rd_str("\xf0\x9f\x98\x80"));
	CHECK(json_next(&j, &t) == JSON_CLOSE && json_next(&j, &t) == JSON_END);
	CHECK(json_next(&j, &t) == JSON_END);
}
