/*
 * Is:        the links to the gates (contract in the header).
 * Is not:    the sessions.
 * Called by: deskd, door, sessions.
 * Owns:      its links.
 * Trust:     a gate may have been taken over.
 */
#include "proc/desk/rooms.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "crypto/sha256.h"
#include "os/fd.h"
#include "os/ipc.h"
#include "policy/decide.h"
#include "policy/explain.h"
#include "proc/child.h"
#include "proc/desk/book.h"
#include "proc/desk/desk_sessions.h"
#include "proc/desk/door.h"
#include "proc/desk/world.h"
#include "proc/door/people.h"

enum { KEY_RAW_MAX = 16384, LOGIN_MAX = 255, AUTH_MAX = 8192, LIST_SHOWN_MAX = 60, TALK_MAX = 500, LIST_WORDS_MAX = 256, CUT_PATIENCE_S = 3 };

static struct {
	struct loop *loop;
	struct list rooms;
	uint32_t n;
	uint64_t last_serial;
	struct { char gate[ROOM_NAME_MAX + 1], address[ROOM_ADDRESS_MAX + 1]; uint32_t round_trip_us; } came;
} me;

static void copy_text(char *out, size_t size, struct rd r)
{
	memset(out, 0, size);
	if (r.len < size)
		(void)!rd_copy(&r, (uint8_t *)out, r.len);
}

void rooms_send(struct room *r, uint16_t type, uint32_t n, const char *types, ...)
{
	AUTO(buf_done) struct buf b = { 0 };
	va_list args;

	buf_init(&b, IPC_BODY_MAX);
	struct wr w = wr_to(&b);
	wr_u32(&w, n);
	va_start(args, types);
	for (; *types; types++) {
		if (*types == 't')
			wr_part16(&w, va_arg(args, struct rd));
		else if (*types == 'b')
			wr_u8(&w, (uint8_t)va_arg(args, uint32_t));
		else if (*types == 'w')
			wr_u32(&w, va_arg(args, uint32_t));
		else
			wr_u64(&w, va_arg(args, uint64_t));
	}
	va_end(args);
	/* A gate that does not read any more is about to end, or has to be ended: the door sees to it. */
	if (!r->link || !wr_ok(&w) || ipc_send(r->link, type, buf_rd(&b)) != 0)
		door_cut(rd_str(r->name));
}

bool rooms_send_fd(struct room *r, uint16_t type, struct rd body, int fd)
{
	if (!r->link || ipc_send_fds(r->link, type, body, &fd, 1) == IPC_BUSY) {
		fd_close(&fd);
		return false;
	}
	return true;
}

static void refuse(struct room *r, const char *why)
{
	uint8_t address[EVENT_ADDRESS_LEN] = { 0 };
	(void)!event_address(rd_str(r->address), address); /* unknown stays "::" */
	struct event e = { .id = EVENT_ENGINEER_UNKNOWN, .value = { { .bytes = rd_of(address, sizeof(address)) }, { .bytes = rd_str(why) } } };
	struct book_about a = { .log = BOOK_CORE };

	(void)book_event(&a, &e);
	rooms_send(r, DESK_UNKNOWN, 0, "t", rd_str("The operator's policy does not know you. Your supplier's contact there can help."));
}

/* Who he is. */

static bool has_key(const struct policy *p, struct span keys, struct rd blob)
{
	for (uint32_t i = 0; i < keys.n; i++) {
		struct rd line = p->keys[keys.at + i], kind, one;
		if (!rd_token(&line, &kind) || !rd_token(&line, &one))
			continue;
		if (rd_equal(&one, &blob))
			return true;
	}
	return false;
}

/* The fingerprint of a key of his: a forward without a session comes with no more than sshd's log has. */
static bool has_fingerprint(const struct policy *p, struct span keys, struct rd fingerprint)
{
	AUTO(buf_done) struct buf raw = { 0 }, text = { 0 };
	uint8_t hash[SHA256_LEN];

	for (uint32_t i = 0; i < keys.n; i++) {
		struct rd line = p->keys[keys.at + i], kind, one, made;
		buf_done(&raw);
		buf_done(&text);
		buf_init(&raw, KEY_RAW_MAX);
		buf_init(&text, 128);
		if (!rd_token(&line, &kind) || !rd_token(&line, &one) || !text_base64(one, BASE64_PADDED, &raw))
			continue;
		sha256_of(buf_rd(&raw), hash);
		struct wr w = wr_to(&text);
		wr_str(&w, "SHA256:");
		wr_base64(&w, rd_of(hash, sizeof(hash)), BASE64_BARE);
		made = buf_rd(&text);
		if (wr_ok(&w) && rd_equal(&made, &fingerprint))
			return true;
	}
	return false;
}

