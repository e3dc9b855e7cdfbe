/*
 * Is:        what sshd says in its room, and what is told of a room: events and penalties.
 * Is not:    the room's life (door_room.c).
 * Called by: door_room.c; the pipe that sshd logs to.
 * Owns:      nothing.
 * Trust:     sshd's log is hostile: it is read for the record, and can at most have its own
 *            room ended or its own source punished.
 */
#include "proc/door/door_room_int.h"

#include <stdio.h>
#include <string.h>

#include "base/quote.h"
#include "base/timefmt.h"
#include "os/clock.h"
#include "proc/child.h"
#include "proc/door/sshd_log.h"

/* As OpenSSH 9.8 has them for its own daemon. */
#define PENALTY_CRASH_NS (90ull * NS_PER_S)
#define PENALTY_FAILED_NS (5ull * NS_PER_S)
#define PENALTY_SILENT_NS (1ull * NS_PER_S)
#define PENALTY_LATE_NS (20ull * NS_PER_S)
#define CODES_APART_NS (10ull * NS_PER_S)

static struct rd address_of(const struct door_room *r)
{
	return rd_of(r->address, sizeof(r->address));
}

void room_tell_connected(const struct door_room *r)
{
	struct event e = { .id = EVENT_DOOR_CONNECTED,
		.value = { { .bytes = address_of(r) }, { .bytes = rd_str(r->name) } } };

	child_event(&e);
}

void room_tell_failed(const struct door_room *r, const char *why)
{
	struct event e = { .id = EVENT_DOOR_ROOM_FAILED,
		.value = { { .bytes = rd_str(r->name) }, { .bytes = rd_str(why) } } };

	child_event(&e);
}

/* Quoted, so that it is text whatever the client sent, and short.
 * Without the asset of a login like name+asset: where he wants to go stands in the desk's records,
 * and those about the intercept compartment are not for whoever reads the door's. */
static void keep_user(struct door_room *r, struct rd user)
{
	struct people_login login;

	if (people_login(user, &login))
		user = login.name;
	(void)quote_text(r->user, sizeof(r->user), user);
}

static void tell_login(struct door_room *r, const struct sshd_line *l)
{
	char method[64], key[96];
	struct event e = { .id = EVENT_DOOR_LOGIN, .value = { { .bytes = address_of(r) },
		{ .bytes = rd_str(quote_text(key, sizeof(key), l->key)) },
		{ .bytes = rd_str(quote_text(method, sizeof(method), l->method)) }, { .bytes = rd_str(r->name) },
		{ .bytes = rd_str(r->user) } } };

	child_event(&e);
}

static void tell_login_failed(const struct door_room *r, const char *why)
{
	struct event e = { .id = EVENT_DOOR_LOGIN_FAILED, .value = { { .bytes = address_of(r) },
		{ .bytes = rd_str(r->name) }, { .bytes = rd_str(r->user) }, { .bytes = rd_str(why) } } };

	child_event(&e);
}

/* One person's open rooms. */
static unsigned n_rooms_of(const struct door_room *r)
{
	struct people_login mine, theirs;
	unsigned n = 0;

	if (!people_login(rd_str(r->user), &mine))
		return 0;
	LIST_EACH(it, &r->world->rooms) {
		const struct door_room *other = CONTAINER_OF(it, struct door_room, in);
		if (other->logged_in && !other->turned_away && people_login(rd_str(other->user), &theirs) && rd_equal(&mine.name, &theirs.name))
			n++;
	}
	return n;
}

/* The module keeps that a code was used by writing its file anew: of two rooms that do at the same time both
 * may be told that it was not. A person has one code at a time, so whose second comes as soon has used it twice. */
static bool is_code_again(struct door_room *r)
{
	struct door_world *w = r->world;
	uint64_t now = clock_mono_ns();
	struct code_login *l;

	for (size_t i = 0; i < CODE_LOGINS_MAX; i++)
		if (strcmp(w->code[i].user, r->user) == 0 && now - w->code[i].at_ns < CODES_APART_NS)
			return true;
	l = &w->code[w->n_codes_ever++ % CODE_LOGINS_MAX];
	(void)snprintf(l->user, sizeof(l->user), "%.*s", DOOR_NAME_MAX, r->user);
	l->at_ns = now;
	return false;
}

/* For the record, and for himself. */
static void turn_away(struct door_room *r, const char *why, const char *words)
{
	tell_login_failed(r, why);
	room_turn_away(r, why, words);
}

