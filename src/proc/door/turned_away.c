/*
 * Is:        the end of connections that are turned away (contract in the header).
 * Is not:    the decision.
 * Called by: door.
 * Owns:      nothing; farewell.h does their sockets.
 * Trust:     nothing that they send is read.
 */
#include "proc/door/turned_away.h"

#include "base/assert.h"
#include "base/timefmt.h"
#include "os/clock.h"
#include "proc/child.h"
#include "proto/sshbye.h"

#define TOLD_EACH_NS (10ull * NS_PER_S)
enum { TOLD_EACH = 100 };

static const char *words(enum source_answer why)
{
	switch (why) {
	case SOURCE_REFUSED_TABLE:
	case SOURCE_REFUSED_WAITING:
	case SOURCE_REFUSED_OPEN:
		return "slagboom: not now: too many connections come at the moment; try again in a minute";
	case SOURCE_REFUSED_PENALTY:
		return "slagboom: not now: logins from your address failed, or were begun and not tried, so it has to wait; try again in some "
		       "minutes, or ask the operator, whose 'slagboom status' says how long";
	case SOURCE_REFUSED_WAITING_EACH:
		return "slagboom: not now: more connections of your address log in at once than may; open fewer at a time, or let them share one "
		       "(ControlMaster)";
	case SOURCE_REFUSED_OPEN_EACH:
		return "slagboom: not now: your address has as many connections as it may; end some, or let them share one (ControlMaster)";
	case SOURCE_ADMITTED:
		break;
	}
	UNREACHABLE();
}

static void tell(struct turned_away *t)
{
	struct event e = { .id = EVENT_DOOR_REFUSED, .value = { { .bytes = rd_of(t->address, EVENT_ADDRESS_LEN) },
		{ .number = t->n }, { .bytes = rd_str(t->why) } } };

	t->n = 0;
	t->told_ns = clock_mono_ns();
	loop_timer_clear(t->loop, &t->tell);
	child_event(&e);
}

static void on_tell(void *ctx)
{
	tell(ctx);
}

/* The first at once, what follows it within ten seconds together. */
static void note(struct turned_away *t, const uint8_t *address, enum source_answer why)
{
	struct rd a = rd_of(address, EVENT_ADDRESS_LEN);
	uint64_t now = clock_mono_ns();

	(void)!rd_copy(&a, t->address, EVENT_ADDRESS_LEN);
	t->why = source_answer_text(why);
	if (++t->n >= TOLD_EACH || !t->told_ns || now - t->told_ns >= TOLD_EACH_NS)
		tell(t);
	else if (t->n == 1)
		loop_timer_set(t->loop, &t->tell, TOLD_EACH_NS - (now - t->told_ns));
}

void turned_away_add(struct turned_away *t, int fd, const uint8_t *address, enum source_answer why)
{
	AUTO(buf_done) struct buf b = { 0 };

	buf_init(&b, SSHBYE_MAX);
	struct wr w = wr_to(&b);
	sshbye_write(&w, SSHBYE_TOO_MANY, words(why));
	ASSERT(wr_ok(&w));
	note(t, address, why);
	farewell_say(t->farewell, fd, buf_rd(&b));
}

void turned_away_init(struct turned_away *t, struct loop *loop, struct farewell *f)
{
	*t = (struct turned_away){ .loop = loop, .farewell = f };
	loop_timer_init(&t->tell, on_tell, t);
}
