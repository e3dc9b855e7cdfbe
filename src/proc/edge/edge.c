/*
 * Is:        what every edge does, whatever its element speaks (contract in the header).
 * Is not:    a protocol.
 * Called by: the main of each edge.
 * Owns:      the network descriptor, both links, both queues.
 * Trust:     the element is hostile, the gate may have been taken over.
 */
#include "proc/edge/edge.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <nss.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/assert.h"
#include "base/quote.h"
#include "base/timefmt.h"
#include "os/fd.h"
#include "os/ipc.h"
#include "proc/child.h"

#define CONNECT_NS (10ull * NS_PER_S)
#define BEGIN_NS (20ull * NS_PER_S)
/* A second of silence below TCP is none; a minute is a dead element. */
enum { SILENCE_MS = 60000, KEEPALIVE_S = 20 };
enum { ADDRESS_MAX = 255, LINE_END_MAX = 8 };
/* Messages of EDGE_DATA_MAX bytes that may wait for the gate. */
enum { OUT_MAX = EDGE_QUEUE_MAX / EDGE_DATA_MAX };
/* Behind EDGE_QUEUE_MAX the gate is held; what it had sent before must still fit. */
enum { IN_MAX = 2 * EDGE_QUEUE_MAX };
enum { EARLY_SIGNALS = 32 };

struct edge edge = { .net_fd = -1 };

/* What the protocols do not see. */
static struct {
	const struct edge_protocol *p;
	const char *address;
	struct loop_watch *net, *keys;
	struct loop_timer timer;
	struct ipc *gate;
	int keys_fd, connect_err;
	struct buf answer, open_bytes;
	edge_secret_fn *on_secret;
	struct buf line_end;
	enum edge_failure failure;
	struct buf failed_text, failed_key; /* a failure that no gate has heard of yet */
	bool is_connected, is_open, has_begun, is_ready, is_held, in_step, again;
	/* What came before the element was ready for it: the last size, and bit n for signal n. */
	uint16_t early_cols, early_rows;
	uint32_t early_signals;
	bool has_early_size;
	bool waits_for_secret; /* EDGE_SECRET: what comes behind it has to wait */
} me = { .keys_fd = -1 };

/* Reads on from the gate, or not: a full queue and a secret on its way stop it. */
static void hold_gate(void)
{
	bool hold = me.waits_for_secret || edge.in.len >= EDGE_QUEUE_MAX;

	if (hold == me.is_held || !me.gate)
		return;
	me.is_held = hold;
	if (ipc_hold(me.gate, hold) < 0)
		child_exit(0);
}

/* The end. */

/* The gate closes when it has heard: before that, what it had sent on its way would meet a
 * closed link. No clock ends the wait, since an officer may hold the session for as long as he
 * likes and what is queued here would be lost; the door ends us with the room. */
static void send_last(uint16_t type, struct rd body)
{
	edge.is_over = true;
	loop_unwatch(edge.loop, &me.net);
	loop_timer_clear(edge.loop, &me.timer);
	me.waits_for_secret = false;
	buf_reset(&edge.in);
	hold_gate();
	if (ipc_send(me.gate, type, body) != 0)
		child_exit(0); /* nobody listens */
}

void edge_exit(bool by_signal, uint32_t value)
{
	AUTO(buf_done) struct buf b = { 0 };

	if (edge.is_over)
		return;
	buf_init(&b, 8);
	struct wr w = wr_to(&b);
	wr_u8(&w, by_signal);
	wr_u32(&w, value);
	send_last(EDGE_EXIT, buf_rd(&b));
}

static void send_failure(void)
{
	AUTO(buf_done) struct buf b = { 0 };

	buf_init(&b, 8 + EDGE_TEXT_MAX);
	struct wr w = wr_to(&b);
	wr_u8(&w, (uint8_t)me.failure);
	wr_part16(&w, buf_rd(&me.failed_text));
	ASSERT(wr_ok(&w));
	if (me.failed_key.len && ipc_send(me.gate, EDGE_HOST_KEY, buf_rd(&me.failed_key)) != 0)
		child_exit(0); /* nobody listens */
	send_last(EDGE_FAILED, buf_rd(&b));
}

