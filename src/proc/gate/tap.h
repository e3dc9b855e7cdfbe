/*
 * Is:        an officer's live view: a copy of each frame as it is released.
 * Is not:    a brake: a watcher who is too slow is dropped.
 * Called by: gate/release.c, gate/session.c.
 * Owns:      the watcher's descriptor.
 * Trust:     deskd, which passes it on.
 *
 * A frame is u8 kind, u32 length, bytes (desk_proto.h).
 */
#pragma once

#include <stdint.h>

struct rd;
struct session;

/* Takes `fd`; a second watcher takes the first one's place. */
void gate_tap_open(struct session *s, int fd);
void gate_tap_close(struct session *s);
void gate_tap_frame(struct session *s, uint8_t kind, struct rd bytes);
