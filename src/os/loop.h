/*
 * Is:        the event loop of every process: level-triggered epoll, one timerfd,
 *            one signalfd. No threads, no work in signal handlers.
 * Is not:    a scheduler; a handler that runs long holds everybody up.
 * Called by: proc/, os/ipc.
 * Owns:      its own descriptors; watched descriptors stay the caller's.
 * Trust:     no input.
 *
 * Handlers may add and remove any watch or timer, their own too.
 */
#pragma once

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/def.h"

struct loop;
struct loop_watch;

/* `events` are those of epoll(7): EPOLLIN, EPOLLOUT, EPOLLHUP, EPOLLERR. */
typedef void loop_fn(void *ctx, uint32_t events);
typedef void loop_timer_fn(void *ctx);
/* A signal came in; `info` says from whom. */
typedef void loop_signal_fn(void *ctx, int signal, int sender_pid);

MUST_USE int loop_new(struct loop **out);
void loop_free(struct loop **l);

/* Calls `fn` while `fd` is ready for `events` (EPOLLHUP and EPOLLERR always come
 * too). Gives a watch, which the loop frees on loop_unwatch or loop_free. */
MUST_USE int loop_watch(struct loop *l, int fd, uint32_t events, loop_fn *fn, void *ctx,
    struct loop_watch **out);
/* Changes the events; 0 keeps hang-ups and errors alone. */
MUST_USE int loop_rewatch(struct loop *l, struct loop_watch *w, uint32_t events);
/* Stops watching, before the descriptor is closed; nulls the pointer; NULL-safe. */
void loop_unwatch(struct loop *l, struct loop_watch **w);

/* A timer lives in the caller's storage; loop_timer_init before first use. */
struct loop_timer {
	uint64_t at_ns;
	size_t slot; /* place in the loop's heap, or LOOP_IDLE */
	loop_timer_fn *fn;
	void *ctx;
};
#define LOOP_IDLE SIZE_MAX

void loop_timer_init(struct loop_timer *t, loop_timer_fn *fn, void *ctx);
/* Fires once, `after_ns` from now; setting again moves it. */
void loop_timer_set(struct loop *l, struct loop_timer *t, uint64_t after_ns);
void loop_timer_clear(struct loop *l, struct loop_timer *t);
bool loop_timer_is_set(const struct loop_timer *t);

/* Blocks the signals of `set` and delivers them through `fn`. Once per loop. */
MUST_USE int loop_signals(struct loop *l, const sigset_t *set, loop_signal_fn *fn, void *ctx);

/* Runs until loop_stop; returns its code, or a negative errno. */
MUST_USE int loop_run(struct loop *l);
void loop_stop(struct loop *l, int code);

/* Monotonic time at the start of this turn of the loop. */
uint64_t loop_now_ns(const struct loop *l);
