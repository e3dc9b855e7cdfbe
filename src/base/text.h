/*
 * Is:        strict conversions between text and values: decimal, hex, base64, UTF-8.
 * Is not:    locale-aware, lenient or allocating.
 * Called by: every parser and encoder of text formats.
 * Owns:      nothing.
 * Trust:     hostile text. Every decoder accepts exactly one spelling of a value,
 *            so that decode then encode gives the same bytes.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/def.h"
#include "base/rd.h"
#include "base/wr.h"

/* The whole of `text` as a decimal number: digits alone, no sign, no leading
 * zero (a single 0 is zero), no overflow. */
MUST_USE bool text_u64(struct rd text, uint64_t *out);

/* The whole of `text` as 2n hex digits, lower case. */
MUST_USE bool text_hex(struct rd text, uint8_t *out, size_t n);
void wr_hex(struct wr *w, struct rd raw);

/* Base64 of RFC 4648 section 4, with or without `=` padding. Decoding refuses
 * non-zero trailing bits, missing or surplus padding, and white space. */
enum base64 { BASE64_PADDED, BASE64_BARE };
MUST_USE bool text_base64(struct rd text, enum base64 form, struct buf *out);
void wr_base64(struct wr *w, struct rd raw, enum base64 form);

/* Takes one code point: shortest form only, no surrogates, at most U+10FFFF. */
MUST_USE bool rd_rune(struct rd *r, uint32_t *out);
/* Appends one code point, which must be valid. */
void wr_rune(struct wr *w, uint32_t rune);
/* How many columns of a terminal a code point takes: 0, 1 or 2. */
unsigned rune_width(uint32_t rune);
/* True when all of `r` is well-formed UTF-8. */
bool text_is_utf8(struct rd r);

/* Takes the bytes up to the next space or tab, after skipping those in front;
 * false when nothing is left. */
MUST_USE bool rd_token(struct rd *r, struct rd *out);

/* Moves behind the first line that is exactly `line`; *out_before is what stands before it.
 * False, and nothing is taken, when there is none. */
MUST_USE bool rd_line(struct rd *r, const char *line, struct rd *out_before);
