/*
 * Is:        a door, a gate and a keyd in one test process (contract in the header).
 * Is not:    a test.
 * Called by: tests/edges_ssh.c, tests/edges_line.c.
 * Owns:      a temporary directory, the processes that it started.
 * Trust:     no input.
 */
#include "edge_rig.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/text.h"
#include "base/wr.h"
#include "os/clock.h"
#include "os/disk.h"
#include "os/fd.h"
#include "os/ipc.h"
#include "os/spawn.h"
#include "proc/control.h"
#include "proc/keyd/credential.h"
#include "proto/agent.h"
#include "testing/test.h"

enum { PORT_FIRST = 20000, PORTS = 12000 }; /* as free_port of tests/e2e/stage.py */

struct rig rig;
static struct disk_dir disk;
static struct credential_store store;
static struct loop_timer timer;

uint64_t rig_now_ms(void)
{
	return clock_mono_ns() / 1000000;
}

static void on_timer(void *ctx)
{
	loop_stop(rig.loop, 0);
}

static void pour(void);

void rig_turn(void)
{
	/* As a gate does: whoever has said the last is closed. */
	if (rig.gate && (rig.has_failed || rig.has_exited))
		ipc_free(&rig.gate);
	pour();
	loop_timer_set(rig.loop, &timer, 2000000);
	CHECK_INT(loop_run(rig.loop), 0);
}

NORETURN void rig_give_up(const char *file, int line, const char *what)
{
	(void)fprintf(stderr, "edge: ready %d failed %d (%d) exited %d gone %d text \"%s\" refusal \"%s\" out %llu err %llu sent %llu\n",
	    rig.is_ready, rig.has_failed, (int)rig.failure, rig.has_exited, rig.is_gone, rig.text, rig.refusal,
	    (unsigned long long)rig.n_out[0], (unsigned long long)rig.n_out[1], (unsigned long long)rig.n_sent);
	test_fail(file, line, "never: %s", what);
}

static void on_event(const struct event *e)
{
	rig.n_used += e->id == EVENT_CREDENTIAL_USED;
	if (e->id == EVENT_CREDENTIAL_REFUSED)
		(void)snprintf(rig.refusal, sizeof(rig.refusal), "%.*s", (int)e->value[2].bytes.len,
		    (const char *)e->value[2].bytes.p);
}

static void add(const char *name, const char *user, bool is_key)
{
	AUTO(buf_done) struct buf b = { 0 };
	static const uint8_t seed[32] = { 42 };

	buf_init(&b, CREDENTIAL_BODY_MAX);
	struct wr w = wr_to(&b);
	if (is_key)
		credential_write_key(&w, rd_str(user), rd_of(seed, sizeof(seed)));
	else
		credential_write_password(&w, rd_str(user), rd_str("s3cret"), rd_str("en4ble"));
	CHECK_INT(credential_add(&store, rd_str(name), buf_rd(&b)), 0);
}

static void kill_child(pid_t *pid)
{
	if (*pid > 0 && kill(*pid, SIGKILL) == 0)
		(void)waitpid(*pid, NULL, 0);
	*pid = 0;
}

__attribute__((destructor)) static void leave_nothing(void)
{
	kill_child(&rig.pid);
	kill_child(&rig.element);
}