/* One of the methods that sshd took was a key of his, or a certificate, which sshd checked
 * against his supplier's authority. */
static bool came_with_his_key(const struct policy *p, const struct engineer *e, struct rd auth)
{
	struct rd line, method, kind, blob;

	while (auth.len) {
		if (!rd_until(&auth, '\n', &line)) {
			line = auth;
			auth.len = 0;
		}
		if (!rd_token(&line, &method))
			continue;
		if (rd_is(&method, "fingerprint") && rd_token(&line, &blob) && has_fingerprint(p, e->keys, blob))
			return true;
		if (!rd_is(&method, "publickey") || !rd_token(&line, &kind) ||
		    !rd_token(&line, &blob))
			continue;
		if (has_key(p, e->keys, blob))
			return true;
		struct rd tail;
		static const char mark[] = "-cert-v01@openssh.com";
		if (kind.len > sizeof(mark) && rd_slice(&kind, kind.len - (sizeof(mark) - 1), sizeof(mark) - 1, &tail) &&
		    rd_is(&tail, mark) && p->suppliers[e->supplier].cas.n)
			return true;
	}
	return false;
}

static void welcome(struct room *r, const struct world *w, int engineer)
{
	AUTO(buf_done) struct buf place = { 0 };
	const struct engineer *e = &w->policy->engineers[engineer];
	const struct supplier *s = &w->policy->suppliers[e->supplier];

	buf_init(&place, EVENT_TEXT_MAX);
	copy_text(r->engineer, sizeof(r->engineer), e->name);
	ipc_set_state(r->link, 1);
	(void)world_place(w, rd_str(r->address), r->round_trip_us, &place);
	struct book_about a = { .actor = e->name, .employer = s->name };
	uint8_t address[EVENT_ADDRESS_LEN] = { 0 };
	(void)!event_address(rd_str(r->address), address);
	struct event v = { .id = EVENT_ENGINEER_ARRIVED, .value = { { .bytes = rd_of(address, sizeof(address)) }, { .bytes = buf_rd(&place) } } };
	(void)book_event(&a, &v);
	rooms_send(r, DESK_KNOWN, 0, "tt", e->name, s->name);
}

static int on_hello(void *ctx, struct ipc_in *in)
{
	const struct world *w = world_now();
	struct room *r = ctx;
	struct people_login name = { .name = { NULL, 0 } };
	struct rd login, address, auth;
	uint32_t n, uid, his;
	int e;

	if (!rd_u32(&in->body, &n) || n != 0 || !rd_part16(&in->body, LOGIN_MAX, &login) ||
	    !rd_part16(&in->body, ROOM_ADDRESS_MAX, &address) || !rd_part16(&in->body, AUTH_MAX, &auth) ||
	    !rd_u32(&in->body, &uid))
		return -EBADMSG;
	/* What is no text is no address: its place is unknown. The door has it from the socket. */
	if (!r->address[0])
		copy_text(r->address, sizeof(r->address), text_is_utf8(address) ? address : rd_str("?"));
	ipc_set_state(r->link, 2); /* nothing more, unless he is known */
	e = w && people_login(login, &name) ? world_engineer(w, name.name) : MODEL_NONE;
	if (e < 0)
		refuse(r, "nobody of this name is in the policy");
	else if (!door_uid(w->policy->engineers[e].name, &his) || his != uid)
		refuse(r, "the room is not his");
	else if (!came_with_his_key(w->policy, &w->policy->engineers[e], auth))
		refuse(r, "the key that he came with is not his now");
	else
		welcome(r, w, e);
	return 0;
}

/* What he may have. */

static void put_asset(struct wr *out, const struct world *w, uint32_t engineer, uint32_t asset, const struct place *at)
{
	uint32_t rule, approvals, roles;
	struct crossing q;

	world_crossing(w, engineer, asset, CHANNEL_TERMINAL, at, world_clock(), &q);
	q.cls = (uint32_t)policy_class(w->policy, rd_str("session"));
	if (!explain_needs(w->table, &q, &rule, &approvals, &roles))
		return;
	wr_str(out, "  ");
	wr_bytes(out, w->policy->assets[asset].name);
	wr_str(out, w->policy->assets[asset].title.len ? "  " : "");
	wr_bytes(out, w->policy->assets[asset].title);
	wr_str(out, "\n");
}

