/*
 * Is:        what a log and its mirror say to each other (c2sp.org/tlog-mirror): the
 *            upload of entries with their proofs, and what the mirror has.
 * Is not:    HTTP, nor where a mirror keeps it. Its add-checkpoint is witness.h's.
 * Called by: evidenced (writes uploads), shipd (reads answers), cli/mirror.
 * Owns:      nothing: what is parsed borrows its bytes.
 * Trust:     hostile on both sides.
 *
 *     u16 length || origin || u64 start || u64 end || u16 length || ticket || package*
 *     package = (u16 length || entry)* || u8 n || n * 32 bytes of proof
 *
 * With first = start rounded down to a multiple of 256, package i covers the leaves
 * [first + 256 i, first + 256 (i + 1)) as far as they lie in [start, end); its proof
 * shows that those from first + 256 i on are in the tree of `end` leaves.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/def.h"
#include "base/rd.h"
#include "base/wr.h"
#include "evidence/merkle.h"
#include "evidence/merkle_path.h"

enum {
	MIRROR_PACKAGES_MAX = 32,
	MIRROR_ENTRIES_MAX = 1 << 20, /* bytes; a single package may have more */
	MIRROR_UPLOAD_MAX = 18 << 20, /* bytes of a whole upload */
	MIRROR_ORIGIN_MAX = 255,
	MIRROR_TICKET_MAX = 64,
	MIRROR_INFO_MAX = 256,
	MIRROR_PROOF_MAX = 63
};
#define MIRROR_INFO_TYPE "text/x.tlog.mirror-info"
#define MIRROR_UPLOAD_TYPE "application/octet-stream"

struct mirror_upload {
	struct rd origin, ticket;
	uint64_t start, end;
	struct rd packages;
};

/* The head of an upload; its packages are looked at one by one. False when it is
 * malformed: start > end, a size above MERKLE_SIZE_MAX, anything too long. */
MUST_USE bool mirror_upload_parse(struct rd raw, struct mirror_upload *out);
void wr_mirror_upload(struct wr *w, struct rd origin, uint64_t start, uint64_t end, struct rd ticket);

struct mirror_package {
	struct merkle_range covers; /* from a multiple of 256 on: what the proof is about */
	uint64_t from;              /* its first entry here; above covers.begin in a first package */
	struct rd entries;          /* (u16 length || entry)* */
	struct merkle_proof proof;
};

/* Takes the package that begins with the entry *at. False when there is none, or it
 * is cut short or too long; `upload->packages.len` is 0 at the proper end. */
MUST_USE bool mirror_package_next(struct mirror_upload *upload, uint64_t *at, struct mirror_package *out);
/* The range of leaves that the package with the entry `at` covers, below `end`. */
struct merkle_range mirror_package_range(uint64_t at, uint64_t end);
void wr_mirror_package(struct wr *w, struct rd entries, const struct merkle_proof *proof);

/* What a mirror has: three lines, with 202 and 409. */
struct mirror_info {
	uint64_t pending; /* the size of the largest checkpoint it was shown */
	uint64_t next;    /* the first entry that it has not */
	uint8_t ticket[MIRROR_TICKET_MAX]; /* to give back with the next upload */
	size_t ticket_len;
};
MUST_USE bool mirror_info_parse(struct rd text, struct mirror_info *out);
void wr_mirror_info(struct wr *w, const struct mirror_info *info);
