/*
 * Is:        canonical JSON: a writer that can write nothing else, and a pull
 *            reader with limits.
 * Is not:    a document tree, and not floating point: numbers are integers of at
 *            most 53 bits (I-JSON, RFC 7493 section 2.2), which RFC 8785 writes
 *            in the one way everybody does.
 * Called by: records, IPC answers for people, --json output, the verifier.
 * Owns:      nothing; borrows buffers and input.
 * Trust:     the reader's input is hostile. It allocates nothing, keeps a fixed
 *            stack, and refuses what is deeper than JSON_DEPTH_MAX.
 *
 * Canonical form is RFC 8785 (JCS): no white space, members sorted by UTF-16
 * code units, shortest escapes. An own reader rather than a library because the
 * verifier must be small and static, and because "only canonical" is checked on
 * the way instead of by writing everything again.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/def.h"
#include "base/rd.h"
#include "base/wr.h"

enum { JSON_DEPTH_MAX = 16, JSON_KEY_MAX = 64 };

/* The largest integer that survives every JSON reader: 2^53 - 1. */
#define JSON_INT_MAX (((int64_t)1 << 53) - 1)

/* The writer. Failures (a full buffer, text that is not UTF-8, an integer out of
 * range) are remembered: ask once with json_ok. Calls that cannot make valid
 * canonical JSON (a member out of order, a value where a key belongs) are
 * programmer errors and abort. */
struct json {
	struct wr w;
	unsigned depth;
	struct {
		bool is_object, has_member, wants_value;
		uint8_t key_len;
		char key[JSON_KEY_MAX];
	} level[JSON_DEPTH_MAX];
};

void json_init(struct json *j, struct buf *out);
void json_object(struct json *j);
void json_array(struct json *j);
void json_end(struct json *j);
/* The name of the next member: at most JSON_KEY_MAX bytes of ASCII, after the
 * previous one in order. */
void json_key(struct json *j, const char *key);
void json_text(struct json *j, struct rd utf8);
void json_str(struct json *j, const char *s);
void json_int(struct json *j, int64_t v);
void json_u64(struct json *j, uint64_t v);
void json_bool(struct json *j, bool v);
void json_null(struct json *j);
/* Bytes that need not be text, as lower-case hex. */
void json_hex(struct json *j, struct rd raw);
/* Bytes that need not be text, as padded base64. */
void json_base64(struct json *j, struct rd raw);
/* True when one whole value was written. */
MUST_USE bool json_ok(const struct json *j);

/* The reader gives one token at a time. `text` of a key or string is what stands
 * between the quotes, still escaped when `escaped`; json_unescape resolves it. */
enum json_type {
	JSON_BAD = 0, /* not JSON, or beyond a limit; the reader stays there */
	JSON_END,     /* one value and nothing after it */
	JSON_OBJECT,
	JSON_ARRAY,
	JSON_CLOSE, /* of the innermost object or array */
	JSON_KEY,
	JSON_STRING,
	JSON_INT,
	JSON_TRUE,
	JSON_FALSE,
	JSON_NULL,
};

struct json_token {
	struct rd text;
	int64_t number;
	bool escaped;
};

/* JSON_ANY accepts white space, members in any order and every escape (still no
 * floats). JSON_CANONICAL accepts only what the writer above writes: RFC 8785
 * with integers, and names of plain ASCII; so equal values have equal bytes. */
enum json_form { JSON_ANY, JSON_CANONICAL };

struct json_rd {
	struct rd in;
	enum json_form form;
	unsigned depth;
	uint8_t expect;
	bool is_object[JSON_DEPTH_MAX];
	struct rd last_key[JSON_DEPTH_MAX];
};

struct json_rd json_rd_of(struct rd in, enum json_form form);
MUST_USE enum json_type json_next(struct json_rd *j, struct json_token *out);
/* Moves past the value whose first token was `first`. */
MUST_USE bool json_skip(struct json_rd *j, enum json_type first);
/* Appends the text of a key or string with its escapes resolved. */
MUST_USE bool json_unescape(const struct json_token *t, struct buf *out);
/* True when `in` is exactly one canonical value. */
bool json_is_canonical(struct rd in);
