/*
 * Is:        whether a session may go on, and whether a command may be sent: the policy as it
 *            is now, and the grant, with the counters.
 * Is not:    the decision (policy/decide.h) or the grant's own limits (policy/grant.h).
 * Called by: sessions.
 * Owns:      nothing.
 * Trust:     commands and counters are hostile.
 *
 * Both must allow: the policy may have become stricter than the grant, never the grant wider
 * than its policy.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/def.h"
#include "proc/talk/desk_proto.h"

struct session;
struct asset;

/* The session as such, with its counters, place and hour. */
MUST_USE bool judge_session(const struct session *s, int64_t now);

/* Of which kinds the persons are that an asset shows, bit per enum kind: what it holds; and what should
 * hold none may show some all the same, who then are subscribers. */
uint32_t judge_kinds(const struct asset *a);

/* Whether one person more in the clear would be allowed to a session that begins. */
MUST_USE bool judge_may_show_one(const struct session *s);

enum judge_verdict { JUDGE_DENY = 0, JUDGE_ALLOW, JUDGE_ASK }; /* as lane/lane.h numbers them */

/* The verdict on a command. `cls` takes its class ("a+b" when it is of more, the one that is not allowed
 * when it is refused), of DESK_NAME_MAX bytes; `why` the name of the rule that allows, or the reason in the
 * words that the engineer reads, one line of DESK_REASON_MAX bytes. */
enum judge_verdict judge_command(const struct session *s, const struct desk_judge *j, int64_t now, struct buf *cls,
    struct buf *why);

/* Counters that do not shrink. */
MUST_USE bool judge_counts_grow(const struct desk_counts *before, const struct desk_counts *after);
