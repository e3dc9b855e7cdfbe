/*
 * Is:        a gate under test (contracts in the header).
 * Is not:    linked into any program of the product.
 * Called by: the tests of the gate.
 * Owns:      processes, directory, descriptors.
 * Trust:     no input.
 */
#include "gate_town.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/text.h"
#include "base/timefmt.h"
#include "crypto/random.h"
#include "crypto/start.h"
#include "evidence/record.h"
#include "evidence/recording.h"
#include "evidence/reel.h"
#include "evidence/tiler.h"
#include "os/fd.h"
#include "os/spawn.h"
#include "proc/talk/gate_proto.h"
#include "testing/test.h"

static struct town *running; /* what a failed case leaves */

static void quiet(void *ctx, const struct event *e)
{
	AUTO(buf_done) struct buf b = { 0 };

	if (!getenv("SLAGBOOM_SHOW"))
		return;
	buf_init(&b, 8192);
	struct wr w = wr_to(&b);
	event_console(&w, e);
	printf("    %.*s\n", (int)b.len, (const char *)buf_rd(&b).p);
}

/* --- the desk -------------------------------------------------------------------------------------------- */

void town_to_gate(struct town *t, uint16_t type, struct rd body)
{
	CHECK(t->desk && ipc_send(t->desk, type, body) == 0);
}

static struct engineer *by_number(struct town *t, uint32_t n)
{
	for (size_t i = 0; i < t->n_engineers; i++)
		if (t->engineer[i].n == n)
			return &t->engineer[i];
	return NULL;
}

static int on_hello(void *ctx, struct ipc_in *in)
{
	AUTO(buf_done) struct buf b = { 0 };
	struct town *t = ctx;
	struct rd login, address, auth;
	uint32_t n, uid;

	CHECK(rd_u32(&in->body, &n) && n == 0 && rd_part16(&in->body, 64, &login) && rd_part16(&in->body, 255, &address));
	CHECK(rd_part16(&in->body, 1024, &auth) && rd_u32(&in->body, &uid));
	CHECK_RD(login, rd_str("wei.zhang"));
	CHECK_RD(address, rd_str("192.0.2.7"));
	CHECK_U64(uid, getuid());
	buf_init(&b, 256);
	struct wr w = wr_to(&b);
	wr_u32(&w, 0);
	wr_part16(&w, rd_str("wei.zhang"));
	wr_part16(&w, rd_str("meridian"));
	if (!t->grant.silent)
		town_to_gate(t, DESK_KNOWN, buf_rd(&b));
	return 0;
}

static int on_list(void *ctx, struct ipc_in *in)
{
	AUTO(buf_done) struct buf b = { 0 };
	uint32_t n;

	CHECK(rd_u32(&in->body, &n) && n == 0);
	buf_init(&b, 256);
	struct wr w = wr_to(&b);
	wr_u32(&w, 0);
	wr_part16(&w, rd_str("hlr1  the subscriber register\n"));
	town_to_gate(ctx, DESK_TEXT, buf_rd(&b));
	return 0;
}

/* --- the edge --------------------------------------------------------------------------------------------- */

static int on_open(void *ctx, struct ipc_in *in)
{
	struct engineer *e = ctx;
	struct rd body;

	CHECK(rd_take(&in->body, in->body.len, &body) && buf_put_rd(&e->open_body, body));
	body = buf_rd(&e->open_body);
	CHECK(edge_open_read(&body, &e->open) && body.len == 0 && !e->opened);
	e->opened = true;
	CHECK(ipc_send(e->edge, EDGE_READY, rd_of("\0\0\4test", 7)) == 0);
	if (e->on_open)
		e->on_open(e);
	return 0;
}

static int on_edge_input(void *ctx, struct ipc_in *in)
{
	struct engineer *e = ctx;
	struct rd bytes;

	CHECK(e->opened && rd_take(&in->body, in->body.len, &bytes));
	CHECK(buf_put_rd(&e->input, bytes));
	if (e->on_input)
		e->on_input(e, bytes);
	return 0;
}

static int on_input_end(void *ctx, struct ipc_in *in)
{
	((struct engineer *)ctx)->input_ended = true;
	return 0;
}

static int on_resize(void *ctx, struct ipc_in *in)
{
	return rd_u32(&in->body, &((struct engineer *)ctx)->resized) ? 0 : -EBADMSG;
}

static int on_signal(void *ctx, struct ipc_in *in)
{
	return rd_u8(&in->body, &((struct engineer *)ctx)->signal) ? 0 : -EBADMSG;
}

static int on_secret(void *ctx, struct ipc_in *in)
{
	struct engineer *e = ctx;
	struct rd line_end;
	uint8_t which;

	CHECK(rd_u8(&in->body, &which) && rd_part8(&in->body, 8, &line_end) && buf_put_u8(&e->secrets, which));
	if (e->on_input)
		e->on_input(e, rd_str("*secret*\r"));
	return 0;
}

