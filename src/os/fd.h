/*
 * Is:        what everybody does with descriptors: close, read into a buffer, write
 *            all, whole small files.
 * Is not:    buffered streams, and not the evidence store's disk.
 * Called by: os/, proc/, cli/.
 * Owns:      what fd_close is given.
 * Trust:     file contents are hostile; sizes are capped by the caller's buffer.
 */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

#include "base/buf.h"
#include "base/def.h"

/* Closes `*fd` unless it is negative, and sets it to -1. For AUTO. */
void fd_close(int *fd);

/* Reads once, at most what fits, into the back of `b`. Returns the bytes read (0
 * at the end), -EAGAIN, -ENOBUFS when the buffer is full, or another errno. */
MUST_USE ssize_t fd_read(int fd, struct buf *b);

/* Writes everything, waiting as needed. */
MUST_USE int fd_write_all(int fd, struct rd r);

/* Appends the whole file `path` (relative to `dirfd`) to `b`; -EFBIG when it has
 * more than fits. */
MUST_USE int fd_read_file(int dirfd, const char *path, struct buf *b);

/* The same, and never a file outside the directory, whatever "..", slash or symbolic
 * link the path holds: -EXDEV then. */
MUST_USE int fd_read_beneath(int dirfd, const char *path, struct buf *b);

/* Writes `path` so that after a crash it is the old file or the new one: temporary
 * file, fsync, rename, fsync of the directory. */
MUST_USE int fd_replace_file(int dirfd, const char *path, struct rd contents, unsigned mode);

/* Makes the directory and its parents, the last with `mode`. */
MUST_USE int fd_make_dirs(const char *path, unsigned mode);

MUST_USE int fd_set_nonblock(int fd, bool on);
MUST_USE int fd_set_cloexec(int fd, bool on);

/* How many bytes the file system of this descriptor has left for who is not root. */
MUST_USE int fd_free_space(int fd, uint64_t *out_bytes);
