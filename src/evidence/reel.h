/*
 * Is:        the format of a reel, the file that a recording's segments are appended to:
 *            its writer's pieces and a reader of any bytes.
 * Is not:    the segments (recording.h), nor where reels lie (reel_store.h).
 * Called by: the gate's sealer (writes), slagboom-verify and replay (read).
 * Owns:      nothing.
 * Trust:     reels that are read are hostile.
 *
 * A reel is a POSIX ustar file (IEEE 1003.1, pax), so that `tar` and `age` open it:
 *
 *     recordings/<32 hex recording>/<8-digit reel>.tar      reels 1, 2, 3, ...
 *         <8-digit segment>.age                             segments go on through the reels
 *     recordings/<32 hex recording>/share-<keeper>.age      one for each keeper
 *
 *     tar -xf 00000001.tar;  age -d -i recording.key 00000001.age
 *
 * The spelling is ustar.h's; the two blocks of zeros at the end stand only in a reel that
 * was finished. Members are consecutive
 * segments. What follows the last whole member is a torn tail: the write that a crash cut.
 * Nothing in it was ever recorded, so nothing in it was ever released.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/def.h"
#include "base/rd.h"
#include "base/wr.h"
#include "evidence/ustar.h"

#define REEL_LEN_MAX ((uint64_t)1 << 28)   /* a writer takes another reel before this */
#define REEL_MEMBER_MAX USTAR_MEMBER_MAX   /* one segment, sealed */
enum {
	REEL_BLOCK = USTAR_BLOCK,
	REEL_END_LEN = USTAR_END_LEN,
	REEL_NUMBER_MAX = 99999999, /* of reels and of segments */
	REEL_PATH_MAX = 128
};

struct reel_member {
	uint32_t segment; /* from 1 */
	uint64_t len;     /* 1 to USTAR_MEMBER_MAX */
	uint64_t time_s;  /* since 1970; below 2^33 */
};

/* The header, USTAR_BLOCK bytes. The writer fails when a value is out of bounds. */
void wr_reel_head(struct wr *w, const struct reel_member *m);
/* The zeros after `len` bytes. */
void wr_reel_pad(struct wr *w, uint64_t len);
/* The end of a reel that gets no more members. */
void wr_reel_end(struct wr *w);

/* The names of the files, ended by NUL, in `out` of REEL_PATH_MAX bytes; `id` of
 * RECORDING_ID_LEN bytes. */
void reel_dir(const uint8_t *id, char *out);
void reel_path(const uint8_t *id, uint32_t reel, char *out);
/* `keeper` must be keeper_name_ok. */
void reel_share_path(const uint8_t *id, struct rd keeper, char *out);

/* Reads a reel in any portions, holding nothing but a header. */
struct reel_reader {
	struct ustar_reader tar;
	struct reel_member m;
	uint32_t n_members;
	uint64_t off, whole; /* bytes read; bytes up to the end of the last whole member */
	const char *why;     /* after BAD */
};

/* As those of ustar.h; a member that is no next segment is BAD too. */
enum reel_result {
	REEL_MORE = USTAR_MORE,
	REEL_HEAD = USTAR_HEAD,
	REEL_BYTES = USTAR_BYTES,
	REEL_WHOLE = USTAR_WHOLE,
	REEL_BAD = USTAR_BAD
};

void reel_reader_init(struct reel_reader *r);
/* For AUTO. */
void reel_reader_done(struct reel_reader *r);
/* Takes bytes from `in` up to the next outcome; *out borrows from `in`. After BAD, BAD. */
MUST_USE enum reel_result reel_read(struct reel_reader *r, struct rd *in, struct rd *out);
/* After the last byte: NULL when the reel ended between members, else what was cut. */
const char *reel_read_end(const struct reel_reader *r);
