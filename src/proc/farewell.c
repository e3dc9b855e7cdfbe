/*
 * Is:        last words (contract in the header).
 * Is not:    a choice of words.
 * Called by: door, gate.
 * Owns:      sockets for a moment.
 * Trust:     nothing that they send is read.
 */
#include "proc/farewell.h"

#include "base/timefmt.h"
#include "os/fd.h"

#define HELD_NS (3ull * NS_PER_S)

static void on_timer(void *ctx)
{
	struct farewell *f = ctx;
	uint64_t now = loop_now_ns(f->loop), next = UINT64_MAX;

	for (size_t i = 0; i < FAREWELL_MAX; i++) {
		if (f->held[i].fd >= 0 && f->held[i].until_ns <= now)
			fd_close(&f->held[i].fd);
		if (f->held[i].fd >= 0 && f->held[i].until_ns < next)
			next = f->held[i].until_ns;
	}
	if (next != UINT64_MAX)
		loop_timer_set(f->loop, &f->timer, next - now);
}

static void hold(struct farewell *f, int fd)
{
	bool is_first = true;

	for (size_t i = 0; i < FAREWELL_MAX; i++)
		is_first = is_first && f->held[i].fd < 0;
	fd_close(&f->held[f->hand].fd);
	f->held[f->hand].fd = fd;
	f->held[f->hand].until_ns = loop_now_ns(f->loop) + HELD_NS;
	f->hand = (f->hand + 1) % FAREWELL_MAX;
	if (is_first)
		loop_timer_set(f->loop, &f->timer, HELD_NS);
}

void farewell_say(struct farewell *f, int fd, struct rd words)
{
	if (fd_write_all(fd, words) < 0)
		fd_close(&fd); /* gone already */
	else
		hold(f, fd);
}

void farewell_init(struct farewell *f, struct loop *l)
{
	*f = (struct farewell){ .loop = l };
	for (size_t i = 0; i < FAREWELL_MAX; i++)
		f->held[i].fd = -1;
	loop_timer_init(&f->timer, on_timer, f);
}

void farewell_done(struct farewell *f)
{
	if (!f->loop)
		return;
	loop_timer_clear(f->loop, &f->timer);
	for (size_t i = 0; i < FAREWELL_MAX; i++)
		fd_close(&f->held[i].fd);
}
