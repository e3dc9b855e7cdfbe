/*
 * Is:        an asker's side of ask_proto: whether identifiers are subscribers of ours,
 *            answered while the caller waits. It is the inspector's `member`.
 * Is not:    the set (tokend), nor a copy of it: it remembers at most MEMBERS_LINK_SLOTS
 *            answers, under a key of its own, as tokens.
 * Called by: every process that inspects.
 * Owns:      its link to tokend and the answers that it remembers.
 * Trust:     tokend. Values are hostile; they are canonical and at most SCAN_VALUE_MAX.
 *
 * *When there is no answer* - tokend is gone, late, without a set, or the quota of this
 * asker is used up - membership is MEMBERSHIP_UNKNOWN, never "none of ours": the
 * inspector then gives the verdict that is the strictest possible without membership
 * (inspector.h), and `n_unknown` says, for the session's record, that it happened. After
 * an answer that was late, none is waited for again for MEMBERS_LINK_REST_NS, so that
 * a dead tokend costs a session one wait a second and not one for each number.
 *
 * The process needs ppoll among its permitted calls (os/call.h).
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/def.h"
#include "base/timefmt.h"
#include "inspect/inspector.h"

enum { MEMBERS_LINK_SLOTS = 4096 };
#define MEMBERS_LINK_PATIENCE_NS (250ull * NS_PER_MS)
#define MEMBERS_LINK_REST_NS (1ull * NS_PER_S)

struct members_link;

/* Not linked yet. `key` is 16 random bytes as two integers. */
MUST_USE struct members_link *members_link_new(const uint64_t key[2]);
void members_link_free(struct members_link **l);

/* Tokend is there (again): takes `fd`, an end of ipc_pair whose other end tokend has.
 * What was remembered of the one before is forgotten. */
void members_link_linked(struct members_link *l, int fd);

/* An inspect_member_fn; `ctx` is the link. Waits at most MEMBERS_LINK_PATIENCE_NS for
 * each ASK_IDS_MAX identifiers that it does not remember. */
void members_link_ask(void *ctx, struct inspect_ask *asks, size_t n);

struct members_link_figures {
	bool is_linked;
	uint64_t version;   /* of the set that answered last; 0: none did */
	double share;       /* for inspector_options.member_share */
	uint64_t n_asked;   /* identifiers that tokend was asked for */
	uint64_t n_unknown; /* identifiers that got no answer */
};
struct members_link_figures members_link_figures(const struct members_link *l);
