/*
 * Is:        the main of slagboom-evidenced: the only writer of one log. Commits in
 *            groups, says what is durable, has the tree signed and published.
 * Is not:    the engine (evidence/log.h), the tree's process (treed.h) or the key (keyd).
 * Called by: the supervisor; whoever records.
 * Owns:      its log's directory, which is its root directory.
 * Trust:     those who record may have been taken over.
 *
 * usage: slagboom-evidenced NAME, where NAME is its row in the process table
 *
 * What is durable is acknowledged when it has gone as far as the level asks (publish.h).
 * Any error of the disk ends it: nothing more is acknowledged, the supervisor starts
 * it again, and the log is replayed. While the disk is full, or the group is, the
 * asker waits; nothing is dropped.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/list.h"
#include "base/mem.h"
#include "base/timefmt.h"
#include "crypto/random.h"
#include "crypto/start.h"
#include "evidence/log.h"
#include "evidence/tiler.h"
#include "os/clock.h"
#include "os/fd.h"
#include "proc/broker_link.h"
#include "proc/child.h"
#include "proc/control.h"
#include "proc/evidenced/marks.h"
#include "proc/evidenced/publish.h"
#include "proc/evidenced/reels.h"
#include "proc/evidenced/retention.h"
#include "proc/evidenced/sessions.h"
#include "proc/evidenced/tree_link.h"
#include "proc/evidenced/treed.h"
#include "proc/table.h"
#include "proc/talk/key_proto.h"
#include "proc/talk/record_proto.h"

#define TICK_NS (100ull * NS_PER_MS)
#define CHECKPOINT_NS (1ull * NS_PER_S)   /* the tree is signed this often, while there is news */
#define HOUSEKEEPING_NS (5ull * NS_PER_MS)
#define STOP_PATIENCE_NS (4ull * NS_PER_S) /* for the last checkpoint; the supervisor's is 5 */
enum { SEGMENT_LEN = 16 << 20, SEGMENTS_KEPT = 12, RECORDERS_MAX = PROCESS_ROOMS_MAX + 64,
	RESERVE_REST = 64 << 10 /* headers of the groups that the closing records go in */ };

/* One process that records. */
struct recorder {
	struct list node;
	struct ipc *link;
	struct buf waiting; /* a request that the log had no room for yet, as it came */
	uint64_t pending_token, pending_seq; /* the last that was appended */
	uint64_t marked_token; /* the last that is durable here */
	uint64_t durable_token, durable_seq; /* the last that may be acknowledged */
	struct marks marks; /* durable here, and waiting to have gone far enough */
	struct marks closed; /* session.closed records that were not told yet */
	bool owes_answer;
	struct reels reels;
	const char *why; /* the rule that it broke, or NULL */
	bool is_gate;    /* the door brought it: it records of its sessions alone */
	char name[EVENT_NAME_MAX + 1];
};

static struct evidenced {
	const char *name;
	struct loop *loop;
	struct disk_dir disk;
	struct log log;
	struct tree_link tree;
	struct tiler view; /* of the tree as it was settled last, to read from */
	int treed_fd;      /* until it is linked */
	struct publish publish;
	struct sessions sessions;
	struct retention retention;
	struct ipc *keyd;
	struct broker door; /* it brings the gates */
	struct loop_timer commit, tick, housekeeping;
	struct list recorders;
	size_t n_recorders;
	uint64_t last_checkpoint_ns;
	bool is_signing, log_is_full, is_open, has_view, is_stopping;
	uint64_t stop_by_ns;
	uint8_t log_id[WAL_ID_LEN];
} me;

/* The end: whoever waits for an acknowledgement waits for our next life. */
static void poisoned(const char *doing, int err)
{
	(void)dprintf(STDERR_FILENO, "%s: %s; no further acknowledgement\n", doing,
	    err < 0 ? strerror(-err) : "the log is damaged");
	child_exit(1);
}

/* Taking records. */

