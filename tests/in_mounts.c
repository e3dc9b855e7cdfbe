/*
 * Is:        `unshare -m` that works inside a chroot too: runs a command in mounts of its own.
 * Is not:    part of the product.
 * Called by: tests that mount.
 * Owns:      nothing.
 * Trust:     no input.
 *
 * usage: in-mounts COMMAND [ARGUMENT...]      as root
 */
#include <sched.h>
#include <stdio.h>
#include <unistd.h>

#include "os/mounts.h"

int main(int argc, char **argv)
{
	if (argc < 2 || unshare(CLONE_NEWNS) < 0 || mounts_cut_off() < 0) {
		perror("in-mounts");
		return 126;
	}
	(void)execvp(argv[1], argv + 1);
	perror(argv[1]);
	return 127;
}
