/*
 * Is:        whether the disk has room (contract in the header).
 * Is not:    a quota.
 * Called by: deskd, requests, officers.
 * Owns:      nothing.
 * Trust:     the kernel.
 */
#include "proc/desk/space.h"

#include <stdint.h>

#include "os/fd.h"
#include "proc/child.h"
#include "proc/control.h"

static bool is_low;

void space_look(void)
{
	uint64_t left;
	bool low;

	if (fd_free_space(CHILD_ROOT_FD, &left) < 0)
		return; /* what was known holds */
	low = left < DESK_SPACE_LOW;
	struct event e = { .id = low ? EVENT_DESK_DISK_LOW : EVENT_DESK_DISK_FREE,
		.value = { { .number = left < INT64_MAX ? (int64_t)left : INT64_MAX } } };
	if (low != is_low)
		child_event(&e);
	is_low = low;
}

bool space_is_low(void)
{
	return is_low;
}
