/*
 * Is:        the fuzz target of the gate's conversations: a session program and an edge that say
 *            anything in any order, with a desk and an evidenced that answer as the input says.
 * Is not:    a test of evidenced or deskd.
 * Called by: libFuzzer, and the replay of tests/corpus/gate.
 * Owns:      nothing.
 * Trust:     the input is hostile.
 *
 * input: u8 protocol and kind, then steps: u8 what, u8 length, bytes. Bytes that reach the element
 * never exceed those in segments whose record was answered: law 4.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/assert.h"
#include "base/buf.h"
#include "crypto/random.h"
#include "os/fd.h"
#include "os/loop.h"
#include "proc/gate/begin.h"
#include "proc/gate/gate.h"
#include "proc/gate/room.h"
#include "proc/gate/state.h"
#include "proc/talk/edge_proto.h"
#include "testing/fuzz.h"

enum { STEPS_MAX = 48, TURNS = 3 };
enum { STEP_PROGRAM, STEP_EDGE_SAYS, STEP_TYPES, STEP_ELEMENT, STEP_DESK, STEP_HOLD, STEP_ANSWER, STEP_TURN, STEP_N };

struct world {
	struct gate gate;
	struct loop *loop;
	struct loop_timer stop;
	struct ipc *desk, *log;
	int program, edge, in, out;
	uint8_t mode, verdict;
	bool holds; /* evidenced does not answer for now */
	uint64_t token, recorded, pending, arrived;
	struct secret keeper[2];
};

static void send_to(struct ipc *link, uint16_t type, const struct buf *b)
{
	if (link && ipc_send(link, type, buf_rd(b)) != 0)
		return; /* the gate has ended it */
}

/* --- deskd ------------------------------------------------------------------------------------------ */

static void grant(struct world *w, uint32_t n)
{
	static const char *const protocols[] = { "ssh", "telnet", "line", "none" };
	AUTO(buf_done) struct buf b = { 0 }, key0 = { 0 }, key1 = { 0 };
	struct buf *keys[2] = { &key0, &key1 };
	struct desk_granted g = { .session = rd_str("0123456789abcdef"), .grant = rd_str("00112233445566778899aabbccddeeff"),
		.policy = rd_str("0123456789abcdef0123456789ABCDEF"),
		.rule = rd_str("rule"), .asset = rd_str("hlr1"), .protocol = rd_str(protocols[w->mode & 3]),
		.dialect = rd_str(w->mode & 4 ? "cisco-like" : ""), .mask = w->mode & 8, .most_clear = 2, .most_opaque = 4096,
		.all_clear = 10, .all_opaque = 65536,
		.file_max = 1000, .n_keepers = 2 };
	int pair[2];

	buf_init(&b, IPC_BODY_MAX);
	for (int i = 0; i < 2; i++) {
		struct x25519_pub pub;
		buf_init(keys[i], 128);
		struct wr k = wr_to(keys[i]);
		x25519_public(&w->keeper[i], &pub);
		wr_age_recipient(&k, &pub);
		g.keeper[i] = (struct desk_keeper){ rd_str(i ? "b" : "a"), buf_rd(keys[i]) };
	}
	struct wr wr = wr_to(&b);
	wr_u32(&wr, n);
	desk_granted_write(&wr, &g);
	ASSERT(wr_ok(&wr) && ipc_pair(pair) == 0);
	if (w->edge >= 0)
		fd_close(&w->edge);
	w->edge = pair[0];
	if (ipc_send_fds(w->desk, DESK_GRANTED, buf_rd(&b), &pair[1], 1) != 0)
		return;
}

static void verdict(struct world *w, uint32_t n, struct rd body)
{
	AUTO(buf_done) struct buf b = { 0 };
	uint32_t id = 0;

	buf_init(&b, 64);
	struct wr wr = wr_to(&b);
	if (!rd_u32(&body, &id))
		return;
	wr_u32(&wr, n);
	wr_u32(&wr, id);
	wr_u8(&wr, w->verdict % 3);
	wr_part16(&wr, rd_str("read-config"));
	wr_part16(&wr, rd_str("rule"));
	send_to(w->desk, DESK_VERDICT, &b);
}

