/*
 * Is:        the inside of a room.
 * Is not:    its listeners or sshd.
 * Called by: room.
 * Owns:      nothing.
 * Trust:     no input.
 *
 * The root is a small tmpfs without devices or programs. What is bound into it is listed
 * below: the C library and sshd with what they load, two files of ours, three devices, and
 * deskd's directory; with one-time codes the one that remembers which were used, which alone is
 * written to. No shell, no /proc, nothing of the machine's /etc.
 */
#include "proc/door/room_build.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/netlink.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "os/fd.h"
#include "os/mounts.h"
#include "os/sandbox.h"
#include "proc/calls.h"
#include "proc/door/room.h"
#include "proc/door/room_config.h"

/* Where the new root stands until it is the root. */
#define WORKBENCH "/tmp"
enum { SEAL = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV, BINDS = 10 };

struct bind {
	char from[4096 + 16]; /* empty: this room is without it */
	const char *to;
	bool is_dir, is_device, may_lack, is_written;
	int tree; /* the mount, detached from everywhere */
};

static const char *const dirs[] = { "dev", "dev/pts", "etc", "etc/pam.d", "etc/slagboom", "etc/ssh", "run", "run/sshd",
	"run/slagboom", "slagboom", "tmp", "usr", "usr/lib", "usr/lib64", "usr/sbin" };

static const char *const otp_dirs[] = { &ROOM_OTP_STATE[1], &ROOM_OTP[1] };

static const struct {
	const char *from, *to;
} links[] = { { "usr/lib", "lib" }, { "usr/lib64", "lib64" }, { "usr/sbin", "sbin" }, { "pts/ptmx", "dev/ptmx" },
	{ "slagboom/hosts", "etc/hosts" } };

/* When memory is short, the kernel ends somebody in a room first. What they can use of it has no
 * limit together, and none of them may make itself less likely: there is no /proc inside. */
static int go_first(void)
{
	AUTO(fd_close) int fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);

	return fd < 0 ? -errno : fd_write_all(fd, rd_str("500"));
}

/* A user is himself in a user namespace; nobody else exists. */
static int map_user(const struct room_place *p)
{
	return p->uid == 0 ? 0 : sandbox_map_ids(p->uid, p->gid);
}

static int take_tree(struct bind *b)
{
	struct mount_attr seal = { .attr_set = b->is_device ? MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID : SEAL };

	if (b->is_written)
		seal.attr_set = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC;
	if (b->from[0] == '\0')
		return 0;
	b->tree = open_tree(AT_FDCWD, b->from, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE | AT_SYMLINK_NOFOLLOW);
	if (b->tree < 0)
		return b->may_lack && errno == ENOENT ? 0 : -errno;
	return mount_setattr(b->tree, "", AT_EMPTY_PATH | AT_RECURSIVE, &seal, sizeof(seal)) < 0 ? -errno : 0;
}

/* The path was the door's to find; the descriptor says what it must be. */
static int check_etc(const struct room_place *p, int tree)
{
	struct stat a, b;

	if (fstat(p->etc_fd, &a) < 0 || fstat(tree, &b) < 0)
		return -errno;
	return a.st_dev == b.st_dev && a.st_ino == b.st_ino ? 0 : -ESTALE;
}

static int take_trees(struct bind *b, const struct room_place *p)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < BINDS; i++)
		r = take_tree(&b[i]);
	return r == 0 ? check_etc(p, b[0].tree) : r;
}