void rig_begin(const char *user)
{
	kill_child(&rig.pid); /* of a case that failed */
	kill_child(&rig.element);
	memset(&rig, 0, sizeof(rig));
	(void)signal(SIGPIPE, SIG_IGN);
	(void)snprintf(rig.dir, sizeof(rig.dir), "/tmp/slagboom-test-XXXXXX");
	CHECK(mkdtemp(rig.dir));
	rig.dir_fd = open(rig.dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	CHECK(rig.dir_fd >= 0 && fchmod(rig.dir_fd, 0755) == 0);
	disk_dir_init(&disk, rig.dir_fd);
	CHECK_INT(credential_store_open(&store, &disk.disk), 0);
	add("key", user, true);
	add("password", user, false);
	CHECK_INT(loop_new(&rig.loop), 0);
	loop_timer_init(&timer, on_timer, NULL);
	key_agents_init(&rig.agents, rig.loop, &store, &rig.host, on_event);
	for (int i = 0; i < 2; i++)
		buf_init(&rig.out[i], RIG_KEEP);
	sha256_init(&rig.hash);
}

void rig_end(void)
{
	ipc_free(&rig.gate);
	ipc_free(&rig.control);
	kill_child(&rig.pid);
	kill_child(&rig.element);
	if (rig.keyd_waits)
		fd_close(&rig.keyd_fd);
	key_agents_done(&rig.agents);
	credential_store_close(&store);
	for (int i = 0; i < 2; i++)
		buf_done(&rig.out[i]);
	loop_free(&rig.loop);
	fd_close(&rig.dir_fd);
	CHECK_INT(rig_shell("rm -rf -- \"$D\""), 0);
}

/* Elements. */

static pid_t run(const char *const *argv, const char *log)
{
	char path[128], d[80];
	const char *envp[] = { d, "PATH=/usr/sbin:/usr/bin:/sbin:/bin", NULL };
	int pidfd, out = -1;
	pid_t pid;

	(void)snprintf(path, sizeof(path), "%s/%s", rig.dir, log);
	(void)snprintf(d, sizeof(d), "D=%s", rig.dir);
	out = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	struct spawn_fd fds[] = { { out, 1 }, { out, 2 } };
	struct spawn s = { argv[0], argv, envp, fds, out < 0 ? 0 : 2 };
	CHECK_INT(spawn(&s, &pid, &pidfd), 0);
	fd_close(&pidfd);
	fd_close(&out);
	return pid;
}

int rig_shell(const char *line)
{
	const char *argv[] = { "/bin/sh", "-c", line, NULL };
	pid_t pid = run(argv, "shell.log");
	int status;

	CHECK(waitpid(pid, &status, 0) == pid && WIFEXITED(status));
	return WEXITSTATUS(status);
}

void rig_start(const char *const *argv)
{
	rig.element = run(argv, "element.log");
}

void rig_stop_element(void)
{
	kill_child(&rig.element);
}

static int listen_on(uint16_t *port)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t n = sizeof(a);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), on = 1;

	CHECK(fd >= 0 && setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) == 0);
	CHECK(bind(fd, (struct sockaddr *)&a, sizeof(a)) == 0 && listen(fd, 4) == 0);
	CHECK(getsockname(fd, (struct sockaddr *)&a, &n) == 0);
	*port = ntohs(a.sin_port);
	return fd;
}

/* Whoever has the name of a port has it until he ends. */
static bool take_port(uint16_t port)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	struct sockaddr_un name = { .sun_family = AF_UNIX };
	AUTO(fd_close) int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), held = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	int n = snprintf(name.sun_path + 1, sizeof(name.sun_path) - 1, "slagboom-test-port-%u", port);

	CHECK(fd >= 0 && held >= 0);
	if (bind(held, (struct sockaddr *)&name, (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + (size_t)n)) < 0 ||
	    bind(fd, (struct sockaddr *)&a, sizeof(a)) < 0)
		return false;
	held = -1;
	return true;
}

uint16_t rig_free_port(void)
{
	static unsigned n;

	/* Below those that the kernel gives to clients. */
	for (unsigned tries = 0; tries < PORTS; tries++) {
		const uint16_t port = (uint16_t)(PORT_FIRST + ((unsigned)getpid() * 31 + n++) % PORTS);
		if (take_port(port))
			return port;
	}
	test_fail(__FILE__, __LINE__, "no port is free");
	return 0;
}

void rig_wait_port(uint16_t port)
{
	rig_wait_at("127.0.0.1", port);
}

void rig_wait_at(const char *address, uint16_t port)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons(port) };

	CHECK_INT(inet_pton(AF_INET, address, &a.sin_addr), 1);

	for (int i = 0; i < 500; i++) {
		AUTO(fd_close) int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
		if (connect(fd, (struct sockaddr *)&a, sizeof(a)) == 0)
			return;
		usleep(10000);
	}
	test_fail(__FILE__, __LINE__, "nobody listens on %s port %u", address, port);
}

