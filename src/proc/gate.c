/*
 * Is:        the main of slagboom-gate: the sessions of one room, each byte read, judged and
 *            recorded before it is let go.
 * Is not:    the sessions (gate_session.h) or a network: it has the descriptors that it was
 *            handed and can open none.
 * Called by: the door, once for each room.
 * Owns:      the gate.
 * Trust:     the room is hostile.
 *
 * usage: slagboom-gate [GRAMMARS], a directory of command grammars
 */
#include <stdio.h>
#include <unistd.h>

#include "proc/child.h"
#include "proc/gate.h"
#include "proc/gate_room.h"

static struct gate gate;
static const char *grammars;

static void refused(const char *peer, const char *why)
{
	child_link_refused(peer, why);
}

static const struct gate_calls calls = { refused };

static int prepare(void *ctx, int dir_fd)
{
	return gate_room_prepare(ctx, grammars);
}

static int start(void *ctx, struct loop *l)
{
	gate_room_start(ctx, l, &calls);
	return 0;
}

static int linked(void *ctx, struct rd peer, int fd)
{
	return gate_room_link(ctx, peer, fd);
}

static void done(void *ctx)
{
	gate_room_done(ctx);
}

int main(int argc, char **argv)
{
	static const struct child me = { .name = "gate", .prepare = prepare, .start = start, .linked = linked, .done = done,
		.ctx = &gate };

	if (argc > 2) {
		(void)dprintf(STDERR_FILENO, "usage: slagboom-gate [GRAMMARS]; the door starts it\n");
		return 2;
	}
	grammars = argc == 2 ? argv[1] : NULL;
	return child_main(&me);
}
