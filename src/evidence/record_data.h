/*
 * Is:        one member of a record's data, by its name.
 * Is not:    the reading of a whole record (record.h).
 * Called by: judges of what records say.
 * Owns:      nothing.
 * Trust:     hostile data.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/def.h"
#include "base/json.h"
#include "base/rd.h"

/* False when there is none of that name, or it is of another type. */
MUST_USE bool record_value(struct rd data, const char *key, enum json_type want, struct json_token *out);
/* Exactly `n` bytes that stand there in hex. */
MUST_USE bool record_hex(struct rd data, const char *key, uint8_t *out, size_t n);
/* A number that is not negative. */
MUST_USE bool record_number(struct rd data, const char *key, uint64_t *out);