static int on_list(void *ctx, struct ipc_in *in)
{
	AUTO(buf_done) struct buf b = { 0 }, names = { 0 };
	const struct world *w = world_now();
	struct room *r = ctx;
	uint32_t n;
	int e;

	if (!rd_u32(&in->body, &n) || n != 0)
		return -EBADMSG;
	buf_init(&b, DESK_TEXT_MAX - TALK_MAX);
	buf_init(&names, DESK_TEXT_MAX - TALK_MAX - LIST_WORDS_MAX);
	struct wr out = wr_to(&b), list = wr_to(&names);
	e = w ? world_engineer(w, rd_str(r->engineer)) : MODEL_NONE;
	if (e >= 0) {
		struct place at = world_place(w, rd_str(r->address), r->round_trip_us, NULL);
		for (uint32_t a = 0; a < w->policy->n_assets && wr_ok(&list); a++)
			put_asset(&list, w, (uint32_t)e, a, &at);
	}
	wr_str(&out, names.len ? "You may ask for these now, from where you are:\n" : "There is nothing that you may ask for now, from where you are.\n");
	wr_bytes(&out, buf_rd(&names));
	if (names.len)
		wr_text(&out, "Come to one of them with: ssh -t %s@GATE ASSET\n", r->engineer);
	rooms_send(r, DESK_TEXT, 0, "t", buf_rd(&b));
	return 0;
}

/* Sessions. */

static int on_open(void *ctx, struct ipc_in *in)
{
	struct desk_open o;
	uint32_t n;

	if (!rd_u32(&in->body, &n) || n == 0 || !desk_open_read(&in->body, &o))
		return -EBADMSG;
	return sessions_open(ctx, n, &o);
}

static int on_purpose(void *ctx, struct ipc_in *in)
{
	struct rd purpose, ticket;
	uint32_t n;

	if (!rd_u32(&in->body, &n) || !rd_part16(&in->body, DESK_PURPOSE_MAX, &purpose) ||
	    !rd_part16(&in->body, DESK_PURPOSE_MAX, &ticket))
		return -EBADMSG;
	return sessions_purpose(ctx, n, purpose, ticket);
}

static int on_judge(void *ctx, struct ipc_in *in)
{
	struct desk_judge j;
	uint32_t n;

	if (!rd_u32(&in->body, &n) || !desk_judge_read(&in->body, &j))
		return -EBADMSG;
	return sessions_judge(ctx, n, &j);
}

static int on_over(void *ctx, struct ipc_in *in)
{
	struct slice need;
	struct rd detail;
	uint8_t what;
	uint32_t n;

	if (!rd_u32(&in->body, &n) || !rd_u8(&in->body, &what) || what > DESK_OVER_COMMAND || !rd_u64(&in->body, &need.persons) ||
	    !rd_u64(&in->body, &need.opaque) || !rd_part16(&in->body, DESK_TEXT_MAX, &detail))
		return -EBADMSG;
	return sessions_over(ctx, n, (enum desk_over)what, &need, detail);
}

static int on_more(void *ctx, struct ipc_in *in)
{
	struct slice need;
	uint8_t what;
	uint32_t n;

	if (!rd_u32(&in->body, &n) || !rd_u8(&in->body, &what) || what > DESK_MORE_FILE || !rd_u64(&in->body, &need.persons) ||
	    !rd_u64(&in->body, &need.opaque))
		return -EBADMSG;
	return sessions_more(ctx, n, (enum desk_more)what, &need);
}

static int on_counts(void *ctx, struct ipc_in *in)
{
	struct desk_counts c;
	uint32_t n;

	if (!rd_u32(&in->body, &n) || !desk_counts_read(&in->body, &c))
		return -EBADMSG;
	return sessions_counts(ctx, n, &c);
}

static int on_session_closed(void *ctx, struct ipc_in *in)
{
	struct desk_counts c;
	struct rd why, by;
	uint64_t seq;
	uint32_t n;

	if (!rd_u32(&in->body, &n) || !desk_counts_read(&in->body, &c) || !rd_part16(&in->body, DESK_TEXT_MAX, &why) ||
	    !rd_part16(&in->body, DESK_TEXT_MAX, &by) || !rd_u64(&in->body, &seq))
		return -EBADMSG;
	return sessions_closed(ctx, n, &c, why, by, seq);
}