static int on_close(void *ctx, struct ipc_in *in)
{
	((struct engineer *)ctx)->closed = true;
	return 0;
}

static const struct ipc_row edge_rows[] = {
	{ EDGE_OPEN, "open", 1, true, 0, IPC_BODY_MAX, on_open },
	{ EDGE_INPUT, "input", 1, false, 0, EDGE_DATA_MAX, on_edge_input },
	{ EDGE_INPUT_END, "input end", 1, true, 0, 0, on_input_end },
	{ EDGE_RESIZE, "resize", 1, false, 0, 4, on_resize },
	{ EDGE_SIGNAL, "signal", 1, false, 0, 1, on_signal },
	{ EDGE_SECRET, "secret", 1, false, 0, 16, on_secret },
	{ EDGE_CLOSE, "close", 1, true, 0, 0, on_close },
};
static const struct ipc_table edge_table = { "test-edge", edge_rows, ARRAY_LEN(edge_rows) };

static void on_edge_lost(void *ctx, int err)
{
	struct engineer *e = ctx;

	if (err == -EPROTO)
		test_fail(__FILE__, __LINE__, "the gate broke the edge's protocol: %s", ipc_refusal(e->edge));
	e->edge_lost = true;
	ipc_free(&e->edge);
}

static void on_edge_drained(void *ctx)
{
	struct engineer *e = ctx;

	if (e->on_edge_drained)
		e->on_edge_drained(e);
}

/* --- granting ------------------------------------------------------------------------------------------------ */

static void send_hold(struct town *t, uint32_t n)
{
	AUTO(buf_done) struct buf b = { 0 };

	buf_init(&b, 64);
	struct wr w = wr_to(&b);
	wr_u32(&w, n);
	wr_u8(&w, 1);
	wr_part16(&w, rd_str("j.devries"));
	town_to_gate(t, DESK_HOLD, buf_rd(&b));
}

static void grant_to(struct town *t, struct engineer *e, struct rd asset)
{
	AUTO(buf_done) struct buf b = { 0 }, keys = { 0 };
	struct desk_granted g = { .session = rd_of(&t->engineer, 16), .grant = rd_str("00112233445566778899aabbccddeeff"),
		.policy = rd_str("policy-hash-of-thirty-two-bytes."),
		.rule = rd_str("maintenance"), .asset = asset, .protocol = rd_str(t->grant.protocol),
		.dialect = rd_str(t->grant.dialect), .mask = t->grant.mask, .holds_subscribers = true,
		.most_clear = t->grant.most_clear, .most_opaque = t->grant.most_opaque,
		.all_clear = t->grant.all_clear ? t->grant.all_clear : t->grant.most_clear,
		.all_opaque = t->grant.all_opaque ? t->grant.all_opaque : t->grant.most_opaque, .file_max = t->grant.file_max,
		.idle_ns = t->grant.idle_ns, .left_ns = t->grant.left_ns, .n_keepers = 2 };
	uint8_t id[16] = { 1, (uint8_t)(e->n >> 8), (uint8_t)e->n };
	int pair[2];

	buf_init(&keys, 256);
	buf_init(&b, IPC_BODY_MAX);
	g.session = rd_of(id, sizeof(id));
	struct wr k = wr_to(&keys);
	size_t cut[3] = { 0 };
	for (size_t i = 0; i < 2; i++) {
		struct x25519_pub pub;
		x25519_public(&t->keeper[i], &pub);
		wr_age_recipient(&k, &pub);
		cut[i + 1] = keys.len;
	}
	struct rd all = buf_rd(&keys);
	for (size_t i = 0; i < 2; i++)
		CHECK(rd_slice(&all, cut[i], cut[i + 1] - cut[i], &g.keeper[i].recipient));
	g.keeper[0].name = rd_str("dpo");
	g.keeper[1].name = rd_str("works-council");
	struct wr w = wr_to(&b);
	wr_u32(&w, e->n);
	desk_granted_write(&w, &g);
	CHECK(wr_ok(&w) && ipc_pair(pair) == 0);
	CHECK(ipc_new(t->loop, pair[0], &edge_table, e, on_edge_lost, &e->edge) == 0);
	ipc_on_drained(e->edge, on_edge_drained);
	CHECK(ipc_send_fds(t->desk, DESK_GRANTED, buf_rd(&b), &pair[1], 1) == 0);
	if (t->grant.holds)
		send_hold(t, e->n);
}

static void send_text(struct town *t, uint16_t type, uint32_t n, const char *text)
{
	AUTO(buf_done) struct buf b = { 0 };

	buf_init(&b, 512);
	struct wr w = wr_to(&b);
	wr_u32(&w, n);
	wr_part16(&w, rd_str(text));
	town_to_gate(t, type, buf_rd(&b));
}

