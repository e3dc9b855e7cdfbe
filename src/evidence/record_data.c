/*
 * Is:        single members out of a record's `data` (contracts in the header).
 * Is not:    the check of a record.
 * Called by: recordings, coverage.
 * Owns:      nothing.
 * Trust:     hostile members.
 */
#include "evidence/record_data.h"

#include "base/json.h"
#include "base/text.h"

/* The type of member `key`, JSON_BAD when there is none. */
static enum json_type find(struct rd data, const char *key, struct json_token *out)
{
	struct json_rd j = json_rd_of(data, JSON_CANONICAL);
	enum json_type type;

	if (json_next(&j, out) != JSON_OBJECT)
		return JSON_BAD;
	while (json_next(&j, out) == JSON_KEY) {
		bool is_it = rd_is(&out->text, key);
		type = json_next(&j, out);
		if (is_it)
			return type;
		if (!json_skip(&j, type))
			return JSON_BAD;
	}
	return JSON_BAD;
}

bool record_data_text(struct rd data, const char *key, struct rd *out)
{
	struct json_token t;

	if (find(data, key, &t) != JSON_STRING)
		return false;
	*out = t.text;
	return true;
}

bool record_data_unescape(struct rd data, const char *key, struct buf *out)
{
	struct json_token t;

	return find(data, key, &t) == JSON_STRING && json_unescape(&t, out);
}

bool record_data_hex(struct rd data, const char *key, uint8_t *out, size_t n)
{
	struct rd text;

	return record_data_text(data, key, &text) && text_hex(text, out, n);
}

bool record_data_u64(struct rd data, const char *key, uint64_t *out)
{
	struct json_token t;

	if (find(data, key, &t) != JSON_INT || t.number < 0)
		return false;
	*out = (uint64_t)t.number;
	return true;
}

bool record_data_bool(struct rd data, const char *key, bool *out)
{
	struct json_token t;
	enum json_type type = find(data, key, &t);

	if (type != JSON_TRUE && type != JSON_FALSE)
		return false;
	*out = type == JSON_TRUE;
	return true;
}
