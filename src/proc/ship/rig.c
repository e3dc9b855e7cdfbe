/*
 * Is:        real processes on loopback (contract in the header).
 * Is not:    linked into any program of the product.
 * Called by: tests/ship.c, bench/levels.c.
 * Owns:      as in the header.
 * Trust:     no input.
 */
#include "proc/ship/rig.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/assert.h"
#include "base/timefmt.h"
#include "os/clock.h"
#include "os/fd.h"
#include "os/spawn.h"

enum { PATIENCE_MS = 20000 };
#define ORIGIN "test.example/gate"
#define POLL_NS (2ull * NS_PER_MS)

static struct rig *open_rig; /* what a failed case leaves */

static _Noreturn void give_up(const char *what)
{
	(void)fprintf(stderr, "ship_rig: %s: %s\n", what, strerror(errno));
	exit(1);
}

static void must(bool ok, const char *what)
{
	if (!ok)
		give_up(what);
}

static void kill_all(struct rig *r)
{
	struct supervised *const all[] = { &r->keyd, &r->log, &r->ship };

	for (size_t i = 0; i < ARRAY_LEN(all); i++)
		if (all[i]->pid > 0)
			(void)kill(all[i]->pid, SIGKILL);
	for (size_t i = 0; i < RIG_PEERS_MAX; i++)
		if (r->peer[i].pid > 0)
			(void)kill(r->peer[i].pid, SIGKILL);
}

__attribute__((destructor)) static void leave_nothing(void)
{
	if (open_rig)
		kill_all(open_rig);
}

/* The supervisor's part. */

static void on_event(void *ctx, const struct event *e)
{
	struct rig *r = ctx;
	AUTO(buf_done) struct buf b = { 0 };

	r->count[e->id]++;
	if (!getenv("RIG_SAYS"))
		return;
	buf_init(&b, 8192);
	struct wr w = wr_to(&b);
	event_console(&w, e);
	(void)fprintf(stderr, "  %.*s\n", (int)b.len, (const char *)buf_rd(&b).p);
}

static void join(struct supervised *a, struct supervised *b)
{
	int pair[2];

	if (a->state != CHILD_READY || b->state != CHILD_READY)
		return;
	must(ipc_pair(pair) == 0, "ipc_pair");
	supervise_link(a, b->row->name, pair[0]);
	supervise_link(b, a->row->name, pair[1]);
}

static void join_recorder(struct rig *r)
{
	int pair[2];

	must(ipc_pair(pair) == 0, "ipc_pair");
	supervise_link(&r->log, "tester", pair[0]);
	must(recorder_linked(&r->recorder, pair[1]) == 0, "recorder_linked");
}

static void on_changed(void *ctx, struct supervised *s)
{
	struct rig *r = ctx;

	s->n_quick = 0; /* back at once: the back-off is not what is tested */
	if (s->state != CHILD_READY)
		return;
	if (s == &r->log)
		join_recorder(r);
	if (s != &r->ship)
		join(&r->log, &r->keyd);
	if (s != &r->keyd)
		join(&r->ship, &r->log);
}

static const struct supervise_calls calls = { on_event, on_changed };

static void start_one(struct rig *r, struct supervised *s, const char *name)
{
	supervise_init(s, process_find(name), r->loop);
	s->calls = &calls;
	s->ctx = r;
	s->libexec = r->libexec;
	s->origin = ORIGIN;
	s->state_dir = r->dir_fd;
	supervise_start(s);
}

/* Time. */

static void on_poll(void *ctx)
{
	struct rig *r = ctx;
	uint64_t now = clock_mono_ns();

	if (r->is_done && r->is_done(r))
		loop_stop(r->loop, 0);
	else if (now >= r->give_up_ns)
		loop_stop(r->loop, 1);
	else
		loop_timer_set(r->loop, &r->poll, POLL_NS);
}

bool rig_until(struct rig *r, bool (*is_done)(struct rig *r), unsigned ms)
{
	int result;

	r->is_done = is_done;
	r->give_up_ns = clock_mono_ns() + (uint64_t)ms * NS_PER_MS;
	loop_timer_set(r->loop, &r->poll, 0);
	result = loop_run(r->loop);
	must(result >= 0, "the loop");
	loop_timer_clear(r->loop, &r->poll);
	return result == 0;
}