const char *rig_user(void)
{
	struct passwd *me = getpwuid(geteuid());

	CHECK(me);
	return geteuid() == 0 ? "tester" : me->pw_name;
}

void rig_read_pinned(const char *name)
{
	AUTO(buf_done) struct buf b = { 0 };

	buf_init(&b, sizeof(rig.pinned) - 1);
	CHECK_INT(fd_read_file(rig.dir_fd, name, &b), 0);
	(void)snprintf(rig.pinned, sizeof(rig.pinned), "%.*s", (int)b.len, (const char *)buf_rd(&b).p);
}

void rig_sshd(const char *more)
{
	char line[2048];
	uint16_t port = rig_free_port();
	static const char as_root[] = "{ cat /etc/passwd; echo tester:x:65534:65534::/:/bin/sh; } >$D/passwd && "
		"mount --bind $D/passwd /etc/passwd && exec /usr/sbin/sshd -D -e -f $D/conf";
	char in_mounts[4200];
	const char *const root[] = { in_mounts, "/bin/sh", "-c", as_root, NULL };
	const char *const user[] = { "/usr/sbin/sshd", "-D", "-e", "-f", line, NULL };

	(void)snprintf(line, sizeof(line),
	    "{ [ $(id -u) != 0 ] || mkdir -p -m 0755 /run/sshd; } && "
	    "{ [ -e $D/host ] || { ssh-keygen -q -t ed25519 -N '' -C 'a host' -f $D/host && "
	    "ssh-keygen -q -t rsa -b 3072 -N '' -f $D/host-rsa; }; } && "
	    "printf '%%s\\n' 'Port %u' 'ListenAddress 127.0.0.1' \"HostKey $D/host\" \"HostKey $D/host-rsa\" "
	    "\"AuthorizedKeysFile $D/keys\" 'PermitRootLogin yes' 'StrictModes no' 'UsePAM no' 'PidFile none' "
	    "'AcceptEnv LANG' 'Subsystem sftp internal-sftp' >$D/conf && printf '%s' >>$D/conf", port, more);
	CHECK_INT(rig_shell(line), 0);
	if (faccessat(rig.dir_fd, "keys", F_OK, 0) < 0)
		rig_write_public("keys");
	(void)snprintf(line, sizeof(line), "%s/conf", rig.dir);
	(void)snprintf(in_mounts, sizeof(in_mounts), "%s/tests/in-mounts", getenv("SLAGBOOM_BUILD"));
	rig_start(geteuid() == 0 ? root : user);
	rig_wait_port(port);
	(void)snprintf(rig.address, sizeof(rig.address), "127.0.0.1:%u", port);
	rig_read_pinned("host.pub");
}

uint16_t rig_play(void (*play)(int fd))
{
	uint16_t port;
	int fd = listen_on(&port);

	(void)fflush(NULL);
	rig.element = fork();
	if (rig.element == 0) {
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		int one = accept(fd, NULL, NULL);
		if (one >= 0)
			play(one);
		_exit(0);
	}
	CHECK(rig.element > 0);
	fd_close(&fd);
	return port;
}

void rig_write_public(const char *name)
{
	AUTO(buf_done) struct buf b = { 0 }, blob = { 0 };
	const struct credential *c = credential_find(&store, rd_str("key"));

	buf_init(&blob, 64);
	buf_init(&b, 256);
	struct wr k = wr_to(&blob), w = wr_to(&b);
	agent_write_ed25519_blob(&k, rd_of(c->key.pub.b, sizeof(c->key.pub.b)));
	wr_str(&w, "ssh-ed25519 ");
	wr_base64(&w, buf_rd(&blob), BASE64_PADDED);
	wr_str(&w, " slagboom\n");
	CHECK(wr_ok(&w) && wr_ok(&k));
	CHECK_INT(fd_replace_file(rig.dir_fd, name, buf_rd(&b), 0644), 0);
}

