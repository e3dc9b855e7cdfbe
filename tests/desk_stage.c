/*
 * Is:        a stage for deskd (contract in the header).
 * Is not:    a test.
 * Called by: tests/desk.c.
 * Owns:      what the header says.
 * Trust:     no input.
 */
#include "desk_stage.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/timefmt.h"
#include "evidence/event.h"
#include "os/clock.h"
#include "os/fd.h"
#include "os/ipc.h"
#include "os/spawn.h"
#include "proc/broker.h"
#include "proc/control.h"
#include "proc/talk/door_proto.h"
#include "proc/talk/record_proto.h"
#include "testing/test.h"

enum { ARGS_MAX = 24, MESSAGES_MAX = 100000 };

static void send_raw(int fd, uint16_t type, struct rd body, int passed)
{
	AUTO(buf_done) struct buf packet = { 0 };
	union {
		struct cmsghdr header;
		char room[CMSG_SPACE(sizeof(int))];
	} control = { .room = { 0 } };

	buf_init(&packet, IPC_MAX);
	struct wr w = wr_to(&packet);
	wr_u16(&w, type);
	wr_bytes(&w, body);
	CHECK(wr_ok(&w));
	struct rd all = buf_rd(&packet);
	union { const uint8_t *in; void *out; } bytes = { all.p };
	struct iovec v = { bytes.out, all.len };
	struct msghdr m = { .msg_iov = &v, .msg_iovlen = 1 };
	if (passed >= 0) {
		m.msg_control = &control;
		m.msg_controllen = sizeof(control);
		struct cmsghdr *c = CMSG_FIRSTHDR(&m);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(c), &passed, sizeof(int));
	}
	for (int i = 0; i < STAGE_PATIENCE_MS; i++) {
		if (sendmsg(fd, &m, MSG_NOSIGNAL) >= 0)
			break;
		if (errno != EAGAIN)
			break; /* deskd is gone, which the case may want */
		usleep(1000);
	}
	if (passed >= 0)
		(void)close(passed);
}

/* Rounds take as long as there is something to say: patience is by the clock. */
static uint64_t after(int ms)
{
	return clock_mono_ns() + (uint64_t)ms * NS_PER_MS;
}

static bool is_before(uint64_t until)
{
	return clock_mono_ns() < until;
}