static void plan_commit(void)
{
	uint64_t at = log_deadline_ns(&me.log), now = clock_mono_ns();

	if (at != UINT64_MAX && !loop_timer_is_set(&me.commit))
		loop_timer_set(me.loop, &me.commit, at > now ? at - now : 0);
}

/* Told once when the disk is full for the log or for the tree, and once when for neither. */
static void say_full(bool before)
{
	bool full = me.log_is_full || me.tree.is_full;

	if (full == before)
		return;
	struct event e = { .id = full ? EVENT_LOG_FULL : EVENT_LOG_ROOM, .value = { { .bytes = rd_str(me.name) } } };
	child_event(&e);
}

/* The recording that the request opens a session with, or nothing. */
static struct rd opens_with(const struct record_ask *a)
{
	return a->event.id == EVENT_SESSION_OPENED ? session_recording(&a->event) : rd_of(NULL, 0);
}

/* NULL, or why this recorder may not ask for it. */
static const char *check_asker(struct recorder *r, const struct record_ask *a)
{
	struct rd name = rd_str(event_row(a->event.id)->name), recording = opens_with(a);

	if (r->is_gate && (a->session.len == 0 || !rd_word(&name, "session.")))
		return "a record that is of none of its sessions";
	return recording.len ? reels_may_open(&r->reels, recording) : NULL;
}

/* Takes one request off the wire: 0 appended; LOG_BUSY or LOG_NO_ROOM: not now; or
 * the error that ends its link. Its number and time are those of this moment. */
static int take(struct recorder *r, struct rd wire)
{
	struct record_ask a;
	uint64_t seq;
	int result;

	if (!record_ask_read(&wire, &a) || wire.len || a.token != r->pending_token + 1)
		return -EBADMSG;
	r->why = check_asker(r, &a);
	if (r->why)
		return -EBADMSG;
	if (tree_link_lags(&me.tree, log_durable(&me.log)))
		return LOG_BUSY;
	result = sessions_append(&me.sessions, &a, r, &seq, &r->why);
	if (result < 0)
		poisoned("append", result);
	if (result == 0) {
		r->pending_token = a.token;
		r->pending_seq = seq;
		reels_opened(&r->reels, opens_with(&a));
		if (a.event.id == EVENT_SESSION_CLOSED)
			marks_keep(&r->closed, (struct mark){ a.token, seq });
		plan_commit();
	}
	return result == SESSIONS_REFUSED ? -EBADMSG : result;
}

/* Sessions whose gate is gone end before anybody else records. */
static void end_lost(void)
{
	int result = sessions_write_lost(&me.sessions);

	if (result < 0)
		poisoned("ending lost sessions", result);
	else
		plan_commit();
}

static int on_ask(void *ctx, struct ipc_in *in)
{
	struct recorder *r = ctx;
	struct rd wire;
	int result;

	if (!rd_take(&in->body, in->body.len, &wire))
		return -EBADMSG;
	/* A held link is read when its peer has closed: nobody is told of these, nor of what waits. */
	if (r->waiting.len)
		return 0;
	result = take(r, wire);
	if (result <= 0)
		return result;
	if (result == LOG_NO_ROOM)
		loop_timer_set(me.loop, &me.housekeeping, 0);
	/* It keeps its place: nothing more is read from this link until it is in. */
	return buf_put_rd(&r->waiting, wire) ? ipc_hold(r->link, true) : -ENOBUFS;
}

static int on_reel(void *ctx, struct ipc_in *in)
{
	return reels_on_reel(&((struct recorder *)ctx)->reels, ((struct recorder *)ctx)->link, in);
}

static int on_share(void *ctx, struct ipc_in *in)
{
	return reels_on_share(&((struct recorder *)ctx)->reels, ((struct recorder *)ctx)->link, in);
}

static int on_spool(void *ctx, struct ipc_in *in)
{
	return reels_on_spool(&((struct recorder *)ctx)->reels, ((struct recorder *)ctx)->link, in);
}

