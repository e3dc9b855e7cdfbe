/*
 * Is:        the release rule (contracts in the header).
 * Is not:    a judge.
 * Called by: gate/session.c, gate/orders.c.
 * Owns:      the groups and the bytes on their way.
 * Trust:     nothing here reads the bytes.
 */
#include "proc/gate/release.h"

#include <errno.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "base/assert.h"
#include "base/mem.h"
#include "base/timefmt.h"
#include "base/wr.h"
#include "os/ipc.h"
#include "proc/gate/gate.h"
#include "proc/gate/record.h"
#include "proc/gate/session.h"
#include "proc/gate/state.h"
#include "proc/gate/tap.h"
#include "proc/talk/edge_proto.h"

enum { SPARE_MAX = 2 << 20 };

static struct group *group_new(struct release *r)
{
	struct group *g = mem_new(1, sizeof(*g));

	list_init(&g->node);
	vec_init(&g->steps, sizeof(struct step));
	g->bytes = r->spare;
	buf_init(&r->spare, RELEASE_OUT_MAX);
	g->began_ns = loop_now_ns(r->session->gate->loop);
	return g;
}

static void group_free(struct group **gp)
{
	struct group *g = *gp;

	if (!g)
		return;
	vec_done(&g->steps);
	buf_wipe(&g->bytes);
	mem_free(gp);
}

/* In bulk its memory serves again. */
static void group_left(struct release *r, struct group *g)
{
	if (r->is_bulk && !r->spare.p && g->bytes.cap <= SPARE_MAX) {
		r->spare = g->bytes;
		buf_reset(&r->spare);
		buf_init(&g->bytes, RELEASE_OUT_MAX);
	} else if (!r->is_bulk) {
		buf_wipe(&r->spare);
	}
	group_free(&g);
}

static bool is_down(enum step_to to)
{
	return to == STEP_OUT || to == STEP_ERR;
}

/* --- queueing ---------------------------------------------------------------------------------- */

static bool joins(const struct group *g, enum step_to to, uint8_t frame, uint64_t now_us, size_t len)
{
	const struct step *last = g->steps.n ? vec_at(&g->steps, g->steps.n - 1) : NULL;

	return last && to != STEP_EDGE && frame != FRAME_FILE && last->to == to && last->frame == frame && last->time_us / 1000 == now_us / 1000 &&
	    last->len + len <= FRAME_MAX;
}

static bool put_step(struct release *r, const struct step *s, struct rd bytes)
{
	struct group *g = r->open;
	struct step *last;

	if (bytes.len > buf_room(&g->bytes) || g->steps.n > RELEASE_GROUP_BYTES || !buf_put_rd(&g->bytes, bytes))
		return false;
	if (joins(g, s->to, s->frame, s->time_us, bytes.len)) {
		last = vec_at(&g->steps, g->steps.n - 1);
		last->len += bytes.len;
	} else {
		last = vec_push(&g->steps);
		*last = *s;
	}
	if (is_down(s->to))
		r->down += bytes.len;
	else if (s->to == STEP_INPUT)
		r->up += bytes.len;
	else if (s->to == STEP_NOWHERE)
		r->aside += bytes.len;
	return true;
}

/* Enough of bulk has come, or been waited for. */
static bool is_ready(const struct release *r)
{
	return !r->is_bulk || r->open->bytes.len >= RELEASE_BULK ||
	    loop_now_ns(r->session->gate->loop) - r->open->began_ns >= RELEASE_BULK_NS;
}

static bool may_seal(const struct release *r)
{
	if (!r->open || r->n_flying >= RELEASE_FLYING_MAX)
		return false;
	return r->open->bytes.len >= RELEASE_GROUP_BYTES || (r->n_flying == 0 && is_ready(r));
}

/* Sealing is never within release_put: what belongs together goes together. */
static void plan_seal(struct release *r)
{
	struct loop *l = r->session->gate->loop;

	if (may_seal(r))
		loop_timer_set(l, &r->seal, 0);
	else if (r->open && r->n_flying == 0 && !loop_timer_is_set(&r->seal))
		loop_timer_set(l, &r->seal, RELEASE_BULK_NS);
}

