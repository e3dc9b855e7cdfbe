/*
 * Is:        what a lane ordered, carried out: queued for release, recorded, asked.
 * Is not:    the lanes.
 * Called by: gate/session.c.
 * Owns:      files in quarantine.
 * Trust:     lanes are ours; what their orders hold is hostile.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct rd;
struct session;

/* Carries out all that s->orders holds, and what follows from it. */
void gate_orders_run(struct session *s);
/* Something goes on when there is room for it, and not with the next byte of either side. */
bool gate_orders_wait(const struct session *s);
/* Deskd's verdict on what was asked under `id`. */
void gate_orders_verdict(struct session *s, uint32_t id, bool allow);
/* Wipes what is in quarantine and forgets what was asked. */
void gate_orders_done(struct session *s);