static const struct ipc_row recorder_rows[] = {
	{ RECORD_ASK, "ask", 1 << 0, false, 0, IPC_BODY_MAX, on_ask },
	{ RECORD_REEL, "reel", 1 << 0, false, 0, RECORDING_ID_LEN + 4, on_reel },
	{ RECORD_SHARE, "share", 1 << 0, false, 0, RECORDING_ID_LEN + 1 + KEEPER_NAME_MAX + 2 + RECORDING_SHARE_MAX, on_share },
	{ RECORD_SPOOL, "spool", 1 << 0, true, 0, 0, on_spool },
};
static const struct ipc_table recorder_table = { "evidenced", recorder_rows, ARRAY_LEN(recorder_rows) };

static void send_answer(struct recorder *r)
{
	AUTO(buf_done) struct buf b = { 0 };
	struct marks before = r->closed;
	struct mark m;

	buf_init(&b, RECORD_DURABLE_MAX);
	struct wr w = wr_to(&b);
	wr_u64(&w, r->durable_token);
	wr_u64(&w, r->durable_seq);
	while (marks_next(&r->closed, r->durable_token, &m)) {
		wr_u64(&w, m.token);
		wr_u64(&w, m.seq);
	}
	/* Busy: the next drain sends what is newest by then. */
	r->owes_answer = ipc_send(r->link, RECORD_DURABLE, buf_rd(&b)) == IPC_BUSY;
	if (r->owes_answer)
		r->closed = before;
}

static void on_recorder_drained(void *ctx)
{
	struct recorder *r = ctx;

	if (r->owes_answer)
		send_answer(r);
}

static void forget(struct recorder *r)
{
	list_remove(&r->node);
	me.n_recorders--;
	ipc_free(&r->link);
	buf_done(&r->waiting);
	reels_done(&r->reels);
	mem_free(&r);
}

/* After session.lost a segment that the record names must be whole, whatever the power does. */
static void sync_lost(struct recorder *r)
{
	int result = me.sessions.table.n_lost ? reels_sync(&r->reels) : 0;

	if (result < 0)
		poisoned("syncing what was recorded", result);
}

static void on_recorder_closed(void *ctx, int err)
{
	struct recorder *r = ctx;

	if (err < 0)
		child_link_refused(r->name, r->why ? r->why : ipc_refusal(r->link));
	sessions_lose(&me.sessions, r, err < 0 ? "its link broke a rule" : "its link ended");
	sync_lost(r);
	forget(r);
	if (!me.is_stopping)
		end_lost();
}

/* Those that wait for room, in turn. */
static void retry_waiting(void)
{
	end_lost();
	LIST_EACH(it, &me.recorders) {
		struct recorder *r = CONTAINER_OF(it, struct recorder, node);
		if (r->waiting.len == 0 || take(r, buf_rd(&r->waiting)) != 0)
			continue;
		buf_reset(&r->waiting);
		if (!me.is_stopping && ipc_hold(r->link, false) < 0)
			continue; /* closing: its handler comes next */
	}
}

/* What is durable and has gone as far as the level asks. */
static void acknowledge(void *ctx)
{
	uint64_t released = publish_released(&me.publish);
	struct mark m;

	LIST_EACH(it, &me.recorders) {
		struct recorder *r = CONTAINER_OF(it, struct recorder, node);
		if (!marks_take(&r->marks, released, &m))
			continue;
		r->durable_token = m.token;
		r->durable_seq = m.seq;
		send_answer(r);
	}
}

static void on_commit(void *ctx)
{
	int result = log_commit(&me.log);

	if (result < 0) {
		poisoned("commit", result);
		return;
	}
	LIST_EACH(it, &me.recorders) {
		struct recorder *r = CONTAINER_OF(it, struct recorder, node);
		if (r->pending_token == r->marked_token)
			continue;
		r->marked_token = r->pending_token;
		marks_add(&r->marks, (struct mark){ r->pending_token, r->pending_seq });
	}
	acknowledge(NULL);
	result = sessions_committed(&me.sessions, false);
	if (result < 0) {
		poisoned("saving the table of sessions", result);
		return;
	}
	result = tree_link_durable(&me.tree, log_durable(&me.log));
	if (result < 0) {
		poisoned("telling the tree", result);
		return;
	}
	retry_waiting();
	if (publish_is_due(&me.publish))
		loop_timer_set(me.loop, &me.tick, 0);
	if (!loop_timer_is_set(&me.housekeeping))
		loop_timer_set(me.loop, &me.housekeeping, HOUSEKEEPING_NS);
}

