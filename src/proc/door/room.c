/*
 * Is:        slagboom-room: makes one room, waits in it for a client, starts sshd there, and
 *            ends it all when sshd or the door ends.
 * Is not:    a reader of anything that the client sends.
 * Called by: door, in namespaces of its own, as their first process: when it ends, by
 *            whatever reason, the kernel kills everything in the room.
 * Owns:      the room.
 * Trust:     the door. sshd and everything after it is hostile; nothing of them is read.
 *
 * usage: slagboom-room ETC PROGRAMS UID GID [otp]
 */
#include "proc/door/room.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/text.h"
#include "os/fd.h"
#include "os/ipc.h"
#include "os/loop.h"
#include "os/spawn.h"
#include "proc/door/room_build.h"
#include "proc/door/room_config.h"
#include "proc/table.h"
#include "proc/talk/door_proto.h"

enum { BACKLOG = 16, STATUS_FAILED = 1 };

static struct room {
	struct loop *loop;
	struct ipc *door;
	struct room_place place;
	uint16_t port[ROOM_PORTS_MAX];
	size_t n_ports;
	pid_t sshd;
} room;

/* Listeners. */

static int listen_unix(const char *path, int type, int *out)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	(void)snprintf(a.sun_path, sizeof(a.sun_path), "%s", path);
	if (fd < 0)
		return -errno;
	*out = fd;
	if (bind(fd, (struct sockaddr *)&a, sizeof(a)) < 0 || chmod(path, 0666) < 0 || listen(fd, BACKLOG) < 0)
		return -errno;
	return 0;
}

static int listen_tcp(uint16_t port, int *out)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons(port) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -errno;
	*out = fd;
	return bind(fd, (struct sockaddr *)&a, sizeof(a)) < 0 || listen(fd, BACKLOG) < 0 ? -errno : 0;
}

/* Gives one listener to the door; takes it. */
static int give(uint8_t kind, uint16_t port, int fd)
{
	AUTO(buf_done) struct buf b = { 0 };

	buf_init(&b, 8);
	struct wr w = wr_to(&b);
	wr_u8(&w, 1);
	wr_u8(&w, kind);
	wr_u16(&w, port);
	return ipc_send_fds(room.door, ROOM_LISTENS, buf_rd(&b), &fd, 1) == 0 ? 0 : -EPIPE;
}

static int give_listeners(void)
{
	int fd = -1, r = listen_unix(ROOM_GATE, SOCK_SEQPACKET, &fd);

	if (r == 0)
		r = give(ROOM_GATE_SOCKET, 0, fd);
	if (r == 0)
		r = listen_unix(ROOM_HOST_KEYS_AGENT, SOCK_STREAM, &fd);
	if (r == 0)
		r = give(ROOM_HOST_KEYS, 0, fd);
	for (size_t i = 0; r == 0 && i < room.n_ports; i++) {
		r = listen_tcp(room.port[i], &fd);
		if (r == 0)
			r = give(ROOM_TCP, room.port[i], fd);
	}
	return r;
}

/* sshd. */

static int write_host_keys(struct rd keys)
{
	struct rd all = keys, key;
	char path[64];
	int r = 0;

	for (unsigned i = 0; r == 0 && rd_until(&all, '\n', &key); i++) {
		(void)snprintf(path, sizeof(path), ROOM_HOST_KEY "%u.pub", i);
		r = room_write(path, key);
	}
	return r == 0 && all.len ? -EBADMSG : r;
}

static int write_config(struct rd host_keys)
{
	AUTO(buf_done) struct buf b = { 0 };
	AUTO(buf_done) struct buf hosts = { 0 };
	struct room_config c = { .host_keys = host_keys, .ports = room.port, .n_ports = room.n_ports,
		.has_otp = room.place.has_otp };
	int r;

	buf_init(&b, ROOM_CONFIG_MAX);
	buf_init(&hosts, ROOM_HOSTS_MAX);
	r = fd_read_file(AT_FDCWD, ROOM_ETC "/hosts", &hosts);
	if (r < 0)
		return r;
	c.hosts = buf_rd(&hosts);
	struct wr w = wr_to(&b);
	room_config_write(&w, &c);
	if (room.place.has_otp && (r = room_write(room_pam_file.path, rd_str(room_pam_file.text))) < 0)
		return r;
	return wr_ok(&w) ? room_write("/etc/ssh/sshd_config", buf_rd(&b)) : -EBADMSG;
}

static int start_sshd(int client)
{
	const char *argv[] = { "/usr/sbin/sshd", "-i", "-e", "-f", "/etc/ssh/sshd_config", NULL };
	const char *envp[] = { "PATH=/nonexistent", "LANG=C.UTF-8", "LD_LIBRARY_PATH=" ROOM_PROGRAMS, NULL };
	struct spawn_fd fds[] = { { client, 0 }, { client, 1 }, { STDERR_FILENO, 2 } };
	struct spawn s = { .path = argv[0], .argv = argv, .envp = envp, .fds = fds, .n_fds = ARRAY_LEN(fds) };
	int r = room_limit_resources(), pidfd = -1;

	if (r == 0)
		r = room_limit_capabilities();
	if (r == 0)
		r = room_limit_calls();
	if (r == 0)
		r = spawn(&s, &room.sshd, &pidfd);
	fd_close(&pidfd);
	if (r == 0)
		r = room_drop_most_capabilities();
	return r == 0 ? process_confine_calls(process_find("room")) : r;
}

