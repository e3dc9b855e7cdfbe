/*
 * Is:        the process of a log's tree (contract in the header).
 * Is not:    the tree itself (evidence/tiler.h).
 * Called by: evidenced.
 * Owns:      as in the header.
 * Trust:     as in the header.
 */
#include "proc/evidenced/treed.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "base/assert.h"
#include "base/timefmt.h"
#include "evidence/tiler.h"
#include "os/fd.h"
#include "os/ipc.h"
#include "os/loop.h"
#include "proc/control.h"
#include "proc/table.h"
#include "proc/talk/key_proto.h"
#include "proc/talk/tree_proto.h"

/* Entries in one turn, so that a question waits little; and turns until the writer hears. */
enum { STEP_ENTRIES = 1024, SETTLE_STEPS = 16, TELL_TURNS = 32 };

static struct treed {
	struct loop *loop;
	struct ipc *writer;
	struct disk_dir disk;
	struct tiler tiler;
	const char *checkpoint;
	struct loop_timer turn, retry;
	uint64_t durable;
	unsigned n_turns;
	bool is_asked_open, is_open;
} me;

static int send(uint16_t type, struct rd body)
{
	int r = ipc_send(me.writer, type, body);

	return r == IPC_BUSY ? -ENOBUFS : r; /* it never owes so many answers */
}

static int send_u64(uint16_t type, uint64_t v)
{
	AUTO(buf_done) struct buf b = { 0 };

	buf_init(&b, sizeof(v));
	struct wr w = wr_to(&b);
	wr_u64(&w, v);
	return send(type, buf_rd(&b));
}

static void end(const char *doing, int err)
{
	(void)dprintf(STDERR_FILENO, "%s: %s; the writer ends too\n", doing, err < 0 ? strerror(-err) : "the log is damaged");
	loop_stop(me.loop, 1);
}

/* 0 when `err` was a full disk: the tree is closed, and opened again when there is room. */
static int failed(const char *doing, int err, const struct wal_fault *fault)
{
	if (err > 0 && fault)
		(void)dprintf(STDERR_FILENO, "%s at %llu: %s\n", fault->file, (unsigned long long)fault->off, fault->why);
	if (err != -ENOSPC && err != -EDQUOT) {
		end(doing, err);
		return err > 0 ? -EUCLEAN : err;
	}
	if (me.is_open)
		tiler_done(&me.tiler);
	me.is_open = false;
	loop_timer_clear(me.loop, &me.turn);
	loop_timer_set(me.loop, &me.retry, NS_PER_S);
	return send(TREE_FULL, rd_of(NULL, 0));
}

static int open_tree(void)
{
	struct wal_fault fault = { .why = "" };
	int r = tiler_open(&me.tiler, &me.disk.disk, SHELF_FEW_EACH, &fault);

	if (r != 0) {
		tiler_done(&me.tiler);
		return failed("opening the tree", r, &fault);
	}
	me.is_open = true;
	me.tiler.checkpoint = me.checkpoint;
	loop_timer_set(me.loop, &me.turn, 0);
	return send_u64(TREE_OPENED, me.tiler.size);
}

static void on_retry(void *ctx)
{
	if (open_tree() < 0)
		loop_stop(me.loop, 1);
}

/* Takes some more. */
static int step(void)
{
	struct wal_fault fault = { .why = "" };
	int r = tiler_step(&me.tiler, me.durable, STEP_ENTRIES, &fault);

	return r == 0 ? 0 : failed("building the tree", r, &fault);
}

static void on_turn(void *ctx)
{
	bool is_there;
	int r = step();

	if (r < 0)
		loop_stop(me.loop, 1);
	if (r < 0 || !me.is_open)
		return;
	is_there = me.tiler.size >= me.durable;
	if ((is_there || ++me.n_turns % TELL_TURNS == 0) && send_u64(TREE_TAKEN, me.tiler.size) < 0)
		loop_stop(me.loop, 1);
	if (!is_there)
		loop_timer_set(me.loop, &me.turn, 0);
}

static int on_open(void *ctx, struct ipc_in *in)
{
	uint8_t has_quorum;

	if (!rd_u8(&in->body, &has_quorum) || has_quorum > 1)
		return -EBADMSG;
	me.checkpoint = has_quorum ? "checkpoint.signed" : "checkpoint";
	me.is_asked_open = true;
	return open_tree();
}

static int on_durable(void *ctx, struct ipc_in *in)
{
	uint64_t durable;

	if (!rd_u64(&in->body, &durable) || durable < me.durable || !me.is_asked_open)
		return -EBADMSG;
	me.durable = durable;
	if (me.is_open)
		loop_timer_set(me.loop, &me.turn, 0);
	return 0;
}

