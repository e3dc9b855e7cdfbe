/*
 * Is:        syncs that overlap, by Linux AIO (contract in the header).
 * Is not:    a queue for reads or writes.
 * Called by: disk_dir.c; evidenced.
 * Owns:      the kernel's context and an eventfd.
 * Trust:     no input.
 */
#include "os/disk_queue.h"

#include <errno.h>
#include <linux/aio_abi.h>
#include <stdint.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/assert.h"

int disk_queue_init(struct disk_queue *q)
{
	aio_context_t context = 0;

	*q = (struct disk_queue){ .fd = -1 };
	if (syscall(SYS_io_setup, DISK_SYNCS_MAX, &context) < 0)
		return -errno;
	q->context = context;
	q->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (q->fd >= 0)
		return 0;
	int err = -errno;
	(void)syscall(SYS_io_destroy, context);
	return err;
}

void disk_queue_done(struct disk_queue *q)
{
	(void)syscall(SYS_io_destroy, q->context);
	(void)close(q->fd);
	*q = (struct disk_queue){ .fd = -1 };
}

int disk_queue_begin(struct disk_queue *q, int fd, unsigned slot)
{
	struct iocb one = { .aio_data = slot, .aio_lio_opcode = IOCB_CMD_FDSYNC, .aio_fildes = (uint32_t)fd,
		.aio_flags = IOCB_FLAG_RESFD, .aio_resfd = (uint32_t)q->fd }, *list[] = { &one };

	ASSERT(slot < DISK_SYNCS_MAX && !q->slot[slot].is_pending);
	if (syscall(SYS_io_submit, q->context, 1L, list) != 1)
		return -errno;
	q->slot[slot].is_pending = true;
	return 0;
}

/* Takes in what has ended; waits for one if `wait`. */
static int take_in(struct disk_queue *q, bool wait)
{
	struct io_event event[DISK_SYNCS_MAX];
	long n;

	do {
		n = syscall(SYS_io_getevents, q->context, wait ? 1L : 0L, (long)DISK_SYNCS_MAX, event, NULL);
	} while (n < 0 && errno == EINTR);
	for (long i = 0; i < n; i++) {
		ASSERT(event[i].data < DISK_SYNCS_MAX);
		q->slot[event[i].data].is_pending = false;
		q->slot[event[i].data].result = (int)event[i].res;
	}
	return n < 0 ? -errno : 0;
}

int disk_queue_end(struct disk_queue *q, unsigned slot, bool wait)
{
	uint64_t count;
	int err = 0;

	ASSERT(slot < DISK_SYNCS_MAX);
	/* Before looking, so that whatever ends after the look makes it readable again. */
	if (read(q->fd, &count, sizeof(count)) < 0 && errno != EAGAIN && errno != EINTR)
		return -errno;
	err = take_in(q, false);
	while (!err && wait && q->slot[slot].is_pending)
		err = take_in(q, true);
	if (err)
		return err;
	return q->slot[slot].is_pending ? DISK_PENDING : q->slot[slot].result;
}
