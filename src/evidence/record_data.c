/*
 * Is:        one member of a record's data, by its name (contract in the header).
 * Is not:    the reading of a whole record.
 * Called by: judges of what records say.
 * Owns:      nothing.
 * Trust:     hostile data.
 */
#include "evidence/record_data.h"

#include "base/text.h"

bool record_value(struct rd data, const char *key, enum json_type want, struct json_token *out)
{
	struct json_rd j = json_rd_of(data, JSON_CANONICAL);
	struct json_token t;
	enum json_type type;

	if (json_next(&j, &t) != JSON_OBJECT)
		return false;
	while (json_next(&j, &t) == JSON_KEY) {
		bool is_it = rd_is(&t.text, key);
		type = json_next(&j, &t);
		if (is_it) {
			*out = t;
			return type == want;
		}
		if (!json_skip(&j, type))
			return false;
	}
	return false;
}

bool record_hex(struct rd data, const char *key, uint8_t *out, size_t n)
{
	struct json_token t;

	return record_value(data, key, JSON_STRING, &t) && text_hex(t.text, out, n);
}

bool record_number(struct rd data, const char *key, uint64_t *out)
{
	struct json_token t;

	if (!record_value(data, key, JSON_INT, &t) || t.number < 0)
		return false;
	*out = (uint64_t)t.number;
	return true;
}
