/*
 * Is:        the main of slagboom-supervisor: starts and watches every process, joins
 *            those that talk to each other, stops them in order.
 * Is not:    a parser of anything from outside: it reads only our own messages,
 *            through tables.
 * Called by: `slagboom up`, or a service manager.
 * Owns:      the state directory's lock and control socket.
 * Trust:     the command line of the same user or root; children are not trusted.
 *
 * usage: slagboom-supervisor DIR LIBEXEC ORIGIN [READY_FD] [PROCESS.WORD...]
 *
 * It keeps its user and sees its files: it must make directories and start programs.
 * A filter that forbade those would be inherited by every child. What no child ever
 * needs either, it gives up (supervisor_belts).
 */
#include <errno.h>
#include <fcntl.h>
#include <seccomp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/assert.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/text.h"
#include "base/timefmt.h"
#include "os/clock.h"
#include "os/fd.h"
#include "proc/control.h"
#include "proc/door/penalties.h"
#include "proc/pulse.h"
#include "proc/recorder.h"
#include "proc/supervise.h"

enum { CLIENTS_MAX = 8, LOG_NAME_MAX = 16, EXIT_FAILED = 1, EXIT_USAGE = 2, EXIT_RUNNING = 4 };

struct supervisor;

struct client {
	struct supervisor *s;
	struct ipc *ipc;
	uid_t uid;
	bool wants_down;
};

struct supervisor {
	struct loop *loop;
	int dir, lock_fd, listen_fd, ready_fd;
	struct loop_watch *listen_watch;
	const char *libexec, *origin;
	const char *const *args; /* for the processes (supervise.h) */
	struct recorder_link recorder;
	struct supervised child[PROCESSES_MAX];
	struct client client[CLIENTS_MAX];
	struct pulse pulse;
	bool stopping;
	struct penalties penalties;
	struct { uint64_t at_ns; int64_t persons, ids; } members; /* that tokend holds; at 0: none */
	uint64_t started_ns;
};

/* One line on standard error: time, severity, text. */
static void print_event(const struct event *e)
{
	AUTO(buf_done) struct buf line = { 0 };
	struct wr w;

	buf_init(&line, 8192);
	w = wr_to(&line);
	wr_time(&w, clock_wall_ns());
	wr_text(&w, " %-7s ", event_severity_name(event_row(e->id)->severity));
	event_console(&w, e);
	wr_str(&w, "\n");
	if (wr_ok(&w) && fd_write_all(STDERR_FILENO, buf_rd(&line)) < 0)
		return; /* nobody reads: the log is no reason to stop guarding */
}

static void note_members(struct supervisor *s, const struct event *e)
{
	if (e->id != EVENT_MEMBERS_LOADED)
		return;
	s->members.at_ns = clock_mono_ns();
	s->members.ids = e->value[2].number;
	s->members.persons = e->value[4].number;
}

/* Every event is printed and recorded. */
static void on_event(void *ctx, const struct event *e)
{
	struct supervisor *s = ctx;

	print_event(e);
	penalties_note(&s->penalties, e, clock_mono_ns());
	note_members(s, e);
	if (!recorder_event(&s->recorder, e))
		(void)fprintf(stderr, "slagboom-supervisor: the event above is not recorded: too many wait\n");
}

/* Joining. */

/* NULL for the supervisor itself. */
static struct supervised *child_of(struct supervisor *s, const char *name)
{
	for (size_t i = 0; i < process_n; i++)
		if (strcmp(s->child[i].row->name, name) == 0)
			return &s->child[i];
	ASSERT(strcmp(name, "supervisor") == 0);
	return NULL;
}

/* One end of a link to its process, or to ourselves. */
static void give_end(struct supervisor *s, struct supervised *to, const struct supervised *peer, int fd)
{
	if (to)
		supervise_link(to, peer ? peer->row->name : "supervisor", fd);
	else if (recorder_linked(&s->recorder, fd) < 0)
		(void)fprintf(stderr, "slagboom-supervisor: cannot use its link to the record\n");
}

