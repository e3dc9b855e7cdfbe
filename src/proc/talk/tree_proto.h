/*
 * Is:        the messages between the writer of a log and the process of its tree.
 * Is not:    the tree (evidence/tiler.h).
 * Called by: evidenced, treed.
 * Owns:      nothing.
 * Trust:     both sides check with their tables (os/ipc.h).
 */
#pragma once

/* Writer to tree. */
enum {
	TREE_OPEN = 1,    /* u8: a quorum's checkpoint is published by the writer, ours goes beside it */
	TREE_DURABLE = 2, /* u64: entries below may go into the tree; answered with TAKEN */
	TREE_SETTLE = 3,  /* answered with SETTLED or NOT_NOW */
	TREE_PUBLISH = 4, /* the checkpoint over what was settled last; PUBLISHED or NOT_NOW */
};

/* Tree to writer. */
enum {
	TREE_OPENED = 16,    /* u64: entries in it. After OPEN, and when there is room again */
	TREE_TAKEN = 17,     /* u64: as many are in it; on the way to what was told, and there */
	TREE_SETTLED = 18,   /* u64 size, root: durable, to be signed */
	TREE_PUBLISHED = 19, /* u64 size: of the checkpoint that all can read now */
	TREE_NOT_NOW = 20,   /* there is no tree to settle or publish: no room on the disk */
	TREE_FULL = 21,      /* no room for the tree; it tries again by itself */
};
enum { TREE_SETTLED_LEN = 8 + 32 };
