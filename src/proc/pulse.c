/*
 * Is:        rounds of pings (contract in the header).
 * Is not:    the record.
 * Called by: supervisor.c.
 * Owns:      its timer.
 * Trust:     an answer says that a process's loop runs, and no more.
 */
#include "proc/pulse.h"

#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/timefmt.h"
#include "base/wr.h"
#include "os/clock.h"
#include "proc/supervise.h"

#define ROUND_NS (2ull * NS_PER_S)

/* Brings checkpoints out; sessions go on without it, and nothing is watched by it. */
static bool is_needed(const struct supervised *s)
{
	return strcmp(s->row->name, "shipd") != 0;
}

static void note_gap(struct pulse *p, const char *who, const char *what)
{
	if (!p->has_gap)
		(void)snprintf(p->why, sizeof(p->why), "%s %s", who, what);
	p->has_gap = true;
}

static unsigned judge(struct pulse *p)
{
	bool is_late = false;

	for (size_t i = 0; i < p->n; i++) {
		const struct supervised *s = &p->child[i];
		if (!is_needed(s))
			continue;
		if (s->state != CHILD_READY)
			note_gap(p, s->row->name, "is not up");
		else if (s->is_silent)
			note_gap(p, s->row->name, "does not answer");
		is_late = is_late || s->asked_ns;
	}
	return p->has_gap ? CONTROL_ROUND_GAP : is_late ? CONTROL_ROUND_LATE : CONTROL_ROUND_WELL;
}

/* Kept until the desk is there to hear it. */
static void tell(struct pulse *p, unsigned verdict)
{
	AUTO(buf_done) struct buf b = { 0 };

	buf_init(&b, 1 + 1 + CONTROL_WHY_MAX);
	struct wr w = wr_to(&b);
	wr_u8(&w, (uint8_t)verdict);
	wr_part8(&w, rd_str(p->has_gap ? p->why : ""));
	for (size_t i = 0; i < p->n; i++) {
		struct supervised *s = &p->child[i];
		if (strcmp(s->row->name, "deskd") == 0 && s->state == CHILD_READY && s->control && wr_ok(&w) &&
		    ipc_send(s->control, CONTROL_ROUND, buf_rd(&b)) == 0)
			p->has_gap = false;
	}
}

static void ask_all(struct pulse *p)
{
	for (size_t i = 0; i < p->n; i++)
		supervise_ping(&p->child[i]);
	loop_timer_set(p->loop, &p->round, ROUND_NS);
}

static void on_round(void *ctx)
{
	struct pulse *p = ctx;
	uint64_t now = clock_mono_ns();

	if (now - p->last_ns > ROUND_NS + SUPERVISE_SILENT_NS)
		note_gap(p, "supervisor", "stood still itself");
	p->last_ns = now;
	tell(p, judge(p));
	ask_all(p);
}

void pulse_init(struct pulse *p, struct loop *l, struct supervised *child, size_t n)
{
	*p = (struct pulse){ .loop = l, .child = child, .n = n };
	loop_timer_init(&p->round, on_round, p);
}

void pulse_start(struct pulse *p)
{
	if (p->is_running)
		return;
	p->is_running = true;
	p->last_ns = clock_mono_ns();
	ask_all(p);
}

void pulse_stop(struct pulse *p)
{
	loop_timer_clear(p->loop, &p->round);
	p->is_running = false;
}

void pulse_changed(struct pulse *p, const struct supervised *s)
{
	if (p->is_running && is_needed(s))
		note_gap(p, s->row->name, s->state == CHILD_READY ? "was started again" : "ended");
}