static void join(struct supervisor *s, const struct supervised *one)
{
	int pair[2];

	for (size_t i = 0; i < process_n_links; i++) {
		struct supervised *a = child_of(s, process_links[i].a), *b = child_of(s, process_links[i].b);
		if ((a != one && b != one) || (a && a->state != CHILD_READY) || (b && b->state != CHILD_READY))
			continue;
		if (ipc_pair(pair) < 0)
			continue; /* no descriptors left: the two go on without each other */
		give_end(s, a, b, pair[0]);
		give_end(s, b, a, pair[1]);
	}
}

static bool all_are(const struct supervisor *s, enum child_state state)
{
	for (size_t i = 0; i < process_n; i++)
		if (s->child[i].state != state)
			return false;
	return true;
}

static void tell_ready(struct supervisor *s)
{
	if (!all_are(s, CHILD_READY))
		return;
	pulse_start(&s->pulse);
	if (s->ready_fd < 0)
		return;
	if (fd_write_all(s->ready_fd, rd_str("ready\n")) < 0)
		errno = 0; /* whoever waited is gone, which is theirs to notice */
	fd_close(&s->ready_fd);
}

/* Stopping: the last of the table first, the next when it is gone. */

static void finish(struct supervisor *s)
{
	struct event e = { .id = EVENT_SUPERVISOR_STOPPED };

	print_event(&e); /* the record was closed before us */
	for (size_t i = 0; i < CLIENTS_MAX; i++)
		if (s->client[i].wants_down && s->client[i].ipc &&
		    ipc_send(s->client[i].ipc, CONTROL_DONE, rd_of(NULL, 0)) < 0)
			ipc_free(&s->client[i].ipc);
	loop_stop(s->loop, 0);
}

static void stop_next(struct supervisor *s)
{
	for (size_t i = process_n; i > 0; i--) {
		if (s->child[i - 1].state == CHILD_DOWN)
			continue;
		supervise_stop(&s->child[i - 1]);
		return;
	}
	finish(s);
}

static void on_changed(void *ctx, struct supervised *one)
{
	struct supervisor *s = ctx;

	if (one->state != CHILD_READY && strcmp(one->row->name, "tokend") == 0)
		s->members.at_ns = 0; /* in its memory alone */
	if (s->stopping) {
		if (one->state == CHILD_DOWN)
			stop_next(s);
		else if (one->state == CHILD_BACKOFF)
			supervise_stop(one);
		return;
	}
	pulse_changed(&s->pulse, one);
	if (one->state == CHILD_READY) {
		join(s, one);
		tell_ready(s);
	}
}

static const struct supervise_calls calls = { on_event, on_changed };

static void begin_stop(struct supervisor *s)
{
	struct event e = { .id = EVENT_SUPERVISOR_STOPPING };

	if (s->stopping)
		return;
	on_event(s, &e);
	s->stopping = true;
	pulse_stop(&s->pulse);
	stop_next(s);
}

static void on_signal(void *ctx, int signal, int pid)
{
	begin_stop(ctx);
}

/* Clients. */

static void put_child(struct json *j, const struct supervised *c, uint64_t now)
{
	json_object(j);
	json_key(j, "last_end");
	json_str(j, c->last_end);
	json_key(j, "meaning");
	json_str(j, c->row->meaning);
	json_key(j, "missing_belts");
	json_array(j);
	for (unsigned bit = 1; c->state == CHILD_READY && bit <= SANDBOX_ALL; bit <<= 1)
		if (!(c->belts & bit))
			json_str(j, sandbox_belt_name((enum sandbox_belt)bit));
	json_end(j);
	json_key(j, "name");
	json_str(j, c->row->name);
	json_key(j, "pid");
	json_int(j, c->pid);
	json_key(j, "restarts");
	json_u64(j, c->n_restarts);
	json_key(j, "state");
	json_str(j, supervise_state_name(c->state));
	json_key(j, "up_s");
	json_u64(j, c->state == CHILD_READY ? (now - c->ready_ns) / NS_PER_S : 0);
	json_end(j);
}

