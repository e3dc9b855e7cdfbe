/*
 * Is:        those who ask tokend (contract in the header).
 * Is not:    the set.
 * Called by: tokend.c.
 * Owns:      the links.
 * Trust:     an asker may have been taken over.
 */
#include "proc/tokend/askers.h"

#include <errno.h>
#include <stdio.h>

#include "base/assert.h"
#include "base/mem.h"
#include "base/siphash.h"
#include "base/timefmt.h"
#include "crypto/random.h"
#include "inspect/plan.h"
#include "os/clock.h"
#include "os/fd.h"
#include "os/ipc.h"
#include "os/loop.h"
#include "proc/child.h"
#include "proc/talk/ask_proto.h"

struct asker {
	struct list node;
	struct askers *all;
	struct ipc *link;
	struct quota quota;
	uint64_t key[2]; /* persons have other numbers on each link */
	uint64_t token;
	bool told;       /* that it is over its quota */
	char name[EVENT_NAME_MAX + 1];
};

void quota_init(struct quota *q, uint64_t now_ns)
{
	*q = (struct quota){ ASKER_BURST, now_ns };
}

bool quota_take(struct quota *q, uint64_t n, uint64_t now_ns)
{
	uint64_t step_ns = NS_PER_S / ASKER_PER_S, steps = (now_ns - q->since_ns) / step_ns;

	q->since_ns += steps * step_ns;
	q->left = steps > ASKER_BURST - q->left ? ASKER_BURST : q->left + steps;
	if (q->left < n)
		return false;
	q->left -= n;
	return true;
}

/* The chance that a random number is one of ours: that of the fullest part of the plan,
 * so that chance is never taken for a fact. In parts of 2^32. */
static uint32_t share_of(struct askers *a)
{
	double most = 0;

	if (a->share_version == a->members->version)
		return a->share;

	for (size_t n = 1; n <= PLAN_DIGITS_MAX; n++) {
		double m = members_share(a->members->now, a->plan, SCAN_MSISDN, n);
		double i = members_share(a->members->now, a->plan, SCAN_IMSI, n);
		most = m > most ? m : most;
		most = i > most ? i : most;
	}
	a->share_version = a->members->version;
	a->share = most >= 1 ? UINT32_MAX : (uint32_t)(most * 4294967295.0);
	return a->share;
}

static uint32_t number_of(const struct asker *one, uint32_t person)
{
	uint8_t raw[4] = { (uint8_t)(person >> 24), (uint8_t)(person >> 16), (uint8_t)(person >> 8), (uint8_t)person };
	uint32_t number = (uint32_t)siphash(one->key, rd_of(raw, sizeof(raw)));

	return person == MEMBERS_NOBODY ? ASK_NOBODY : number == ASK_NOBODY ? 1 : number;
}

static void tell(struct asker *one)
{
	struct event e = { .id = EVENT_ASKER_LIMITED,
		.value = { { .number = ASKER_BURST }, { .bytes = rd_str(one->name) } } };

	if (!one->told)
		child_event(&e);
	one->told = true;
}

static int send_answer(struct asker *one, const struct ask_answer *answer)
{
	AUTO(buf_done) struct buf b = { 0 };
	struct wr w;
	int r;

	buf_init(&b, IPC_BODY_MAX);
	w = wr_to(&b);
	ask_answer_write(&w, answer);
	ASSERT(wr_ok(&w));
	r = ipc_send(one->link, TOKEND_ANSWER, buf_rd(&b));
	/* Whoever does not read its answers does not wait for them either. */
	return r == IPC_BUSY ? 0 : r;
}

static int on_ask(void *ctx, struct ipc_in *in)
{
	static struct ask ask;
	static struct ask_answer answer;
	struct asker *one = ctx;
	const struct members_slot *set = one->all->members;

	if (!ask_read(&in->body, &ask) || ask.token != one->token + 1)
		return -EBADMSG;
	one->token = ask.token;
	answer = (struct ask_answer){ .token = ask.token };
	if (set->now) {
		answer.version = set->version;
		answer.share = share_of(one->all);
		answer.status = quota_take(&one->quota, ask.n, clock_mono_ns()) ? ASK_ANSWERED : ASK_LIMITED;
	}
	if (answer.status == ASK_LIMITED)
		tell(one);
	if (answer.status == ASK_ANSWERED)
		answer.n = ask.n;
	for (size_t k = 0; k < answer.n; k++)
		answer.person[k] = number_of(one, members_find(set->now, ask.id[k].kind, ask.id[k].value));
	return send_answer(one, &answer);
}

static const struct ipc_row asker_rows[] = {
	{ TOKEND_ASK, "ask", 1 << 0, false, 0, IPC_BODY_MAX, on_ask },
};
static const struct ipc_table asker_table = { "tokend", asker_rows, ARRAY_LEN(asker_rows) };

static void forget(struct asker *one)
{
	list_remove(&one->node);
	one->all->n--;
	ipc_free(&one->link);
	mem_wipe(one, sizeof(*one));
	mem_free(&one);
}

static void on_asker_closed(void *ctx, int err)
{
	struct asker *one = ctx;

	if (err < 0)
		child_link_refused(one->name, ipc_refusal(one->link));
	forget(one);
}

static int add(struct askers *a, struct rd name, int fd)
{
	struct asker *one;
	int r;

	if (a->n == ASKERS_MAX) {
		fd_close(&fd); /* it sees a closed link: membership is unknown to it */
		return 0;
	}
	one = mem_new(1, sizeof(*one));
	one->all = a;
	(void)snprintf(one->name, sizeof(one->name), "%.*s", (int)name.len, (const char *)name.p);
	quota_init(&one->quota, clock_mono_ns());
	random_fill(random_system(), (uint8_t *)one->key, sizeof(one->key));
	r = ipc_new(a->loop, fd, &asker_table, one, on_asker_closed, &one->link);
	if (r < 0) {
		mem_free(&one);
		return r;
	}
	list_append(&a->all, &one->node);
	a->n++;
	return 0;
}

static int brought(void *ctx, struct rd peer, int fd)
{
	return add(ctx, peer, fd);
}

int askers_linked(struct askers *a, struct rd peer, int fd)
{
	if (!rd_is(&peer, ASKERS_BRINGER))
		return add(a, peer, fd);
	return broker_serve(&a->bringer, a->loop, fd, brought, a);
}

void askers_init(struct askers *a, struct loop *l, const struct plan *plan, const struct members_slot *members)
{
	*a = (struct askers){ .loop = l, .plan = plan, .members = members };
	list_init(&a->all);
}

void askers_done(struct askers *a)
{
	LIST_EACH(it, &a->all)
		forget(CONTAINER_OF(it, struct asker, node));
	broker_done(&a->bringer);
}