static int on_desk_open(void *ctx, struct ipc_in *in)
{
	struct town *t = ctx;
	struct desk_open o;
	struct engineer *e;
	uint32_t n;

	CHECK(rd_u32(&in->body, &n) && desk_open_read(&in->body, &o));
	e = &t->engineer[t->n_engineers - 1]; /* they come one after the other */
	for (size_t i = t->n_engineers; i-- > 0;)
		if (!t->engineer[i].n)
			e = &t->engineer[i];
	e->n = n;
	if (t->grant.refuses) {
		send_text(t, DESK_REFUSED, n, "No rule lets you cross to it now.\n");
	} else if (t->grant.asks && o.purpose.len == 0) {
		AUTO(buf_done) struct buf b = { 0 };
		buf_init(&b, 8);
		struct wr w = wr_to(&b);
		wr_u32(&w, n);
		wr_u8(&w, 3);
		town_to_gate(t, DESK_ASKS, buf_rd(&b));
	} else {
		grant_to(t, e, o.asset);
	}
	return 0;
}

static int on_purpose(void *ctx, struct ipc_in *in)
{
	struct town *t = ctx;
	struct rd purpose, ticket;
	uint32_t n;

	CHECK(rd_u32(&in->body, &n) && rd_part16(&in->body, 512, &purpose) && rd_part16(&in->body, 512, &ticket));
	CHECK_RD(purpose, rd_str("a broken link"));
	CHECK_RD(ticket, rd_str("T-1"));
	send_text(t, DESK_TEXT, n, "Waiting for an approver.");
	send_text(t, DESK_TEXT, n, "1 of 2.");
	grant_to(t, by_number(t, n), rd_str("hlr1"));
	return 0;
}

static void send_verdict(struct town *t, uint32_t n, uint32_t id, uint8_t verdict)
{
	AUTO(buf_done) struct buf b = { 0 };

	buf_init(&b, 512);
	struct wr w = wr_to(&b);
	wr_u32(&w, n);
	wr_u32(&w, id);
	wr_u8(&w, verdict);
	wr_part16(&w, rd_str(verdict == 0 ? "bulk-export" : "read-config"));
	wr_part16(&w, rd_str(verdict == 0 ? "forbidden thing is bulk-export; your grant has read-config" : "maintenance"));
	CHECK(wr_ok(&w));
	town_to_gate(t, DESK_VERDICT, buf_rd(&b));
}

static bool holds(struct rd text, const char *word)
{
	struct rd part, want = rd_str(word);

	for (size_t i = 0; rd_slice(&text, i, want.len, &part); i++)
		if (rd_equal(&part, &want))
			return true;
	return false;
}

static int on_judge(void *ctx, struct ipc_in *in)
{
	struct town *t = ctx;
	struct desk_judge j;
	struct engineer *e;
	uint32_t n;

	CHECK(rd_u32(&in->body, &n) && desk_judge_read(&in->body, &j));
	e = by_number(t, n);
	CHECK(e);
	e->n_judged++;
	buf_reset(&e->last_command);
	CHECK(buf_put_rd(&e->last_command, j.command));
	if (holds(j.command, "unanswered"))
		return 0;
	if (holds(j.command, "officer"))
		send_verdict(t, n, j.id, 2);
	send_verdict(t, n, j.id, !holds(j.command, "forbidden"));
	return 0;
}

static int on_over(void *ctx, struct ipc_in *in)
{
	AUTO(buf_done) struct buf b = { 0 };
	struct town *t = ctx;
	struct engineer *e;
	struct rd detail;
	uint64_t persons, opaque;
	uint32_t n;
	uint8_t which;

	CHECK(rd_u32(&in->body, &n) && rd_u8(&in->body, &which) && rd_u64(&in->body, &persons) && rd_u64(&in->body, &opaque) &&
	    rd_part16(&in->body, 4096, &detail));
	e = by_number(t, n);
	CHECK(e);
	e->n_over++;
	buf_reset(&e->over_detail);
	CHECK(buf_put_rd(&e->over_detail, detail));
	if (t->grant.over_answer < 0)
		return 0;
	buf_init(&b, 64);
	struct wr w = wr_to(&b);
	wr_u32(&w, n);
	wr_u8(&w, (uint8_t)t->grant.over_answer);
	wr_u64(&w, t->grant.over_persons);
	wr_u64(&w, t->grant.over_opaque);
	town_to_gate(t, DESK_LIMITS, buf_rd(&b));
	return 0;
}

/* Raises it to what all of the grant is, where the test says so. */
static int on_more(void *ctx, struct ipc_in *in)
{
	AUTO(buf_done) struct buf b = { 0 };
	struct town *t = ctx;
	uint64_t persons, opaque;
	struct engineer *e;
	uint32_t n;
	uint8_t what;

	CHECK(rd_u32(&in->body, &n) && rd_u8(&in->body, &what) && rd_u64(&in->body, &persons) && rd_u64(&in->body, &opaque));
	e = by_number(t, n);
	CHECK(e && persons <= t->grant.all_clear && opaque <= t->grant.all_opaque);
	e->n_more++;
	buf_init(&b, 64);
	struct wr w = wr_to(&b);
	wr_u32(&w, n);
	wr_u8(&w, what);
	wr_u64(&w, t->grant.raises ? persons : t->grant.most_clear);
	wr_u64(&w, t->grant.raises ? opaque : t->grant.most_opaque);
	town_to_gate(t, DESK_RAISED, buf_rd(&b));
	return 0;
}

