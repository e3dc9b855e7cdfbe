/*
 * Is:        plain POSIX ustar files (IEEE 1003.1, pax): pieces of a writer, and a reader of
 *            any bytes that accepts what this writer writes.
 * Is not:    tar: no directories, links, owners or long names.
 * Called by: reels (reel.h), packs (pack.h).
 * Owns:      nothing.
 * Trust:     files that are read are hostile.
 *
 *     member = header[512] || bytes || zeros to the next multiple of 512
 *     end    = 1024 zeros
 *
 * A header has exactly one spelling for a name, length and time: mode 0440, user and group
 * 0 without names, type '0', magic "ustar" and version "00"; unused fields are zeros.
 * Numbers are octal, filled up with zeros to the left and ended by one zero byte; the
 * checksum is six octal digits, a zero byte and a space. A name has letters, digits, '.',
 * '-', '_', and '/' between parts; no part begins or ends with '.'.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/def.h"
#include "base/rd.h"
#include "base/wr.h"

#define USTAR_MEMBER_MAX ((uint64_t)1 << 26)
enum { USTAR_BLOCK = 512, USTAR_END_LEN = 2 * USTAR_BLOCK, USTAR_NAME_MAX = 99 };

struct ustar_member {
	char name[USTAR_NAME_MAX + 1];
	uint64_t len;    /* 1 to USTAR_MEMBER_MAX */
	uint64_t time_s; /* since 1970; below 2^33 */
};

/* The header, USTAR_BLOCK bytes. The writer fails when a value is out of bounds. */
void wr_ustar_head(struct wr *w, const struct ustar_member *m);
/* The zeros after `len` bytes. */
void wr_ustar_pad(struct wr *w, uint64_t len);
/* The end of a file that gets no more members. */
void wr_ustar_end(struct wr *w);

/* Reads a file in any portions, holding nothing but a header. */
struct ustar_reader {
	struct buf head; /* what came of the next header */
	struct ustar_member m;
	uint64_t left, pad; /* of the member at hand */
	uint32_t n_members;
	bool in_member, at_end;
	uint32_t n_zeros; /* of the end */
	uint64_t off, whole; /* bytes read; bytes up to the end of the last whole member */
	const char *why;  /* after BAD */
};

enum ustar_result {
	USTAR_MORE = 0, /* everything was taken */
	USTAR_HEAD,     /* a member begins: r->m */
	USTAR_BYTES,    /* some of its bytes: *out */
	USTAR_WHOLE,    /* and that was all of it */
	USTAR_BAD,      /* not such a file from r->off on: r->why */
};

void ustar_reader_init(struct ustar_reader *r);
/* For AUTO. */
void ustar_reader_done(struct ustar_reader *r);
/* Takes bytes from `in` up to the next outcome; *out borrows from `in`. After BAD, BAD. */
MUST_USE enum ustar_result ustar_read(struct ustar_reader *r, struct rd *in, struct rd *out);
/* After the last byte: NULL when the file ended between members, else what was cut. */
const char *ustar_read_end(const struct ustar_reader *r);
