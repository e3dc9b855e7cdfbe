/*
 * Is:        what the door says to a gate on their link, which the gate has as CONTROL_LINK
 *            "door": the listeners of the room that it serves.
 * Is not:    the gate's conversations with anybody else.
 * Called by: door, gate.
 * Owns:      nothing.
 * Trust:     the door is trusted by the gate; a gate says nothing here. The link's end is
 *            the room's: sshd is gone, and some seconds later the gate is killed.
 */
#pragma once

enum {
	GATE_ROOM = 1, /* u8 kind as in ROOM_LISTENS, u16 port; the listening socket. Of kind TCP:
	                * getsockname of a connection tells the address, 127.1.x.y, and so the asset */
	GATE_HOSTS = 2, /* which asset has which address there: "127.1.x.y NAME" a line, whole lines */
};
