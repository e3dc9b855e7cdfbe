/*
 * Is:        what a gate keeps of a recording: frames into a segment, the segment sealed,
 *            appended to a reel and on the disk, before its record is asked for.
 * Is not:    the format (evidence/recording.h, evidence/reel.h), nor the record of it.
 * Called by: the gate, once per recording.
 * Owns:      the reel's descriptor and one segment in memory.
 * Trust:     frames hold hostile bytes; nothing here reads them.
 *
 * For each group that is to be released: sealer_frame for each piece, sealer_commit, the
 * record of what it gave (session.segment), and the release when that record is durable.
 *
 * The process needs write, sync_file_range and fdatasync, and room in RLIMIT_FSIZE (a row's may_append).
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/def.h"
#include "evidence/packer.h"
#include "evidence/recording.h"

/* Bytes of frames, their heads included, in one segment; a larger group is several. */
enum { SEALER_GROUP_MAX = SEGMENT_FRAMES_MAX };

/* Outcomes. */
enum {
	SEALER_NOTHING = 1, /* there is no frame to seal */
	SEALER_FULL = 2,    /* the segment cannot take the frame: commit, then come again */
	SEALER_NO_REEL = 3, /* ask evidenced for reel s->next_reel and give it: sealer_reel */
};

/* One segment that is on the disk: the fields of session.segment. */
struct sealed {
	uint32_t reel, number;
	struct hash sum;      /* over the sealed bytes, as `sha256sum` of the member */
	uint64_t sealed_len;
	uint64_t bytes[FRAME_KINDS]; /* of each kind of frame, contents alone */
};

struct sealer {
	struct recording rec;
	struct random *rnd;
	int fd;                 /* -1: no reel */
	bool is_broken;         /* a write or sync failed: nothing more is sealed */
	uint32_t reel, next_reel, next_segment;
	uint64_t reel_len, started_len; /* of this, so much is on its way to the disk */
	uint64_t n_appended, n_synced;  /* segments, of all reels */
	struct segment_writer seg; /* of the segment that is open */
	struct packer packer;
	unsigned n_unpacked;       /* segments of bulk that need not be tried to pack, since one before did not get smaller */
	bool is_open, packs;
	uint64_t bytes[FRAME_KINDS], plain_len;
	struct buf out;         /* the member, header first */
};

/* `rnd` is borrowed. A recording starts without a reel. */
void sealer_init(struct sealer *s, const struct recording *rec, struct random *rnd);
/* Closes, wipes; what was not committed is gone. For AUTO. */
void sealer_done(struct sealer *s);

/* Evidenced gave reel `reel`, which must be s->next_reel (false otherwise): takes `fd`. */
MUST_USE bool sealer_reel(struct sealer *s, uint32_t reel, int fd);
/* The reel at hand is nearly full: sealer_commit will say NO_REEL unless the next one is
 * given before. Ask early and nobody waits. */
bool sealer_wants_reel(const struct sealer *s);

/* So many bytes come together: of bulk the next segments are packed. */
void sealer_expect(struct sealer *s, size_t n);
/* Puts a frame into the segment. 0, SEALER_FULL, -EIO after a failure. */
MUST_USE int sealer_frame(struct sealer *s, const struct frame *f);

/* The two halves of sealer_commit, for who asks for the record in between, so that both disks'
 * waits run at once: nothing may be released before the record's answer and the sync.
 * sealer_append has the outcomes of sealer_commit. */
MUST_USE int sealer_append(struct sealer *s, uint64_t time_s, struct sealed *out);
MUST_USE int sealer_sync(struct sealer *s);
/* Lets what was appended go to the disk, and waits for nothing: the sync that must follow is
 * shorter then. */
void sealer_start_sync(struct sealer *s);

/* Seals what came since the last commit, appends it and waits for the disk. 0 with
 * *out; NOTHING, NO_REEL; or a negative errno after which the session must end:
 * nothing of this group may be released. `time_s` is the time since 1970. */
MUST_USE int sealer_commit(struct sealer *s, uint64_t time_s, struct sealed *out);

/* Writes the end of the last reel and waits for the disk. */
MUST_USE int sealer_finish(struct sealer *s);