/* Room on the disk comes back only here. */
static void on_housekeeping(void *ctx)
{
	int result = log_idle(&me.log);

	if (result < 0) {
		poisoned("housekeeping", result);
		return;
	}
	bool was_full = me.log_is_full || me.tree.is_full;
	me.log_is_full = result == LOG_NO_ROOM;
	say_full(was_full);
	retry_waiting();
	if (me.log.wal.n_spares < me.log.wal.c.spares)
		loop_timer_set(me.loop, &me.housekeeping, result == LOG_NO_ROOM ? NS_PER_S : HOUSEKEEPING_NS);
}

/* The tree and its checkpoints. */

static void ask_to_sign(void)
{
	AUTO(buf_done) struct buf b = { 0 };

	buf_init(&b, KEY_SIGN_LEN);
	struct wr w = wr_to(&b);
	wr_u64(&w, me.tree.settled.size);
	wr_bytes(&w, rd_of(me.tree.settled.root.b, sizeof(me.tree.settled.root.b)));
	me.is_signing = me.keyd && ipc_send(me.keyd, KEY_SIGN, buf_rd(&b)) == 0;
}

/* When stopping: the last records leave under a signed checkpoint, if the key is there. */
static void finish_if_done(void)
{
	if (!me.is_stopping)
		return;
	if (me.tree.is_full || me.tree.published == log_durable(&me.log) || !me.keyd || clock_mono_ns() > me.stop_by_ns)
		child_exit(0);
}

static void tell_fault(const struct wal_fault *fault, const char *rest)
{
	(void)dprintf(STDERR_FILENO, "%s at %llu: %s%s\n", fault->file, (unsigned long long)fault->off, fault->why, rest);
}

static void close_view(void)
{
	publish_set_tree(&me.publish, NULL);
	if (me.has_view)
		tiler_done(&me.view);
	me.has_view = false;
}

/* Those who bring checkpoints away read proofs and entries from here. */
static int look_again(void)
{
	struct wal_fault fault = { .why = "" };
	int r;

	close_view();
	if (!publish_reads_tree(&me.publish))
		return 0;
	r = tiler_view(&me.view, &me.disk.disk, &fault);
	me.has_view = r == 0;
	if (r != 0)
		tiler_done(&me.view);
	if (r > 0)
		tell_fault(&fault, "");
	publish_set_tree(&me.publish, me.has_view ? &me.view : NULL);
	return r;
}

static bool wants_checkpoint(uint64_t now)
{
	return me.keyd && me.tree.is_open && !me.tree.is_busy && !me.is_signing && me.tree.taken > me.tree.published &&
	    (me.is_stopping || now - me.last_checkpoint_ns >= CHECKPOINT_NS || publish_is_due(&me.publish));
}

/* Erasure of recordings and of old records. */
static int retain(void)
{
	struct retention_tree t = { .head = { me.tree.settled.size, me.tree.settled.root },
		.readable = publish_readable(&me.publish, me.tree.published),
		.needed = publish_needed(&me.publish) };

	return me.is_stopping ? 0 : retention_step(&me.retention, clock_wall_ns() / NS_PER_S, &t);
}

static void on_tick(void *ctx)
{
	uint64_t now = clock_mono_ns();
	int result = retain();

	if (result < 0) {
		poisoned("erasing", result);
		return;
	}
	plan_commit();
	if (wants_checkpoint(now)) {
		me.last_checkpoint_ns = now;
		result = tree_link_settle(&me.tree);
		if (result < 0) {
			poisoned("settling the tree", result);
			return;
		}
	}
	publish_tick(&me.publish, now);
	loop_timer_set(me.loop, &me.tick, TICK_NS);
	finish_if_done();
}