static int on_desk(struct world *w, struct ipc_in *in, unsigned type)
{
	AUTO(buf_done) struct buf b = { 0 };
	struct rd body;
	uint32_t n;

	ASSERT(rd_u32(&in->body, &n) && rd_take(&in->body, in->body.len, &body));
	buf_init(&b, 64);
	struct wr wr = wr_to(&b);
	if (type == DESK_HELLO) {
		wr_u32(&wr, 0);
		for (int i = 0; i < 3; i++)
			wr_part16(&wr, rd_str("name"));
		send_to(w->desk, DESK_KNOWN, &b);
	} else if (type == DESK_OPEN) {
		grant(w, n);
	} else if (type == DESK_JUDGE) {
		verdict(w, n, body);
	} else if (type == DESK_OVER) {
		wr_u32(&wr, n);
		wr_u8(&wr, w->verdict & 1);
		wr_u64(&wr, 100);
		wr_u64(&wr, 1 << 20);
		send_to(w->desk, DESK_LIMITS, &b);
	} else if (type == DESK_MORE) {
		wr_u32(&wr, n);
		wr_u8(&wr, w->verdict & 1);
		wr_u64(&wr, w->verdict & 2 ? 10 : 5);
		wr_u64(&wr, w->verdict & 4 ? 65536 : 8192);
		send_to(w->desk, DESK_RAISED, &b);
	}
	return 0;
}

#define ON_DESK(name, type)                                 \
	static int on_##name(void *ctx, struct ipc_in *in)  \
	{                                                   \
		return on_desk(ctx, in, type);              \
	}
ON_DESK(hello, DESK_HELLO)
ON_DESK(open, DESK_OPEN)
ON_DESK(judge, DESK_JUDGE)
ON_DESK(over, DESK_OVER)
ON_DESK(more, DESK_MORE)
ON_DESK(other, 0)

static const struct ipc_row desk_rows[] = {
	{ DESK_HELLO, "hello", 1, false, 0, IPC_BODY_MAX, on_hello }, { DESK_LIST, "list", 1, false, 0, 4, on_other },
	{ DESK_OPEN, "open", 1, false, 0, IPC_BODY_MAX, on_open }, { DESK_PURPOSE, "purpose", 1, false, 0, IPC_BODY_MAX, on_other },
	{ DESK_JUDGE, "judge", 1, false, 0, IPC_BODY_MAX, on_judge }, { DESK_OVER, "over", 1, false, 0, IPC_BODY_MAX, on_over },
	{ DESK_MORE, "more", 1, false, 0, 21, on_more },
	{ DESK_COUNTS, "counts", 1, false, 0, 128, on_other }, { DESK_CLOSED, "closed", 1, false, 0, IPC_BODY_MAX, on_other },
	{ DESK_HOST_KEY, "host-key", 1, false, 0, IPC_BODY_MAX, on_other },
	{ DESK_LEAVE, "leave", 1, false, 0, 4, on_other },
};
static const struct ipc_table desk_table = { "fuzz-desk", desk_rows, ARRAY_LEN(desk_rows) };

/* --- evidenced ------------------------------------------------------------------------------------------ */

static void answer(struct world *w)
{
	AUTO(buf_done) struct buf b = { 0 };

	if (w->holds || w->token == 0)
		return;
	w->recorded += w->pending;
	w->pending = 0;
	buf_init(&b, 16);
	struct wr wr = wr_to(&b);
	wr_u64(&wr, w->token);
	wr_u64(&wr, w->token);
	send_to(w->log, RECORD_DURABLE, &b);
}

static int on_ask(void *ctx, struct ipc_in *in)
{
	struct world *w = ctx;
	struct record_ask a;

	ASSERT(record_ask_read(&in->body, &a)); /* whatever was typed: the gate writes good records */
	w->token = a.token;
	if (a.event.id == EVENT_SESSION_SEGMENT)
		w->pending += (uint64_t)a.event.value[0].number;
	answer(w);
	return 0;
}

