/*
 * Is:        a mount namespace made one's own (contracts in the header).
 * Is not:    the mounts.
 * Called by: rooms; tests.
 * Owns:      nothing.
 * Trust:     no input.
 */
#include "os/mounts.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "os/fd.h"

/* To the root of the mounts, from below a root that is a plain directory: outside a root of one's
 * own, ".." leads on upwards. */
static int leave_chroot(void)
{
	struct stat here, above;

	if (chdir("/") < 0 || chroot("usr") < 0)
		return -errno;
	do {
		if (stat(".", &here) < 0 || chdir("..") < 0 || stat(".", &above) < 0)
			return -errno;
	} while (here.st_ino != above.st_ino || here.st_dev != above.st_dev);
	return chroot(".") < 0 ? -errno : 0;
}

/* In a chroot, "/" is no mount: what it stands in is cut off from above, and the root is taken
 * again. */
int mounts_cut_off(void)
{
	AUTO(fd_close) int root = -1;
	int r;

	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0)
		return 0;
	if (errno != EINVAL)
		return -errno;
	root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	r = root < 0 ? -errno : leave_chroot();
	if (r == 0 && mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		r = -errno;
	/* Whatever went wrong, never on from outside. */
	return fchdir(root) < 0 || chroot(".") < 0 ? -errno : r;
}

static int pivot(int root)
{
	return fchdir(root) < 0 || syscall(SYS_pivot_root, ".", ".") < 0 ? -errno : 0;
}

/* Only the root of the mounts can be exchanged: out of a chroot first, if we are in one. */
int mounts_enter(int root)
{
	int r = pivot(root);

	if (r == -EINVAL) {
		r = leave_chroot();
		if (r == 0)
			r = pivot(root);
	}
	return r < 0 ? r : umount2(".", MNT_DETACH) < 0 || chdir("/") < 0 ? -errno : 0;
}