static void put_members(struct json *j, const struct supervisor *s, uint64_t now)
{
	json_key(j, "members");
	if (!s->members.at_ns) {
		json_null(j);
		return;
	}
	json_object(j);
	json_key(j, "age_s");
	json_u64(j, (now - s->members.at_ns) / NS_PER_S);
	json_key(j, "ids");
	json_int(j, s->members.ids);
	json_key(j, "persons");
	json_int(j, s->members.persons);
	json_end(j);
}

static int answer_status(struct client *c)
{
	struct supervisor *s = c->s;
	AUTO(buf_done) struct buf b = { 0 };
	uint64_t now = clock_mono_ns();
	struct json j;

	buf_init(&b, IPC_BODY_MAX);
	json_init(&j, &b);
	json_object(&j);
	put_members(&j, s, now);
	json_key(&j, "penalties");
	penalties_put(&s->penalties, &j, now);
	json_key(&j, "pid");
	json_int(&j, getpid());
	json_key(&j, "policy");
	json_bool(&j, faccessat(s->dir, CONTROL_POLICY_FILE, F_OK, 0) == 0);
	json_key(&j, "processes");
	json_array(&j);
	for (size_t i = 0; i < process_n; i++)
		put_child(&j, &s->child[i], now);
	json_end(&j);
	json_key(&j, "refused");
	penalties_put_refused(&s->penalties, &j, now);
	json_key(&j, "state");
	json_str(&j, s->stopping ? "stopping" : all_are(s, CHILD_READY) ? "up" : "degraded");
	json_key(&j, "up_s");
	json_u64(&j, (now - s->started_ns) / NS_PER_S);
	json_key(&j, "version");
	json_str(&j, SLAGBOOM_VERSION);
	json_end(&j);
	return json_ok(&j) ? ipc_send(c->ipc, CONTROL_ANSWER, buf_rd(&b)) : -ENOBUFS;
}

static int on_status(void *ctx, struct ipc_in *in)
{
	int r = answer_status(ctx);

	return r == IPC_BUSY ? -ENOBUFS : r; /* it asks and does not read */
}

static int on_down(void *ctx, struct ipc_in *in)
{
	struct client *c = ctx;

	c->wants_down = true;
	begin_stop(c->s);
	return 0;
}

static int on_members(void *ctx, struct ipc_in *in)
{
	struct client *c = ctx;
	int data_fd = in->fd[0], report_fd = in->fd[1];

	in->fd[0] = in->fd[1] = -1;
	/* When tokend is not there, the closed pipes tell: its answer needs no other. */
	(void)!supervise_load(child_of(c->s, "tokend"), data_fd, report_fd);
	return 0;
}

/* Who it is, keyd learns from us. When keyd is not there, the closed link tells. */
static int on_keys(void *ctx, struct ipc_in *in)
{
	struct client *c = ctx;
	int fd = in->fd[0];
	char peer[32];

	in->fd[0] = -1;
	(void)snprintf(peer, sizeof(peer), CONTROL_OPERATOR_PEER "%u", (unsigned)c->uid);
	supervise_link(child_of(c->s, "keyd"), peer, fd);
	return 0;
}

static int on_retention(void *ctx, struct ipc_in *in)
{
	struct client *c = ctx;
	char process[EVENT_NAME_MAX + 1];
	struct rd log;
	int fd = in->fd[0];

	if (!rd_part8(&in->body, LOG_NAME_MAX, &log) || !event_name_ok(log))
		return -EBADMSG;
	(void)snprintf(process, sizeof(process), "evidenced-%.*s", (int)log.len, (const char *)log.p);
	const struct process *row = process_find(process);
	if (!row)
		return -EBADMSG;
	in->fd[0] = -1;
	/* When it is not there, the closed link tells. */
	supervise_link(child_of(c->s, process), "retention", fd);
	return 0;
}