static int on_counts(void *ctx, struct ipc_in *in)
{
	struct engineer *e;
	struct desk_counts c;
	uint32_t n;

	CHECK(rd_u32(&in->body, &n) && desk_counts_read(&in->body, &c));
	e = by_number(ctx, n);
	if (e) {
		e->counts = c;
		e->n_counts++;
	}
	return 0;
}

static int on_closed(void *ctx, struct ipc_in *in)
{
	struct engineer *e;
	struct desk_counts c;
	struct rd why, by;
	uint64_t seq;
	uint32_t n;

	CHECK(rd_u32(&in->body, &n) && desk_counts_read(&in->body, &c) && rd_part16(&in->body, 512, &why) &&
	    rd_part16(&in->body, 64, &by) && rd_u64(&in->body, &seq));
	e = by_number(ctx, n);
	if (e) {
		e->counts = c;
		e->n_closed++;
		((struct town *)ctx)->closing_seq = seq;
		if (((struct town *)ctx)->gives_receipt)
			send_text(ctx, DESK_RECEIPT, n, "receipt: signed\n");
	}
	return 0;
}

static int on_leave(void *ctx, struct ipc_in *in)
{
	struct town *t = ctx;
	uint32_t n;

	t->n_left++;
	return rd_u32(&in->body, &n) ? 0 : -EBADMSG;
}

static const struct ipc_row desk_rows[] = {
	{ DESK_HELLO, "hello", 1, true, 0, IPC_BODY_MAX, on_hello },
	{ DESK_LIST, "list", 1, false, 0, 4, on_list },
	{ DESK_OPEN, "open", 1, false, 0, IPC_BODY_MAX, on_desk_open },
	{ DESK_PURPOSE, "purpose", 1, false, 0, IPC_BODY_MAX, on_purpose },
	{ DESK_JUDGE, "judge", 1, false, 0, IPC_BODY_MAX, on_judge },
	{ DESK_OVER, "over", 1, false, 0, IPC_BODY_MAX, on_over },
	{ DESK_MORE, "more", 1, false, 0, 21, on_more },
	{ DESK_COUNTS, "counts", 1, false, 0, 128, on_counts },
	{ DESK_CLOSED, "closed", 1, false, 0, IPC_BODY_MAX, on_closed },
	{ DESK_LEAVE, "leave", 1, false, 0, 4, on_leave },
};
static const struct ipc_table desk_table = { "test-desk", desk_rows, ARRAY_LEN(desk_rows) };

static void on_desk_lost(void *ctx, int err)
{
	struct town *t = ctx;

	if (err == -EPROTO)
		test_fail(__FILE__, __LINE__, "the gate broke the desk's protocol: %s", ipc_refusal(t->desk));
	ipc_free(&t->desk);
	t->gate_lost = true;
}

static const struct ipc_table door_table = { "test-door", NULL, 0 };

static void on_door_lost(void *ctx, int err)
{
	ipc_free(&((struct town *)ctx)->door);
}

/* --- the engineer --------------------------------------------------------------------------------------------- */

static int on_exit_status(void *ctx, struct ipc_in *in)
{
	struct engineer *e = ctx;

	CHECK(rd_u8(&in->body, &e->exit_kind) && rd_u8(&in->body, &e->status));
	e->exited = true;
	return 0;
}

static const struct ipc_row program_rows[] = {
	{ SESSION_EXIT, "exit", 1, true, 0, 2, on_exit_status },
};
static const struct ipc_table program_table = { "test-program", program_rows, ARRAY_LEN(program_rows) };

static void on_program_lost(void *ctx, int err)
{
	struct engineer *e = ctx;

	ipc_free(&e->program);
	e->program_closed = true;
}

static void take(struct engineer *e, int fd, struct buf *into, struct loop_watch **w)
{
	AUTO(buf_done) struct buf b = { 0 };
	ssize_t n;

	if (e->is_slow) {
		CHECK(loop_rewatch(e->town->loop, *w, 0) == 0);
		return;
	}
	buf_init(&b, 1 << 16);
	n = fd_read(fd, &b);
	if (n == -EAGAIN)
		return;
	if (n <= 0) {
		loop_unwatch(e->town->loop, w);
		return;
	}
	e->n_got += (uint64_t)n;
	if (e->on_got)
		e->on_got(e, buf_rd(&b));
	if (!e->town->keeps_nothing)
		CHECK(buf_put_rd(into, buf_rd(&b)));
}