bool release_put(struct release *r, enum step_to to, uint16_t type, uint8_t frame, struct rd bytes)
{
	struct step s = { to, type, frame, 0, 0 };
	struct rd part;

	if (!r->open)
		r->open = group_new(r);
	s.time_us = (loop_now_ns(r->session->gate->loop) - r->began_ns) / NS_PER_US;
	do {
		s.len = bytes.len < FRAME_MAX ? bytes.len : FRAME_MAX;
		if (!rd_take(&bytes, s.len, &part) || !put_step(r, &s, part))
			return false;
	} while (bytes.len);
	plan_seal(r);
	return true;
}

/* --- sealing ----------------------------------------------------------------------------------- */

static void seal(struct release *r)
{
	struct group *g = r->open;

	r->open = NULL;
	r->is_bulk = g->bytes.len >= RELEASE_BULK;
	g->asked_ns = loop_now_ns(r->session->gate->loop);
	list_append(&r->flying, &g->node);
	r->n_flying++;
	if (!gate_record_segment(r->session, g))
		session_record_failed(r->session, "the recording cannot be written");
}

static void on_seal(void *ctx)
{
	struct release *r = ctx;

	if (may_seal(r))
		seal(r);
	else
		plan_seal(r);
}

/* --- leaving ------------------------------------------------------------------------------------ */

static void to_edge(struct release *r, uint16_t type, struct rd bytes)
{
	struct wr w = wr_to(&r->edge);
	struct rd part;

	do {
		size_t n = bytes.len < EDGE_DATA_MAX ? bytes.len : EDGE_DATA_MAX;
		if (!rd_take(&bytes, n, &part))
			UNREACHABLE();
		wr_u16(&w, type);
		wr_part16(&w, part);
	} while (bytes.len);
	if (!wr_ok(&w))
		session_end(r->session, "the element does not read", "gate");
}

static void left(size_t *of, size_t n)
{
	*of -= *of < n ? *of : n;
}

/* As much as the descriptor takes: how many bytes; or -errno. */
static ssize_t write_some(struct release *r, int fd, struct rd bytes)
{
	ssize_t n;

	do
		n = fd < 0 ? -1 : write(fd, bytes.p, bytes.len);
	while (n < 0 && fd >= 0 && errno == EINTR);
	if (n < 0)
		return fd < 0 ? -EBADF : -errno;
	left(&r->down, (size_t)n);
	return n;
}

/* True when the descriptor takes no more for now. */
static bool write_out(struct release *r, int fd, struct buf *b)
{
	while (b->len) {
		ssize_t n = write_some(r, fd, buf_rd(b));
		if (n == -EAGAIN)
			return true;
		if (n < 0) { /* he is gone: what was for him ends here */
			left(&r->down, b->len);
			buf_reset(b);
			session_engineer_gone(r->session);
			return false;
		}
		buf_drop(b, (size_t)n);
	}
	return false;
}

/* What the descriptor takes leaves from where it is; the rest waits. */
static bool put_out(struct release *r, int fd, struct buf *waiting, struct rd bytes)
{
	ssize_t n = 0;

	while (waiting->len == 0 && bytes.len && n >= 0) {
		n = write_some(r, fd, bytes);
		if (n > 0 && !rd_skip(&bytes, (size_t)n))
			UNREACHABLE();
	}
	return buf_put_rd(waiting, bytes);
}

static void deliver_step(struct release *r, const struct step *s, struct rd bytes)
{
	bool fits = true;

	gate_tap_frame(r->session, s->frame, bytes);
	switch (s->to) {
	case STEP_NOWHERE:
		left(&r->aside, bytes.len);
		return;
	case STEP_OUT:
		fits = put_out(r, r->session->out_fd, &r->out, bytes);
		break;
	case STEP_ERR:
		fits = put_out(r, r->session->err_fd, &r->err, bytes);
		break;
	case STEP_INPUT:
		to_edge(r, EDGE_INPUT, bytes);
		return;
	case STEP_EDGE:
		to_edge(r, s->type, bytes);
		return;
	}
	if (!fits)
		session_end(r->session, "you do not read", "gate");
}

