/*
 * Is:        whether the disk has room for more of what the desk keeps for ever.
 * Is not:    a quota.
 * Called by: deskd each second; requests, officers.
 * Owns:      nothing.
 * Trust:     the kernel.
 *
 * A database that cannot write ends the desk, and with it every session. So new requests,
 * approvals and policies are refused, in words, while there is still room for what goes on: what
 * is granted holds, and whoever wants to end it can.
 */
#pragma once

#include <stdbool.h>

#define DESK_SPACE_LOW (32ull << 20) /* bytes */

/* Looks; tells when it changes. */
void space_look(void);
bool space_is_low(void);
