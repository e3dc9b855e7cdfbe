/*
 * Is:        evidenced's side of recordings on one link: makes them, hands out reels,
 *            stores shares, within a quota.
 * Is not:    the files (evidence/reel_store.h) or their contents.
 * Called by: evidenced.
 * Owns:      which recordings this link has made.
 * Trust:     who asks may have been taken over: he reaches his own recordings alone.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/def.h"
#include "base/vec.h"
#include "evidence/recording.h"
#include "os/disk.h"
#include "os/ipc.h"

struct reels_recording {
	uint8_t id[RECORDING_ID_LEN];
	uint32_t n_reels, n_shares;
	bool is_opened; /* a session was opened with it */
};

struct reels {
	struct disk *disk;
	/* The disk failed: nothing more may be acknowledged. */
	void (*poison)(const char *doing, int err);
	struct vec made; /* of struct reels_recording */
	uint32_t n_reels;
	bool has_spool;
};

void reels_init(struct reels *r, struct disk *d, void (*poison)(const char *doing, int err));
void reels_done(struct reels *r);

/* Whether a session may be opened with this recording: one that this link has made, and no session
 * has yet. NULL, or why not: a sentence. */
MUST_USE const char *reels_may_open(struct reels *r, struct rd recording);
/* It was. */
void reels_opened(struct reels *r, struct rd recording);

/* Puts what this link has recorded on the disk: its segments may be on their way still when it is
 * gone. 0 or a negative errno. */
MUST_USE int reels_sync(struct reels *r);

/* The handlers of RECORD_REEL, RECORD_SHARE and RECORD_SPOOL: answer on `link`. 0, or a negative
 * errno that ends the link. */
MUST_USE int reels_on_reel(struct reels *r, struct ipc *link, struct ipc_in *in);
MUST_USE int reels_on_share(struct reels *r, struct ipc *link, struct ipc_in *in);
MUST_USE int reels_on_spool(struct reels *r, struct ipc *link, struct ipc_in *in);