static void fail(const char *what, int err)
{
	char text[160];

	(void)snprintf(text, sizeof(text), "%s: %s", what, strerror(-err));
	if (!room.door || ipc_send(room.door, ROOM_FAILED, rd_str(text)) != 0)
		errno = EPIPE; /* then the door is gone, and so are we */
	loop_stop(room.loop, STATUS_FAILED);
}

static int on_go(void *ctx, struct ipc_in *in)
{
	int r = write_host_keys(in->body);

	if (r == 0)
		r = write_config(in->body);
	if (r == 0)
		r = room_seal();
	in->body.len = 0;
	if (r == 0)
		r = start_sshd(in->fd[0]);
	if (r < 0)
		fail("starting sshd in the room", r);
	return 0;
}

static const struct ipc_row rows[] = {
	{ ROOM_GO, "go", 1 << 0, true, 1, ROOM_HOST_KEYS_MAX, on_go },
};
static const struct ipc_table table = { "room", rows, ARRAY_LEN(rows) };

static void on_closed(void *ctx, int err)
{
	loop_stop(room.loop, STATUS_FAILED);
}

/* Signals by which a program ends that was made to do what it should not. */
static bool is_crash(int signal)
{
	return signal == SIGSEGV || signal == SIGBUS || signal == SIGILL || signal == SIGFPE || signal == SIGABRT ||
	    signal == SIGSYS || signal == SIGTRAP;
}

struct ends {
	int crashed; /* the signal of another than sshd's first, or 0 */
	int sshd;    /* its status; -1: it lives */
};

static void bury(int how, struct ends *e)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, how)) > 0) {
		if (pid == room.sshd)
			e->sshd = WIFSIGNALED(status) ? ROOM_SIGNALLED + WTERMSIG(status) : WEXITSTATUS(status);
		else if (WIFSIGNALED(status) && is_crash(WTERMSIG(status)))
			e->crashed = WTERMSIG(status);
	}
}

/* Whoever loses its parent in here is ours to bury: when sshd's half that talks to strangers
 * crashes, the other only leaves, without a word, and its status tells. The other hears of it
 * by a socket that closes, which is before the half is dead: on one processor it has often left
 * by then. So all the rest is ended here (the kernel would, after us) and waited for; what is
 * already dying keeps its own cause. */
static void on_signal(void *ctx, int signal, int sender)
{
	struct ends e = { .sshd = -1 };

	bury(WNOHANG, &e);
	if (e.sshd < 0)
		return;
	if (kill(-1, SIGKILL) == 0)
		bury(0, &e);
	loop_stop(room.loop, e.crashed ? ROOM_SIGNALLED + e.crashed : e.sshd);
}

static int read_ports(void)
{
	AUTO(buf_done) struct buf b = { 0 };
	int r;

	buf_init(&b, 8 * ROOM_PORTS_MAX);
	r = fd_read_file(AT_FDCWD, ROOM_ETC "/ports", &b);
	if (r == 0)
		r = room_ports(buf_rd(&b), room.port);
	room.n_ports = r > 0 ? (size_t)r : 0;
	return r < 0 ? r : 0;
}

static int open_room(const char **what)
{
	sigset_t set;
	int r = room_build(&room.place, what);

	fd_close(&room.place.etc_fd);
	if (r == 0 && prctl(PR_SET_DUMPABLE, 0) < 0) /* before, its own ids could not be mapped */
		r = -errno;
	if (r < 0)
		return r;
	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGCHLD);
	*what = "its signals";
	r = loop_signals(room.loop, &set, on_signal, NULL);
	if (r < 0)
		return r;
	*what = "reading the ports";
	r = read_ports();
	if (r < 0)
		return r;
	*what = "listening";
	r = give_listeners();
	return r == 0 ? ipc_send(room.door, ROOM_READY, rd_of(NULL, 0)) : r;
}

static bool read_arguments(int argc, char **argv)
{
	uint64_t uid, gid;

	if (argc < 5 || argc > 6 || !text_u64(rd_str(argv[3]), &uid) || !text_u64(rd_str(argv[4]), &gid) ||
	    uid > UINT32_MAX || gid > UINT32_MAX)
		return false;
	room.place = (struct room_place){ .etc = argv[1], .programs = argv[2], .etc_fd = ROOM_ETC_FD,
		.uid = (uid_t)uid, .gid = (gid_t)gid };
	room.place.has_otp = argc == 6 && strcmp(argv[5], "otp") == 0;
	return true;
}

int main(int argc, char **argv)
{
	const char *what = "its loop";
	int r;

	if (!read_arguments(argc, argv))
		return STATUS_FAILED;
	(void)umask(022);
	(void)signal(SIGPIPE, SIG_IGN);
	/* A door that died before this leaves a closed link, which ends us as well. */
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || fd_set_cloexec(ROOM_ETC_FD, true) < 0)
		return STATUS_FAILED;
	r = loop_new(&room.loop);
	if (r == 0)
		r = fd_set_cloexec(ROOM_CONTROL_FD, true);
	if (r == 0)
		r = ipc_new(room.loop, ROOM_CONTROL_FD, &table, NULL, on_closed, &room.door);
	if (r == 0)
		r = open_room(&what);
	if (r < 0)
		fail(what, r);
	r = loop_run(room.loop);
	ipc_free(&room.door);
	loop_free(&room.loop);
	return r < 0 ? STATUS_FAILED : r;
}