/* One packet: 1, 0 when there is none, -1 when the other end is gone. */
static int receive_raw(int fd, struct buf *out, int *passed)
{
	union {
		struct cmsghdr header;
		char room[CMSG_SPACE(IPC_FDS_MAX * sizeof(int))];
	} control = { .room = { 0 } };
	uint8_t *room;
	ssize_t n;

	*passed = -1;
	CHECK(buf_space(out, IPC_MAX, &room));
	struct iovec v = { room, IPC_MAX };
	struct msghdr m = { .msg_iov = &v, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof(control) };
	n = recvmsg(fd, &m, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	if (n <= 0)
		return n < 0 && errno == EAGAIN ? 0 : -1;
	buf_grew(out, (size_t)n);
	struct cmsghdr *c = CMSG_FIRSTHDR(&m);
	if (c && c->cmsg_type == SCM_RIGHTS)
		memcpy(passed, CMSG_DATA(c), sizeof(int));
	return 1;
}

static void note_event(struct stage *s, const struct record_ask *a)
{
	struct wr w = wr_to(&s->events);

	wr_str(&w, event_row(a->event.id)->name);
	wr_str(&w, " ");
	wr_bytes(&w, a->actor);
	wr_str(&w, " ");
	wr_bytes(&w, a->asset);
	wr_str(&w, "\n");
	CHECK(wr_ok(&w));
}

static void acknowledge(struct stage *s, int log)
{
	AUTO(buf_done) struct buf b = { 0 };

	if (s->deaf_after >= 0 && log == 0) {
		if (s->deaf_after == 0)
			s->is_deaf = true;
		else
			s->deaf_after--;
	}
	if (s->is_deaf || s->n_acked[log] == s->n_asked[log])
		return;
	s->n_acked[log] = s->n_asked[log];
	buf_init(&b, 16);
	struct wr w = wr_to(&b);
	wr_u64(&w, s->n_acked[log]);
	wr_u64(&w, 1000 + s->n_acked[log]);
	send_raw(s->log[log], RECORD_DURABLE, buf_rd(&b), -1);
}

static void on_log(struct stage *s, int log, uint16_t type, struct rd body)
{
	struct record_ask a;

	CHECK_INT(type, RECORD_ASK);
	CHECK(record_ask_read(&body, &a) && body.len == 0);
	CHECK_U64(a.token, s->n_asked[log] + 1);
	s->n_asked[log]++;
	note_event(s, &a);
	acknowledge(s, log);
}

static void on_door(struct stage *s, uint16_t type, struct rd body, int fd)
{
	if (type == DOOR_ROOM) {
		fd_close(&s->room_fd);
		s->room_fd = fd;
		return;
	}
	s->n_cuts += type == DOOR_CUT;
	struct stage_message *m = vec_push(&s->messages);
	*m = (struct stage_message){ .to = STAGE_DOOR, .type = type, .fd = fd };
	buf_init(&m->body, IPC_MAX);
	CHECK(buf_put_rd(&m->body, body));
}

static void on_gate(struct stage *s, int gate, uint16_t type, struct rd body, int fd)
{
	if (type == DESK_WATCH && s->on_watch) {
		AUTO(buf_done) struct buf b = { 0 };
		buf_init(&b, 4096);
		struct wr w = wr_to(&b);
		wr_u8(&w, (uint8_t)s->on_watch[0]);
		wr_part32(&w, rd_str(s->on_watch + 1));
		CHECK(wr_ok(&w) && fd_write_all(fd, buf_rd(&b)) == 0);
		fd_close(&fd);
		return;
	}
	struct stage_message *m = vec_push(&s->messages);

	CHECK(s->messages.n < MESSAGES_MAX);
	*m = (struct stage_message){ .to = gate, .type = type, .fd = fd };
	buf_init(&m->body, IPC_MAX);
	CHECK(buf_put_rd(&m->body, body));
}

static void on_control(struct stage *s, uint16_t type)
{
	if (type == CONTROL_READY)
		s->is_ready = true;
}

/* Reads all that `fd` has; closes it when its other end is gone. */
static void drain(struct stage *s, int *fd, int which)
{
	for (;;) {
		AUTO(buf_done) struct buf b = { 0 };
		uint16_t type;
		int passed, r;
		buf_init(&b, IPC_MAX);
		r = receive_raw(*fd, &b, &passed);
		if (r < 0)
			fd_close(fd);
		if (r <= 0)
			return;
		struct rd body = buf_rd(&b);
		CHECK(rd_u16(&body, &type));
		if (which == 0)
			on_control(s, type);
		else if (which <= STAGE_LOGS)
			on_log(s, which - 1, type, body);
		else if (which == STAGE_LOGS + 1)
			s->is_keyd_ready = true;
		else if (which == STAGE_LOGS + 2)
			on_door(s, type, body, passed);
		else
			on_gate(s, which - STAGE_LOGS - 3, type, body, passed);
	}
}

/* One round of everybody; false when nobody said anything within `ms`. */
static bool pump_once(struct stage *s, int ms)
{
	struct pollfd p[STAGE_GATES_MAX + 8];
	int *at[STAGE_GATES_MAX + 8] = { &s->control, &s->log[0], &s->log[1], &s->keyd, &s->door };
	nfds_t n = STAGE_LOGS + 3;

	for (int i = 0; i < s->n_gates; i++)
		at[n++] = &s->gate[i];
	for (nfds_t i = 0; i < n; i++)
		p[i] = (struct pollfd){ .fd = *at[i], .events = POLLIN };
	p[n] = (struct pollfd){ .fd = s->stderr_fd, .events = POLLIN };
	if (poll(p, n + 1, ms) <= 0)
		return false;
	for (nfds_t i = 0; i < n; i++)
		if (p[i].fd >= 0 && p[i].revents)
			drain(s, at[i], (int)i);
	if (p[n].revents && fd_read(s->stderr_fd, &s->spoken) <= 0)
		fd_close(&s->stderr_fd);
	return true;
}

void stage_pump(struct stage *s, int ms)
{
	const uint64_t until = after(ms);

	while (is_before(until))
		if (!pump_once(s, ms < 20 ? ms : 20) && ms < 20)
			return;
}

static void open_socket(struct stage *s)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };

	(void)snprintf(a.sun_path, sizeof(a.sun_path), "%s/desk.socket", s->dir);
	s->listen_fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	CHECK(s->listen_fd >= 0 && bind(s->listen_fd, (struct sockaddr *)&a, sizeof(a)) == 0 && listen(s->listen_fd, 64) == 0);
	CHECK(chmod(a.sun_path, 0666) == 0 && chmod(s->dir, 0711) == 0);
}

