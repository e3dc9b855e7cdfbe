/*
 * Is:        what the desk needs of this machine: time zones, accounts, command classes, the
 *            operator's own country database. Read once, before the sandbox closes.
 * Is not:    a policy.
 * Called by: deskd at its start, then world and officers.
 * Owns:      all of it.
 * Trust:     the machine's files; an address is hostile.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/def.h"
#include "base/rd.h"
#include "policy/space.h"

/* `dir_fd` is the desk's directory: country.mmdb in it is used when it is there. Negative
 * errno after a line on standard error. */
MUST_USE int local_read(int dir_fd);
void local_done(void);

struct rd local_pack(void);
struct space_zones local_zones(void);

/* The user id of the account (its name, or "#" and the id). False: none is called so, or it
 * is root. An account made later is known after the next start. */
MUST_USE bool local_account(struct rd login, uid_t *out);

/* The country of an address, 4 or 16 bytes; 0 when it is not known or there is no database. */
uint16_t local_country(struct rd address);
