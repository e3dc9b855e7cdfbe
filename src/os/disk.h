/*
 * Is:        files below one directory, through a table of operations, so that
 *            a test can put a modelled disk under the store.
 * Is not:    a file system library: only what a store that must survive a power
 *            cut needs.
 * Called by: evidence (everything it reads or writes goes through here).
 * Owns:      the real backend: the descriptor of its directory.
 * Trust:     paths are ours, never input; what is read may have decayed.
 *
 * Paths are relative to the directory and hold no "..". Every operation gives 0
 * or a negative errno, and does all of it or fails: short reads and writes and
 * interruptions are dealt with below. After a failed pwrite or fdatasync nothing
 * is known about the bytes; a later fdatasync that succeeds proves nothing
 * (Linux marks pages clean that it could not write).
 *
 * The process needs of the kernel: openat2 (RESOLVE_BENEATH, below the held
 * directory only), close, pread64, pwrite64, fdatasync, fsync, syncfs, fallocate,
 * fstat, fadvise64, renameat, unlinkat, mkdirat, getdents64. Not open, openat or anything
 * with an absolute path.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/def.h"
#include "base/rd.h"

enum { DISK_PATH_MAX = 128 };

/* READ: must exist. WRITE: must exist, read and write. CREATE: made, or emptied
 * when it exists; read and write. DIRECT: must exist, read past the page cache, so
 * that after an fdatasync it shows what is on the disk; buffer, offset and length
 * are then multiples of DISK_DIRECT_ALIGN. APPEND: made, -EEXIST when it is there;
 * write only and every write goes to the end, for whoever the descriptor is handed to. */
enum disk_mode { DISK_READ, DISK_WRITE, DISK_CREATE, DISK_DIRECT, DISK_APPEND };

enum { DISK_DIRECT_ALIGN = 4096 };

struct disk;

struct disk_ops {
	int (*open)(struct disk *d, const char *path, enum disk_mode mode, int *out_fd);
	void (*close)(struct disk *d, int fd);
	int (*pwrite)(struct disk *d, int fd, struct rd bytes, uint64_t off);
	int (*pread)(struct disk *d, int fd, uint64_t off, uint8_t *out, size_t n, size_t *out_n);
	int (*size)(struct disk *d, int fd, uint64_t *out);
	int (*fallocate)(struct disk *d, int fd, uint64_t len);
	int (*fdatasync)(struct disk *d, int fd);
	int (*rename)(struct disk *d, const char *from, const char *to);
	int (*unlink)(struct disk *d, const char *path);
	int (*mkdir)(struct disk *d, const char *path);
	int (*rmdir)(struct disk *d, const char *path);
	int (*fsync_dir)(struct disk *d, const char *path);
	int (*syncfs)(struct disk *d);
	int (*list)(struct disk *d, const char *path, void (*each)(void *ctx, const char *name),
	    void *ctx);
};

/* A backend puts this first in its own structure. */
struct disk {
	const struct disk_ops *ops;
};

/* The real backend. `dirfd` is borrowed and must be an open directory. */
struct disk_dir {
	struct disk disk;
	int dirfd;
};
void disk_dir_init(struct disk_dir *d, int dirfd);

MUST_USE int disk_open(struct disk *d, const char *path, enum disk_mode mode, int *out_fd);

/* Closes `*fd` unless it is -1, and sets it to -1. */
void disk_close(struct disk *d, int *fd);

MUST_USE int disk_pwrite(struct disk *d, int fd, struct rd bytes, uint64_t off);

/* Reads up to `n` bytes; `*out_n` is less only at the end of the file. */
MUST_USE int disk_pread(struct disk *d, int fd, uint64_t off, uint8_t *out, size_t n,
    size_t *out_n);

MUST_USE int disk_size(struct disk *d, int fd, uint64_t *out);

/* Makes the file `len` bytes long and takes the room for them on the disk. */
MUST_USE int disk_fallocate(struct disk *d, int fd, uint64_t len);

/* The bytes and the length of the file are on the disk; its name may not be. */
MUST_USE int disk_fdatasync(struct disk *d, int fd);

/* Renames over `to`. The name is on the disk after fsync_dir of its directory. */
MUST_USE int disk_rename(struct disk *d, const char *from, const char *to);

MUST_USE int disk_unlink(struct disk *d, const char *path);

/* A directory that is there already is no error. */
MUST_USE int disk_mkdir(struct disk *d, const char *path);
MUST_USE int disk_rmdir(struct disk *d, const char *path);

/* The names in the directory are on the disk. "." is the directory itself. */
MUST_USE int disk_fsync_dir(struct disk *d, const char *path);

/* Everything written below the directory is on the disk, names included (with
 * the rest of its file system). */
MUST_USE int disk_syncfs(struct disk *d);

/* Calls `each` with every name in the directory but "." and "..", in no order. */
MUST_USE int disk_list(struct disk *d, const char *path, void (*each)(void *ctx, const char *name),
    void *ctx);

/* The directory that `path` lies in: `*out`, of at least DISK_PATH_MAX bytes. */
void disk_parent(const char *path, char *out);

/* Up to `n` bytes of the file at `path`, from `off`; `*out_n` is less only at its end. */
MUST_USE int disk_read(struct disk *d, const char *path, uint64_t off, uint8_t *out, size_t n, size_t *out_n);

/* A whole file, behind what `out` holds; -EFBIG when there is no room for it. */
MUST_USE int disk_read_file(struct disk *d, const char *path, struct buf *out);

/* Writes a whole file at once or not at all, through the scratch name `tmp`:
 * write, fdatasync, rename, fsync_dir. */
MUST_USE int disk_replace(struct disk *d, const char *tmp, const char *path, struct rd bytes);
