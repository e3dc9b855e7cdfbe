/*
 * Is:        one log as shipd sees it (contract in the header).
 * Is not:    one conversation.
 * Called by: shipd.c, ship/talk.c.
 * Owns:      the link to evidenced.
 * Trust:     evidenced.
 */
#include "proc/ship/log.h"

#include <errno.h>
#include <string.h>

#include "base/assert.h"
#include "evidence/checkpoint.h"
#include "evidence/note.h"
#include "os/ipc.h"
#include "proc/child.h"
#include "proc/talk/key_proto.h"
#include "proc/talk/ship_proto.h"

static void send(struct ship_log *g, uint16_t type, struct rd body)
{
	/* It reads at once, and there is little: a full queue is a stuck evidenced. A broken
	 * link is closed by the loop. */
	if (g->link && ipc_send(g->link, type, body) == IPC_BUSY)
		child_exit(1);
}

static void send_range(struct ship_log *g, uint16_t type, uint64_t from, uint64_t to)
{
	AUTO(buf_done) struct buf b = { 0 };

	buf_init(&b, SHIP_RANGE_LEN);
	struct wr w = wr_to(&b);
	wr_ship_range(&w, from, to);
	send(g, type, buf_rd(&b));
}

/* One question at a time, so that every answer has its asker. */
void ship_log_question(struct ship_log *g)
{
	for (size_t i = 0; !g->asking && i < g->n_talks; i++) {
		struct ship_talk *t = &g->talk[i];
		if (t->state == TALK_WANTS_PROOF)
			send_range(g, SHIP_ASK_PROOF, t->known, t->size);
		else if (t->state == TALK_WANTS_ENTRIES)
			send_range(g, SHIP_ASK_ENTRIES, t->next, t->size);
		else
			continue;
		g->asking = t;
	}
}

const struct merkle_proof *ship_log_proof(const struct ship_log *g, uint64_t from, uint64_t to)
{
	return g->proof_to == to && g->proof_from == from ? &g->proof : NULL;
}

void ship_log_cosigned(struct ship_log *g, uint64_t size, struct rd lines)
{
	AUTO(buf_done) struct buf b = { 0 };

	buf_init(&b, 8 + SHIP_LINES_MAX);
	struct wr w = wr_to(&b);
	wr_u64(&w, size);
	wr_bytes(&w, lines);
	ASSERT(wr_ok(&w));
	send(g, SHIP_COSIGNED, buf_rd(&b));
	g->has_news = true;
}

void ship_log_evidence(struct ship_log *g, const char *witness, struct rd note)
{
	AUTO(buf_done) struct buf b = { 0 };

	buf_init(&b, IPC_BODY_MAX);
	struct wr w = wr_to(&b);
	wr_part8(&w, rd_str(witness));
	wr_bytes(&w, note);
	ASSERT(wr_ok(&w));
	send(g, SHIP_EVIDENCE, buf_rd(&b));
}

void ship_log_changed(struct ship_log *g)
{
	AUTO(buf_done) struct buf b = { 0 };

	if (g->size == 0 || !g->has_news)
		return;
	for (size_t i = 0; i < g->n_talks; i++)
		if (!talk_is_settled(&g->talk[i], g->size))
			return;
	g->has_news = false;
	buf_init(&b, 8);
	struct wr w = wr_to(&b);
	wr_u64(&w, g->size);
	send(g, SHIP_SETTLED, buf_rd(&b));
}

/* What evidenced says. */

static int on_checkpoint(void *ctx, struct ipc_in *in)
{
	struct ship_log *g = ctx;
	struct checkpoint c;
	struct rd raw;
	struct note n;

	if (!rd_take(&in->body, in->body.len, &raw) || raw.len > KEY_NOTE_MAX)
		return -EBADMSG;
	buf_reset(&g->checkpoint);
	if (!buf_put_rd(&g->checkpoint, raw) || !note_parse(buf_rd(&g->checkpoint), &n) || !checkpoint_parse(n.text, &c) ||
	    c.head.size == 0)
		return -EBADMSG;
	g->origin = c.origin;
	g->size = c.head.size;
	g->has_news = true;
	for (size_t i = 0; i < g->n_talks; i++)
		talk_begin(&g->talk[i]);
	ship_log_changed(g); /* when nobody can be asked now */
	return 0;
}