void edge_fail(enum edge_failure f, struct rd detail)
{
	if (edge.is_over)
		return;
	edge.is_over = true;
	me.failure = f;
	buf_reset(&me.failed_text);
	struct wr w = wr_to(&me.failed_text);
	wr_str(&w, edge_failure_text(f));
	if (detail.len) {
		wr_str(&w, ": ");
		wr_quoted(&w, detail, EDGE_TEXT_MAX / 16); /* a byte may become \u{NNNNN} */
	}
	if (me.gate)
		send_failure();
}

void edge_fail_key(enum edge_failure f, struct rd detail, struct rd key)
{
	buf_done(&me.failed_key);
	buf_init(&me.failed_key, EDGE_KEY_MAX);
	if (!edge.is_over && !buf_put_rd(&me.failed_key, key))
		buf_reset(&me.failed_key); /* no officer could accept so long a one */
	edge_fail(f, detail);
}

/* Output. */

bool edge_has_room(void)
{
	return !edge.is_over && ipc_n_queued(me.gate) < OUT_MAX;
}

static void tell(uint16_t type, struct buf *b)
{
	if (!edge.is_over && ipc_send(me.gate, type, buf_rd(b)) != 0)
		child_exit(0); /* the gate is gone, and with it the session */
}

void edge_ready(struct rd text, bool has_other_modes)
{
	AUTO(buf_done) struct buf b = { 0 };

	me.is_ready = true;
	loop_timer_clear(edge.loop, &me.timer);
	buf_init(&b, 3 + EDGE_TEXT_MAX);
	struct wr w = wr_to(&b);
	wr_u8(&w, has_other_modes);
	wr_part16(&w, text);
	ASSERT(wr_ok(&w));
	tell(EDGE_READY, &b);
}

void edge_output(uint8_t stream, struct rd bytes)
{
	AUTO(buf_done) struct buf b = { 0 };

	ASSERT(bytes.len && bytes.len <= EDGE_DATA_MAX);
	buf_init(&b, 1 + EDGE_DATA_MAX);
	struct wr w = wr_to(&b);
	wr_u8(&w, stream);
	wr_bytes(&w, bytes);
	tell(EDGE_OUTPUT, &b);
}

void edge_output_end(uint8_t stream)
{
	AUTO(buf_done) struct buf b = { 0 };

	buf_init(&b, 1);
	struct wr w = wr_to(&b);
	wr_u8(&w, stream);
	tell(EDGE_OUTPUT_END, &b);
}

/* The element's side. */

static void resize(uint16_t cols, uint16_t rows)
{
	if (!edge.is_over && me.p->resize)
		me.p->resize(cols, rows);
}

static void send_signal(uint8_t number)
{
	if (!edge.is_over && me.p->signal)
		me.p->signal(number);
}

/* He may change his window, or give up, while the edge still logs in. */
static void pass_on_early(void)
{
	uint32_t signals = me.early_signals;

	if (!me.is_ready)
		return;
	if (me.has_early_size)
		resize(me.early_cols, me.early_rows);
	me.has_early_size = false;
	me.early_signals = 0;
	for (unsigned n = 0; n < EARLY_SIGNALS; n++)
		if (signals >> n & 1)
			send_signal((uint8_t)n);
}

/* A step may lead to the wish for another one (room, input); never two at once. */
static void step(void)
{
	me.again = me.in_step;
	if (me.in_step || !me.has_begun)
		return;
	me.in_step = true;
	do {
		me.again = false;
		if (!edge.is_over)
			me.p->step();
		pass_on_early();
	} while (me.again);
	me.in_step = false;
}

static void try_begin(void)
{
	if (edge.is_over || me.has_begun || !me.is_connected || !me.is_open)
		return;
	if (edge.credential[0] && me.keys_fd < 0)
		return;
	me.has_begun = true;
	loop_timer_set(edge.loop, &me.timer, BEGIN_NS);
	me.p->begin();
}

static void connection_failed(int err)
{
	enum edge_failure f = err == ECONNREFUSED ? EDGE_REFUSED : err == ETIMEDOUT ? EDGE_TIMEOUT : EDGE_UNREACHABLE;

	edge_fail(f, rd_str(strerror(err)));
}

static void on_net(void *ctx, uint32_t events);

