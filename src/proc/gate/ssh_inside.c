/*
 * Is:        words for who wants to speak SSH through the gate (contracts in the header).
 * Is not:    a lane.
 * Called by: gate/room.c.
 * Owns:      their sockets until they are told.
 * Trust:     nothing that they send is read.
 */
#include "proc/gate/ssh_inside.h"

#include <stdio.h>

#include "base/mem.h"
#include "base/timefmt.h"
#include "os/fd.h"
#include "os/loop.h"
#include "proc/gate/gate.h"
#include "proto/sshbye.h"

#define WHO_NS (3ull * NS_PER_S) /* for the door to say who it is */

struct inside {
	struct list node;
	struct gate *gate;
	struct loop_timer timer;
	int fd;
	char asset[DESK_NAME_MAX + 1];
};

static void inside_free(struct inside *i)
{
	list_remove(&i->node);
	loop_timer_clear(i->gate->loop, &i->timer);
	fd_close(&i->fd);
	i->gate->n_inside--;
	mem_free(&i);
}

static void on_timer(void *ctx)
{
	inside_free(ctx);
}

static void tell(struct inside *i)
{
	AUTO(buf_done) struct buf b = { 0 };
	struct rd login = buf_rd(&i->gate->who.login), name;
	char words[SSHBYE_WORDS_MAX + 1];

	if (!rd_until(&login, '+', &name) && !rd_until(&login, '%', &name))
		name = login;
	(void)snprintf(words, sizeof(words), "slagboom: ssh -J and -W do not pass: the gate could not read what is in them. Use 'ssh %.*s@GATE %s', "
	    "or '%.*s+%s@GATE' for scp, sftp and other tools", (int)name.len, (const char *)name.p, i->asset, (int)name.len,
	    (const char *)name.p, i->asset);
	buf_init(&b, SSHBYE_MAX);
	struct wr w = wr_to(&b);
	sshbye_write(&w, SSHBYE_NOT_ALLOWED, words);
	i->gate->calls->forward_refused(i->gate, rd_str(i->asset));
	if (wr_ok(&w)) {
		farewell_say(&i->gate->farewell, i->fd, buf_rd(&b));
		i->fd = -1;
	}
	inside_free(i);
}

void ssh_inside_accept(struct gate *g, int fd, struct rd asset)
{
	struct inside *i;

	if (g->n_inside >= SSH_INSIDE_MAX) {
		fd_close(&fd);
		return;
	}
	i = mem_new(1, sizeof(*i));
	i->gate = g;
	i->fd = fd;
	(void)snprintf(i->asset, sizeof(i->asset), "%.*s", (int)asset.len, (const char *)asset.p);
	list_init(&i->node);
	list_append(&g->inside, &i->node);
	g->n_inside++;
	loop_timer_init(&i->timer, on_timer, i);
	loop_timer_set(g->loop, &i->timer, WHO_NS);
	if (g->who.is_told)
		tell(i);
}

void ssh_inside_who(struct gate *g)
{
	LIST_EACH(it, &g->inside)
		tell(CONTAINER_OF(it, struct inside, node));
}

void ssh_inside_done(struct gate *g)
{
	LIST_EACH(it, &g->inside)
		inside_free(CONTAINER_OF(it, struct inside, node));
}
