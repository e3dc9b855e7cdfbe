/*
 * Is:        the one writer: integers (big endian), bytes and length-prefixed
 *            parts appended to a buffer.
 * Is not:    the buffer; the buffer's maximum is the message's maximum.
 * Called by: every encoder.
 * Owns:      nothing; borrows the buffer.
 * Trust:     our own values.
 *
 * The writer remembers failure: write everything, then ask once with wr_ok.
 * After a failure nothing more is written.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/def.h"

struct wr {
	struct buf *b;
	bool failed;
};

struct wr wr_to(struct buf *b);

void wr_u8(struct wr *w, uint8_t v);
void wr_u16(struct wr *w, uint16_t v);
void wr_u32(struct wr *w, uint32_t v);
void wr_u64(struct wr *w, uint64_t v);
void wr_bytes(struct wr *w, struct rd r);
void wr_str(struct wr *w, const char *s);

/* `v` as decimal digits. */
void wr_dec(struct wr *w, uint64_t v);

/* Formatted text. The whole must fit in 1,024 bytes, else the writer fails. */
void wr_text(struct wr *w, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* A part that its length precedes: fails when `r` is longer than the length can say. */
void wr_part8(struct wr *w, struct rd r);
void wr_part16(struct wr *w, struct rd r);
void wr_part32(struct wr *w, struct rd r);

/* Opens a part whose length is not known yet, and closes it with the mark that
 * opening returned. Parts may nest. */
MUST_USE size_t wr_open32(struct wr *w);
void wr_close32(struct wr *w, size_t mark);

/* True when everything since wr_to was written. */
MUST_USE bool wr_ok(const struct wr *w);