static void on_tree_taken(void *ctx)
{
	retry_waiting();
	if (me.is_stopping || publish_is_due(&me.publish))
		loop_timer_set(me.loop, &me.tick, 0);
}

static void on_tree_settled(void *ctx)
{
	int r = look_again();

	if (r != 0)
		poisoned("reading the tree", r);
	else
		ask_to_sign();
}

static void on_tree_published(void *ctx)
{
	int r = log_published(&me.log, me.tree.published);

	if (r != 0)
		poisoned("dropping what is published", r);
	else if (me.is_stopping)
		loop_timer_set(me.loop, &me.tick, 0);
}

/* The tree is derived: without room for it the log goes on, into what was prepared,
 * and the tree follows when there is room. */
static void on_tree_full(void *ctx)
{
	say_full(me.log_is_full || !me.tree.is_full);
	finish_if_done();
}

static void on_tree_gone(void *ctx)
{
	poisoned("the tree's process has ended", -EPIPE);
}

static const struct tree_calls tree_calls = { on_tree_taken, on_tree_settled, on_tree_published, on_tree_full, on_tree_gone };

static int on_signed(void *ctx, struct ipc_in *in)
{
	struct rd note;
	int r;

	if (!me.is_signing || !rd_take(&in->body, in->body.len, &note))
		return -EBADMSG;
	me.is_signing = false;
	if (!me.tree.is_open)
		return 0; /* it was given up meanwhile; the same is signed again */
	publish_signed(&me.publish, me.tree.settled.size, note); /* the witnesses work while the disk does */
	r = tree_link_publish(&me.tree, note);
	if (r < 0)
		poisoned("publishing a checkpoint", r);
	return 0;
}

static int on_refused(void *ctx, struct ipc_in *in)
{
	/* The key has signed what our disk does not know: an older copy was put in its
	 * place. Going on would fork the log. */
	poisoned("the key refuses this tree: the disk holds an older copy than was signed", -ESTALE);
	return 0;
}

static const struct ipc_row keyd_rows[] = {
	{ KEY_SIGNED, "signed", 1 << 0, false, 0, KEY_NOTE_MAX, on_signed },
	{ KEY_REFUSED, "refused", 1 << 0, false, 0, 0, on_refused },
};
static const struct ipc_table keyd_table = { "evidenced-key", keyd_rows, ARRAY_LEN(keyd_rows) };

static void on_keyd_closed(void *ctx, int err)
{
	if (err < 0)
		child_link_refused("keyd", ipc_refusal(me.keyd));
	ipc_free(&me.keyd);
	me.is_signing = false;
}

/* Life. */

static int add_recorder(struct rd peer, int fd, bool is_gate)
{
	struct recorder *r;
	int result;

	if (me.n_recorders == RECORDERS_MAX) {
		fd_close(&fd); /* it sees a closed link and tries again */
		return 0;
	}
	r = mem_new(1, sizeof(*r));
	r->is_gate = is_gate;
	buf_init(&r->waiting, IPC_BODY_MAX);
	reels_init(&r->reels, &me.disk.disk, poisoned);
	(void)snprintf(r->name, sizeof(r->name), "%.*s", (int)peer.len, (const char *)peer.p);
	result = ipc_new(me.loop, fd, &recorder_table, r, on_recorder_closed, &r->link);
	if (result < 0) {
		mem_free(&r);
		return result;
	}
	ipc_on_drained(r->link, on_recorder_drained);
	list_append(&me.recorders, &r->node);
	me.n_recorders++;
	return 0;
}

/* Whoever the door brings records, whatever the door calls him. */
static int gate_joins(void *ctx, struct rd peer, int fd)
{
	return add_recorder(peer, fd, true);
}

