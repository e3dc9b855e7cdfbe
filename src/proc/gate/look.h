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
/* What comes next, of kind or class `act`, is not judged yet: nothing is known of it. */
void gate_look_unjudged(struct session *s, const char *act);
/* The file that was looked at goes to the engineer, and counts as shown; or it does not. */
void gate_look_file_over(struct session *s, bool is_shown);

/* The session's slice of the grant. What it would come to with what is held, or with the file that waits: */
struct gate_limits { uint64_t persons, opaque; };
void gate_look_need(struct session *s, bool is_file, struct gate_limits *out);
MUST_USE bool gate_look_is_within(const struct session *s, const struct gate_limits *need);
/* The same, and whether the grant as a whole might have room for it. */
MUST_USE bool gate_look_may_be_raised(struct session *s, bool is_file, struct gate_limits *need);
/* The slice was raised: what is shown next counts against it. */
void gate_look_raised(struct session *s);
/* Deskd has answered for the file that waits: it goes on, or is refused. */
void gate_look_file_answer(struct session *s);
/* What is held goes out, under limits that were raised. */
void gate_look_resume(struct session *s, uint64_t persons, uint64_t opaque);
/* The output has ended. */
void gate_look_end(struct session *s);
void gate_look_figures(struct session *s, struct inspect_figures *out);
/* A sentence for the engineer and the record. */
const char *gate_look_why(enum inspect_why why);