static void put_policy(struct stage *s, const char *policy)
{
	AUTO(buf_done) struct buf bundle = { 0 };
	char path[128], option[64];
	AUTO(fd_close) int dir = -1;

	(void)snprintf(path, sizeof(path), "%s/desk", s->dir);
	CHECK(mkdir(path, 0700) == 0);
	if (s->disk_mib) {
		(void)snprintf(option, sizeof(option), "size=%dm,mode=0700", s->disk_mib);
		/* In mounts of our own: whatever ends us takes it away. */
		if (unshare(CLONE_NEWNS) < 0 || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
		    mount("tmpfs", path, "tmpfs", MS_NOSUID | MS_NODEV, option) < 0)
			test_skip("a small disk needs mounts");
	}
	buf_init(&bundle, 4 << 20);
	struct wr w = wr_to(&bundle);
	wr_part32(&w, rd_str("p"));
	wr_part32(&w, rd_str("p"));
	wr_part32(&w, rd_str(policy));
	dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	CHECK(wr_ok(&w) && fd_replace_file(dir, "first-policy", buf_rd(&bundle), 0600) == 0);
	CHECK(geteuid() != 0 || fchown(dir, 1900000005, 0) == 0);
}

void stage_init(struct stage *s, const char *policy)
{
	stage_init_on(s, policy, 0);
}

void stage_init_on(struct stage *s, const char *policy, int disk_mib)
{
	*s = (struct stage){ .disk_mib = disk_mib, .listen_fd = -1, .pidfd = -1, .control = -1, .door = -1, .keyd = -1, .log = { -1, -1 },
			.deaf_after = -1, .cli_ms = STAGE_PATIENCE_MS, .stderr_fd = -1, .room_fd = -1 };
	s->build = getenv("SLAGBOOM_BUILD");
	CHECK(s->build);
	(void)snprintf(s->dir, sizeof(s->dir), "/tmp/slagboom-desk-XXXXXX");
	CHECK(mkdtemp(s->dir));
	buf_init(&s->events, 16 << 20);
	buf_init(&s->spoken, 1 << 16);
	vec_init(&s->messages, sizeof(struct stage_message));
	open_socket(s);
	put_policy(s, policy);
}

/* The real keyd: what it signs, slagboom-verify has to take. */
static void start_keyd(struct stage *s)
{
	char path[4096], dir[128];
	const char *argv[] = { "slagboom-keyd", "test.example/gate", NULL }, *envp[] = { "PATH=", "LANG=C.UTF-8", NULL };
	AUTO(fd_close) int keys = -1;
	AUTO(fd_close) int empty = -1;
	int pair[2], pidfd;

	if (s->keyd_pid)
		return;
	(void)snprintf(dir, sizeof(dir), "%s/keys", s->dir);
	CHECK(mkdir(dir, 0700) == 0);
	keys = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	(void)snprintf(dir, sizeof(dir), "%s/empty", s->dir);
	CHECK(mkdir(dir, 0711) == 0);
	empty = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	CHECK(keys >= 0 && empty >= 0 && ipc_pair(pair) == 0);
	(void)snprintf(path, sizeof(path), "%s/src/proc/slagboom-keyd", s->build);
	struct spawn_fd fds[] = { { pair[1], CHILD_CONTROL_FD }, { empty, CHILD_ROOT_FD }, { keys, CHILD_DIR_FD } };
	struct spawn run = { path, argv, envp, fds, ARRAY_LEN(fds) };
	CHECK_INT(spawn(&run, &s->keyd_pid, &pidfd), 0);
	fd_close(&pidfd);
	fd_close(&pair[1]);
	s->keyd = pair[0];
	for (uint64_t until = after(STAGE_PATIENCE_MS); !s->is_keyd_ready && s->keyd >= 0 && is_before(until);)
		(void)pump_once(s, 20);
	CHECK(s->is_keyd_ready);
}

static void tell_link(int control, const char *peer, int fd)
{
	AUTO(buf_done) struct buf b = { 0 };

	buf_init(&b, 128);
	struct wr w = wr_to(&b);
	wr_part8(&w, rd_str(peer));
	send_raw(control, CONTROL_LINK, buf_rd(&b), fd);
}

/* Our end of a new link of deskd's to `peer`. */
static int link_to(struct stage *s, const char *peer)
{
	int pair[2];

	CHECK(ipc_pair(pair) == 0);
	tell_link(s->control, peer, pair[1]);
	return pair[0];
}