static const struct ipc_row client_rows[] = {
	{ CONTROL_STATUS, "status", 1 << 0, false, 0, 0, on_status },
	{ CONTROL_DOWN, "down", 1 << 0, true, 0, 0, on_down },
	{ CONTROL_MEMBERS, "members", 1 << 0, true, 2, 0, on_members },
	{ CONTROL_RETENTION, "retention", 1 << 0, true, 1, 1 + LOG_NAME_MAX, on_retention },
	{ CONTROL_KEYS, "keys", 1 << 0, true, 1, 0, on_keys },
};
static const struct ipc_table client_table = { "control", client_rows, ARRAY_LEN(client_rows) };

static void on_client_closed(void *ctx, int err)
{
	struct client *c = ctx;

	ipc_free(&c->ipc);
	*c = (struct client){ .s = c->s };
}

static bool peer_may_command(int fd, uid_t *out_uid)
{
	struct ucred peer;
	socklen_t n = sizeof(peer);

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &n) < 0 || (peer.uid != geteuid() && peer.uid != 0))
		return false;
	*out_uid = peer.uid;
	return true;
}

static void on_listen(void *ctx, uint32_t events)
{
	struct supervisor *s = ctx;
	int fd = accept4(s->listen_fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	uid_t uid;

	if (fd < 0)
		return;
	for (size_t i = 0; i < CLIENTS_MAX && peer_may_command(fd, &uid); i++) {
		struct client *c = &s->client[i];
		if (c->ipc)
			continue;
		c->s = s;
		c->uid = uid;
		if (ipc_new(s->loop, fd, &client_table, c, on_client_closed, &c->ipc) == 0)
			return;
		return; /* ipc_new took it */
	}
	fd_close(&fd); /* a stranger, or too many: they try again */
}

/* Start. */

static int open_control(struct supervisor *s)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };

	/* The directory's own path may be longer than a socket address can be. */
	(void)snprintf(a.sun_path, sizeof(a.sun_path), "/proc/self/fd/%d/control", s->dir);
	if (unlinkat(s->dir, "control", 0) < 0 && errno != ENOENT)
		return -errno;
	s->listen_fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (s->listen_fd < 0 || bind(s->listen_fd, (struct sockaddr *)&a, sizeof(a)) < 0 ||
	    listen(s->listen_fd, CLIENTS_MAX) < 0)
		return -errno;
	return loop_watch(s->loop, s->listen_fd, EPOLLIN, on_listen, s, &s->listen_watch);
}

static int take_dir(struct supervisor *s, const char *path)
{
	int r = fd_make_dirs(path, 0700);

	if (r < 0)
		return r;
	s->dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (s->dir < 0)
		return -errno;
	s->lock_fd = openat(s->dir, "lock", O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (s->lock_fd < 0)
		return -errno;
	return flock(s->lock_fd, LOCK_EX | LOCK_NB) < 0 ? -errno : 0;
}

/* What neither it nor any child needs: looking into other processes, and changing
 * the kernel. Everything else must stay, since children inherit it. */
static int supervisor_belts(void)
{
	static const int never[] = { SCMP_SYS(ptrace), SCMP_SYS(process_vm_readv), SCMP_SYS(process_vm_writev),
		SCMP_SYS(kexec_load), SCMP_SYS(kexec_file_load), SCMP_SYS(init_module), SCMP_SYS(finit_module),
		SCMP_SYS(delete_module), SCMP_SYS(bpf), SCMP_SYS(perf_event_open), SCMP_SYS(userfaultfd),
		SCMP_SYS(add_key), SCMP_SYS(request_key), SCMP_SYS(keyctl), SCMP_SYS(open_by_handle_at),
		SCMP_SYS(reboot), SCMP_SYS(swapon), SCMP_SYS(swapoff), SCMP_SYS(settimeofday),
		SCMP_SYS(clock_settime), SCMP_SYS(io_uring_setup) };
	scmp_filter_ctx f = seccomp_init(SCMP_ACT_ALLOW);
	int r = f ? 0 : -ENOMEM;

	for (size_t i = 0; r == 0 && i < ARRAY_LEN(never); i++)
		r = seccomp_rule_add_array(f, SCMP_ACT_KILL_PROCESS, never[i], 0, NULL);
	if (r == 0 && (prctl(PR_SET_DUMPABLE, 0) < 0 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0))
		r = -errno;
	if (r == 0)
		r = seccomp_load(f);
	if (f)
		seccomp_release(f);
	return r;
}

static int watch_signals(struct supervisor *s)
{
	sigset_t set;

	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGTERM);
	(void)sigaddset(&set, SIGINT);
	(void)sigaddset(&set, SIGHUP);
	(void)signal(SIGPIPE, SIG_IGN);
	return loop_signals(s->loop, &set, on_signal, s);
}

