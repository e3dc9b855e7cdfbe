/*
 * Is:        who may be asked for at the door: the file /etc/slagboom/people of a room, and
 *            the forms of a login name.
 * Is not:    a proof of anything; an unknown name is refused as a wrong key is.
 * Called by: the name service module of the room, door.
 * Owns:      nothing.
 * Trust:     login names are hostile; the file is deskd's.
 *
 * The file: "NAME UID" a line, sorted by the bytes of NAME, at most PEOPLE_FILE_MAX bytes.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/def.h"
#include "base/rd.h"

enum { PEOPLE_NAME_MAX = 64, PEOPLE_LOGIN_MAX = 129, PEOPLE_FILE_MAX = 4 << 20, PEOPLE_UID_MIN = 1000 };

struct people_login {
	struct rd name;  /* "wei.zhang" */
	struct rd asset; /* "hlr1", or empty */
};

/* The whole of `login` as NAME, NAME+ASSET or NAME%ASSET; both of letters, digits and ._-
 * and beginning with a letter or digit, at most PEOPLE_NAME_MAX bytes each. */
MUST_USE bool people_login(struct rd login, struct people_login *out);

/* The user id of `name` in the file. False: not there, below PEOPLE_UID_MIN, or its line is
 * not one. Reads a number of lines that grows with the logarithm of the file. */
MUST_USE bool people_find(struct rd file, struct rd name, uint32_t *out_uid);
/* The first with that id. */
MUST_USE bool people_find_uid(struct rd file, uint32_t uid, struct rd *out_name);
