/*
 * Is:        a grant and its canonical text: the one text that officers sign.
 * Is not:    a decision (decide.h) or the judging of signatures (approval.h).
 * Called by: deskd, approval, the gate at every crossing, the verifier.
 * Owns:      nothing; fields borrow from the text or from the caller.
 * Trust:     hostile text. Exactly one text stands for a grant: whatever differs by a
 *            byte is refused or is another grant.
 *
 * One field a line, all of them, in this order; names in lists rise strictly:
 *
 *     slagboom-grant/1
 *     id 00112233445566778899aabbccddeeff
 *     operator Kustnet B.V.
 *     policy <SHA-256 of the policy's text, 64 hex digits>
 *     rule maintenance
 *     engineer wei.zhang
 *     supplier meridian
 *     employer Meridian Networks B.V.
 *     controlled-from CN                  (or: unknown)
 *     asset hlr1                          (1 to 64 lines)
 *     class read-config                   (1 to 64 lines)
 *     channel terminal                    (1 to 4 lines)
 *     not-before 2026-11-23T08:00:00Z
 *     not-after 2026-11-23T12:00:00Z
 *     session-max 14400                   (seconds)
 *     clear-subscribers 20
 *     clear-customers 0
 *     opaque 65536                        (bytes)
 *     approvals 2
 *     role approver                       (1 to 6 lines)
 *     requested 2026-11-23T07:55:00Z
 *     answer-by 2026-11-23T08:25:00Z
 *     purpose replace the card in rack 3
 *     ticket CHG-1234
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/def.h"
#include "base/rd.h"
#include "policy/table.h"

enum {
	GRANT_ASSETS_MAX = 64, GRANT_ROLES_MAX = 6, GRANT_TEXT_MAX = 500, GRANT_MAX = 32768,
	GRANT_BAD = 1
};

struct grant_names { struct rd at[GRANT_ASSETS_MAX]; uint32_t n; };

struct grant {
	struct rd id, operator, policy, rule, engineer, supplier, employer;
	uint16_t controlled_from; /* 0 = unknown */
	struct grant_names assets, classes, channels, roles;
	int64_t not_before, not_after;
	uint32_t session_max;
	uint32_t clear[KIND_N];
	uint64_t opaque;
	uint32_t approvals;
	int64_t requested, answer_by;
	struct rd purpose, ticket;
};

/* Appends the text, sorting nothing: false when a field is not one that the text can
 * hold (so that nothing is ever signed which would not read back) or it is full. */
MUST_USE bool grant_write(const struct grant *g, struct buf *out);

/* 0, or GRANT_BAD when the text is not exactly what grant_write gives. */
MUST_USE int grant_parse(struct rd text, struct grant *out);

/* One use of a grant, counters as they will stand after it. */
struct grant_use {
	struct rd engineer, asset, cls, channel;
	int64_t now;
	uint32_t age;
	uint32_t clear[KIND_N];
	uint64_t opaque;
};

enum grant_why {
	GRANT_OK, GRANT_OTHER_PERSON, GRANT_OTHER_ASSET, GRANT_OTHER_CLASS, GRANT_OTHER_CHANNEL,
	GRANT_TOO_EARLY, GRANT_OVER, GRANT_SESSION_OVER, GRANT_CLEAR, GRANT_OPAQUE
};

/* Whether the grant covers the use; decide must allow it besides. */
MUST_USE enum grant_why grant_covers(const struct grant *g, const struct grant_use *u);
extern const char *const grant_why_texts[];