/* Hang-ups are reported whatever is wanted, again and again: who wants nothing is not asked. */
void edge_want(uint32_t events)
{
	int r = 0;

	if (!events)
		loop_unwatch(edge.loop, &me.net);
	else if (me.net)
		r = loop_rewatch(edge.loop, me.net, events);
	else
		r = loop_watch(edge.loop, edge.net_fd, events, on_net, NULL, &me.net);
	if (r < 0)
		edge_fail(EDGE_LOST, rd_str(""));
}

static void on_net(void *ctx, uint32_t events)
{
	int err = 0;
	socklen_t n = sizeof(err);

	if (me.is_connected) {
		step();
		return;
	}
	if (getsockopt(edge.net_fd, SOL_SOCKET, SO_ERROR, &err, &n) < 0)
		err = errno;
	if (err) {
		loop_unwatch(edge.loop, &me.net);
		connection_failed(err);
		return;
	}
	me.is_connected = true;
	loop_timer_clear(edge.loop, &me.timer);
	edge_want(0);
	try_begin();
}

static void on_timer(void *ctx)
{
	if (edge.is_over) {
		child_exit(0);
		return;
	}
	edge_fail(EDGE_TIMEOUT, rd_str(me.is_connected ? "while logging in" : "while connecting"));
}

/* Secrets. */

static void secret_is_there(int outcome, struct rd secret)
{
	edge_secret_fn *fn = me.on_secret;

	me.on_secret = NULL;
	fn(outcome, secret);
}

static void on_keys(void *ctx, uint32_t events)
{
	ssize_t n = fd_read(me.keys_fd, &me.answer);
	struct rd all, secret = rd_of(NULL, 0);
	int r;

	if (n == -EAGAIN)
		return;
	all = buf_rd(&me.answer);
	r = n > 0 ? agent_answer_take(&all, &secret) : AGENT_BAD;
	if (r == AGENT_MORE)
		return;
	if (r == AGENT_BAD || all.len || !me.on_secret) {
		loop_unwatch(edge.loop, &me.keys);
		fd_close(&me.keys_fd);
		r = AGENT_REFUSED;
	}
	if (me.on_secret)
		secret_is_there(r, secret);
	buf_wipe(&me.answer);
	buf_init(&me.answer, AGENT_WIRE_MAX);
}

void edge_ask_secret(enum agent_secret which, edge_secret_fn *fn)
{
	AUTO(buf_done) struct buf b = { 0 };

	ASSERT(!me.on_secret);
	me.on_secret = fn;
	buf_init(&b, 64);
	struct wr w = wr_to(&b);
	agent_ask_secret(&w, which);
	if (me.keys_fd < 0 || fd_write_all(me.keys_fd, buf_rd(&b)) < 0)
		secret_is_there(AGENT_REFUSED, rd_of(NULL, 0));
}

int edge_take_keys(void)
{
	int fd = me.keys_fd;

	loop_unwatch(edge.loop, &me.keys);
	me.keys_fd = -1;
	return fd;
}

/* The gate's side. */

void edge_took_input(void)
{
	hold_gate();
}

static int on_open(void *ctx, struct ipc_in *in)
{
	struct rd r;

	/* The texts must outlive the message. */
	if (!buf_put_rd(&me.open_bytes, in->body))
		return -EBADMSG;
	r = buf_rd(&me.open_bytes);
	if (!edge_open_read(&r, &edge.open) || !rd_skip(&in->body, in->body.len - r.len))
		return -EBADMSG;
	ipc_set_state(me.gate, 1);
	me.is_open = true;
	try_begin();
	return 0;
}

static int on_input(void *ctx, struct ipc_in *in)
{
	if (edge.is_over) {
		in->body.len = 0;
		return 0;
	}
	/* A held link is read on only when the gate has left: then the order is lost. */
	if (edge.in_ended || in->body.len == 0 || me.waits_for_secret)
		return -EBADMSG;
	if (!buf_put_rd(&edge.in, in->body))
		return -ENOBUFS;
	in->body.len = 0;
	hold_gate();
	step();
	return 0;
}

static int on_input_end(void *ctx, struct ipc_in *in)
{
	edge.in_ended = true;
	step();
	return 0;
}

static int on_resize(void *ctx, struct ipc_in *in)
{
	uint16_t cols, rows;

	if (!rd_u16(&in->body, &cols) || !rd_u16(&in->body, &rows))
		return -EBADMSG;
	if (me.is_ready) {
		resize(cols, rows);
		return 0;
	}
	me.early_cols = cols;
	me.early_rows = rows;
	me.has_early_size = true;
	return 0;
}

