/*
 * Is:        a backend of os/disk.h that keeps everything in memory and knows what
 *            a power cut may leave of it.
 * Is not:    linked into any program of the product.
 * Called by: tests of the store.
 * Owns:      its files.
 * Trust:     no input.
 *
 * Each file has two contents: what reads see (the cache) and what is certainly on
 * the disk; and a list of writes between the two. Names likewise. A power cut keeps
 * or drops each un-synced write sector by sector, each change of a name, and each
 * change of length, independently, and may leave noise in a torn sector. What was
 * synced stays. A sync that fails may or may not have persisted, and afterwards the
 * cache counts as clean: later syncs do not write it again (Linux).
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "os/disk.h"

enum { MODEL_SECTOR = 512 };

/* Lies that a planted bug tells. Each must be found out by the crash tests. */
enum model_lie {
	MODEL_HONEST = 0,
	MODEL_NO_FDATASYNC = 1,
	MODEL_NO_FSYNC_DIR = 2,
	MODEL_NO_SYNCFS = 4,
	MODEL_SWALLOWS_ERRORS = 8, /* a failed operation reports success */
};

/* What happens at operation number `fail_at`. */
enum model_failure {
	MODEL_FAILS_UNDONE,
	MODEL_FAILS_DONE, /* reported as failed, and persisted */
	MODEL_FAILS_PARTLY,
	MODEL_DISK_FULL, /* this and every later operation that needs room */
};

struct disk_model;

/* A disk with nothing on it. `seed` decides every chance. */
struct disk_model *disk_model_new(uint64_t seed);
void disk_model_free(struct disk_model **m);
struct disk *disk_model_disk(struct disk_model *m);

/* What a power cut now might leave: a new disk. Gives. */
struct disk_model *disk_model_power_cut(const struct disk_model *m, uint64_t seed);

/* What a process finds that starts after this one died: the same, with the cache. Gives. */
struct disk_model *disk_model_copy(const struct disk_model *m, uint64_t seed);

/* Called before each operation that changes something, with its number, from 0. It may use
 * the disk itself, as another process would. */
void disk_model_watch(struct disk_model *m, void (*before)(void *ctx, uint64_t op), void *ctx);

void disk_model_lie(struct disk_model *m, unsigned lies);
void disk_model_fail(struct disk_model *m, uint64_t op, enum model_failure how);

/* Operations so far. */
uint64_t disk_model_ops(const struct disk_model *m);

/* Decay: flips bits of the byte at `off` of the file, on the disk and in the cache.
 * False when there is no such byte. */
MUST_USE bool disk_model_flip(struct disk_model *m, const char *path, uint64_t off);

/* The content as reads see it; false when there is no such file. Borrows. */
MUST_USE bool disk_model_file(struct disk_model *m, const char *path, struct rd *out);

/* Calls `each` with the path of every file. */
void disk_model_each(struct disk_model *m, void (*each)(void *ctx, const char *path), void *ctx);