static void on_out(void *ctx, uint32_t events)
{
	struct engineer *e = ctx;

	take(e, e->out, &e->got, &e->out_watch);
}

static void on_err(void *ctx, uint32_t events)
{
	struct engineer *e = ctx;

	take(e, e->err, &e->got_err, &e->err_watch);
}

static int connect_to(const struct town *t)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

	CHECK(fd >= 0);
	(void)snprintf(a.sun_path, sizeof(a.sun_path), "%s", t->listen_path);
	CHECK(connect(fd, (struct sockaddr *)&a, sizeof(a)) == 0);
	CHECK(fd_set_nonblock(fd, true) == 0);
	return fd;
}

static struct engineer *new_engineer(struct town *t)
{
	struct engineer *e = &t->engineer[t->n_engineers++];

	CHECK(t->n_engineers <= ENGINEERS_MAX);
	*e = (struct engineer){ .town = t, .in = -1, .out = -1, .err = -1 };
	buf_init(&e->got, TOWN_BYTES_MAX);
	buf_init(&e->got_err, TOWN_BYTES_MAX);
	buf_init(&e->input, TOWN_BYTES_MAX);
	buf_init(&e->open_body, IPC_BODY_MAX);
	buf_init(&e->secrets, 64);
	buf_init(&e->last_command, 16384);
	buf_init(&e->over_detail, 16384);
	return e;
}

struct engineer *town_forward(struct town *t, const char *address)
{
	struct engineer *e = new_engineer(t);
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons(t->port) };

	CHECK(inet_pton(AF_INET, address, &a.sin_addr) == 1);
	e->out = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	CHECK(e->out >= 0 && connect(e->out, (struct sockaddr *)&a, sizeof(a)) == 0 && fd_set_nonblock(e->out, true) == 0);
	e->in = dup(e->out);
	CHECK(loop_watch(t->loop, e->out, EPOLLIN, on_out, e, &e->out_watch) == 0);
	return e;
}

struct engineer *town_come(struct town *t, const struct town_hello *h)
{
	AUTO(buf_done) struct buf b = { 0 };
	struct engineer *e = new_engineer(t);
	struct session_hello hello = { .kind = h->kind, .has_tty = h->has_tty, .cols = 80, .rows = 24,
		.login = rd_str(h->login), .command = rd_str(h->command), .term = rd_str("xterm"),
		.connection = rd_str("192.0.2.7 40000 192.0.2.1 22"), .auth = rd_str("publickey") };
	int in[2], out[2], err[2], fds[3];

	if (h->purpose) {
		hello.n_env = 1;
		hello.env[0] = rd_str(h->purpose);
	}
	CHECK(pipe2(in, O_CLOEXEC) == 0 && pipe2(out, O_CLOEXEC | O_NONBLOCK) == 0 && pipe2(err, O_CLOEXEC | O_NONBLOCK) == 0);
	e->in = in[1];
	e->out = out[0];
	e->err = err[0];
	fds[0] = in[0];
	fds[1] = out[1];
	fds[2] = err[1];
	CHECK(loop_watch(t->loop, e->out, EPOLLIN, on_out, e, &e->out_watch) == 0);
	CHECK(loop_watch(t->loop, e->err, EPOLLIN, on_err, e, &e->err_watch) == 0);
	CHECK(ipc_new(t->loop, connect_to(t), &program_table, e, on_program_lost, &e->program) == 0);
	buf_init(&b, IPC_BODY_MAX);
	struct wr w = wr_to(&b);
	session_hello_write(&w, &hello);
	CHECK(wr_ok(&w) && ipc_send_fds(e->program, SESSION_HELLO, buf_rd(&b), fds, 3) == 0);
	return e;
}

void town_type(struct engineer *e, const char *keys)
{
	CHECK(fd_write_all(e->in, rd_str(keys)) == 0);
}

void town_half_close(struct engineer *e)
{
	fd_close(&e->in);
}

int town_output(struct engineer *e, unsigned stream, struct rd bytes)
{
	AUTO(buf_done) struct buf b = { 0 };

	buf_init(&b, IPC_BODY_MAX);
	CHECK(buf_put_u8(&b, (uint8_t)stream) && buf_put_rd(&b, bytes));
	return e->edge ? ipc_send(e->edge, EDGE_OUTPUT, buf_rd(&b)) : -ENOTCONN;
}

void town_exit(struct engineer *e, unsigned kind, uint32_t value)
{
	AUTO(buf_done) struct buf b = { 0 };

	buf_init(&b, 8);
	struct wr w = wr_to(&b);
	wr_u8(&w, (uint8_t)kind);
	wr_u32(&w, value);
	CHECK(e->edge && ipc_send(e->edge, EDGE_EXIT, buf_rd(&b)) == 0);
}

/* --- running ---------------------------------------------------------------------------------------------------- */