static int on_reel(void *ctx, struct ipc_in *in)
{
	AUTO(buf_done) struct buf b = { 0 };
	struct world *w = ctx;
	struct record_reel a;
	int fd = memfd_create("reel", MFD_CLOEXEC);

	ASSERT(record_reel_read(&in->body, RECORD_REEL, &a) && fd >= 0);
	buf_init(&b, 64);
	struct wr wr = wr_to(&b);
	record_reel_write(&wr, RECORD_REEL_FD, &a);
	if (ipc_send_fds(w->log, RECORD_REEL_FD, buf_rd(&b), &fd, 1) != 0)
		return 0;
	return 0;
}

static int on_spool(void *ctx, struct ipc_in *in)
{
	AUTO(buf_done) struct buf b = { 0 };
	struct world *w = ctx;
	int fd = w->mode & 16 ? memfd_create("spool", MFD_CLOEXEC) : -1;

	buf_init(&b, 16);
	struct wr wr = wr_to(&b);
	if (fd < 0)
		wr_part8(&wr, rd_str("full"));
	if (w->log && ipc_send_fds(w->log, fd < 0 ? RECORD_SPOOL_NO : RECORD_SPOOL_FD, buf_rd(&b), &fd, fd >= 0) == IPC_BUSY)
		fd_close(&fd);
	return 0;
}

static int on_share(void *ctx, struct ipc_in *in)
{
	AUTO(buf_done) struct buf b = { 0 };
	struct world *w = ctx;
	struct record_share a;

	ASSERT(record_share_read(&in->body, RECORD_SHARE, &a));
	buf_init(&b, 128);
	struct wr wr = wr_to(&b);
	record_share_write(&wr, RECORD_SHARED, &a);
	send_to(w->log, RECORD_SHARED, &b);
	return 0;
}

static const struct ipc_row log_rows[] = {
	{ RECORD_ASK, "ask", 1, false, 0, IPC_BODY_MAX, on_ask },
	{ RECORD_REEL, "reel", 1, false, 0, IPC_BODY_MAX, on_reel },
	{ RECORD_SHARE, "share", 1, false, 0, IPC_BODY_MAX, on_share },
	{ RECORD_SPOOL, "spool", 1, true, 0, 0, on_spool },
};
static const struct ipc_table log_table = { "fuzz-log", log_rows, ARRAY_LEN(log_rows) };

/* --- the room ---------------------------------------------------------------------------------------------- */

static void refused(const char *peer, const char *why)
{
	ASSERT(peer[0] == 's' || peer[0] == 'e' || peer[0] == 'd'); /* session, edge, deskd */
}

static void stopped(void)
{
}

static void forward_refused(const struct gate *g, struct rd asset)
{
	ASSERT(asset.len);
}

static const struct gate_calls calls = { refused, stopped, forward_refused };

static void on_link_closed(void *ctx, int err)
{
	ASSERT(err != -EPROTO);
}

static void on_stop(void *ctx)
{
	loop_stop(ctx, 0);
}

static void turn(struct world *w)
{
	for (int i = 0; i < TURNS; i++) {
		loop_timer_set(w->loop, &w->stop, 0);
		ASSERT(loop_run(w->loop) == 0);
	}
}

static void say_hello(struct world *w)
{
	AUTO(buf_done) struct buf b = { 0 };
	struct session_hello h = { .kind = (enum session_kind)((w->mode >> 4) % 3), .has_tty = w->mode & 0x80,
		.login = rd_str("name+hlr1"), .term = rd_str("xterm"), .connection = rd_str("192.0.2.1 1 2 3"),
		.command = rd_str((w->mode >> 4) % 3 == 2 ? "sftp" : (w->mode >> 4) % 3 ? "scp -t /tmp" : "") };
	struct ipc *program;
	int pair[2], in[2], out[2], fds[3];

	buf_init(&b, IPC_BODY_MAX);
	struct wr wr = wr_to(&b);
	session_hello_write(&wr, &h);
	ASSERT(ipc_pair(pair) == 0 && pipe2(in, O_CLOEXEC | O_NONBLOCK) == 0 && pipe2(out, O_CLOEXEC | O_NONBLOCK) == 0);
	fds[0] = in[0];
	fds[1] = out[1];
	fds[2] = dup(out[1]);
	w->in = in[1];
	w->out = out[0];
	w->program = dup(pair[0]);
	gate_begin_accept(&w->gate, pair[1]);
	ASSERT(w->program >= 0 && fds[2] >= 0);
	ASSERT(ipc_new(w->loop, pair[0], &log_table, w, on_link_closed, &program) == 0);
	ASSERT(ipc_send_fds(program, SESSION_HELLO, buf_rd(&b), fds, 3) == 0);
	ipc_free(&program);
}

