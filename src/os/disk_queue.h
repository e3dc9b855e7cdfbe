/*
 * Is:        fdatasyncs that the kernel does while we go on: for the real backend of
 *            disk.h, by Linux AIO (io_submit(2), IOCB_CMD_FDSYNC: a worker of the
 *            kernel's calls what fdatasync(2) calls). No threads of ours.
 * Is not:    io_uring, which a process with a list of permitted calls cannot have:
 *            what it asks for there, the list does not see.
 * Called by: disk_dir.c; evidenced, which makes one before its sandbox.
 * Owns:      the kernel's context and an eventfd.
 * Trust:     no input.
 *
 * The process needs of the kernel: io_submit, io_getevents and read; io_setup and
 * eventfd2 before. Its end waits for the syncs that are on their way (exit_aio).
 */
#pragma once

#include <stdbool.h>

#include "base/def.h"
#include "os/disk.h"

struct disk_queue {
	unsigned long context;
	int fd; /* readable when a sync has ended that was not looked for since */
	struct {
		bool is_pending;
		int result;
	} slot[DISK_SYNCS_MAX];
};

/* A kernel without AIO: a negative errno, and do without. */
MUST_USE int disk_queue_init(struct disk_queue *q);
/* Waits for what is on its way. */
void disk_queue_done(struct disk_queue *q);

/* As disk_sync_begin and disk_sync_end. */
MUST_USE int disk_queue_begin(struct disk_queue *q, int fd, unsigned slot);
MUST_USE int disk_queue_end(struct disk_queue *q, unsigned slot, bool wait);
