/*
 * Is:        the event loop (contract in the header).
 * Is not:    a scheduler.
 * Called by: proc/, os/ipc.
 * Owns:      the epoll, timer and signal descriptors.
 * Trust:     no input.
 */
#include "os/loop.h"

#include <errno.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "base/assert.h"
#include "base/list.h"
#include "base/mem.h"
#include "base/vec.h"
#include "os/clock.h"
#include "os/fd.h"

enum { EVENTS_PER_TURN = 64 };

struct loop_watch {
	struct list node;
	int fd;
	uint32_t events;
	bool dead;
	loop_fn *fn;
	void *ctx;
};

struct loop {
	int epoll_fd, timer_fd, signal_fd;
	bool stopped;
	int code;
	uint64_t now_ns;
	uint64_t armed_ns; /* when the timerfd fires; 0: not set. Never later than the first timer */
	struct list live, dead;
	struct vec heap; /* of struct loop_timer *, smallest first */
	loop_signal_fn *on_signal;
	void *signal_ctx;
};

/* The timer heap. */

static struct loop_timer *heap_at(struct loop *l, size_t i)
{
	struct loop_timer **slot = vec_at(&l->heap, i);

	return *slot;
}

static void heap_place(struct loop *l, size_t i, struct loop_timer *t)
{
	struct loop_timer **slot = vec_at(&l->heap, i);

	*slot = t;
	t->slot = i;
}

static void heap_up(struct loop *l, struct loop_timer *t)
{
	size_t i = t->slot;

	while (i > 0 && heap_at(l, (i - 1) / 2)->at_ns > t->at_ns) {
		heap_place(l, i, heap_at(l, (i - 1) / 2));
		i = (i - 1) / 2;
	}
	heap_place(l, i, t);
}

static void heap_down(struct loop *l, struct loop_timer *t)
{
	size_t i = t->slot, child;

	while ((child = 2 * i + 1) < l->heap.n) {
		if (child + 1 < l->heap.n && heap_at(l, child + 1)->at_ns < heap_at(l, child)->at_ns)
			child++;
		if (heap_at(l, child)->at_ns >= t->at_ns)
			break;
		heap_place(l, i, heap_at(l, child));
		i = child;
	}
	heap_place(l, i, t);
}

/* Before waiting. A timer that was moved back costs one wake-up for nothing, which is less than
 * a system call each time it is moved. */
static void arm(struct loop *l)
{
	struct itimerspec when = { .it_value = { 0, 0 } };
	uint64_t at;

	if (l->heap.n == 0)
		return;
	at = heap_at(l, 0)->at_ns;
	if (l->armed_ns && l->armed_ns <= at)
		return;
	when.it_value.tv_sec = (time_t)(at / 1000000000u);
	when.it_value.tv_nsec = (long)(at % 1000000000u);
	ASSERT(timerfd_settime(l->timer_fd, TFD_TIMER_ABSTIME, &when, NULL) == 0);
	l->armed_ns = at;
}

void loop_timer_init(struct loop_timer *t, loop_timer_fn *fn, void *ctx)
{
	*t = (struct loop_timer){ .slot = LOOP_IDLE, .fn = fn, .ctx = ctx };
}

bool loop_timer_is_set(const struct loop_timer *t)
{
	return t->slot != LOOP_IDLE;
}

static void heap_remove(struct loop *l, struct loop_timer *t)
{
	struct loop_timer *last = heap_at(l, l->heap.n - 1);
	size_t hole = t->slot;

	l->heap.n--;
	t->slot = LOOP_IDLE;
	if (last == t)
		return;
	heap_place(l, hole, last);
	heap_up(l, last);
	heap_down(l, last);
}

void loop_timer_clear(struct loop *l, struct loop_timer *t)
{
	if (!loop_timer_is_set(t))
		return;
	heap_remove(l, t);
}

void loop_timer_set(struct loop *l, struct loop_timer *t, uint64_t after_ns)
{
	struct loop_timer **slot;

	if (loop_timer_is_set(t))
		heap_remove(l, t);
	/* An absolute time of zero would disarm the timerfd. */
	t->at_ns = clock_mono_ns() + after_ns;
	slot = vec_push(&l->heap);
	*slot = t;
	t->slot = l->heap.n - 1;
	heap_up(l, t);
}

/* Those that a timer sets for now wait for the next turn. */
static void run_timers(struct loop *l)
{
	uint64_t now = clock_mono_ns();

	while (l->heap.n && heap_at(l, 0)->at_ns <= now && !l->stopped) {
		struct loop_timer *t = heap_at(l, 0);
		heap_remove(l, t);
		t->fn(t->ctx);
	}
}

static void on_timer_fd(void *ctx, uint32_t events)
{
	struct loop *l = ctx;
	uint64_t ignored;

	if (read(l->timer_fd, &ignored, sizeof(ignored)) < 0)
		ASSERT(errno == EAGAIN || errno == EINTR);
	l->armed_ns = 0;
}

