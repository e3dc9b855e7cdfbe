/*
 * Is:        one log as its mirror holds it: a write-ahead log, tiles and bundles as the
 *            log itself has them, and the checkpoint that it was shown last.
 * Is not:    HTTP, nor the mirror's key.
 * Called by: serve.c; tests.
 * Owns:      its directory below the mirror's.
 * Trust:     uploads are hostile: what does not lead to the signed root is not taken.
 *
 * An entry is taken after its package is proved to be in the tree of a checkpoint that the
 * log signed; it is durable before anything is answered. The mirror signs a size once it
 * has every entry below, and the tree over them has the root that was signed.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/buf.h"
#include "base/def.h"
#include "evidence/log.h"
#include "evidence/mirror.h"
#include "evidence/tiler.h"
#include "evidence/witness.h"

struct store {
	struct witness_store pending; /* for witness_add_checkpoint: what it was shown last */
	const struct note_key *self;
	const char *origin;
	int dir_fd;
	struct disk_dir disk;
	struct log log;
	struct tiler tiler;
	struct merkle_head head;      /* shown last, proved to contain those before */
	struct buf note;              /* its note; empty: never shown */
	bool has_log, has_tiler;
	const char *why;              /* of the last failure */
};

/* Makes and opens the directory of the log `origin` below `dir_fd`, for the mirror whose key
 * is `self`; both are borrowed. As root it gives the directory to `uid`. Needs store_close
 * whatever the result. */
MUST_USE int store_prepare(struct store *s, int dir_fd, const char *origin, const struct note_key *self, uid_t uid);
/* Opens or makes the copy in it; the belts may be on. */
MUST_USE int store_open(struct store *s);
void store_close(struct store *s);

/* Outcomes of an upload, as HTTP has them. */
enum {
	STORE_WHOLE = 200,   /* everything up to the checkpoint is durable */
	STORE_PART = 202,
	STORE_MALFORMED = 400,
	STORE_CONFLICT = 409, /* it is not about what we have: see the info */
	STORE_UNPROVED = 422, /* no checkpoint was shown, or a proof does not hold */
	STORE_BUSY = 503,     /* the disk is full */
};

/* Takes what an upload has: one of the above, or a negative errno after which the process
 * must end. */
MUST_USE int store_upload(struct store *s, struct mirror_upload *u, struct mirror_info *out_info);

/* With STORE_WHOLE: publishes `cosigned`, the checkpoint with our line. */
MUST_USE int store_publish(struct store *s, struct rd cosigned);

/* A slice of housekeeping; true when there is more to do. */
MUST_USE int store_idle(struct store *s, bool *out_more);