/* The door. */

static int on_up(void *ctx, struct ipc_in *in)
{
	uint32_t belts;

	rig.is_up = rd_u32(&in->body, &belts);
	return rig.is_up ? 0 : -EBADMSG;
}

static int on_its_event(void *ctx, struct ipc_in *in)
{
	struct event e;

	if (!event_decode(&in->body, &e))
		return -EBADMSG;
	if (e.id == EVENT_LINK_REFUSED)
		(void)snprintf(rig.refusal, sizeof(rig.refusal), "%.*s", (int)e.value[1].bytes.len,
		    (const char *)e.value[1].bytes.p);
	return 0;
}

static const struct ipc_row control_rows[] = {
	{ CONTROL_READY, "ready", 1, true, 0, 4, on_up },
	{ CONTROL_EVENT, "event", 1, false, 0, IPC_BODY_MAX, on_its_event },
};
static const struct ipc_table control_table = { "door", control_rows, ARRAY_LEN(control_rows) };

static void on_control_closed(void *ctx, int err)
{
	rig.is_gone = true;
	ipc_free(&rig.control);
}

/* The gate. */

static int on_ready(void *ctx, struct ipc_in *in)
{
	struct rd text;
	uint8_t other;

	if (!rd_u8(&in->body, &other) || other > 1 || !rd_part16(&in->body, EDGE_TEXT_MAX, &text))
		return -EBADMSG;
	rig.is_ready = true;
	rig.has_other_modes = other;
	(void)snprintf(rig.text, sizeof(rig.text), "%.*s", (int)text.len, (const char *)text.p);
	return 0;
}

static int on_failed(void *ctx, struct ipc_in *in)
{
	uint8_t f;
	struct rd text;

	if (!rd_u8(&in->body, &f) || f >= EDGE_FAILURES || !rd_part16(&in->body, EDGE_TEXT_MAX, &text))
		return -EBADMSG;
	rig.has_failed = true;
	rig.failure = (enum edge_failure)f;
	(void)snprintf(rig.text, sizeof(rig.text), "%.*s", (int)text.len, (const char *)text.p);
	return 0;
}

static int on_host_key(void *ctx, struct ipc_in *in)
{
	(void)snprintf(rig.key, sizeof(rig.key), "%.*s", (int)in->body.len, (const char *)in->body.p);
	in->body.len = 0;
	return 0;
}

static int on_output(void *ctx, struct ipc_in *in)
{
	struct rd part;
	uint8_t stream;

	if (!rd_u8(&in->body, &stream) || stream > 1 || rig.ended[stream] || in->body.len == 0)
		return -EBADMSG;
	rig.n_out[stream] += in->body.len;
	if (stream == 0 && !rig.no_hash)
		sha256_update(&rig.hash, in->body);
	if (rd_slice(&in->body, 0, in->body.len < buf_room(&rig.out[stream]) ? in->body.len : buf_room(&rig.out[stream]), &part))
		CHECK(buf_put_rd(&rig.out[stream], part));
	in->body.len = 0;
	return 0;
}

static int on_output_end(void *ctx, struct ipc_in *in)
{
	uint8_t stream;

	if (!rd_u8(&in->body, &stream) || stream > 1 || rig.ended[stream])
		return -EBADMSG;
	rig.ended[stream] = true;
	return 0;
}

static int on_exit_told(void *ctx, struct ipc_in *in)
{
	uint8_t kind;

	if (!rd_u8(&in->body, &kind) || kind > 1 || !rd_u32(&in->body, &rig.status))
		return -EBADMSG;
	rig.has_exited = true;
	rig.by_signal = kind == 1;
	return 0;
}