/* The supervisor alone says who is who. */
static int linked(void *ctx, struct rd peer, int fd)
{
	if (rd_is(&peer, "keyd")) {
		ipc_free(&me.keyd);
		me.is_signing = false;
		return ipc_new(me.loop, fd, &keyd_table, NULL, on_keyd_closed, &me.keyd);
	}
	if (rd_is(&peer, "retention")) /* from the command line */
		return retention_linked(&me.retention, me.loop, fd);
	if (rd_is(&peer, "shipd"))
		return publish_linked(&me.publish, fd);
	if (rd_is(&peer, "door"))
		return broker_serve(&me.door, me.loop, fd, gate_joins, NULL);
	return add_recorder(peer, fd, false);
}

/* The tree must hold the records that the sessions end with. What is put into it here, treed
 * does again. */
static int take_all(struct wal_fault *fault)
{
	int r;

	tiler_done(&me.view);
	me.has_view = false;
	r = tiler_open(&me.view, &me.disk.disk, SHELF_FEW_EACH, fault);
	me.has_view = r == 0;
	if (r != 0)
		tiler_done(&me.view);
	return r ? r : tiler_step(&me.view, log_durable(&me.log), UINT32_MAX, fault);
}

/* Without room for the tree nobody looks, and the verifier will call cut what was torn. */
static int look_for_torn(struct wal_fault *fault)
{
	int r = me.sessions.table.open.n ? take_all(fault) : 0;

	if (r == -ENOSPC)
		return 0;
	if (r == 0)
		r = sessions_record_torn(&me.sessions, &me.view);
	plan_commit();
	return r;
}

static int prepare(void *ctx, int dir_fd)
{
	int r;

	crypto_start();
	random_fill(random_system(), me.log_id, sizeof(me.log_id));
	r = publish_prepare(&me.publish, dir_fd);
	if (r == 0)
		r = treed_lock(dir_fd);
	return r == 0 ? treed_fork(me.name, &me.treed_fd) : r;
}

static int open_log(struct wal_fault *fault)
{
	struct log_config c = log_defaults();
	int r;

	c.segment_len = SEGMENT_LEN;
	c.keeps = SEGMENTS_KEPT;
	c.reserve_len = SESSIONS_MAX * SESSION_CLOSING_MAX + RESERVE_REST;
	r = log_open(&me.log, &me.disk.disk, &c, fault);
	if (r != LOG_ABSENT)
		return r;
	log_done(&me.log);
	r = log_create(&me.disk.disk, &c, me.log_id, fault);
	return r == 0 ? log_open(&me.log, &me.disk.disk, &c, fault) : r;
}

/* A round is over: who waits to be acknowledged wants the next. */
static void on_round_over(void *ctx)
{
	if (publish_is_due(&me.publish) && me.is_open && log_durable(&me.log) > me.tree.published)
		loop_timer_set(me.loop, &me.tick, 0);
}

static void on_publish_failed(void *ctx, const char *doing, int err)
{
	poisoned(doing, err);
}

static const struct publish_calls publish_calls = { acknowledge, on_round_over, on_publish_failed };

/* The log, and its tree as the state knows it. */
static int open_both(void)
{
	struct wal_fault fault = { .why = "" };
	int r = open_log(&fault);

	if (r == 0)
		r = tiler_view(&me.view, &me.disk.disk, &fault);
	me.has_view = r == 0;
	if (r <= 0)
		return r;
	tell_fault(&fault, "; restore it from a copy, and verify that copy first");
	return -EUCLEAN;
}

static int open_sessions(void)
{
	struct wal_fault fault = { .why = "" };
	int r = sessions_open(&me.sessions, &me.log, &me.disk.disk, &me.view);

	if (r == 0)
		r = look_for_torn(&fault);
	if (r == 0)
		return 0;
	(void)dprintf(STDERR_FILENO, "the records in the log cannot be read back; verify the log, restore it from a copy\n");
	return r < 0 ? r : -EUCLEAN;
}

/* From here on the tree is its own process's. */
static int hand_over_tree(const struct tree_state *state)
{
	int fd = me.treed_fd, r = look_again();

	me.treed_fd = -1;
	if (r == 0)
		r = tree_link_open(&me.tree, me.loop, fd, publish_has_quorum(&me.publish), state, &tree_calls, NULL);
	if (r == 0)
		r = tree_link_durable(&me.tree, log_durable(&me.log));
	return r;
}