static bool is_due(struct loop *l)
{
	return l->heap.n && heap_at(l, 0)->at_ns <= clock_mono_ns();
}

/* Signals. */

static void run_signals(void *ctx, uint32_t events)
{
	struct loop *l = ctx;
	struct signalfd_siginfo info;

	while (read(l->signal_fd, &info, sizeof(info)) == (ssize_t)sizeof(info))
		l->on_signal(l->signal_ctx, (int)info.ssi_signo, (int)info.ssi_pid);
}

int loop_signals(struct loop *l, const sigset_t *set, loop_signal_fn *fn, void *ctx)
{
	struct loop_watch *w;

	ASSERT(l->signal_fd < 0);
	if (sigprocmask(SIG_BLOCK, set, NULL) < 0)
		return -errno;
	l->signal_fd = signalfd(-1, set, SFD_NONBLOCK | SFD_CLOEXEC);
	if (l->signal_fd < 0)
		return -errno;
	l->on_signal = fn;
	l->signal_ctx = ctx;
	return loop_watch(l, l->signal_fd, EPOLLIN, run_signals, l, &w);
}

/* Watches. */

int loop_watch(struct loop *l, int fd, uint32_t events, loop_fn *fn, void *ctx, struct loop_watch **out)
{
	struct loop_watch *w = mem_new(1, sizeof(*w));
	struct epoll_event e = { .events = events, .data.ptr = w };

	*w = (struct loop_watch){ .fd = fd, .events = events, .fn = fn, .ctx = ctx };
	if (epoll_ctl(l->epoll_fd, EPOLL_CTL_ADD, fd, &e) < 0) {
		mem_free(&w);
		return -errno;
	}
	list_append(&l->live, &w->node);
	*out = w;
	return 0;
}

int loop_rewatch(struct loop *l, struct loop_watch *w, uint32_t events)
{
	struct epoll_event e = { .events = events, .data.ptr = w };

	if (w->events == events)
		return 0;
	if (epoll_ctl(l->epoll_fd, EPOLL_CTL_MOD, w->fd, &e) < 0)
		return -errno;
	w->events = events;
	return 0;
}

void loop_unwatch(struct loop *l, struct loop_watch **w)
{
	struct loop_watch *gone = *w;

	*w = NULL;
	if (!gone)
		return;
	(void)epoll_ctl(l->epoll_fd, EPOLL_CTL_DEL, gone->fd, NULL);
	/* An event of this turn may still point at it: freed when the turn ends. */
	gone->dead = true;
	list_remove(&gone->node);
	list_append(&l->dead, &gone->node);
}

static void free_all(struct list *l)
{
	LIST_EACH(it, l) {
		struct loop_watch *w = CONTAINER_OF(it, struct loop_watch, node);
		list_remove(it);
		mem_free(&w);
	}
}

int loop_new(struct loop **out)
{
	struct loop *l = mem_new(1, sizeof(*l));
	struct loop_watch *w;
	int r;

	*l = (struct loop){ .signal_fd = -1, .now_ns = clock_mono_ns() };
	list_init(&l->live);
	list_init(&l->dead);
	vec_init(&l->heap, sizeof(struct loop_timer *));
	l->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	l->timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
	r = l->epoll_fd < 0 || l->timer_fd < 0 ? -errno : 0;
	if (r == 0)
		r = loop_watch(l, l->timer_fd, EPOLLIN, on_timer_fd, l, &w);
	if (r < 0)
		loop_free(&l);
	else
		*out = l;
	return r;
}

void loop_free(struct loop **l)
{
	struct loop *gone = *l;

	*l = NULL;
	if (!gone)
		return;
	free_all(&gone->live);
	free_all(&gone->dead);
	vec_done(&gone->heap);
	fd_close(&gone->epoll_fd);
	fd_close(&gone->timer_fd);
	fd_close(&gone->signal_fd);
	mem_free(&gone);
}

int loop_run(struct loop *l)
{
	struct epoll_event events[EVENTS_PER_TURN];

	while (!l->stopped) {
		bool due = is_due(l);
		if (!due)
			arm(l);
		int n = epoll_wait(l->epoll_fd, events, EVENTS_PER_TURN, due ? 0 : -1);
		if (n < 0 && errno != EINTR)
			return -errno;
		l->now_ns = clock_mono_ns();
		for (int i = 0; i < n && !l->stopped; i++) {
			struct loop_watch *w = events[i].data.ptr;
			if (!w->dead)
				w->fn(w->ctx, events[i].events);
		}
		run_timers(l);
		free_all(&l->dead);
	}
	l->stopped = false;
	return l->code;
}

void loop_stop(struct loop *l, int code)
{
	l->stopped = true;
	l->code = code;
}

uint64_t loop_now_ns(const struct loop *l)
{
	return l->now_ns;
}