static void start_all(struct supervisor *s)
{
	struct event e = { .id = EVENT_SUPERVISOR_STARTED,
		.value = { { .number = getpid() }, { .bytes = rd_str(SLAGBOOM_VERSION) } } };

	recorder_init(&s->recorder, s->loop);
	pulse_init(&s->pulse, s->loop, s->child, process_n);
	on_event(s, &e);
	for (size_t i = 0; i < process_n; i++) {
		struct supervised *c = &s->child[i];
		supervise_init(c, &process_table[i], s->loop);
		c->calls = &calls;
		c->ctx = s;
		c->libexec = s->libexec;
		c->origin = s->origin;
		c->args = s->args;
		c->state_dir = s->dir;
	}
	for (size_t i = 0; i < process_n; i++)
		supervise_start(&s->child[i]);
}

static int fail(const char *what, int err)
{
	(void)fprintf(stderr, "slagboom-supervisor: %s: %s\n", what, strerror(-err));
	return EXIT_FAILED;
}

static int run(struct supervisor *s)
{
	int r = loop_new(&s->loop);

	if (r == 0)
		r = watch_signals(s);
	if (r == 0)
		r = open_control(s);
	if (r < 0)
		return fail("cannot open the control socket", r);
	r = supervisor_belts();
	if (r < 0)
		return fail("cannot put its belts on", r);
	start_all(s);
	r = loop_run(s->loop);
	for (size_t i = 0; i < process_n; i++)
		supervise_done(&s->child[i]);
	recorder_done(&s->recorder);
	(void)unlinkat(s->dir, "control", 0);
	return r < 0 ? fail("the loop broke", r) : 0;
}

/* Each begins with the name of a process and a dot. */
static bool arguments_ok(char *const *args)
{
	for (; *args; args++) {
		struct rd rest = rd_str(*args), name;
		bool found = false;
		if (!rd_until(&rest, '.', &name))
			return false;
		for (size_t i = 0; i < process_n; i++)
			found = found || rd_is(&name, process_table[i].name);
		if (!found)
			return false;
	}
	return true;
}

int main(int argc, char **argv)
{
	struct supervisor *s = mem_new(1, sizeof(*s));
	uint64_t ready_fd = 0;
	bool has_fd = argc > 4 && text_u64(rd_str(argv[4]), &ready_fd) && ready_fd <= 9;
	int r;

	if (argc < 4 || !arguments_ok(argv + (has_fd ? 5 : 4))) {
		(void)fprintf(stderr, "usage: slagboom-supervisor DIR LIBEXEC ORIGIN [READY_FD] [PROCESS.WORD...]\n"
				      "`slagboom up` starts it.\n");
		return EXIT_USAGE;
	}
	*s = (struct supervisor){ .lock_fd = -1, .listen_fd = -1, .ready_fd = has_fd ? (int)ready_fd : -1,
		.libexec = argv[2], .origin = argv[3], .args = (const char *const *)argv + (has_fd ? 5 : 4), .started_ns = clock_mono_ns() };
	(void)umask(077);
	if (s->ready_fd >= 0 && fd_set_cloexec(s->ready_fd, true) < 0)
		return fail("cannot use the descriptor to report on", -errno);
	r = take_dir(s, argv[1]);
	if (r == -EWOULDBLOCK)
		return EXIT_RUNNING;
	if (r < 0)
		return fail(argv[1], r);
	r = run(s);
	loop_free(&s->loop);
	mem_free(&s);
	return r;
}