void rig_run(struct rig *r, unsigned ms)
{
	(void)rig_until(r, NULL, ms);
}

/* Up and down. */

static bool is_ready(struct rig *r)
{
	return r->keyd.state == CHILD_READY && r->log.state == CHILD_READY && (!r->has_ship || r->ship.state == CHILD_READY);
}

void rig_up(struct rig *r, bool with_ship)
{
	recorder_init(&r->recorder, r->loop);
	r->has_ship = with_ship;
	start_one(r, &r->keyd, "keyd");
	start_one(r, &r->log, "evidenced-core");
	if (with_ship)
		start_one(r, &r->ship, "shipd");
	r->is_up = true;
	must(rig_until(r, is_ready, PATIENCE_MS), "not ready in time");
}

void rig_add_ship(struct rig *r)
{
	r->has_ship = true;
	start_one(r, &r->ship, "shipd");
	must(rig_until(r, is_ready, PATIENCE_MS), "shipd is not ready in time");
}

int rig_be_ship(struct rig *r)
{
	int pair[2];

	must(ipc_pair(pair) == 0, "ipc_pair");
	supervise_link(&r->log, "shipd", pair[0]);
	return pair[1];
}

static bool ship_is_down(struct rig *r)
{
	return r->ship.state == CHILD_DOWN;
}

static bool log_is_down(struct rig *r)
{
	return r->log.state == CHILD_DOWN;
}

static bool keyd_is_down(struct rig *r)
{
	return r->keyd.state == CHILD_DOWN;
}

void rig_down(struct rig *r)
{
	if (!r->is_up)
		return;
	supervise_stop(&r->log);
	must(rig_until(r, log_is_down, PATIENCE_MS), "evidenced does not stop");
	if (r->has_ship) {
		supervise_stop(&r->ship);
		must(rig_until(r, ship_is_down, PATIENCE_MS), "shipd does not stop");
		supervise_done(&r->ship);
	}
	supervise_stop(&r->keyd);
	must(rig_until(r, keyd_is_down, PATIENCE_MS), "keyd does not stop");
	supervise_done(&r->keyd);
	supervise_done(&r->log);
	r->n_lost += r->recorder.n_queue;
	recorder_done(&r->recorder);
	r->is_up = false;
}

void rig_push(struct rig *r, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		struct event e = { .id = EVENT_PROCESS_STOPPED,
			.value = { { .number = (int64_t)r->n_pushed }, { .bytes = rd_str("tester") } } };
		must(recorder_event(&r->recorder, &e), "the queue is full");
		r->n_pushed++;
	}
}

uint64_t rig_acknowledged(const struct rig *r)
{
	return r->n_pushed - r->n_lost - (r->is_up ? r->recorder.n_queue : 0);
}

/* Files and programs. */

void rig_write(struct rig *r, const char *name, const char *text)
{
	if (!text)
		must(unlinkat(r->dir_fd, name, 0) == 0 || errno == ENOENT, name);
	else
		must(fd_replace_file(r->dir_fd, name, rd_str(text), 0644) == 0, name);
}

int rig_shell(struct rig *r, const char *line)
{
	const char *argv[] = { "sh", "-c", line, "sh", r->dir, NULL }, *envp[] = { "PATH=/usr/sbin:/usr/bin:/sbin:/bin", NULL };
	struct spawn_fd fds[] = { { STDERR_FILENO, 2 } };
	struct spawn s = { "/bin/sh", argv, envp, fds, 1 };
	int pidfd, status;
	pid_t pid;

	must(spawn(&s, &pid, &pidfd) == 0, "sh");
	fd_close(&pidfd);
	must(waitpid(pid, &status, 0) == pid, "waitpid");
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}