static void join_keyd(struct stage *s)
{
	int pair[2];

	start_keyd(s);
	CHECK(ipc_pair(pair) == 0);
	tell_link(s->keyd, "deskd", pair[0]);
	tell_link(s->control, "keyd", pair[1]);
}

static void spawn_deskd(struct stage *s, int control)
{
	char path[4096], dir[128], shift[64], preload[4096];
	const char *argv[] = { "slagboom-deskd", "test.example/gate", NULL };
	const char *envp[] = { "PATH=", "LANG=C.UTF-8", NULL, NULL, NULL, NULL };
	AUTO(fd_close) int root = -1;
	AUTO(fd_close) int error = -1;
	int pipes[2];

	if (s->shift_s) {
		(void)snprintf(shift, sizeof(shift), "CLOCK_SHIFT=%ld", s->shift_s);
		/* Its list is cut at spaces, which the way to the build may have. */
		(void)snprintf(preload, sizeof(preload), "%s/tests/libclock-shift.so", s->build);
		(void)snprintf(dir, sizeof(dir), "%s/clock-shift.so", s->dir);
		CHECK(symlink(preload, dir) == 0 || errno == EEXIST);
		(void)snprintf(preload, sizeof(preload), "LD_PRELOAD=%s", dir);
		envp[2] = shift;
		envp[3] = preload;
		envp[4] = "ASAN_OPTIONS=verify_asan_link_order=0:detect_leaks=0";
	}
	(void)snprintf(dir, sizeof(dir), "%s/desk", s->dir);
	root = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	CHECK(root >= 0 && pipe2(pipes, O_CLOEXEC) == 0);
	error = pipes[1];
	fd_close(&s->stderr_fd);
	s->stderr_fd = pipes[0];
	CHECK(fd_set_nonblock(s->stderr_fd, true) == 0);
	(void)snprintf(path, sizeof(path), "%s/src/proc/slagboom-deskd", s->build);
	struct spawn_fd fds[] = { { error, 2 }, { control, CHILD_CONTROL_FD }, { root, CHILD_ROOT_FD }, { root, CHILD_DIR_FD },
		{ s->listen_fd, CHILD_LISTEN_FD } };
	struct spawn run = { path, argv, envp, fds, ARRAY_LEN(fds) };
	CHECK_INT(spawn(&run, &s->pid, &s->pidfd), 0);
}

void stage_start(struct stage *s)
{
	int pair[2];

	CHECK(ipc_pair(pair) == 0);
	s->control = pair[0];
	s->is_ready = false;
	spawn_deskd(s, pair[1]);
	fd_close(&pair[1]);
	for (uint64_t until = after(STAGE_PATIENCE_MS); !s->is_ready && s->control >= 0 && is_before(until);)
		(void)pump_once(s, 20);
	if (!s->is_ready)
		test_fail(__FILE__, __LINE__, "deskd did not start: %.*s", (int)s->spoken.len, (const char *)buf_rd(&s->spoken).p);
	for (int i = 0; i < STAGE_LOGS; i++)
		s->n_asked[i] = s->n_acked[i] = 0;
	s->log[0] = link_to(s, "evidenced-core");
	s->log[1] = link_to(s, "evidenced-intercept");
	join_keyd(s);
	s->door = link_to(s, "door");
	stage_pump(s, 50);
}

void stage_kill(struct stage *s)
{
	if (s->pid > 0) {
		(void)kill(s->pid, SIGKILL);
		CHECK(waitpid(s->pid, NULL, 0) == s->pid);
	}
	s->pid = 0;
	fd_close(&s->pidfd);
	fd_close(&s->control);
	fd_close(&s->door);
	for (int i = 0; i < STAGE_LOGS; i++)
		fd_close(&s->log[i]);
	for (int i = 0; i < s->n_gates; i++)
		fd_close(&s->gate[i]);
	s->n_gates = 0;
	for (size_t i = 0; i < s->messages.n; i++)
		stage_message_done(vec_at(&s->messages, i));
	s->messages.n = 0;
}