static int make_root(int *out)
{
	AUTO(fd_close) int fs = fsopen("tmpfs", FSOPEN_CLOEXEC);
	int root;

	if (fs < 0 || fsconfig(fs, FSCONFIG_SET_STRING, "mode", "0755", 0) < 0 ||
	    fsconfig(fs, FSCONFIG_SET_STRING, "size", "1m", 0) < 0 ||
	    fsconfig(fs, FSCONFIG_SET_STRING, "nr_inodes", "256", 0) < 0 ||
	    fsconfig(fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
		return -errno;
	root = fsmount(fs, FSMOUNT_CLOEXEC, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC);
	if (root < 0)
		return -errno;
	*out = root;
	return move_mount(root, "", AT_FDCWD, WORKBENCH, MOVE_MOUNT_F_EMPTY_PATH) < 0 ? -errno : 0;
}

static int make_dirs(int root, bool has_otp)
{
	for (size_t i = 0; i < ARRAY_LEN(dirs); i++)
		if (mkdirat(root, dirs[i], 0755) < 0)
			return -errno;
	for (size_t i = 0; has_otp && i < ARRAY_LEN(otp_dirs); i++)
		if (mkdirat(root, otp_dirs[i], 0755) < 0)
			return -errno;
	for (size_t i = 0; i < ARRAY_LEN(links); i++)
		if (symlinkat(links[i].from, root, links[i].to) < 0)
			return -errno;
	return 0;
}

static int put_tree(int root, struct bind *b)
{
	int fd;

	if (b->tree < 0)
		return 0;
	if (!b->is_dir) {
		fd = openat(root, b->to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
		if (fd < 0)
			return -errno;
		fd_close(&fd);
	}
	if (move_mount(b->tree, "", root, b->to, MOVE_MOUNT_F_EMPTY_PATH) < 0)
		return -errno;
	fd_close(&b->tree);
	return 0;
}

static int put_fs(int root, const char *type, const char *const *option, const char *to, unsigned attr)
{
	AUTO(fd_close) int fs = fsopen(type, FSOPEN_CLOEXEC);
	AUTO(fd_close) int mnt = -1;

	if (fs < 0)
		return -errno;
	for (; *option; option += 2)
		if (fsconfig(fs, FSCONFIG_SET_STRING, option[0], option[1], 0) < 0)
			return -errno;
	if (fsconfig(fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
		return -errno;
	mnt = fsmount(fs, FSMOUNT_CLOEXEC, attr);
	return mnt < 0 || move_mount(mnt, "", root, to, MOVE_MOUNT_F_EMPTY_PATH) < 0 ? -errno : 0;
}

/* Terminals of its own, a place for sshd's note of who logged in how, and with one-time codes
 * one for the name service's note of whose they are. */
static int put_file_systems(int root, bool has_otp)
{
	static const char *const pts[] = { "ptmxmode", "0666", "mode", "0620", NULL };
	static const char *const tmp[] = { "mode", "1777", "size", "256k", "nr_inodes", "128", NULL };
	static const char *const otp[] = { "mode", "0700", "size", "64k", "nr_inodes", "32", NULL };
	int r = put_fs(root, "devpts", pts, "dev/pts", MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC);

	if (r == 0)
		r = put_fs(root, "tmpfs", tmp, "tmp", MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC);
	if (r == 0 && has_otp)
		r = put_fs(root, "tmpfs", otp, &ROOM_OTP[1], MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC);
	return r;
}

static int raise_loopback(void)
{
	AUTO(fd_close) int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct ifreq lo = { .ifr_name = "lo", .ifr_flags = IFF_UP };

	return fd < 0 || ioctl(fd, SIOCSIFFLAGS, &lo) < 0 ? -errno : 0;
}

int room_write(const char *path, struct rd text)
{
	AUTO(fd_close) int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0644);

	return fd < 0 ? -errno : fd_write_all(fd, text);
}

static int write_files(void)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < room_n_files; i++)
		r = room_write(room_files[i].path, rd_str(room_files[i].text));
	return r;
}

static int furnish(int root, bool has_otp, struct bind *b, const char **what)
{
	int r;

	*what = "its directories";
	r = make_dirs(root, has_otp);
	*what = r == 0 ? "what is bound into it" : *what;
	for (size_t i = 0; r == 0 && i < BINDS; i++)
		r = put_tree(root, &b[i]);
	if (r < 0)
		return r;
	*what = "its terminals";
	r = put_file_systems(root, has_otp);
	if (r < 0)
		return r;
	*what = "entering it";
	r = mounts_enter(root);
	if (r < 0)
		return r;
	*what = "its files";
	return write_files();
}

int room_build(struct room_place *p, const char **out_what)
{
	struct bind b[BINDS] = { { "", "etc/slagboom", true, false, false, false, -1 }, { "", &ROOM_SHELL[1], false, false, false, false, -1 },
		{ "", "slagboom/libnss_slagboom.so.2", false, false, false, false, -1 },
		{ "/usr/lib", "usr/lib", true, false, false, false, -1 }, { "/usr/lib64", "usr/lib64", true, false, true, false, -1 },
		{ "/usr/sbin/sshd", "usr/sbin/sshd", false, false, false, false, -1 },
		{ "/dev/null", "dev/null", false, true, false, false, -1 }, { "/dev/tty", "dev/tty", false, true, false, false, -1 },
		{ "/dev/urandom", "dev/urandom", false, true, false, false, -1 }, { "", &ROOM_OTP_STATE[1], true, false, false, true, -1 } };
	AUTO(fd_close) int root = -1;
	int r;

	(void)snprintf(b[0].from, sizeof(b[0].from), "%s", p->etc);
	(void)snprintf(b[1].from, sizeof(b[1].from), "%s/slagboom-session", p->programs);
	(void)snprintf(b[2].from, sizeof(b[2].from), "%s/libnss_slagboom.so.2", p->programs);
	if (p->has_otp)
		(void)snprintf(b[9].from, sizeof(b[9].from), "%s/../otp", p->etc);
	*out_what = "its place when memory is short";
	r = go_first();
	if (r == 0) {
		*out_what = "its user namespace";
		r = map_user(p);
	}
	if (r == 0) {
		*out_what = "cutting its mounts off";
		r = mounts_cut_off();
	}
	if (r == 0) {
		*out_what = "taking what is bound into it";
		r = take_trees(b, p);
	}
	if (r == 0) {
		*out_what = "its root";
		r = make_root(&root);
	}
	if (r == 0)
		r = furnish(root, p->has_otp, b, out_what);
	if (r < 0)
		return r;
	*out_what = "its loopback or name";
	r = raise_loopback();
	return r == 0 && sethostname("gate", 4) < 0 ? -errno : r;
}

int room_seal(void)
{
	struct mount_attr seal = { .attr_set = MOUNT_ATTR_RDONLY };

	return mount_setattr(AT_FDCWD, "/", 0, &seal, sizeof(seal)) < 0 ? -errno : 0;
}

static int set_capabilities(uint32_t first_32)
{
	struct __user_cap_header_struct h = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct d[_LINUX_CAPABILITY_U32S_3] = { { first_32, first_32, 0 } };

	return syscall(SYS_capset, &h, d) < 0 ? -errno : 0;
}

/* A process more for each channel, and room for forwards; nothing in there writes a large file. */
int room_limit_resources(void)
{
	static const struct {
		__rlimit_resource_t what;
		rlim_t max;
	} limits[] = { { RLIMIT_FSIZE, 1 << 20 }, { RLIMIT_NOFILE, 1024 }, { RLIMIT_NPROC, 1024 }, { RLIMIT_CORE, 0 },
		{ RLIMIT_MSGQUEUE, 0 }, { RLIMIT_MEMLOCK, 1 << 20 } };

	for (size_t i = 0; i < ARRAY_LEN(limits); i++) {
		struct rlimit r = { limits[i].max, limits[i].max };
		if (setrlimit(limits[i].what, &r) < 0)
			return -errno;
	}
	return 0;
}

/* What a login needs: another user's id, his terminal, the empty directory of sshd's first
 * half. Not mounting, not the network, not another's memory. */
int room_limit_capabilities(void)
{
	static const unsigned needed = 1u << CAP_SETUID | 1u << CAP_SETGID | 1u << CAP_SYS_CHROOT | 1u << CAP_CHOWN |
	    1u << CAP_FOWNER | 1u << CAP_DAC_OVERRIDE | 1u << CAP_KILL | 1u << CAP_SYS_TTY_CONFIG;

	if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) < 0)
		return -errno;
	for (unsigned cap = 0; cap <= CAP_LAST_CAP; cap++)
		if ((cap >= 32 || !(needed & 1u << cap)) && prctl(PR_CAPBSET_DROP, cap, 0, 0, 0) < 0 && errno != EINVAL)
			return -errno;
	return 0;
}

/* The kernel's audit knows no namespaces. A sshd that is root and cannot reach it gives up;
 * one whose kernel has none goes on. Nor does this kernel have namespaces, once the room stands:
 * whoever makes one for users has every capability in it. The C library makes threads without clone3. */
int room_limit_calls(void)
{
	static const struct sandbox_call audit = CALL_IF(socket, 2, CALL_ANY_BIT, NETLINK_AUDIT);
	static const struct sandbox_call namespaces[] = { CALL(unshare), CALL(setns), CALL(clone3),
		CALL_IF(clone, 0, CLONE_NEWUSER, CLONE_NEWUSER) };
	int r = sandbox_refuse(&audit, 1, EPROTONOSUPPORT);

	return r == 0 ? sandbox_refuse(namespaces, ARRAY_LEN(namespaces), ENOSYS) : r;
}

int room_drop_most_capabilities(void)
{
	return set_capabilities(1u << CAP_KILL);
}
