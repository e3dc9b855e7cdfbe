/*
 * Is:        where things stand inside a room.
 * Is not:    how it is made (room.c, room_build.h).
 * Called by: room, session, the name service module, door.
 * Owns:      nothing.
 * Trust:     no input.
 */
#pragma once

#define ROOM_PROGRAMS "/slagboom" /* the session program and the name service module */
#define ROOM_SHELL ROOM_PROGRAMS "/slagboom-session"
#define ROOM_ETC "/etc/slagboom" /* deskd's directory, read-only (DOOR_ROOM) */
#define ROOM_PEOPLE ROOM_ETC "/people"
#define ROOM_HOMES ROOM_ETC "/home"
/* With one-time codes, which the stock PAM module finds by the login: for that one the name service leaves a
 * link of the login's name to a directory below ROOM_OTP_STATE, which is deskd's and outlives the room. */
#define ROOM_OTP "/run/otp"
#define ROOM_OTP_STATE "/etc/otp"
#define ROOM_GATE "/run/slagboom/gate"           /* seqpacket: session_proto.h */
#define ROOM_HOST_KEYS_AGENT "/run/slagboom/host-keys" /* stream: the ssh-agent protocol */
#define ROOM_SUBSYSTEM ROOM_SHELL " --subsystem " /* the command of a declared subsystem: and its name */

/* Descriptors that a room starts with, besides 0 and 1 (null) and 2 (sshd's log). */
enum { ROOM_CONTROL_FD = 3, ROOM_ETC_FD = 4 };

/* The status of a room whose sshd, or its other half, was killed: this and the signal. Else it is sshd's own. */
enum { ROOM_SIGNALLED = 128 };
