/*
 * Is:        the decoders: text and bytes in, what they say when decoded out, to a
 *            depth of DECODE_DEPTH_MAX, as derived streams that know how they came about.
 * Is not:    a scanner; and what no decoder understands is opaque.h's to count.
 * Called by: session.c.
 * Owns:      the open streams; at most DECODE_STREAMS_MAX, so memory is bounded.
 * Trust:     hostile bytes. All output together is at most DECODE_RATIO times the
 *            input plus DECODE_BASE: a bomb ends there and is counted as refused.
 *
 * What comes out, and where, does not depend on how the stream is cut, until the budget or the number of
 * streams is exhausted, when which of several is refused may; and but for the last block of packed data
 * whose end is missing, of which a library tells more when it comes in small pieces.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/def.h"
#include "base/rd.h"

enum {
	DECODE_DEPTH_MAX = 3,
	DECODE_STREAMS_MAX = 16,
	DECODE_RATIO = 64,
	DECODE_BASE = 1 << 20,
	DECODE_LINE_MAX = 1024,	/* longer lines are taken in pieces */
};

enum decode_kind {
	/* byte streams: decoded again */
	DECODE_BASE64,
	DECODE_BASE64URL,
	DECODE_BASE32,
	DECODE_BASE85,
	DECODE_ASCII85,
	DECODE_Z85,
	DECODE_HEX,
	DECODE_DUMP,	/* xxd, od, hexdump */
	DECODE_GZIP,	/* and zlib */
	DECODE_XZ,
	DECODE_ZSTD,
	DECODE_BZIP2,
	/* lines: numbers in another dress */
	DECODE_LETTERS,	/* a to j for 0 to 9 */
	DECODE_WORDS,	/* digit words, English and Dutch */
	DECODE_JOINED,	/* 3,1,6,1,2 */
	DECODE_LIKENESS,/* O for 0, l for 1 */
	DECODE_NUMBER,	/* hexadecimal, octal, base-36, dotted quad */
	DECODE_UPRIGHT,	/* one digit a line, or columns of digits */
	DECODE_KINDS
};

/* Whether it reads a line as a number in another dress, which nearly every line can be. */
static inline bool decode_is_dress(enum decode_kind k)
{
	return k >= DECODE_LETTERS && k < DECODE_KINDS;
}

/* A piece of derived text. Pieces with one `stream` follow one another until one is
 * `last`; whole lines have the stream DECODE_STREAMS_MAX. */
struct derived {
	enum decode_kind kind;
	uint32_t via;		/* bit for each kind on the way, this one included */
	unsigned depth, stream;
	bool last;
	struct rd text;
	/* Of whole lines, where words may stand beside them: the line that it was read from, unless it is
	 * one of the text itself; and, `placed`, from where to where in the text it was read. */
	struct rd line;
	bool placed;
	uint64_t from, to;
};

/* Bytes of the text that were understood, each where the byte stands that showed it: `of` has `n`,
 * the last is for the end, and NULL is none. */
struct explained {
	uint64_t all;
	const uint32_t *of;
	size_t n;
};

typedef void decode_fn(void *ctx, const struct derived *d);

struct decode;

MUST_USE struct decode *decode_new(decode_fn *fn, void *ctx);
void decode_free(struct decode **d);

/* The text has ended: judges what is open, and takes nothing more. Returns what was refused in all. */
MUST_USE uint64_t decode_end(struct decode *d);

/* Text whose escapes are resolved. */
void decode_text(struct decode *d, struct rd text);

/* Text that stands beside that: lines of their own. */
void decode_aside(struct decode *d, struct rd text);

/* Bytes as they are: looked at for compressed data only. Takes those at the front that are of one
 * sort, which `*packed` says: packed and unpacked here, or not. Returns how many; all, or up to where
 * packed data begins or ends. */
MUST_USE size_t decode_raw(struct decode *d, struct rd bytes, bool *packed);
/* Whether it will certainly take all of them. */
MUST_USE bool decode_takes_all(const struct decode *d, const struct rd *bytes);

/* Judges what is still open as if it ended here; it may yet go on. */
void decode_pause(struct decode *d);

/* Bytes of the text since the last call that a decoder turned into text; good until more text comes. */
MUST_USE struct explained decode_take_explained(struct decode *d);

/* Compressed or nested bytes that were refused (limits, damage, no end), or of which nothing has come
 * out yet: what bzip2 packs together is most of a megabyte. */
uint64_t decode_refused(const struct decode *d);
/* The latter alone. */
uint64_t decode_silent(const struct decode *d);

