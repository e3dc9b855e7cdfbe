/*
 * Is:        how a policy comes into force: the first one at the first start, every other by
 *            two administrators.
 * Is not:    its meaning (world.h).
 * Called by: deskd, verbs.
 * Owns:      the table policy.
 * Trust:     bundles are hostile until parsed; who sends them is an administrator.
 */
#pragma once

#include "base/def.h"

/* Before the belts: keeps the bundle `first-policy` of the desk's directory, if there is one. */
MUST_USE int change_prepare(int dir_fd);

/* Loads the policy in force, or the first one, or none. Negative errno: what was in force
 * does not load any more (another version of this program?): nothing may be granted. */
MUST_USE int change_start(void);
void change_done(void);