static int on_settle(void *ctx, struct ipc_in *in)
{
	AUTO(buf_done) struct buf b = { 0 };
	struct tree_state s;
	int r = 0;

	/* What came last should be in it, as far as that is soon done. */
	for (int i = 0; r == 0 && i < SETTLE_STEPS && me.is_open && me.tiler.size < me.durable; i++)
		r = step();
	if (r < 0 || !me.is_open)
		return r < 0 ? r : send(TREE_NOT_NOW, rd_of(NULL, 0));
	r = tiler_settle(&me.tiler, &s);
	if (r != 0) {
		r = failed("settling the tree", r, NULL);
		return r < 0 ? r : send(TREE_NOT_NOW, rd_of(NULL, 0));
	}
	buf_init(&b, TREE_SETTLED_LEN);
	struct wr w = wr_to(&b);
	wr_u64(&w, s.size);
	wr_bytes(&w, rd_of(s.root.b, sizeof(s.root.b)));
	return send(TREE_SETTLED, buf_rd(&b));
}

static int on_publish(void *ctx, struct ipc_in *in)
{
	struct rd note;
	int r;

	if (!rd_take(&in->body, in->body.len, &note))
		return -EBADMSG;
	if (!me.is_open)
		return send(TREE_NOT_NOW, rd_of(NULL, 0));
	r = tiler_publish(&me.tiler, note);
	if (r != 0) {
		r = failed("publishing a checkpoint", r, NULL);
		return r < 0 ? r : send(TREE_NOT_NOW, rd_of(NULL, 0));
	}
	return send_u64(TREE_PUBLISHED, me.tiler.published);
}

static const struct ipc_row rows[] = {
	{ TREE_OPEN, "open", 1 << 0, true, 0, 1, on_open },
	{ TREE_DURABLE, "durable", 1 << 0, false, 0, 8, on_durable },
	{ TREE_SETTLE, "settle", 1 << 0, false, 0, 0, on_settle },
	{ TREE_PUBLISH, "publish", 1 << 0, false, 0, KEY_NOTE_MAX, on_publish },
};
static const struct ipc_table table = { "treed", rows, ARRAY_LEN(rows) };

static void on_closed(void *ctx, int err)
{
	if (err < 0)
		(void)dprintf(STDERR_FILENO, "the link to the writer: %s\n", ipc_refusal(me.writer));
	loop_stop(me.loop, err < 0);
}

/* As child.c, but for the parent. */
static int put_belts_on(const char *row, pid_t parent)
{
	const char *what = "";
	unsigned belts;
	int r = process_confine(process_find(row), CHILD_ROOT_FD, NULL, &belts, &what);

	if (r < 0)
		(void)dprintf(STDERR_FILENO, "%s cannot put on the belt \"%s\": %s\n", row, what, strerror(-r));
	else if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || getppid() != parent)
		r = -ESRCH;
	return r;
}

static int live(const char *row, pid_t parent, int link_fd)
{
	int r;

	(void)prctl(PR_SET_NAME, "slagboom-treed");
	(void)close(CHILD_CONTROL_FD);
	(void)close(CHILD_DIR_FD);
	loop_timer_init(&me.turn, on_turn, NULL);
	loop_timer_init(&me.retry, on_retry, NULL);
	disk_dir_init(&me.disk, CHILD_ROOT_FD);
	r = loop_new(&me.loop);
	if (r == 0)
		r = ipc_new(me.loop, link_fd, &table, NULL, on_closed, &me.writer);
	if (r == 0)
		r = put_belts_on(row, parent);
	if (r == 0)
		r = loop_run(me.loop);
	if (me.is_open)
		tiler_done(&me.tiler);
	ipc_free(&me.writer);
	loop_free(&me.loop);
	return r ? 1 : 0;
}

int treed_lock(int dir_fd)
{
	int fd = openat(dir_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	while (flock(fd, LOCK_EX) < 0)
		if (errno != EINTR)
			return -errno;
	return 0; /* held until the end */
}

int treed_fork(const char *writer, int *out_fd)
{
	struct rd of = rd_str(writer);
	pid_t parent = getpid(), pid;
	char row[32];
	int pair[2], r;

	ASSERT(rd_word(&of, "evidenced-"));
	(void)snprintf(row, sizeof(row), "treed-%.*s", (int)of.len, (const char *)of.p);
	ASSERT(process_find(row));
	r = ipc_pair(pair);
	if (r < 0)
		return r;
	pid = fork();
	if (pid == 0) {
		(void)close(pair[0]);
		_exit(live(row, parent, pair[1]));
	}
	(void)close(pair[1]);
	if (pid < 0) {
		r = -errno;
		(void)close(pair[0]);
		return r;
	}
	*out_fd = pair[0];
	return 0;
}