void stage_done(struct stage *s)
{
	char line[128];
	const char *argv[] = { "sh", "-c", line, NULL }, *envp[] = { NULL };
	struct spawn run = { "/bin/sh", argv, envp, NULL, 0 };
	int pidfd;
	pid_t pid;

	stage_kill(s);
	if (s->disk_mib) {
		(void)snprintf(line, sizeof(line), "%s/desk", s->dir);
		CHECK(umount2(line, MNT_DETACH) == 0);
	}
	fd_close(&s->keyd); /* it ends with its supervisor's link */
	if (s->keyd_pid)
		CHECK(waitpid(s->keyd_pid, NULL, 0) == s->keyd_pid);
	fd_close(&s->listen_fd);
	fd_close(&s->stderr_fd);
	fd_close(&s->room_fd);
	buf_done(&s->events);
	buf_done(&s->spoken);
	vec_done(&s->messages);
	(void)snprintf(line, sizeof(line), "rm -rf -- '%s'", s->dir);
	CHECK_INT(spawn(&run, &pid, &pidfd), 0);
	fd_close(&pidfd);
	CHECK(waitpid(pid, NULL, 0) == pid);
}

static pid_t fork_cli(struct stage *s, uint32_t uid, int out, const char *const *arg)
{
	const char *argv[ARGS_MAX] = { "slagboom" };
	char path[4096], tmp[4096];
	int input[2] = { -1, -1 };
	size_t n = 1;
	pid_t pid;

	(void)snprintf(path, sizeof(path), "%s/src/cli/slagboom", s->build);
	/* What a command leaves that is given up goes with the rest. */
	(void)snprintf(tmp, sizeof(tmp), "%s/tmp", s->dir);
	CHECK((mkdir(tmp, 0700) == 0 || errno == EEXIST) && chmod(tmp, 01777) == 0);
	for (size_t i = 0; arg[i]; i++) {
		CHECK(n < ARGS_MAX - 3);
		argv[n++] = arg[i];
	}
	argv[n++] = "--dir";
	argv[n++] = s->dir;
	if (s->input) {
		CHECK(pipe2(input, O_CLOEXEC) == 0 && fd_write_all(input[1], rd_str(s->input)) == 0);
		fd_close(&input[1]);
	}
	pid = fork();
	CHECK(pid >= 0);
	if (pid == 0) {
		if ((s->input && dup2(input[0], 0) < 0) || setenv("TMPDIR", tmp, 1) < 0)
			_exit(126);
		union { const char *const *in; char *const *out; } args = { argv };
		if (dup2(out, 1) < 0 || dup2(out, 2) < 0 || (uid != getuid() && (setgid(uid) < 0 || setuid(uid) < 0)))
			_exit(126);
		(void)execv(path, args.out);
		_exit(127);
	}
	fd_close(&input[0]);
	return pid;
}

