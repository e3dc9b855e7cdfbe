/*
 * Is:        the judgement of recordings: what the records of a log say about segments, and
 *            whether the reels hold exactly that.
 * Is not:    the judgement of the log (verify.h) or of sessions (chain.h), which come first.
 * Called by: slagboom-verify, packs.
 * Owns:      what the records said.
 * Trust:     hostile entries, hostile reels: counted against limits.
 *
 * Nothing is opened: the hash of the sealed bytes is enough. Bytes at the end of a reel that
 * no record names were never released and are only counted. The gate asks for the record of a
 * segment while it syncs the segment, and for the next one after, so a power cut can tear the
 * last segment of a session. That is counted, not a fault, where the log's writer recorded that
 * it found it so (recording.torn), or has not started again yet and the session is open: a
 * segment that was not on the disk was not released. Every other must be whole.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/def.h"
#include "base/map.h"
#include "base/vec.h"
#include "evidence/recording.h"
#include "evidence/verify.h"

struct chain;
struct disk;

enum { RECORDINGS_MAX = 1 << 20, RECORDINGS_SEGMENTS_MAX = 1 << 24 };

struct recordings {
	struct verify_check check; /* gives every entry, in order: after chain.h's */
	const struct chain *chain; /* knows which sessions' first records are gone; or NULL: none is */
	bool has_gone;             /* entries before this one are gone */
	uint64_t gone_end;         /* the last of them */
	struct map by_id, by_session;
	struct vec segments; /* as the records say, in the log's order */
	uint64_t n_recordings;
};

/* `seed` is random. */
void recordings_init(struct recordings *r, const uint64_t seed[2]);
/* For AUTO. */
void recordings_done(struct recordings *r);

enum recording_wrong {
	RECORDING_FINE = 0,
	RECORDING_MISSING,   /* a reel is not there and no record says that it was erased */
	RECORDING_NO_REEL,   /* the file is something else from some byte on */
	RECORDING_CUT,       /* the reel ends before the segment */
	RECORDING_ALTERED,   /* the segment is not the one of the record */
	RECORDING_SWAPPED,   /* it is the one of another record */
};

struct recording_fault {
	enum recording_wrong wrong;
	uint8_t recording[RECORDING_ID_LEN];
	uint32_t reel, segment;
	uint64_t index;            /* of the record that names the segment */
	uint64_t other;            /* SWAPPED: the record whose segment this is */
	uint8_t other_recording[RECORDING_ID_LEN];
	const char *what;          /* NO_REEL, CUT */
};

struct recordings_total {
	uint64_t n_recordings; /* with segments */
	uint64_t n_whole, n_torn, n_erased, n_bad;
	uint64_t n_leftover;   /* erased, and files are still there */
	uint64_t n_segments;   /* that were hashed and are right */
	uint64_t n_unrecorded; /* segments or torn tails behind what was recorded */
};

struct recordings_listener {
	void (*fault)(struct recordings_listener *self, const struct recording_fault *f);
};

/* Judges the reels below `d`, the directory of recordings: <id>/<reel>.tar. Tells the first
 * fault of each recording. 0, or a negative errno when a file could not be read. */
MUST_USE int recordings_judge(struct recordings *r, struct disk *d, struct recordings_listener *l,
    struct recordings_total *out);

/* A sentence for people, without a full stop. */
void wr_recording_fault(struct wr *w, const struct recording_fault *f);
/* One word for programs. */
const char *recording_wrong_word(enum recording_wrong wrong);
