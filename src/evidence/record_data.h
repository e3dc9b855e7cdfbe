/*
 * Is:        single members out of a record's `data`.
 * Is not:    the check of a record (record.h), nor what a member means.
 * Called by: recordings, coverage.
 * Owns:      nothing; borrows.
 * Trust:     `data` is of a record that record_read took, written by anybody: a member that is
 *            missing, or of another type, is false.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/def.h"
#include "base/rd.h"

/* The text as it stands in the bytes: escapes are not resolved. */
MUST_USE bool record_data_text(struct rd data, const char *key, struct rd *out);
/* As it was before it stood in a record: appends to `out`. */
MUST_USE bool record_data_unescape(struct rd data, const char *key, struct buf *out);
MUST_USE bool record_data_hex(struct rd data, const char *key, uint8_t *out, size_t n);
MUST_USE bool record_data_u64(struct rd data, const char *key, uint64_t *out);
MUST_USE bool record_data_bool(struct rd data, const char *key, bool *out);
