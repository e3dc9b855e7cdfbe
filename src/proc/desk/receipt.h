/*
 * Is:        the receipt of a session: its text, and asking keyd to sign it.
 * Is not:    the signing.
 * Called by: sessions, deskd.
 * Owns:      the link to keyd.
 * Trust:     keyd.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/def.h"
#include "base/rd.h"

struct loop;
struct session;

/* `origin` names the gate; lives as long as the process. */
void receipt_init(struct loop *l, const char *origin);
void receipt_done(void);
/* keyd is there: takes `fd`. */
MUST_USE int receipt_linked(int fd);

/* For whoever else asks keyd (checks.h): false when it is not there. */
MUST_USE bool receipt_to_keyd(uint16_t type, struct rd body);

/* Asks for the receipt of a closed session, whose closing record is number `seq` of its log;
 * sessions_receipt gets the answer. False when keyd is not there. */
MUST_USE bool receipt_ask(const struct session *s, uint64_t seq);