static const struct ipc_row gate_rows[] = {
	{ EDGE_READY, "ready", 1, true, 0, IPC_BODY_MAX, on_ready },
	{ EDGE_HOST_KEY, "host-key", 1, true, 0, EDGE_KEY_MAX, on_host_key },
	{ EDGE_FAILED, "failed", 1, true, 0, IPC_BODY_MAX, on_failed },
	{ EDGE_OUTPUT, "output", 1, false, 0, 1 + EDGE_DATA_MAX, on_output },
	{ EDGE_OUTPUT_END, "output-end", 1, false, 0, 1, on_output_end },
	{ EDGE_EXIT, "exit", 1, true, 0, 5, on_exit_told },
};
static const struct ipc_table gate_table = { "gate", gate_rows, ARRAY_LEN(gate_rows) };

static void on_gate_closed(void *ctx, int err)
{
	if (err < 0)
		(void)snprintf(rig.refusal, sizeof(rig.refusal), "%s", ipc_refusal(rig.gate));
	ipc_free(&rig.gate);
}

static void give_link(const char *peer, int fd)
{
	AUTO(buf_done) struct buf b = { 0 };

	buf_init(&b, 64);
	struct wr w = wr_to(&b);
	wr_part8(&w, rd_str(peer));
	CHECK_INT(ipc_send_fds(rig.control, CONTROL_LINK, buf_rd(&b), &fd, 1), 0);
}

static char newcomer[96];

void rig_edge(const char *program, const char *address, const char *protocol, const char *credential,
    const char *host_keys)
{
	rig_edge_with(NULL, program, address, protocol, credential, host_keys);
}

void rig_edge_with(const char *preload, const char *program, const char *address, const char *protocol,
    const char *credential, const char *host_keys)
{
	char path[4096], load[256], from[4096], root[] = "/tmp/slagboom-test-XXXXXX";
	const char *build = getenv("SLAGBOOM_BUILD");
	int control[2], gate[2], keys[2], root_fd, pidfd;

	CHECK(build);
	(void)snprintf(path, sizeof(path), "%s/src/proc/slagboom-%s", build, program);
	CHECK(mkdtemp(root));
	root_fd = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	CHECK(root_fd >= 0 && rmdir(root) == 0);
	CHECK(ipc_pair(control) == 0 && ipc_pair(gate) == 0);
	/* By name: a path of LD_PRELOAD ends at a blank. */
	(void)snprintf(load, sizeof(load), "LD_PRELOAD=%s", preload ? preload : "");
	(void)snprintf(from, sizeof(from), "LD_LIBRARY_PATH=%s/tests", build);
	const char *argv[] = { program, "edge-7", "hlr1", protocol, address, credential, host_keys, NULL };
	const char *envp[] = { "PATH=", preload ? load : NULL, from, NULL };
	struct spawn_fd fds[] = { { STDERR_FILENO, 2 }, { control[1], CHILD_CONTROL_FD }, { root_fd, CHILD_ROOT_FD } };
	struct spawn s = { path, argv, envp, fds, 3 };
	CHECK_INT(spawn(&s, &rig.pid, &pidfd), 0);
	fd_close(&pidfd);
	fd_close(&control[1]);
	fd_close(&root_fd);
	CHECK_INT(ipc_new(rig.loop, control[0], &control_table, NULL, on_control_closed, &rig.control), 0);
	RIG_UNTIL(5000, rig.is_up || rig.is_gone);
	CHECK(rig.is_up);
	CHECK_INT(ipc_new(rig.loop, gate[0], &gate_table, NULL, on_gate_closed, &rig.gate), 0);
	give_link("gate-7", gate[1]);
	if (!credential[0])
		return;
	CHECK(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, keys) == 0);
	(void)snprintf(newcomer, sizeof(newcomer), "edge-7 %s", credential);
	rig.keyd_fd = keys[0];
	if (!rig.keyd_waits)
		rig_keyd();
	give_link("keyd", keys[1]);
}

void rig_keyd(void)
{
	CHECK_INT(key_agents_join(&rig.agents, rd_str(newcomer), rig.keyd_fd), 0);
	rig.keyd_waits = false;
}

void rig_send(uint16_t type, struct rd body)
{
	CHECK_INT(ipc_send(rig.gate, type, body), 0);
}