static int on_signal(void *ctx, struct ipc_in *in)
{
	uint8_t number;

	if (!rd_u8(&in->body, &number))
		return -EBADMSG;
	if (me.is_ready)
		send_signal(number);
	else if (number < EARLY_SIGNALS) /* those of SSH are */
		me.early_signals |= 1u << number;
	return 0;
}

static void put_secret(int outcome, struct rd secret)
{
	me.waits_for_secret = false;
	if (edge.is_over)
		return;
	if (outcome != 0) {
		edge_fail(EDGE_NO_CREDENTIAL, rd_str("the element asks for a part that it does not have"));
		return;
	}
	if (!buf_put_rd(&edge.in, secret) || !buf_put_rd(&edge.in, buf_rd(&me.line_end))) {
		edge_fail(EDGE_LOST, rd_str("too much waits for the element"));
		return;
	}
	hold_gate();
	step();
}

static int on_secret(void *ctx, struct ipc_in *in)
{
	struct rd line_end;
	uint8_t which;

	if (edge.in_ended || me.waits_for_secret || (me.on_secret && !edge.is_over))
		return -EBADMSG;
	if (!rd_u8(&in->body, &which) || which >= AGENT_SECRETS || !rd_part8(&in->body, LINE_END_MAX, &line_end))
		return -EBADMSG;
	if (edge.is_over)
		return 0;
	buf_reset(&me.line_end);
	if (!buf_put_rd(&me.line_end, line_end))
		return -EBADMSG;
	me.waits_for_secret = true;
	hold_gate();
	edge_ask_secret((enum agent_secret)which, put_secret);
	return 0;
}

static int on_close(void *ctx, struct ipc_in *in)
{
	edge.is_over = true;
	child_exit(0);
	return 0;
}

enum { BEFORE = 1 << 0, OPENED = 1 << 1 };
static const struct ipc_row rows[] = {
	{ EDGE_OPEN, "open", BEFORE, true, 0, IPC_BODY_MAX, on_open },
	{ EDGE_INPUT, "input", OPENED, false, 0, EDGE_DATA_MAX, on_input },
	{ EDGE_INPUT_END, "input-end", OPENED, true, 0, 0, on_input_end },
	{ EDGE_RESIZE, "resize", BEFORE | OPENED, false, 0, 4, on_resize },
	{ EDGE_SIGNAL, "signal", BEFORE | OPENED, false, 0, 1, on_signal },
	{ EDGE_SECRET, "secret", OPENED, false, 0, 2 + LINE_END_MAX, on_secret },
	{ EDGE_CLOSE, "close", BEFORE | OPENED, true, 0, 0, on_close },
};
static const struct ipc_table table = { "edge", rows, ARRAY_LEN(rows) };

static void on_gate_closed(void *ctx, int err)
{
	if (err < 0)
		child_link_refused("gate", ipc_refusal(me.gate));
	child_exit(0);
}

static void on_room(void *ctx)
{
	step();
}

static int link_gate(int fd)
{
	int r;

	if (me.gate) {
		fd_close(&fd);
		return -EEXIST;
	}
	r = ipc_new(edge.loop, fd, &table, NULL, on_gate_closed, &me.gate);
	if (r < 0)
		return r;
	ipc_on_drained(me.gate, on_room);
	if (edge.is_over)
		send_failure();
	return 0;
}

static int link_keys(int fd)
{
	int r;

	if (me.keys_fd >= 0 || !edge.credential[0]) {
		fd_close(&fd);
		return -EEXIST;
	}
	me.keys_fd = fd;
	r = fd_set_nonblock(fd, true);
	if (r == 0)
		r = loop_watch(edge.loop, fd, EPOLLIN, on_keys, NULL, &me.keys);
	if (r == 0)
		try_begin();
	return r;
}

static int linked(void *ctx, struct rd peer, int fd)
{
	struct rd name = peer;

	if (rd_is(&peer, "keyd"))
		return link_keys(fd);
	if (rd_word(&name, "gate"))
		return link_gate(fd);
	fd_close(&fd);
	return -EINVAL;
}

/* The start. */

