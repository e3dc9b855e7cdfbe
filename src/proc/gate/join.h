/*
 * Is:        the joining of a session: its lane is chosen, its edge linked, and bytes begin to go.
 * Is not:    what came before (gate/begin.h) or comes after (gate/session.h).
 * Called by: gate/begin.c, gate/orders.c.
 * Owns:      nothing.
 * Trust:     the command and the variables are hostile.
 */
#pragma once

struct buf;
struct edge_open;
struct session;

/* Its recording stands: the lane begins, or what nobody can read is refused. */
void gate_join(struct session *s);
/* His terminal, with its modes tamed: they stand in `modes`. */
void gate_join_terminal(const struct session *s, struct edge_open *o, struct buf *modes);
/* His LANG and LC_*, which go to the element; his purpose does not. */
void gate_join_env(const struct session *s, struct edge_open *o);
