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
	GATE_HOSTS = 2, /* which asset has which address there: "127.1.x.y NAME" a line, whole lines; 127.2.x.y: of
	                 * an element of SSH, which takes none, and says so in words */
	GATE_WHO = 3,   /* u32 user id, u8-length login, address and fingerprint: who is in the room, for one who opens a
	                 * forward and no session. The id is the kernel's, of the processes in there; the rest is what
	                 * sshd logged, and counts for nothing without the id */
	GATE_END = 4,   /* u8 1: he left by himself; u8-length text: why the room is over. The last */
};

enum { GATE_WHO_TEXT_MAX = 128 };