/* The line with which it says where it is and which key it has. */
static void read_ready(struct rig_peer *p)
{
	struct pollfd f = { .fd = p->out, .events = POLLIN };
	char line[1024], vkey[RIG_VKEY_MAX];
	size_t n = 0;
	char c = 0;

	while (n + 1 < sizeof(line) && c != '\n') {
		must(poll(&f, 1, PATIENCE_MS) == 1 && read(p->out, &c, 1) == 1, "a peer does not start");
		line[n++] = c;
	}
	line[n - 1] = '\0';
	must(sscanf(line, "{\"url\":\"http://127.0.0.1:%u/\",\"vkey\":\"%255[^\"]\"}", &p->port, vkey) == 2, line);
	must(!p->vkey[0] || strcmp(p->vkey, vkey) == 0, "it has another key than before");
	(void)snprintf(p->vkey, sizeof(p->vkey), "%s", vkey);
}

void rig_peer_start(struct rig *r, int i, const char *kind, const char *name)
{
	struct rig_peer *p = &r->peer[i];
	char program[4200], listen[32], dir[128];
	const char *argv[] = { "slagboom", kind, "--json", "--listen", listen, "--dir", dir, "--name", name, "--log",
		r->log_vkey, NULL }, *envp[] = { NULL };
	int ends[2];

	p->kind = kind;
	p->name = name;
	(void)snprintf(program, sizeof(program), "%s/../cli/slagboom", r->libexec);
	(void)snprintf(listen, sizeof(listen), "127.0.0.1:%u", p->port);
	(void)snprintf(dir, sizeof(dir), "%s/peer%d", r->dir, i);
	must(pipe2(ends, O_CLOEXEC) == 0, "pipe");
	struct spawn_fd fds[] = { { ends[1], 1 }, { STDERR_FILENO, 2 } };
	struct spawn s = { program, argv, envp, fds, ARRAY_LEN(fds) };
	must(spawn(&s, &p->pid, &p->pidfd) == 0, program);
	fd_close(&ends[1]);
	p->out = ends[0];
	read_ready(p);
}

void rig_peer_stop(struct rig *r, int i, int signal)
{
	struct rig_peer *p = &r->peer[i];

	if (p->pid <= 0)
		return;
	must(kill(p->pid, signal) == 0 && waitpid(p->pid, NULL, 0) == p->pid, "stopping a peer");
	fd_close(&p->pidfd);
	fd_close(&p->out);
	p->pid = 0;
}

/* Life. */

static void read_vkey(struct rig *r)
{
	AUTO(buf_done) struct buf b = { 0 };
	char path[128];

	(void)snprintf(path, sizeof(path), "%s/keys/log-core.vkey", r->dir);
	buf_init(&b, sizeof(r->log_vkey));
	must(fd_read_file(AT_FDCWD, path, &b) == 0 && b.len > 1, path);
	(void)snprintf(r->log_vkey, sizeof(r->log_vkey), "%.*s", (int)b.len - 1, (const char *)buf_rd(&b).p);
}

void rig_open(struct rig *r)
{
	const char *build = getenv("SLAGBOOM_BUILD");

	leave_nothing();
	*r = (struct rig){ .n_pushed = 0 };
	open_rig = r;
	(void)signal(SIGPIPE, SIG_IGN);
	must(build != NULL, "SLAGBOOM_BUILD is not set");
	(void)snprintf(r->dir, sizeof(r->dir), "/tmp/slagboom-ship-XXXXXX");
	must(mkdtemp(r->dir) != NULL, r->dir);
	(void)snprintf(r->libexec, sizeof(r->libexec), "%s/src/proc", build);
	(void)snprintf(r->log_dir, sizeof(r->log_dir), "%s/evidence-core", r->dir);
	r->dir_fd = open(r->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	must(r->dir_fd >= 0 && loop_new(&r->loop) == 0, "a loop");
	loop_timer_init(&r->poll, on_poll, r);
	rig_up(r, false);
	rig_down(r);
	read_vkey(r);
}

void rig_close(struct rig *r)
{
	rig_down(r);
	for (int i = 0; i < RIG_PEERS_MAX; i++)
		rig_peer_stop(r, i, SIGTERM);
	(void)rig_shell(r, "rm -rf -- \"$1\"");
	loop_free(&r->loop);
	fd_close(&r->dir_fd);
	open_rig = NULL;
}