/* One packet of any type, from the program or the edge. */
static void packet(int fd, struct rd bytes)
{
	if (fd >= 0 && bytes.len && send(fd, bytes.p, bytes.len, MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
		return; /* ended, or full */
}

/* Well-formed output of the element. */
static void element(struct world *w, struct rd bytes)
{
	static const uint8_t ready[] = { 0, EDGE_READY, 0, 0, 0 };
	AUTO(buf_done) struct buf b = { 0 };
	uint8_t stream = bytes.len && bytes.p[0] & 1;

	buf_init(&b, 512);
	ASSERT(buf_put(&b, (const uint8_t[]){ 0, EDGE_OUTPUT, stream }, 3) && buf_put_rd(&b, bytes));
	packet(w->edge, rd_of(ready, sizeof(ready)));
	packet(w->edge, buf_rd(&b));
}

static void drain(struct world *w)
{
	static uint8_t raw[1 << 16];
	ssize_t n;

	while (w->edge >= 0 && (n = recv(w->edge, raw, sizeof(raw), MSG_DONTWAIT)) > 2)
		if (raw[0] == 0 && raw[1] == EDGE_INPUT)
			w->arrived += (uint64_t)n - 2;
	while (read(w->out, raw, sizeof(raw)) > 0)
		;
	ASSERT(w->arrived <= w->recorded);
}

static void step(struct world *w, uint8_t what, struct rd bytes)
{
	switch (what % STEP_N) {
	case STEP_PROGRAM:
		packet(w->program, bytes);
		break;
	case STEP_EDGE_SAYS:
		packet(w->edge, bytes);
		break;
	case STEP_TYPES:
		if (bytes.len && write(w->in, bytes.p, bytes.len) < 0)
			break;
		break;
	case STEP_ELEMENT:
		element(w, bytes);
		break;
	case STEP_DESK:
		w->verdict = bytes.len ? bytes.p[0] : 0;
		break;
	case STEP_HOLD:
		w->holds = true;
		break;
	case STEP_ANSWER:
		w->holds = false;
		answer(w);
		break;
	case STEP_TURN:
		break;
	}
	turn(w);
	drain(w);
}

static void begin(struct world *w)
{
	int pair[2];

	ASSERT(gate_room_prepare(&w->gate, NULL, NULL) == 0 && loop_new(&w->loop) == 0);
	loop_timer_init(&w->stop, on_stop, w->loop);
	gate_room_start(&w->gate, w->loop, &calls);
	for (int i = 0; i < 2; i++)
		secret_make(&w->keeper[i], X25519_LEN, random_system());
	ASSERT(ipc_pair(pair) == 0 && gate_room_link(&w->gate, rd_str("deskd"), pair[1]) == 0);
	ASSERT(ipc_new(w->loop, pair[0], &desk_table, w, on_link_closed, &w->desk) == 0);
	ASSERT(ipc_pair(pair) == 0 && gate_room_link(&w->gate, rd_str("evidenced-core"), pair[1]) == 0);
	ASSERT(ipc_new(w->loop, pair[0], &log_table, w, on_link_closed, &w->log) == 0);
	say_hello(w);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rd in = rd_of(data, size), bytes;
	struct world w = { .edge = -1, .verdict = LANE_ALLOW };
	uint8_t what;

	(void)signal(SIGPIPE, SIG_IGN);
	if (!rd_u8(&in, &w.mode))
		return 0;
	begin(&w);
	for (int i = 0; i < 6; i++)
		turn(&w);
	for (int n = 0; n < STEPS_MAX && rd_u8(&in, &what) && rd_part8(&in, 255, &bytes); n++)
		step(&w, what, bytes);
	gate_room_done(&w.gate);
	ipc_free(&w.desk);
	ipc_free(&w.log);
	loop_free(&w.loop);
	fd_close(&w.program);
	fd_close(&w.edge);
	fd_close(&w.in);
	fd_close(&w.out);
	secret_done(&w.keeper[0]);
	secret_done(&w.keeper[1]);
	return 0;
}
