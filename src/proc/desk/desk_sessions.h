/*
 * Is:        the sessions of all rooms: asking, waiting, admitted, live, closed; and the
 *            judging of what is done in them.
 * Is not:    the links to the gates (rooms.h), or grants (requests.h).
 * Called by: rooms, officers, requests, deskd.
 * Owns:      its sessions.
 * Trust:     a gate may have been taken over: it gets a verdict, never a right; its counters
 *            can only grow, and what it was allowed to show counts as shown until it says less.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/def.h"
#include "base/list.h"
#include "proc/desk/book.h"
#include "proc/desk/requests.h"
#include "proc/desk/slices.h"
#include "proc/talk/desk_proto.h"

struct room;

enum { SESSION_ID_LEN = 16, SESSION_NAME_MAX = 64, SESSIONS_EACH_MAX = 64 };

enum session_state {
	SESSION_ASKING,    /* purpose or ticket is missing */
	SESSION_WAITING,   /* for approvals */
	SESSION_ADMITTING, /* its record is on the way to the disk */
	SESSION_LIVE,
	SESSION_ENDING,    /* the gate was told; it has not closed yet */
	SESSION_CLOSING    /* the receipt is on its way */
};

struct session {
	struct list node;  /* of all sessions */
	struct room *room;
	uint32_t n;        /* the gate's number */
	uint64_t serial;   /* ours: never used again */
	enum session_state state;
	enum channel channel;
	char asset[SESSION_NAME_MAX + 1], purpose[DESK_PURPOSE_MAX + 1], ticket[DESK_PURPOSE_MAX + 1],
	    rule[DESK_NAME_MAX + 1]; /* he asked to come by it, or "" */
	char request[REQUEST_ID_LEN + 1];
	struct standing standing;  /* from admitting on */
	bool has_standing, is_held, is_intercept;
	uint8_t id[SESSION_ID_LEN], policy[DESK_HASH_LEN]; /* the hash of the policy that admitted it */
	struct slice slice, whole; /* it may show; the grant's limits, of which others have slices too */
	int64_t began, deadline, ended; /* seconds since 1970 */
	struct desk_counts counts;
	bool is_over;              /* waits for an officer's answer */
	enum desk_over over;
	struct slice over_need;    /* what it comes to then */
	char over_detail[256], why[256], by[SESSION_NAME_MAX + 1];
};

/* A word of deskd's command line: "idle=SECONDS". */
MUST_USE bool sessions_word(const char *word);
void sessions_init(void);

/* From a room, about its session `n`. Negative errno: the gate broke its protocol. */
MUST_USE int sessions_open(struct room *r, uint32_t n, const struct desk_open *o);
/* The element of this session showed a key that no officer has accepted. */
MUST_USE int sessions_host_key(struct room *r, uint32_t n, struct rd key);
MUST_USE int sessions_purpose(struct room *r, uint32_t n, struct rd purpose, struct rd ticket);
MUST_USE int sessions_judge(struct room *r, uint32_t n, const struct desk_judge *j);
/* It comes to the end of its slice: it is raised as far as that is possible, and the gate told. */
MUST_USE int sessions_more(struct room *r, uint32_t n, enum desk_more what, const struct slice *need);
MUST_USE int sessions_over(struct room *r, uint32_t n, enum desk_over what, const struct slice *need, struct rd detail);
MUST_USE int sessions_counts(struct room *r, uint32_t n, const struct desk_counts *c);
MUST_USE int sessions_closed(struct room *r, uint32_t n, const struct desk_counts *c, struct rd why, struct rd by,
    uint64_t seq);
MUST_USE int sessions_leave(struct room *r, uint32_t n);
/* The room is gone. */
void sessions_room_gone(struct room *r);

/* What became of a request, once record `event` is durable. */
void sessions_request_changed(struct rd request, int64_t event, enum book_log log);
/* All are judged again: time goes on, policies change, people leave. */
void sessions_rejudge(int64_t now);

/* For officers. The session of an id's first hex digits (at least 6), or NULL. */
struct session *sessions_find(struct rd id_hex);
struct session *sessions_by_serial(uint64_t serial);
/* The list of struct session. */
struct list *sessions_all(void);
void sessions_end(struct session *s, struct rd by, struct rd why);
void sessions_hold(struct session *s, bool hold, struct rd by);
/* Answers what DESK_OVER asked. False, and it waits on: to allow it takes more than the rule has left. */
MUST_USE bool sessions_answer(struct session *s, bool allow, struct rd by);
/* Gives the gate a descriptor to copy its releases to; takes it. */
MUST_USE bool sessions_watch(struct session *s, int fd);
/* keyd's answer: the signed receipt of a session; empty when it refused. */
void sessions_receipt(uint64_t serial, struct rd signed_text);
/* Whom a record about it is about; by `actor`, or by the engineer. */
struct book_about session_about(const struct session *s, struct rd actor);
const char *session_over_name(enum desk_over what);
/* The id in hex. */
void sessions_id(const struct session *s, char out[2 * SESSION_ID_LEN + 1]);
