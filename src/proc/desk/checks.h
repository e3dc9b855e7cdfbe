/*
 * Is:        the checking of approvals' signatures, which keyd does: what was asked of it, and
 *            what it has answered.
 * Is not:    the judging of who signed what (policy/approval.h).
 * Called by: requests, officers; receipt brings keyd's answers.
 * Owns:      the answers, while they are remembered.
 * Trust:     signatures are hostile; keyd is not.
 *
 * A signature that keyd has not called good is none: nothing here says so without its word. What
 * it has said of the same key, signature and message is remembered for a while, since the
 * signatures of a grant are judged again with each new one.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/def.h"
#include "base/rd.h"

struct sshsig;

enum check_state { CHECK_NOBODY = 0, /* keyd is not there */ CHECK_ASKED, CHECK_BAD, CHECK_GOOD };

/* What keyd says of it; asks when it has not been asked. CHECK_ASKED: `*out_token` is what
 * to wait for (officers_checked). */
MUST_USE enum check_state checks_state(const struct sshsig *s, struct rd message, uint64_t *out_token);

/* Good, by keyd's word: for approval_world. */
bool checks_verify(void *ctx, const struct sshsig *s, struct rd message);

/* keyd's answer; false when it is none of ours. */
MUST_USE bool checks_answered(struct rd body);
/* keyd is gone: what it was asked it will not answer. */
void checks_gone(void);