static int set_options(int fd)
{
	static const struct {
		int level, name, value;
	} options[] = {
		{ IPPROTO_TCP, TCP_NODELAY, 1 },
		{ SOL_SOCKET, SO_KEEPALIVE, 1 },
		{ IPPROTO_TCP, TCP_KEEPIDLE, KEEPALIVE_S },
		{ IPPROTO_TCP, TCP_KEEPINTVL, KEEPALIVE_S },
		{ IPPROTO_TCP, TCP_USER_TIMEOUT, SILENCE_MS },
	};

	for (size_t i = 0; i < ARRAY_LEN(options); i++)
		if (setsockopt(fd, options[i].level, options[i].name, &options[i].value, sizeof(int)) < 0)
			return -errno;
	return 0;
}

/* HOST:PORT, [HOST]:PORT; as the policy's parser takes them. */
static bool split_address(const char *text, char *host, size_t size, char *port, size_t port_size)
{
	struct rd r = rd_str(text), h;

	if (rd_word(&r, "[")) {
		if (!rd_until(&r, ']', &h) || !rd_word(&r, ":"))
			return false;
	} else if (!rd_until(&r, ':', &h)) {
		return false;
	}
	if (h.len == 0 || h.len >= size || r.len == 0 || r.len >= port_size)
		return false;
	(void)snprintf(host, size, "%.*s", (int)h.len, (const char *)h.p);
	(void)snprintf(port, port_size, "%.*s", (int)r.len, (const char *)r.p);
	return true;
}

/* Starts connecting; how it went is heard behind the belts. */
static int start_connecting(void)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV | AI_ADDRCONFIG }, *found = NULL;
	char host[ADDRESS_MAX + 1], port[8];
	int r;

	/* A name server's answer would be a stranger's bytes in front of the belts. */
	if (__nss_configure_lookup("hosts", "files") < 0)
		return -errno;
	if (!split_address(me.address, host, sizeof(host), port, sizeof(port)) || getaddrinfo(host, port, &hints, &found) != 0)
		return -ENXIO;
	edge.net_fd = socket(found->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	r = edge.net_fd < 0 ? -errno : set_options(edge.net_fd);
	if (r == 0 && connect(edge.net_fd, found->ai_addr, found->ai_addrlen) < 0 && errno != EINPROGRESS)
		r = -errno;
	freeaddrinfo(found);
	return r;
}

static int prepare(void *ctx, int dir_fd)
{
	me.connect_err = -start_connecting();
	return me.p->prepare ? me.p->prepare() : 0;
}

static int start(void *ctx, struct loop *l)
{
	edge.loop = l;
	loop_timer_init(&me.timer, on_timer, NULL);
	if (me.connect_err == ENXIO)
		edge_fail(EDGE_UNREACHABLE, rd_str("its address is neither numbers nor a name in /etc/hosts"));
	else if (me.connect_err)
		connection_failed(me.connect_err);
	if (me.connect_err)
		return 0;
	loop_timer_set(l, &me.timer, CONNECT_NS);
	return loop_watch(l, edge.net_fd, EPOLLOUT, on_net, NULL, &me.net);
}

static void done(void *ctx)
{
	if (me.p->done)
		me.p->done();
	ipc_free(&me.gate);
	loop_unwatch(edge.loop, &me.net);
	loop_unwatch(edge.loop, &me.keys);
	fd_close(&edge.net_fd);
	fd_close(&me.keys_fd);
	buf_wipe(&edge.in);
	buf_wipe(&me.answer);
	buf_done(&me.open_bytes);
	buf_done(&me.line_end);
	buf_done(&me.failed_text);
}

int edge_main(const struct edge_protocol *p, int argc, char **argv)
{
	const struct child child = { .name = p->name, .prepare = prepare, .start = start, .linked = linked, .done = done };

	if (argc != 7) {
		(void)dprintf(STDERR_FILENO,
		    "usage: slagboom-%s NAME ASSET PROTOCOL ADDRESS CREDENTIAL HOST_KEYS; the door starts it\n", p->name);
		return 2;
	}
	me.p = p;
	edge.protocol = argv[3];
	me.address = argv[4];
	edge.credential = argv[5];
	edge.host_keys = argv[6];
	buf_init(&edge.in, IN_MAX);
	buf_init(&me.answer, AGENT_WIRE_MAX);
	buf_init(&me.open_bytes, IPC_BODY_MAX);
	buf_init(&me.line_end, LINE_END_MAX);
	buf_init(&me.failed_text, EDGE_TEXT_MAX);
	return child_main(&child);
}
