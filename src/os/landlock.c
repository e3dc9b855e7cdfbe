/*
 * Is:        landlock(7), by its three raw calls.
 * Is not:    the only wall.
 * Called by: sandbox.c.
 * Owns:      nothing.
 * Trust:     no input.
 */
#include "os/landlock.h"

#include <errno.h>
#include <linux/landlock.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "os/fd.h"

/* Debian 12's headers stop at ABI 2; the numbers of later ones are the kernel's
 * (include/uapi/linux/landlock.h), and are used only where it says that it knows
 * them. */
enum { ABI_TRUNCATE = 3, ABI_TCP = 4, ABI_IOCTL_DEV = 5, ABI_SCOPE = 6, RULE_NET_PORT = 2 };
#define FS_TRUNCATE (1ull << 14)
#define FS_IOCTL_DEV (1ull << 15)
#define NET_BIND_TCP (1ull << 0)
#define NET_CONNECT_TCP (1ull << 1)
#define SCOPE_ABSTRACT_UNIX (1ull << 0)
#define SCOPE_SIGNAL (1ull << 1)

struct ruleset {
	uint64_t handled_fs;
	uint64_t handled_net;
	uint64_t scoped;
};

struct net_port {
	uint64_t allowed;
	uint64_t port;
};

static uint64_t all_fs(long abi)
{
	uint64_t fs = (LANDLOCK_ACCESS_FS_MAKE_SYM << 1) - 1;

	if (abi >= 2)
		fs |= LANDLOCK_ACCESS_FS_REFER;
	if (abi >= ABI_TRUNCATE)
		fs |= FS_TRUNCATE;
	if (abi >= ABI_IOCTL_DEV)
		fs |= FS_IOCTL_DEV;
	return fs;
}

static uint64_t permitted_fs(long abi, bool may_write)
{
	uint64_t fs = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR;

	if (may_write)
		fs |= LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_MAKE_DIR |
		    LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_REMOVE_DIR | LANDLOCK_ACCESS_FS_REFER |
		    FS_TRUNCATE;
	return fs & all_fs(abi);
}

/* As much of the structure as this kernel knows. */
static size_t ruleset_len(long abi)
{
	if (abi >= ABI_SCOPE)
		return sizeof(struct ruleset);
	return abi >= ABI_TCP ? offsetof(struct ruleset, scoped) : offsetof(struct ruleset, handled_net);
}

static int allow_ports(int fd, const uint16_t *ports, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct net_port rule = { NET_CONNECT_TCP, ports[i] };
		if (syscall(SYS_landlock_add_rule, fd, RULE_NET_PORT, &rule, 0) < 0)
			return -errno;
	}
	return 0;
}

int landlock_confine(int dir_fd, bool may_write, const uint16_t *tcp_ports, size_t n)
{
	long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
	struct ruleset rules;
	struct landlock_path_beneath_attr beneath;
	AUTO(fd_close) int fd = -1;
	int r;

	if (abi < 0)
		return errno == ENOSYS || errno == EOPNOTSUPP ? LANDLOCK_ABSENT : -errno;
	rules = (struct ruleset){ .handled_fs = all_fs(abi),
		.handled_net = NET_BIND_TCP | NET_CONNECT_TCP, .scoped = SCOPE_ABSTRACT_UNIX | SCOPE_SIGNAL };
	fd = (int)syscall(SYS_landlock_create_ruleset, &rules, ruleset_len(abi), 0);
	if (fd < 0)
		return -errno;
	beneath = (struct landlock_path_beneath_attr){ .allowed_access = permitted_fs(abi, may_write),
		.parent_fd = dir_fd };
	if (syscall(SYS_landlock_add_rule, fd, LANDLOCK_RULE_PATH_BENEATH, &beneath, 0) < 0)
		return -errno;
	r = abi >= ABI_TCP ? allow_ports(fd, tcp_ports, n) : 0;
	if (r < 0)
		return r;
	return syscall(SYS_landlock_restrict_self, fd, 0) < 0 ? -errno : 0;
}