static int start(void *ctx, struct loop *l)
{
	struct tree_state in_tree;
	uint64_t size;
	int r;

	me.loop = l;
	loop_timer_init(&me.commit, on_commit, NULL);
	loop_timer_init(&me.tick, on_tick, NULL);
	loop_timer_init(&me.housekeeping, on_housekeeping, NULL);
	disk_dir_init(&me.disk, CHILD_ROOT_FD);
	r = open_both();
	if (r == 0)
		r = publish_start(&me.publish, me.name, l, &me.disk.disk, &publish_calls, NULL);
	if (r < 0)
		return r;
	me.is_open = true;
	in_tree = me.view.state;
	r = open_sessions();
	if (r < 0)
		return r;
	r = retention_open(&me.retention, &me.sessions, &me.log, &me.disk.disk);
	if (r < 0) {
		(void)dprintf(STDERR_FILENO, "the file \"retention\" or \"holds\" of the log is damaged; remove it and set it again\n");
		return r;
	}
	me.retention.publish = &me.publish;
	me.retention.name = me.name;
	r = hand_over_tree(&in_tree);
	if (r != 0)
		return r < 0 ? r : -EUCLEAN;
	end_lost();
	size = log_durable(&me.log);
	loop_timer_set(l, &me.tick, 0);
	loop_timer_set(l, &me.housekeeping, 0);
	struct event e = { .id = EVENT_LOG_OPENED, .value = { { .bytes = rd_str(me.name) },
		{ .number = (int64_t)(size - in_tree.size) }, { .number = (int64_t)size } } };
	child_event(&e);
	return 0;
}

/* Sessions that are open still are lost with us: their gates cannot record any more. */
static int commit_the_rest(void)
{
	int lost, r;

	sessions_lose(&me.sessions, NULL, "the evidence process was stopped while it was open");
	LIST_EACH(it, &me.recorders)
		sync_lost(CONTAINER_OF(it, struct recorder, node));
	do {
		lost = sessions_write_lost(&me.sessions);
		r = lost < 0 ? lost : log_commit(&me.log);
	} while (r == 0 && lost == LOG_BUSY);
	return r < 0 ? r : sessions_committed(&me.sessions, true);
}

/* Takes no more; what was taken is committed, put into the tree and signed. */
static void stop(void *ctx)
{
	int r;

	LIST_EACH(it, &me.recorders) {
		struct recorder *one = CONTAINER_OF(it, struct recorder, node);
		if (ipc_hold(one->link, true) < 0)
			continue; /* closing by itself */
	}
	r = commit_the_rest();
	if (r == 0)
		r = tree_link_durable(&me.tree, log_durable(&me.log));
	if (r < 0) {
		poisoned("commit", r);
		return;
	}
	me.is_stopping = true;
	me.stop_by_ns = clock_mono_ns() + STOP_PATIENCE_NS;
	loop_timer_set(me.loop, &me.tick, 0);
}

static void done(void *ctx)
{
	LIST_EACH(it, &me.recorders)
		forget(CONTAINER_OF(it, struct recorder, node));
	ipc_free(&me.keyd);
	publish_done(&me.publish);
	broker_done(&me.door);
	tree_link_done(&me.tree);
	if (me.has_view)
		tiler_done(&me.view);
	if (me.is_open) {
		retention_done(&me.retention);
		sessions_done(&me.sessions);
		log_done(&me.log);
	}
}

int main(int argc, char **argv)
{
	static struct child child = { .prepare = prepare, .start = start, .linked = linked, .stop = stop, .done = done };

	if (argc != 2) {
		(void)dprintf(STDERR_FILENO, "usage: slagboom-evidenced NAME; the supervisor starts it\n");
		return 2;
	}
	child.name = me.name = argv[1];
	list_init(&me.recorders);
	return child_main(&child);
}