static void on_patience(void *ctx)
{
	loop_stop(((struct town *)ctx)->loop, 1);
}

static void on_poll(void *ctx)
{
	struct town *t = ctx;

	t->came = t->until && t->until(t);
	if (t->came)
		loop_stop(t->loop, 0);
	else
		loop_timer_set(t->loop, &t->poll, NS_PER_MS);
}

bool town_run(struct town *t, bool (*until)(struct town *t), unsigned ms)
{
	t->until = until;
	t->came = false;
	loop_timer_set(t->loop, &t->patience, ms * (uint64_t)NS_PER_MS);
	loop_timer_set(t->loop, &t->poll, 0);
	CHECK(loop_run(t->loop) >= 0);
	loop_timer_clear(t->loop, &t->patience);
	loop_timer_clear(t->loop, &t->poll);
	return t->came;
}

void town_wait(struct town *t, unsigned ms)
{
	CHECK(!town_run(t, NULL, ms));
}

bool town_is_open(struct town *t)
{
	for (size_t i = 0; i < t->n_engineers; i++)
		if (!t->engineer[i].opened)
			return false;
	return true;
}

bool town_is_over(struct town *t)
{
	for (size_t i = 0; i < t->n_engineers; i++)
		if (!t->engineer[i].exited && !t->engineer[i].program_closed)
			return false;
	return true;
}

size_t town_count(const struct buf *b, const char *text)
{
	struct rd all = buf_rd(b), part, want = rd_str(text);
	size_t n = 0;

	for (size_t i = 0; rd_slice(&all, i, want.len, &part); i++)
		n += rd_equal(&part, &want);
	return n;
}

bool town_has(const struct buf *b, const char *text)
{
	return town_count(b, text) > 0;
}

/* --- life --------------------------------------------------------------------------------------------------------- */

static void link_two(struct supervised *a, const char *a_name, struct supervised *b, const char *b_name)
{
	int pair[2];

	CHECK(ipc_pair(pair) == 0);
	supervise_link(a, b_name, pair[0]);
	supervise_link(b, a_name, pair[1]);
}

static int listen_tcp(struct town *t)
{
	struct sockaddr_in a = { .sin_family = AF_INET };
	socklen_t len = sizeof(a);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	CHECK(fd >= 0 && bind(fd, (struct sockaddr *)&a, sizeof(a)) == 0 && listen(fd, 32) == 0);
	CHECK(getsockname(fd, (struct sockaddr *)&a, &len) == 0);
	t->port = ntohs(a.sin_port);
	return fd;
}

static void link_gate(struct town *t)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	int pair[2], fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	link_two(&t->gate, "gate-1", &t->log, "evidenced-core");
	CHECK(ipc_pair(pair) == 0);
	supervise_link(&t->gate, "deskd", pair[1]);
	CHECK(ipc_new(t->loop, pair[0], &desk_table, t, on_desk_lost, &t->desk) == 0);
	CHECK(ipc_pair(pair) == 0);
	supervise_link(&t->gate, "door", pair[1]);
	CHECK(ipc_new(t->loop, pair[0], &door_table, t, on_door_lost, &t->door) == 0);
	(void)snprintf(a.sun_path, sizeof(a.sun_path), "%s", t->listen_path);
	CHECK(fd >= 0 && bind(fd, (struct sockaddr *)&a, sizeof(a)) == 0 && listen(fd, 32) == 0);
	CHECK(ipc_send_fds(t->door, GATE_ROOM, rd_of("\0\0\0", 3), &fd, 1) == 0);
	fd = listen_tcp(t);
	CHECK(ipc_send(t->door, GATE_HOSTS, rd_str("127.1.0.9 other\n127.1.0.1 hlr1\n")) == 0);
	CHECK(ipc_send_fds(t->door, GATE_ROOM, rd_of("\2\0\0", 3), &fd, 1) == 0);
	t->is_up = true;
}

static void on_changed(void *ctx, struct supervised *s)
{
	struct town *t = ctx;

	s->n_quick = 0;
	if (s == &t->gate && s->state != CHILD_READY && s->state != CHILD_STARTING)
		t->gate_lost = t->is_up;
	if (t->keyd.state != CHILD_READY || t->log.state != CHILD_READY || t->gate.state != CHILD_READY || t->is_up)
		return;
	link_two(&t->log, "evidenced-core", &t->keyd, "keyd");
	link_gate(t);
}

static const struct supervise_calls calls = { quiet, on_changed };

static void start_one(struct town *t, struct supervised *s, const struct process *row)
{
	const char *const *args = s->args;

	supervise_init(s, row, t->loop);
	s->args = args;
	s->calls = &calls;
	s->ctx = t;
	s->libexec = t->libexec;
	s->origin = "test.example/gate";
	s->state_dir = t->dir_fd;
	supervise_start(s);
}

static bool is_up(struct town *t)
{
	return t->is_up;
}

