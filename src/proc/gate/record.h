/*
 * Is:        what a session writes into the record: its events, and the segment of a group.
 * Is not:    the recorder (recorder.h) or the sealer (sealer.h).
 * Called by: the gate's files.
 * Owns:      nothing.
 * Trust:     texts are hostile: identifiers in them are replaced by their kind.
 *
 * Each returns false when the record cannot be asked for; the session must end then.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/def.h"
#include "base/rd.h"
#include "lane/lane.h"

struct group;
struct session;

MUST_USE bool gate_record_opened(struct session *s);
/* Seals the group's frames, asks for their record, and sets its token and n_sealed. */
MUST_USE bool gate_record_segment(struct session *s, struct group *g);
MUST_USE bool gate_record_command(struct session *s, const char *class, struct rd text);
MUST_USE bool gate_record_refused(struct session *s, const char *class, struct rd text, const char *why);
MUST_USE bool gate_record_finding(struct session *s, const char *why, struct rd detail);
MUST_USE bool gate_record_held(struct session *s, const char *by, const char *why);
MUST_USE bool gate_record_resumed(struct session *s, const char *by, const char *why);
MUST_USE bool gate_record_file(struct session *s, const struct lane_file *f, const char *verdict);
/* The last; its token goes into `*out_token`. */
MUST_USE bool gate_record_closed(struct session *s, uint64_t *out_token);
