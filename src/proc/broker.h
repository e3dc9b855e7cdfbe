/*
 * Is:        how the door joins a process that it has started (a gate, an edge) with one
 *            that the supervisor started: it makes a pair, gives one end to each.
 * Is not:    a way to choose what the newcomer may do: each link's table says that.
 * Called by: door; keyd, tokend, deskd, evidenced on their links from the door.
 * Owns:      nothing.
 * Trust:     the door; it parses nothing from outside.
 *
 * BROKER_LINK on a link whose peer is "door": u8 length and name of the newcomer, and one
 * descriptor. The receiver treats it as its child.h `linked`. Names, and what they may ask:
 *
 *     gate-N            evidenced: record_proto; tokend: ask_proto; deskd: desk_proto
 *     edge-N CREDENTIAL keyd: agent_proto for that credential alone
 *     host              keyd: the ssh-agent protocol, for the door's host keys alone
 */
#pragma once

enum { BROKER_LINK = 96, BROKER_NAME_MAX = 96 };
