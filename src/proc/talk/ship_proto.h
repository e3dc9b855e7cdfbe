/*
 * Is:        what evidenced and shipd say to each other about one log.
 * Is not:    a way to be believed: evidenced verifies every signature that shipd brings.
 * Called by: publish.c (evidenced), ship/log.c (shipd).
 * Owns:      nothing.
 * Trust:     shipd talks to the network and may have been taken over. It can keep back what
 *            it should bring; it cannot make up a signature.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/def.h"
#include "base/rd.h"
#include "base/wr.h"
#include "evidence/merkle.h"

/* evidenced to shipd */
enum {
	SHIP_CHECKPOINT = 1, /* a signed checkpoint to be cosigned; ends the round before */
	SHIP_PROOF = 2,      /* u64 from, u64 to, hashes; asked for or not */
	SHIP_ENTRIES = 3,    /* the next bytes of the packages that were asked for */
	SHIP_ENTRIES_END = 4, /* u64 from, u64 until, of how many entries those were */
	SHIP_NOT_NOW = 5,    /* what was asked last cannot be had: the disk is full, or no such tree */
	SHIP_HALT = 6,       /* nothing of this log goes out until an officer has acted */
	SHIP_GO_ON = 7,      /* he has */
};

/* shipd to evidenced; one question at a time */
enum {
	SHIP_ASK_PROOF = 16,   /* u64 from, u64 to: that the one is the beginning of the other */
	SHIP_ASK_ENTRIES = 17, /* u64 from, u64 to: packages for a mirror, towards the tree `to` */
	SHIP_COSIGNED = 18,    /* u64 size, signature lines */
	SHIP_SETTLED = 19,     /* u64 size: everybody has answered, or cannot be reached */
	SHIP_EVIDENCE = 20,    /* u8 length, name, and a checkpoint that contradicts ours */
};

enum {
	SHIP_RANGE_LEN = 16,
	SHIP_PROOF_LEN = SHIP_RANGE_LEN + 32 * MERKLE_PROOF_MAX,
	SHIP_LINES_MAX = 4096,
	SHIP_EVIDENCE_MAX = 12 * 1024, /* of the checkpoint */
	SHIP_PART_MAX = 16000,         /* of SHIP_ENTRIES */
};

void wr_ship_range(struct wr *w, uint64_t from, uint64_t to);
/* False unless from <= to <= MERKLE_SIZE_MAX. */
MUST_USE bool rd_ship_range(struct rd *r, uint64_t *from, uint64_t *to);
/* The rest of a SHIP_PROOF. */
MUST_USE bool rd_ship_hashes(struct rd *r, struct merkle_proof *out);
