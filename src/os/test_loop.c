/*
 * Is:        tests of the event loop.
 * Is not:    a benchmark.
 * Called by: the test run.
 * Owns:      nothing.
 * Trust:     no input.
 */
#include <sys/epoll.h>
#include <unistd.h>

#include "os/clock.h"
#include "os/fd.h"
#include "os/loop.h"
#include "testing/test.h"

struct state {
	struct loop *l;
	struct loop_watch *a, *b;
	struct loop_timer t[3];
	int n_calls, order;
};

static void stop_now(void *ctx)
{
	struct state *s = ctx;

	loop_stop(s->l, 7);
}

static void remove_both(void *ctx, uint32_t events)
{
	struct state *s = ctx;

	s->n_calls++;
	loop_unwatch(s->l, &s->a);
	loop_unwatch(s->l, &s->b);
	loop_timer_set(s->l, &s->t[0], 1000000);
}

/* Two ready watches in one turn: the first to run removes both, and the other
 * must not be called on freed memory. */
TEST(a_handler_may_remove_its_neighbour)
{
	struct state s = { .n_calls = 0 };
	int p[2], q[2];

	CHECK(pipe(p) == 0 && pipe(q) == 0 && write(p[1], "x", 1) == 1 && write(q[1], "x", 1) == 1);
	CHECK(loop_new(&s.l) == 0);
	loop_timer_init(&s.t[0], stop_now, &s);
	CHECK(loop_watch(s.l, p[0], EPOLLIN, remove_both, &s, &s.a) == 0);
	CHECK(loop_watch(s.l, q[0], EPOLLIN, remove_both, &s, &s.b) == 0);
	CHECK_INT(loop_run(s.l), 7);
	CHECK_INT(s.n_calls, 1);
	loop_free(&s.l);
	for (int i = 0; i < 2; i++) {
		fd_close(&p[i]);
		fd_close(&q[i]);
	}
}

static void note_a(void *ctx)
{
	struct state *s = ctx;
	s->order = s->order * 10 + 1;
}

static void note_b(void *ctx)
{
	struct state *s = ctx;
	s->order = s->order * 10 + 2;
	loop_timer_clear(s->l, &s->t[2]); /* due in the same turn */
	loop_timer_set(s->l, &s->t[0], 0);
	loop_timer_init(&s->t[2], stop_now, s);
	loop_timer_set(s->l, &s->t[2], 2000000);
}

TEST(timers_fire_in_order_and_may_be_cleared)
{
	struct state s = { .n_calls = 0 };

	CHECK(loop_new(&s.l) == 0);
	loop_timer_init(&s.t[0], note_a, &s);
	loop_timer_init(&s.t[1], note_b, &s);
	loop_timer_init(&s.t[2], note_a, &s);
	loop_timer_set(s.l, &s.t[2], 3000000);
	loop_timer_set(s.l, &s.t[1], 2000000);
	loop_timer_set(s.l, &s.t[0], 1000000);
	usleep(5000);
	CHECK_INT(loop_run(s.l), 7);
	CHECK_INT(s.order, 121);
	loop_free(&s.l);
}

enum { MANY = 200 };
static uint64_t last_fired;
static int n_fired;

struct many {
	struct loop *l;
	struct loop_timer t[MANY];
};

static void check_order(void *ctx)
{
	struct loop_timer *t = ctx;

	CHECK(t->at_ns >= last_fired);
	last_fired = t->at_ns;
	n_fired++;
}

static void stop_many(void *ctx)
{
	loop_stop(((struct many *)ctx)->l, 0);
}

TEST(many_timers_set_moved_and_cleared)
{
	static struct many m;
	struct loop_timer end;
	int want = 0;

	CHECK(loop_new(&m.l) == 0);
	for (int i = 0; i < MANY; i++)
		loop_timer_init(&m.t[i], check_order, &m.t[i]);
	for (int round = 0; round < 2000; round++) {
		struct loop_timer *t = &m.t[test_below(MANY)];
		if (test_below(3))
			loop_timer_set(m.l, t, test_below(20000000));
		else
			loop_timer_clear(m.l, t);
	}
	for (int i = 0; i < MANY; i++)
		want += loop_timer_is_set(&m.t[i]);
	loop_timer_init(&end, stop_many, &m);
	loop_timer_set(m.l, &end, 60000000);
	CHECK_INT(loop_run(m.l), 0);
	CHECK_INT(n_fired, want);
	loop_free(&m.l);
}

static void got_signal(void *ctx, int signal, int pid)
{
	struct state *s = ctx;

	s->n_calls = signal;
	CHECK_INT(pid, getpid());
	loop_stop(s->l, 0);
}

TEST(signals_arrive_in_the_loop)
{
	struct state s = { .n_calls = 0 };
	sigset_t set;

	CHECK(loop_new(&s.l) == 0);
	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGUSR1);
	CHECK(loop_signals(s.l, &set, got_signal, &s) == 0);
	CHECK(kill(getpid(), SIGUSR1) == 0);
	CHECK_INT(loop_run(s.l), 0);
	CHECK_INT(s.n_calls, SIGUSR1);
	loop_free(&s.l);
}
