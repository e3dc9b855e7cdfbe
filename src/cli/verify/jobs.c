/*
 * Is:        spans of a log verified by several processes at once.
 * Is not:    the verification.
 * Called by: run.c.
 * Owns:      the processes and their pipes.
 * Trust:     a worker reads hostile files: what it says is parsed like any input.
 *
 * A worker's messages: u32 length, u32 errno, and when that is 0 the outcome of its
 * next span (wr_verify_span). It writes at its own pace; a full pipe slows it.
 */
#include "cli/verify/jobs.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/assert.h"

enum { MESSAGE_MAX = 1024 };

static bool send_all(int fd, struct rd r)
{
	while (r.len) {
		ssize_t n = write(fd, r.p, r.len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0 || !rd_skip(&r, (size_t)n))
			return false;
	}
	return true;
}

static bool tell(int fd, int e, const struct verify_span *s)
{
	AUTO(buf_done) struct buf b = { 0 };
	struct wr w;
	size_t mark;

	buf_init(&b, MESSAGE_MAX);
	w = wr_to(&b);
	mark = wr_open32(&w);
	wr_u32(&w, (uint32_t)-e);
	if (e == 0)
		wr_verify_span(&w, s);
	wr_close32(&w, mark);
	return wr_ok(&w) && send_all(fd, buf_rd(&b));
}

NORETURN static void work(const struct verify_log *log, uint64_t first, unsigned step, int fd)
{
	struct verify_log v;
	struct verify_span s;
	uint64_t n_full = log->size / VERIFY_SPAN;

	(void)signal(SIGPIPE, SIG_DFL); /* who listened has what it wanted */
	verify_log_init(&v, log->disk, log->size, log->check);
	v.may_be_gone = log->may_be_gone;
	for (uint64_t span = first; span < n_full; span += step) {
		int e = verify_span(&v, span, &s);
		if (!tell(fd, e, &s) || e)
			break;
	}
	_exit(0);
}

static int take_message(struct buf *in, struct verify_span *out, bool *out_whole)
{
	struct rd r = buf_rd(in), msg;
	uint32_t len, e;

	*out_whole = false;
	if (!rd_u32(&r, &len) || (len <= MESSAGE_MAX && r.len < len))
		return 0;
	if (len > MESSAGE_MAX || !rd_take(&r, len, &msg) || !rd_u32(&msg, &e))
		return -EPROTO;
	if (e != 0)
		return e < 4096 ? -(int)e : -EPROTO;
	if (!verify_span_parse(&msg, out) || msg.len != 0 || out->n_leaves != VERIFY_SPAN)
		return -EPROTO;
	buf_drop(in, 4 + (size_t)len);
	*out_whole = true;
	return 0;
}

static int next(struct verify_source *source, struct verify_log *v, uint64_t span,
    struct verify_span *out)
{
	struct jobs *j = CONTAINER_OF(source, struct jobs, source);
	unsigned k = (unsigned)((span - j->first) % j->n);
	bool whole;

	for (;;) {
		uint8_t *to;
		int e = take_message(&j->worker[k].in, out, &whole);
		if (e || whole)
			return e;
		if (!buf_space(&j->worker[k].in, MESSAGE_MAX, &to))
			return -EPROTO;
		ssize_t n = read(j->worker[k].fd, to, MESSAGE_MAX);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0 ? -errno : -EPIPE; /* it died */
		buf_grew(&j->worker[k].in, (size_t)n);
	}
}

static int start_one(struct jobs *j, const struct verify_log *v, unsigned k, unsigned step)
{
	int fd[2];
	pid_t pid;

	if (pipe(fd) < 0)
		return -errno;
	pid = fork();
	if (pid < 0) {
		int e = -errno;
		(void)close(fd[0]);
		(void)close(fd[1]);
		return e;
	}
	if (pid == 0) {
		(void)close(fd[0]);
		/* Else its siblings would not notice that the parent has gone. */
		for (unsigned i = 0; i < j->n; i++)
			(void)close(j->worker[i].fd);
		work(v, j->first + k, step, fd[1]);
	}
	(void)close(fd[1]);
	j->worker[k].fd = fd[0];
	j->worker[k].pid = pid;
	buf_init(&j->worker[k].in, (size_t)2 * MESSAGE_MAX + 8);
	j->n = k + 1;
	return 0;
}

int jobs_start(struct jobs *j, const struct verify_log *v, uint64_t first, unsigned n)
{
	ASSERT(n > 0 && n <= JOBS_MAX);
	*j = (struct jobs){ .source = { next }, .first = first };
	for (unsigned k = 0; k < n; k++) {
		int e = start_one(j, v, k, n);
		if (e)
			return e;
	}
	return 0;
}

void jobs_done(struct jobs *j)
{
	for (unsigned k = 0; k < j->n; k++) {
		(void)close(j->worker[k].fd);
		buf_done(&j->worker[k].in);
	}
	for (unsigned k = 0; k < j->n; k++) {
		(void)kill(j->worker[k].pid, SIGKILL);
		while (waitpid(j->worker[k].pid, NULL, 0) < 0 && errno == EINTR)
			;
	}
	j->n = 0;
}