static int on_host_key(void *ctx, struct ipc_in *in)
{
	struct rd key;
	uint32_t n;

	if (!rd_u32(&in->body, &n) || !rd_part16(&in->body, DESK_KEY_MAX, &key))
		return -EBADMSG;
	return sessions_host_key(ctx, n, key);
}

static int on_leave(void *ctx, struct ipc_in *in)
{
	uint32_t n;

	return rd_u32(&in->body, &n) ? sessions_leave(ctx, n) : -EBADMSG;
}

/* State 0: nothing but HELLO. State 1: somebody is there. */
static const struct ipc_row rows[] = {
	{ DESK_HELLO, "hello", 1 << 0, true, 0, IPC_BODY_MAX, on_hello },
	{ DESK_LIST, "list", 1 << 1, false, 0, 4, on_list },
	{ DESK_OPEN, "open", 1 << 1, false, 0, IPC_BODY_MAX, on_open },
	{ DESK_PURPOSE, "purpose", 1 << 1, false, 0, IPC_BODY_MAX, on_purpose },
	{ DESK_JUDGE, "judge", 1 << 1, false, 0, IPC_BODY_MAX, on_judge },
	{ DESK_OVER, "over", 1 << 1, false, 0, IPC_BODY_MAX, on_over },
	{ DESK_MORE, "more", 1 << 1, false, 0, 4 + 1 + 16, on_more },
	{ DESK_COUNTS, "counts", 1 << 1, false, 0, 4 + 64, on_counts },
	{ DESK_CLOSED, "closed", 1 << 1, false, 0, IPC_BODY_MAX, on_session_closed },
	{ DESK_HOST_KEY, "host-key", 1 << 1, false, 0, 4 + 2 + DESK_KEY_MAX, on_host_key },
	{ DESK_LEAVE, "leave", 1 << 1, false, 0, 4, on_leave },
};
static const struct ipc_table table = { "desk", rows, ARRAY_LEN(rows) };

static void forget(struct room *r)
{
	sessions_room_gone(r);
	list_remove(&r->node);
	me.n--;
	ipc_free(&r->link);
	mem_free(&r);
}

static void on_closed(void *ctx, int err)
{
	struct room *r = ctx;

	if (err < 0)
		child_link_refused(r->name, ipc_refusal(r->link));
	forget(r);
}

void rooms_init(struct loop *l)
{
	me.loop = l;
	list_init(&me.rooms);
}

void rooms_done(void)
{
	LIST_EACH(it, &me.rooms)
		forget(CONTAINER_OF(it, struct room, node));
}

void rooms_came(struct rd gate, struct rd address, uint32_t round_trip_us)
{
	copy_text(me.came.gate, sizeof(me.came.gate), gate);
	copy_text(me.came.address, sizeof(me.came.address), address.len ? address : rd_str("?"));
	me.came.round_trip_us = round_trip_us;
}

int rooms_linked(struct rd gate, int fd)
{
	struct room *r;
	int result;

	if (me.n == ROOMS_MAX || gate.len > ROOM_NAME_MAX) {
		fd_close(&fd); /* the gate sees a closed link, and ends */
		return 0;
	}
	r = mem_new(1, sizeof(*r));
	r->serial = ++me.last_serial;
	copy_text(r->name, sizeof(r->name), gate);
	if (rd_is(&gate, me.came.gate)) {
		copy_text(r->address, sizeof(r->address), rd_str(me.came.address));
		r->round_trip_us = me.came.round_trip_us;
	}
	result = ipc_new(me.loop, fd, &table, r, on_closed, &r->link);
	if (result < 0) {
		mem_free(&r);
		return result;
	}
	list_append(&me.rooms, &r->node);
	me.n++;
	return 0;
}

void rooms_second(int64_t now)
{
	LIST_EACH(it, &me.rooms) {
		struct room *r = CONTAINER_OF(it, struct room, node);
		if (r->cut_at == 0 || (r->n_sessions && now < r->cut_at))
			continue;
		r->cut_at = 0;
		door_cut(rd_str(r->name));
	}
}

void rooms_cut(struct rd engineer)
{
	int64_t now = world_clock();

	LIST_EACH(it, &me.rooms) {
		struct room *r = CONTAINER_OF(it, struct room, node);
		if (r->engineer[0] && rd_is(&engineer, r->engineer))
			r->cut_at = now + CUT_PATIENCE_S;
	}
	rooms_second(now);
}
