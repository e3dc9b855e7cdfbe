/*
 * Is:        the lanes' hooks: what they show goes through the inspector, what they judge goes
 *            to deskd.
 * Is not:    the inspector or a judge.
 * Called by: gate/session.c, gate/orders.c.
 * Owns:      the session's inspectors.
 * Trust:     hostile bytes on both sides.
 *
 * A hold at the ceiling is the gate's and not the lane's, because the inspector keeps what is
 * held: the hook gives the lane what may go, and the element is not read until deskd answers.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/def.h"
#include "base/rd.h"
#include "inspect/inspector.h"
#include "lane/lane.h"

struct session;

void gate_look_init(struct session *s, bool screen);
void gate_look_done(struct session *s);
/* The grant shows nobody in the clear. */
bool gate_look_masks(const struct session *s);
struct lane_hooks gate_look_hooks(struct session *s);

/* What the engineer sent to the element: it may be echoed to him. */
void gate_look_sent(struct session *s, struct rd bytes);
/* Time has passed, or the stream changed: what was held back goes on. */
void gate_look_tick(struct session *s, bool flush);
/* The file that was looked at goes to the engineer, and counts as shown; or it does not. */
void gate_look_file_over(struct session *s, bool is_shown);
/* An officer raised the limits. */
void gate_look_resume(struct session *s, uint64_t persons, uint64_t opaque);
/* The output has ended. */
void gate_look_end(struct session *s);
void gate_look_figures(struct session *s, struct inspect_figures *out);
/* A sentence for the engineer and the record. */
const char *gate_look_why(enum inspect_why why);