/* Who asked; NULL when that is over by now. */
static struct ship_talk *answered(struct ship_log *g, enum talk_state s)
{
	struct ship_talk *t = g->asking;

	g->asking = NULL;
	return t && t->state == s ? t : NULL;
}

static int on_proof(void *ctx, struct ipc_in *in)
{
	struct ship_log *g = ctx;
	struct ship_talk *t = g->asking;

	if (!rd_ship_range(&in->body, &g->proof_from, &g->proof_to) || !rd_ship_hashes(&in->body, &g->proof))
		return -EBADMSG;
	if (t && t->state == TALK_WANTS_PROOF && t->known == g->proof_from && t->size == g->proof_to) {
		g->asking = NULL;
		talk_proof(t, &g->proof);
		ship_log_question(g);
	}
	return 0;
}

static int on_entries(void *ctx, struct ipc_in *in)
{
	struct ship_log *g = ctx;
	struct rd part;

	if (!rd_take(&in->body, in->body.len, &part))
		return -EBADMSG;
	if (!g->asking || g->asking->state != TALK_WANTS_ENTRIES)
		return 0; /* the rest of what was given up */
	return talk_entries(g->asking, part) ? 0 : -ENOBUFS;
}

static int on_entries_end(void *ctx, struct ipc_in *in)
{
	struct ship_log *g = ctx;
	struct ship_talk *t;
	uint64_t from, until;

	if (!rd_ship_range(&in->body, &from, &until))
		return -EBADMSG;
	t = answered(g, TALK_WANTS_ENTRIES);
	if (t && t->next == from)
		talk_entries_end(t);
	ship_log_question(g);
	return 0;
}

static int on_not_now(void *ctx, struct ipc_in *in)
{
	struct ship_log *g = ctx;
	struct ship_talk *t = g->asking;

	g->asking = NULL;
	if (t && (t->state == TALK_WANTS_PROOF || t->state == TALK_WANTS_ENTRIES))
		talk_not_now(t);
	ship_log_question(g);
	return 0;
}

static void forget_round(struct ship_log *g)
{
	g->size = g->proof_from = g->proof_to = 0;
	g->asking = NULL;
	for (size_t i = 0; i < g->n_talks; i++)
		talk_reset(&g->talk[i]);
}

static int on_halt(void *ctx, struct ipc_in *in)
{
	struct ship_log *g = ctx;

	g->is_halted = true;
	forget_round(g);
	return 0;
}

static int on_go_on(void *ctx, struct ipc_in *in)
{
	struct ship_log *g = ctx;

	g->is_halted = false;
	return 0;
}

static const struct ipc_row rows[] = {
	{ SHIP_CHECKPOINT, "checkpoint", 1 << 0, false, 0, KEY_NOTE_MAX, on_checkpoint },
	{ SHIP_PROOF, "proof", 1 << 0, false, 0, SHIP_PROOF_LEN, on_proof },
	{ SHIP_ENTRIES, "entries", 1 << 0, false, 0, SHIP_PART_MAX, on_entries },
	{ SHIP_ENTRIES_END, "entries-end", 1 << 0, false, 0, SHIP_RANGE_LEN, on_entries_end },
	{ SHIP_NOT_NOW, "not-now", 1 << 0, false, 0, 0, on_not_now },
	{ SHIP_HALT, "halt", 1 << 0, false, 0, 0, on_halt },
	{ SHIP_GO_ON, "go on", 1 << 0, false, 0, 0, on_go_on },
};
static const struct ipc_table table = { "shipd", rows, ARRAY_LEN(rows) };

static void on_closed(void *ctx, int err)
{
	struct ship_log *g = ctx;

	if (err < 0)
		child_link_refused(g->name, ipc_refusal(g->link));
	ipc_free(&g->link);
	forget_round(g);
}

int ship_log_linked(struct ship_log *g, int fd)
{
	ipc_free(&g->link);
	g->is_halted = false;
	forget_round(g);
	return ipc_new(g->loop, fd, &table, g, on_closed, &g->link);
}

void ship_log_init(struct ship_log *g, const char *name, struct loop *l)
{
	*g = (struct ship_log){ .name = name, .loop = l };
	buf_init(&g->checkpoint, KEY_NOTE_MAX);
}

void ship_log_done(struct ship_log *g)
{
	ipc_free(&g->link);
	for (size_t i = 0; i < g->n_talks; i++)
		talk_done(&g->talk[i]);
	buf_done(&g->checkpoint);
}