static void deliver(struct release *r, const struct group *g)
{
	struct rd all = buf_rd(&g->bytes), bytes;

	for (size_t i = 0; i < g->steps.n; i++) {
		const struct step *s = vec_at(&g->steps, i);
		if (!rd_take(&all, s->len, &bytes))
			UNREACHABLE();
		deliver_step(r, s, bytes);
	}
}

/* Segments that must be on the disk before what the record has up to `token` may go. */
static uint64_t wants_synced(const struct release *r, uint64_t token)
{
	uint64_t n = 0;

	LIST_EACH(it, &r->flying) {
		const struct group *g = CONTAINER_OF(it, struct group, node);
		if (g->token == 0 || g->token > token)
			break;
		n = g->n_sealed;
	}
	return n;
}

void release_durable(struct release *r, uint64_t token)
{
	bool any = false;

	if (wants_synced(r, token) > r->session->tape.n_synced && sealer_sync(&r->session->tape) < 0) {
		session_record_failed(r->session, "the recording cannot be written");
		return;
	}
	LIST_EACH(it, &r->flying) {
		struct group *g = CONTAINER_OF(it, struct group, node);
		if (g->token == 0 || g->token > token)
			break;
		list_remove(it);
		r->n_flying--;
		deliver(r, g);
		group_left(r, g);
		any = true;
	}
	if (!any)
		return;
	if (may_seal(r))
		seal(r);
	else
		plan_seal(r);
	release_flush(r);
}

static void write_edge(struct release *r)
{
	struct session *s = r->session;
	struct rd all, body;
	uint16_t type;
	int sent;

	while (r->edge.len) {
		all = buf_rd(&r->edge);
		if (!rd_u16(&all, &type) || !rd_part16(&all, EDGE_DATA_MAX, &body))
			UNREACHABLE();
		sent = s->edge ? ipc_send(s->edge, type, body) : -ENOTCONN;
		if (sent == IPC_BUSY)
			return;
		if (type == EDGE_INPUT)
			left(&r->up, body.len);
		buf_drop(&r->edge, r->edge.len - all.len);
		/* A broken link reports itself. */
	}
}

void release_flush(struct release *r)
{
	r->want_out = write_out(r, r->session->out_fd, &r->out);
	r->want_err = write_out(r, r->session->err_fd, &r->err);
	write_edge(r);
	session_rewatch(r->session);
}

/* --- the rest ------------------------------------------------------------------------------------ */

void release_init(struct release *r, struct session *s)
{
	*r = (struct release){ .session = s };
	loop_timer_init(&r->seal, on_seal, r);
	list_init(&r->flying);
	buf_init(&r->spare, RELEASE_OUT_MAX);
	buf_init(&r->out, RELEASE_OUT_MAX);
	buf_init(&r->err, RELEASE_OUT_MAX);
	buf_init(&r->edge, RELEASE_OUT_MAX);
	r->began_ns = loop_now_ns(s->gate->loop);
}

void release_drop(struct release *r)
{
	group_free(&r->open);
	LIST_EACH(it, &r->flying) {
		struct group *g = CONTAINER_OF(it, struct group, node);
		list_remove(it);
		group_free(&g);
	}
	r->n_flying = 0;
	loop_timer_clear(r->session->gate->loop, &r->seal);
}

void release_done(struct release *r)
{
	release_drop(r);
	buf_wipe(&r->spare);
	buf_wipe(&r->out);
	buf_wipe(&r->err);
	buf_wipe(&r->edge);
}

bool release_has_room_down(const struct release *r)
{
	return r->down < GATE_DOWN_MAX && r->aside < GATE_ASIDE_MAX;
}

bool release_has_room_up(const struct release *r)
{
	return r->up < GATE_UP_MAX && r->aside < GATE_ASIDE_MAX;
}

bool release_is_empty(const struct release *r)
{
	return !r->open && r->n_flying == 0 && r->out.len == 0 && r->err.len == 0;
}

uint64_t release_oldest_ns(const struct release *r)
{
	if (list_is_empty(&r->flying))
		return 0;
	return CONTAINER_OF(r->flying.next, struct group, node)->asked_ns;
}

void release_tell(struct release *r, bool to_err, struct rd text)
{
	struct buf *b = to_err ? &r->err : &r->out;

	if (buf_put_rd(b, text))
		r->down += text.len;
	release_flush(r);
}
