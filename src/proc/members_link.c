/*
 * Is:        the asker's side of ask_proto (contract in the header).
 * Is not:    the set.
 * Called by: every process that inspects.
 * Owns:      the link, and the answers that it remembers.
 * Trust:     tokend; values are hostile.
 *
 * What is remembered is forgotten when the set changes, which the next answer tells.
 */
#include "proc/members_link.h"

#include <errno.h>

#include "base/assert.h"
#include "base/mem.h"
#include "base/siphash.h"
#include "os/call.h"
#include "os/clock.h"
#include "os/fd.h"
#include "os/ipc.h"
#include "proc/talk/ask_proto.h"

struct slot {
	uint64_t tag; /* 0: empty */
	uint32_t person;
};

struct members_link {
	int fd;
	uint64_t key[2], token, rest_until_ns;
	struct members_link_figures figures;
	struct slot *slots; /* made with the first answer */
	/* The question that is being put together: its identifiers and their askers. */
	struct ask ask;
	struct inspect_ask *asker[ASK_IDS_MAX];
	struct ask_answer answer;
	size_t bytes;
};

enum { ASK_HEAD_LEN = 8 + 2, ID_HEAD_LEN = 1 + 1 };

struct members_link *members_link_new(const uint64_t key[2])
{
	struct members_link *l = mem_new(1, sizeof(*l));

	l->fd = -1;
	l->key[0] = key[0];
	l->key[1] = key[1];
	return l;
}

static void forget(struct members_link *l)
{
	if (l->slots)
		mem_wipe(l->slots, MEMBERS_LINK_SLOTS * sizeof(*l->slots));
}

static void unlink_it(struct members_link *l)
{
	fd_close(&l->fd);
	l->figures.is_linked = false;
}

void members_link_free(struct members_link **lp)
{
	struct members_link *l = *lp;

	if (!l)
		return;
	unlink_it(l);
	forget(l);
	mem_free(&l->slots);
	mem_wipe(l, sizeof(*l));
	mem_free(lp);
}

void members_link_linked(struct members_link *l, int fd)
{
	unlink_it(l);
	forget(l);
	l->fd = fd;
	l->figures.is_linked = true;
	l->token = l->rest_until_ns = 0;
}

static uint64_t tag_of(const struct members_link *l, enum scan_kind kind, struct rd value)
{
	const uint64_t key[2] = { l->key[0] ^ (unsigned)kind, l->key[1] };
	uint64_t tag = siphash(key, value);

	return tag ? tag : 1;
}

static struct slot *slot_of(struct members_link *l, uint64_t tag)
{
	return &l->slots[tag % MEMBERS_LINK_SLOTS];
}

static void set_answer(struct inspect_ask *a, uint32_t person)
{
	a->membership = person == ASK_NOBODY ? MEMBERSHIP_NONE : MEMBERSHIP_MEMBER;
	a->person = person;
}

static bool remembers(struct members_link *l, struct inspect_ask *a)
{
	uint64_t tag = tag_of(l, a->kind, a->value);

	if (!l->slots || slot_of(l, tag)->tag != tag)
		return false;
	set_answer(a, slot_of(l, tag)->person);
	return true;
}

/* Waits for the answer to the question at hand; older ones, which came too late, are
 * passed over. */
static int receive(struct members_link *l, uint64_t by_ns)
{
	int r = 0;

	while (r == 0) {
		AUTO(buf_done) struct buf b = { 0 };
		uint16_t type;
		struct rd body;

		buf_init(&b, IPC_BODY_MAX);
		r = call_receive(l->fd, by_ns, &type, &b);
		if (r < 0)
			return r;
		body = buf_rd(&b);
		if (type != TOKEND_ANSWER || !ask_answer_read(&body, &l->answer) || l->answer.token > l->token)
			return -EPROTO;
		if (l->answer.token == l->token)
			break;
	}
	return l->answer.status != ASK_ANSWERED || l->answer.n == l->ask.n ? 0 : -EPROTO;
}

static int call(struct members_link *l)
{
	AUTO(buf_done) struct buf b = { 0 };
	uint64_t now = clock_mono_ns(), by_ns = now + MEMBERS_LINK_PATIENCE_NS;
	struct wr w;
	int r;

	if (l->fd < 0)
		return -ENOTCONN;
	if (now < l->rest_until_ns)
		return -ETIMEDOUT;
	l->ask.token = ++l->token;
	buf_init(&b, IPC_BODY_MAX);
	w = wr_to(&b);
	ask_write(&w, &l->ask);
	ASSERT(wr_ok(&w));
	r = call_send(l->fd, TOKEND_ASK, buf_rd(&b), by_ns);
	if (r == 0)
		r = receive(l, by_ns);
	if (r == -ETIMEDOUT)
		l->rest_until_ns = clock_mono_ns() + MEMBERS_LINK_REST_NS;
	else if (r < 0)
		unlink_it(l);
	return r;
}

/* Asks what was put together, and gives each asker its answer. */
static void flush(struct members_link *l)
{
	int r = l->ask.n ? call(l) : 0;

	if (r == 0 && l->ask.n && l->answer.version != l->figures.version) {
		forget(l);
		l->figures.version = l->answer.version;
	}
	if (r < 0 || l->answer.status != ASK_ANSWERED) {
		l->figures.n_unknown += l->ask.n;
		l->ask.n = 0;
	}
	if (l->ask.n && !l->slots)
		l->slots = mem_new(MEMBERS_LINK_SLOTS, sizeof(*l->slots));
	for (size_t k = 0; k < l->ask.n; k++) {
		uint64_t tag = tag_of(l, l->ask.id[k].kind, l->ask.id[k].value);
		set_answer(l->asker[k], l->answer.person[k]);
		*slot_of(l, tag) = (struct slot){ tag, l->answer.person[k] };
	}
	if (l->ask.n)
		l->figures.share = l->answer.share / 4294967296.0;
	l->figures.n_asked += l->ask.n;
	l->ask.n = 0;
	l->bytes = ASK_HEAD_LEN;
}

void members_link_ask(void *ctx, struct inspect_ask *asks, size_t n)
{
	struct members_link *l = ctx;

	l->ask.n = 0;
	l->bytes = ASK_HEAD_LEN;
	for (size_t k = 0; k < n; k++) {
		struct inspect_ask *a = &asks[k];

		a->membership = MEMBERSHIP_UNKNOWN;
		a->person = ASK_NOBODY;
		ASSERT(a->value.len <= SCAN_VALUE_MAX);
		if (a->value.len == 0 || remembers(l, a))
			continue;
		if (l->ask.n == ASK_IDS_MAX || l->bytes + ID_HEAD_LEN + a->value.len > IPC_BODY_MAX)
			flush(l);
		l->asker[l->ask.n] = a;
		l->ask.id[l->ask.n++] = (struct ask_id){ a->kind, a->value };
		l->bytes += ID_HEAD_LEN + a->value.len;
	}
	flush(l);
}

struct members_link_figures members_link_figures(const struct members_link *l)
{
	return l->figures;
}