int stage_cli(struct stage *s, uint32_t uid, struct buf *out, const char *const *arg)
{
	int pipes[2], status = 0;
	pid_t pid;
	bool over = false;

	CHECK(pipe2(pipes, O_CLOEXEC) == 0);
	pid = fork_cli(s, uid, pipes[1], arg);
	fd_close(&pipes[1]);
	CHECK(fd_set_nonblock(pipes[0], true) == 0);
	for (uint64_t until = after(s->cli_ms); !over && is_before(until);) {
		(void)pump_once(s, 1);
		(void)!fd_read(pipes[0], out);
		over = waitpid(pid, &status, WNOHANG) == pid;
	}
	if (!over) {
		(void)kill(pid, SIGKILL);
		(void)waitpid(pid, NULL, 0);
	}
	while (fd_read(pipes[0], out) > 0)
		;
	fd_close(&pipes[0]);
	return over && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

void stage_came(struct stage *s, const char *address, uint32_t round_trip_us)
{
	AUTO(buf_done) struct buf b = { 0 };
	char name[32];

	(void)snprintf(name, sizeof(name), "gate-%d", s->n_gates);
	buf_init(&b, 256);
	struct wr w = wr_to(&b);
	wr_part8(&w, rd_str(name));
	wr_part16(&w, rd_str(address));
	wr_u32(&w, round_trip_us);
	send_raw(s->door, DOOR_CAME, buf_rd(&b), -1);
}

int stage_gate(struct stage *s)
{
	AUTO(buf_done) struct buf b = { 0 };
	char name[32];
	int pair[2];

	CHECK(s->n_gates < STAGE_GATES_MAX && ipc_pair(pair) == 0);
	(void)snprintf(name, sizeof(name), "gate-%d", s->n_gates);
	buf_init(&b, 64);
	struct wr w = wr_to(&b);
	wr_part8(&w, rd_str(name));
	send_raw(s->door, BROKER_LINK, buf_rd(&b), pair[1]);
	s->gate[s->n_gates] = pair[0];
	return s->n_gates++;
}

void stage_send(struct stage *s, int gate, uint16_t type, struct rd body)
{
	send_raw(s->gate[gate], type, body, -1);
}

void stage_message_done(struct stage_message *m)
{
	buf_done(&m->body);
	fd_close(&m->fd);
}

/* Takes the first message to `to` of `type` (0: any) out of the queue. */
static bool take(struct stage *s, int to, uint16_t type, bool skip, struct stage_message *out)
{
	for (size_t i = 0; i < s->messages.n; i++) {
		struct stage_message *m = vec_at(&s->messages, i);
		if (m->to != to)
			continue;
		*out = *m;
		for (size_t k = i; k + 1 < s->messages.n; k++)
			*(struct stage_message *)vec_at(&s->messages, k) = *(struct stage_message *)vec_at(&s->messages, k + 1);
		s->messages.n--;
		if (out->type == type)
			return true;
		if (!skip)
			test_fail(__FILE__, __LINE__, "message %u came to %d, not %u: %.*s", out->type, to, type, (int)out->body.len,
			    (const char *)buf_rd(&out->body).p);
		stage_message_done(out);
		i--;
	}
	return false;
}

struct stage_message stage_expect(struct stage *s, int to, uint16_t type, bool skip)
{
	struct stage_message m;

	for (uint64_t until = after(STAGE_PATIENCE_MS); is_before(until);) {
		if (take(s, to, type, skip, &m))
			return m;
		(void)pump_once(s, 20);
	}
	test_fail(__FILE__, __LINE__, "message %u never came to %d; deskd says: %.*s", type, to, (int)s->spoken.len,
	    (const char *)buf_rd(&s->spoken).p);
}

bool stage_has(struct stage *s, int to, uint16_t type, int ms)
{
	stage_pump(s, ms);
	for (size_t i = 0; i < s->messages.n; i++) {
		const struct stage_message *m = vec_at(&s->messages, i);
		if (m->to == to && m->type == type)
			return true;
	}
	return false;
}

void stage_hello(struct stage *s, int gate, const char *login, const char *address, const char *key, uint32_t uid)
{
	AUTO(buf_done) struct buf b = { 0 };
	char auth[1024];

	(void)snprintf(auth, sizeof(auth), "publickey %s\n", key);
	buf_init(&b, IPC_BODY_MAX);
	struct wr w = wr_to(&b);
	wr_u32(&w, 0);
	wr_part16(&w, rd_str(login));
	wr_part16(&w, rd_str(address));
	wr_part16(&w, rd_str(auth));
	wr_u32(&w, uid);
	stage_send(s, gate, DESK_HELLO, buf_rd(&b));
}

void stage_open(struct stage *s, int gate, uint32_t n, const char *asset, const char *purpose, const char *ticket)
{
	stage_open_by(s, gate, n, asset, purpose, ticket, "");
}

void stage_open_by(struct stage *s, int gate, uint32_t n, const char *asset, const char *purpose, const char *ticket,
    const char *rule)
{
	AUTO(buf_done) struct buf b = { 0 };
	struct desk_open o = { .channel = DESK_TERMINAL, .asset = rd_str(asset), .purpose = rd_str(purpose), .ticket = rd_str(ticket),
		.rule = rd_str(rule) };

	buf_init(&b, IPC_BODY_MAX);
	struct wr w = wr_to(&b);
	wr_u32(&w, n);
	desk_open_write(&w, &o);
	CHECK(wr_ok(&w));
	stage_send(s, gate, DESK_OPEN, buf_rd(&b));
}

int stage_n_events(const struct stage *s, const char *name)
{
	struct rd all = buf_rd(&s->events), line, word;
	int n = 0;

	while (rd_until(&all, '\n', &line))
		n += rd_until(&line, ' ', &word) && rd_is(&word, name);
	return n;
}

void stage_until(struct stage *s, const char *name, int n)
{
	for (uint64_t until = after(STAGE_PATIENCE_MS); stage_n_events(s, name) < n && is_before(until);)
		stage_pump(s, 10);
	CHECK_INT(stage_n_events(s, name), n);
}

bool stage_is_closed(struct stage *s, int gate)
{
	for (uint64_t until = after(STAGE_PATIENCE_MS); s->gate[gate] >= 0 && is_before(until);)
		stage_pump(s, 10);
	return s->gate[gate] < 0;
}

void stage_file(const struct stage *s, const char *path, struct buf *out)
{
	char whole[256];

	(void)snprintf(whole, sizeof(whole), "%s/%s", s->dir, path);
	CHECK_INT(fd_read_file(AT_FDCWD, whole, out), 0);
}