void rig_open(const struct edge_open *o)
{
	AUTO(buf_done) struct buf b = { 0 };

	buf_init(&b, IPC_BODY_MAX);
	struct wr w = wr_to(&b);
	edge_open_write(&w, o);
	CHECK(wr_ok(&w));
	rig_send(EDGE_OPEN, buf_rd(&b));
}

void rig_input(const char *text)
{
	rig_send(EDGE_INPUT, rd_str(text));
}

void rig_resize(uint16_t cols, uint16_t rows)
{
	const uint8_t raw[] = { (uint8_t)(cols >> 8), (uint8_t)cols, (uint8_t)(rows >> 8), (uint8_t)rows };

	rig_send(EDGE_RESIZE, rd_of(raw, sizeof(raw)));
}

void rig_signal(uint8_t number)
{
	rig_send(EDGE_SIGNAL, rd_of(&number, 1));
}

void rig_secret(uint8_t which, const char *line_end)
{
	AUTO(buf_done) struct buf b = { 0 };

	buf_init(&b, 16);
	struct wr w = wr_to(&b);
	wr_u8(&w, which);
	wr_part8(&w, rd_str(line_end));
	rig_send(EDGE_SECRET, buf_rd(&b));
}

/* A pattern without a short period. */
void rig_pattern(uint8_t *p, size_t n, uint64_t at)
{
	for (size_t i = 0; i < n; i++, at++)
		p[i] = (uint8_t)((at * 2654435761u) >> 16 ^ at >> 12);
}

static void pour(void)
{
	uint8_t raw[EDGE_DATA_MAX];

	while (rig.gate && rig.n_sent < rig.to_send && ipc_n_queued(rig.gate) < 8) {
		uint64_t left = rig.to_send - rig.n_sent;
		size_t n = left < sizeof(raw) ? (size_t)left : sizeof(raw);
		rig_pattern(raw, n, rig.n_sent);
		if (ipc_send(rig.gate, EDGE_INPUT, rd_of(raw, n)) != 0)
			return;
		rig.n_sent += n;
	}
	if (rig.gate && rig.end_after && rig.n_sent == rig.to_send) {
		rig.end_after = false;
		rig_send(EDGE_INPUT_END, rd_of(NULL, 0));
	}
}

static void on_drained(void *ctx)
{
	pour();
}

void rig_pour(uint64_t n, bool end_after)
{
	rig.to_send = n;
	rig.n_sent = 0;
	rig.end_after = end_after;
	ipc_on_drained(rig.gate, on_drained);
	pour();
}

void rig_hold(bool hold)
{
	CHECK_INT(ipc_hold(rig.gate, hold), 0);
}

void rig_pattern_hash(uint64_t n, char hex[65])
{
	static uint8_t raw[1 << 16];
	struct sha256 h;
	uint8_t out[32];

	sha256_init(&h);
	for (uint64_t at = 0; at < n;) {
		size_t k = n - at < sizeof(raw) ? (size_t)(n - at) : sizeof(raw);
		rig_pattern(raw, k, at);
		sha256_update(&h, rd_of(raw, k));
		at += k;
	}
	sha256_final(&h, out);
	for (int i = 0; i < 32; i++)
		(void)snprintf(hex + 2 * i, 3, "%02x", out[i]);
}

bool rig_out_has(int stream, const char *text)
{
	struct rd r = buf_rd(&rig.out[stream]);

	return memmem(r.p, r.len, text, strlen(text)) != NULL;
}

unsigned long rig_peak_kib(void)
{
	char path[64], line[128];
	unsigned long kib = 0;
	FILE *f;

	(void)snprintf(path, sizeof(path), "/proc/%d/status", rig.pid);
	f = fopen(path, "r");
	CHECK(f);
	while (fgets(line, sizeof(line), f))
		if (strncmp(line, "VmHWM:", 6) == 0)
			kib = strtoul(line + 6, NULL, 10);
	(void)fclose(f);
	return kib;
}
