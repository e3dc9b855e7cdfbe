/*
 * Is:        the main of slagboom-gate: the sessions of one room, each byte read, judged and
 *            recorded before it is let go.
 * Is not:    the sessions (gate/session.h) or a network: it has the descriptors that it was
 *            handed and can open none.
 * Called by: the door, once for each room.
 * Owns:      the gate.
 * Trust:     the room is hostile.
 *
 * usage: slagboom-gate NAME [GRAMMARS]. NAME is the door's for it; GRAMMARS is the operator's
 * directory of command grammars, which come before the installed ones.
 */
#include "proc/gate/gate.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "proc/child.h"
#include "proc/gate/room.h"

static struct gate gate;
static const char *room = "", *grammars;

static void refused(const char *peer, const char *why)
{
	child_link_refused(peer, why);
}

static void stopped(void)
{
	child_exit(0);
}

static void forward_refused(const struct gate *g, struct rd asset)
{
	uint8_t address[EVENT_ADDRESS_LEN] = { 0 };
	struct event e = { .id = EVENT_DOOR_FORWARD_REFUSED, .value = { { .bytes = rd_of(address, sizeof(address)) },
		{ .bytes = rd_str("ssh") }, { .bytes = rd_str(room) }, { .bytes = asset }, { .bytes = buf_rd(&g->who.login) } } };

	if (event_address(buf_rd(&g->who.address), address))
		child_event(&e);
}

static const struct gate_calls calls = { refused, stopped, forward_refused };

/* Beside an installed program, and beside one that runs from the build. */
static const char *installed(char *path, size_t size)
{
	static const char *const places[] = { "../../share/slagboom/grammars", "../../data/grammars" };
	char self[PATH_MAX];
	ssize_t len = readlink("/proc/self/exe", self, sizeof(self) - 1);
	char *slash;
	int n;

	self[len > 0 ? len : 0] = '\0';
	slash = strrchr(self, '/');
	if (!slash)
		return NULL;
	*slash = '\0';
	for (size_t i = 0; i < ARRAY_LEN(places); i++) {
		n = snprintf(path, size, "%s/%s", self, places[i]);
		if (n > 0 && (size_t)n < size && access(path, R_OK) == 0)
			return path;
	}
	return NULL;
}

static int prepare(void *ctx, int dir_fd)
{
	char path[2 * PATH_MAX];

	return gate_room_prepare(ctx, grammars, installed(path, sizeof(path)));
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

static void stop(void *ctx)
{
	gate_room_stop(ctx);
}

static void done(void *ctx)
{
	gate_room_done(ctx);
}

int main(int argc, char **argv)
{
	static const struct child me = { .name = "gate", .prepare = prepare, .start = start, .linked = linked, .stop = stop, .done = done,
		.ctx = &gate };

	if (argc > 3) {
		(void)dprintf(STDERR_FILENO, "usage: slagboom-gate NAME [GRAMMARS]; the door starts it\n");
		return 2;
	}
	room = argc > 1 ? argv[1] : "";
	grammars = argc == 3 ? argv[2] : NULL;
	return child_main(&me);
}