static void on_accepted(struct door_room *r, const struct sshd_line *l)
{
	/* The half of sshd that still talks to a stranger cannot say so. */
	if (r->logged_in || !r->from || l->before_login)
		return;
	r->logged_in = true;
	source_logged_in(&r->world->sources, r->from);
	loop_timer_clear(r->world->loop, &r->watchdog);
	keep_user(r, l->user);
	(void)quote_text(r->key, sizeof(r->key), l->key);
	tell_login(r, l);
	room_gate_who(r);
	_Static_assert(ROOM_PERSON_MAX == 32, "the words below name it");
	if (n_rooms_of(r) > ROOM_PERSON_MAX)
		turn_away(r, "too many connections of this person",
		    "not now: you have as many connections as one person may (32); end some, or let them share one (ControlMaster)");
	else if (r->world->has_otp && is_code_again(r))
		turn_away(r, "two codes of this person within ten seconds",
		    "not now: a one-time code of yours opened a connection less than ten seconds ago; come again with your next code, or let "
		    "connections share one (ControlMaster)");
}

static bool may_tell(struct door_room *r)
{
	if (r->n_told == ROOM_TOLD_MAX)
		r->n_dropped++;
	else
		r->n_told++;
	return r->n_dropped == 0;
}

static void tell_refused(struct door_room *r, const struct sshd_line *l)
{
	char target[256];
	struct event e = { .id = EVENT_DOOR_FORWARD_REFUSED, .value = { { .bytes = address_of(r) },
		{ .bytes = rd_str(sshd_refused_kind(l->said)) }, { .bytes = rd_str(r->name) },
		{ .bytes = rd_str(quote_text(target, sizeof(target), l->target)) }, { .bytes = rd_str(r->user) } } };

	if (may_tell(r))
		child_event(&e);
}

static void tell_unknown(struct door_room *r, struct rd line)
{
	char text[SPOKEN_LINE_MAX];
	struct event e = { .id = EVENT_DOOR_SSHD_SAID, .value = { { .bytes = rd_str(r->name) },
		{ .bytes = rd_str(quote_text(text, sizeof(text), line)) } } };

	if (line.len && may_tell(r))
		child_event(&e);
}

static void note(struct door_room *r, const struct sshd_line *l, const char *why)
{
	if (l->user.len)
		keep_user(r, l->user);
	if (!r->logged_in)
		(void)snprintf(r->why, sizeof(r->why), "%s", why);
	r->n_failed++;
}

void room_log_line(void *ctx, struct rd line)
{
	struct door_room *r = ctx;
	struct sshd_line l = sshd_log_read(line);

	switch (l.said) {
	case SSHD_ACCEPTED:
		on_accepted(r, &l);
		return;
	case SSHD_FAILED:
		note(r, &l, "no key or second factor of this name");
		return;
	case SSHD_NO_SUCH_USER:
		note(r, &l, "no such name");
		return;
	case SSHD_TOO_MANY_TRIES:
		note(r, &l, "too many tries");
		return;
	case SSHD_TOO_LATE:
		r->was_late = true;
		return;
	case SSHD_CRASHED:
		r->has_crashed = true;
		return;
	case SSHD_REFUSED_LOCAL:
	case SSHD_REFUSED_REMOTE:
	case SSHD_REFUSED_SOCKET:
	case SSHD_REFUSED_AGENT:
	case SSHD_REFUSED_X11:
	case SSHD_REFUSED_TUNNEL:
		tell_refused(r, &l);
		return;
	case SSHD_NOISE:
		return;
	case SSHD_UNKNOWN:
	case SSHD_SAIDS:
		tell_unknown(r, line);
		return;
	}
}

static void punish(struct door_room *r, uint64_t penalty_ns, const char *why)
{
	uint32_t wait_s = source_penalty(r->from, penalty_ns, clock_mono_ns());
	struct event e = { .id = EVENT_DOOR_PENALTY, .value = { { .bytes = address_of(r) },
		{ .number = wait_s }, { .bytes = rd_str(why) } } };

	if (wait_s == 0)
		return;
	child_event(&e);
}

static void judge_end(struct door_room *r)
{
	if (r->has_crashed)
		punish(r, PENALTY_CRASH_NS, "a process of its connection crashed");
	if (r->logged_in)
		return;
	if (r->was_late)
		punish(r, PENALTY_LATE_NS, "it did not log in in time");
	else if (r->n_failed)
		punish(r, PENALTY_FAILED_NS, "failed logins");
	else if (!r->has_crashed)
		punish(r, PENALTY_SILENT_NS, "it did not try to log in");
	if (r->n_failed || r->was_late)
		tell_login_failed(r, r->was_late ? "not in time" : r->why);
}

void room_tell_end(struct door_room *r)
{
	uint64_t up_ns = clock_mono_ns() - r->since_ns;
	struct event e = { .id = EVENT_DOOR_DISCONNECTED, .value = { { .bytes = address_of(r) },
		{ .bytes = rd_str(r->how) }, { .number = r->n_dropped }, { .bytes = rd_str(r->name) },
		{ .number = (int64_t)(up_ns / NS_PER_S) }, { .bytes = rd_str(r->user) } } };

	if (!r->from)
		return;
	judge_end(r);
	child_event(&e);
}