static void kill_one(struct supervised *s)
{
	if (s->pid > 0)
		(void)kill(s->pid, SIGKILL);
}

__attribute__((destructor)) static void leave_nothing(void)
{
	if (!running)
		return;
	kill_one(&running->gate);
	kill_one(&running->log);
	kill_one(&running->keyd);
	running = NULL;
}

void town_begin(struct town *t)
{
	const char *build = getenv("SLAGBOOM_BUILD");
	struct town_grant grant = t->grant;

	leave_nothing();
	CHECK(build);
	crypto_start();
	*t = (struct town){ .grant = grant };
	running = t;
	if (t->grant.protocol && !t->grant.mask && !t->grant.most_clear)
		t->grant.most_clear = UINT64_MAX;
	if (!t->grant.protocol)
		t->grant = (struct town_grant){ .protocol = "ssh", .dialect = "", .most_clear = UINT64_MAX, .most_opaque = UINT64_MAX, .file_max = 1 << 20,
			.left_ns = 3600ull * NS_PER_S };
	(void)snprintf(t->dir, sizeof(t->dir), "%s/slagboom-test-XXXXXX", getenv("TMPDIR") ? getenv("TMPDIR") : "/tmp");
	CHECK(mkdtemp(t->dir));
	(void)snprintf(t->libexec, sizeof(t->libexec), "%s/src/proc", build);
	(void)snprintf(t->listen_path, sizeof(t->listen_path), "%s/gate", t->dir);
	t->dir_fd = open(t->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	CHECK(t->dir_fd >= 0 && loop_new(&t->loop) == 0);
	loop_timer_init(&t->patience, on_patience, t);
	loop_timer_init(&t->poll, on_poll, t);
	for (size_t i = 0; i < 2; i++)
		secret_make(&t->keeper[i], X25519_LEN, random_system());
	start_one(t, &t->keyd, process_find("keyd"));
	start_one(t, &t->log, process_find("evidenced-core"));
	t->gate_row = *process_find("gate");
	t->gate_row.argument = "gate-1";
	(void)snprintf(t->grammars, sizeof(t->grammars), "gate.%s/tests/data/vty",
	    getenv("SLAGBOOM_SRC") ? getenv("SLAGBOOM_SRC") : "");
	t->gate_args[0] = t->grammars;
	t->gate.args = t->gate_args;
	start_one(t, &t->gate, &t->gate_row);
	CHECK(town_run(t, is_up, 10000));
}

static bool is_stopped(struct town *t)
{
	return t->gate.state == CHILD_DOWN && t->log.state == CHILD_DOWN;
}

static bool gate_is_stopped(struct town *t)
{
	return t->gate.state == CHILD_DOWN;
}

void town_stop(struct town *t)
{
	supervise_stop(&t->gate);
	CHECK(town_run(t, gate_is_stopped, 10000));
	supervise_stop(&t->log);
	CHECK(town_run(t, is_stopped, 10000));
}

static void engineer_done(struct engineer *e)
{
	loop_unwatch(e->town->loop, &e->out_watch);
	loop_unwatch(e->town->loop, &e->err_watch);
	ipc_free(&e->program);
	ipc_free(&e->edge);
	fd_close(&e->in);
	fd_close(&e->out);
	fd_close(&e->err);
	buf_done(&e->got);
	buf_done(&e->got_err);
	buf_done(&e->input);
	buf_done(&e->open_body);
	buf_done(&e->secrets);
	buf_done(&e->last_command);
	buf_done(&e->over_detail);
}

void town_end(struct town *t)
{
	char line[128];
	const char *argv[] = { "sh", "-c", line, NULL }, *envp[] = { NULL };
	struct spawn s = { "/bin/sh", argv, envp, NULL, 0 };
	struct supervised *all[] = { &t->gate, &t->log, &t->keyd };
	int pidfd;
	pid_t pid;

	for (size_t i = 0; i < t->n_engineers; i++)
		engineer_done(&t->engineer[i]);
	for (size_t i = 0; i < ARRAY_LEN(all); i++) {
		if (all[i]->pid > 0 && kill(all[i]->pid, SIGKILL) == 0)
			(void)waitpid(all[i]->pid, NULL, 0);
		supervise_done(all[i]);
	}
	running = NULL;
	ipc_free(&t->desk);
	ipc_free(&t->door);
	loop_free(&t->loop);
	fd_close(&t->dir_fd);
	secret_done(&t->keeper[0]);
	secret_done(&t->keeper[1]);
	(void)snprintf(line, sizeof(line), "rm -rf -- '%s'", t->dir);
	CHECK_INT(spawn(&s, &pid, &pidfd), 0);
	fd_close(&pidfd);
	CHECK(waitpid(pid, NULL, 0) == pid);
}

/* --- judging the record -------------------------------------------------------------------------------------------- */

static void open_age(const struct buf *sealed, const struct secret *key, struct buf *plain)
{
	struct age_reader a;
	struct rd all = buf_rd(sealed);
	size_t used;

	CHECK_INT(age_read_start(&a, all, key, 1, &used), AGE_OK);
	CHECK(rd_skip(&all, used));
	CHECK_INT(age_read(&a, all, plain), AGE_OK);
	CHECK_INT(age_read_end(&a, plain), AGE_OK);
	age_reader_done(&a);
}

static void open_share(struct town *t, int dir, const char *keeper, size_t i, struct recording_share *out)
{
	AUTO(buf_done) struct buf sealed = { 0 }, plain = { 0 };
	char name[128];

	buf_init(&sealed, 1 << 16);
	buf_init(&plain, 1 << 20);
	(void)snprintf(name, sizeof(name), "share-%s.age", keeper);
	CHECK(fd_read_file(dir, name, &sealed) == 0);
	open_age(&sealed, &t->keeper[i], &plain);
	CHECK(recording_share_parse(buf_rd(&plain), out));
}

static void take_segment(const struct buf *sealed, const struct secret *key, unsigned kind, struct buf *out)
{
	AUTO(buf_done) struct buf plain = { 0 }, unpacked = { 0 };
	uint8_t id[RECORDING_ID_LEN];
	struct frame f;
	struct rd all;
	uint32_t number;

	buf_init(&plain, 8 << 20);
	open_age(sealed, key, &plain);
	all = buf_rd(&plain);
	buf_init(&unpacked, SEGMENT_FRAMES_MAX);
	CHECK_INT(segment_take_head(&all, id, &number, &unpacked), SEGMENT_OK);
	while (all.len) {
		CHECK_INT(segment_take_frame(&all, &f), SEGMENT_OK);
		if (f.kind == kind)
			CHECK(buf_put_rd(out, f.bytes));
	}
}

static void take_reel(int dir, const char *name, const struct secret *key, unsigned kind, struct buf *out)
{
	AUTO(buf_done) struct buf reel = { 0 }, member = { 0 };
	AUTO(reel_reader_done) struct reel_reader r = { 0 };
	enum reel_result result;
	struct rd all, bytes;

	buf_init(&reel, (size_t)1 << 29);
	buf_init(&member, 1 << 26);
	CHECK(fd_read_file(dir, name, &reel) == 0);
	reel_reader_init(&r);
	all = buf_rd(&reel);
	while ((result = reel_read(&r, &all, &bytes)) != REEL_MORE) {
		CHECK(result != REEL_BAD);
		if (result == REEL_HEAD)
			buf_reset(&member);
		if (result == REEL_BYTES)
			CHECK(buf_put_rd(&member, bytes));
		if (result == REEL_WHOLE)
			take_segment(&member, key, kind, out);
	}
}

static void take_recording(struct town *t, int dir, unsigned kind, struct buf *out)
{
	AUTO(recording_share_done) struct recording_share a = { 0 }, b = { 0 };
	AUTO(secret_done) struct secret key = { 0 };
	char name[32];

	open_share(t, dir, "dpo", 0, &a);
	open_share(t, dir, "works-council", 1, &b);
	CHECK(recording_join(&a, &b, &key));
	for (unsigned i = 1; i < 1000; i++) {
		(void)snprintf(name, sizeof(name), "%08u.tar", i);
		if (faccessat(dir, name, R_OK, 0) < 0)
			break;
		take_reel(dir, name, &key, kind, out);
	}
}

void town_frames(struct town *t, unsigned kind, struct buf *out)
{
	char path[128];
	DIR *d;

	(void)snprintf(path, sizeof(path), "%s/evidence-core/recordings", t->dir);
	d = opendir(path);
	CHECK(d);
	for (struct dirent *e; (e = readdir(d));) {
		int dir;
		if (e->d_name[0] == '.')
			continue;
		dir = openat(dirfd(d), e->d_name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		CHECK(dir >= 0);
		take_recording(t, dir, kind, out);
		fd_close(&dir);
	}
	(void)closedir(d);
}

void town_records(struct town *t, struct buf *out)
{
	AUTO(buf_done) struct buf entry = { 0 };
	struct disk_dir disk;
	struct tiler tiler;
	struct wal_fault fault;
	char path[128];
	int dir_fd;

	(void)snprintf(path, sizeof(path), "%s/evidence-core", t->dir);
	dir_fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	CHECK(dir_fd >= 0);
	disk_dir_init(&disk, dir_fd);
	buf_init(&entry, RECORD_MAX);
	CHECK_INT(tiler_open(&tiler, &disk.disk, SHELF_SYNCFS, &fault), 0);
	for (uint64_t i = 0; i < tiler.size; i++) {
		buf_reset(&entry);
		CHECK_INT(tiler_entry(&tiler, i, &entry), 0);
		CHECK(buf_put_rd(out, buf_rd(&entry)) && buf_put_u8(out, '\n'));
	}
	tiler_done(&tiler);
	fd_close(&dir_fd);
}
