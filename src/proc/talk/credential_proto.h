/*
 * Is:        what the command line and keyd say to each other about credentials, over a
 *            link that the supervisor made for a user whom it checked.
 * Is not:    a way to read a secret: they go in and never out.
 * Called by: key_operator, cli.
 * Owns:      nothing.
 * Trust:     keyd takes the command line for careless, not for hostile: the user may do all
 *            of this anyway. It checks every byte all the same.
 */
#pragma once

/* command line to keyd */
enum {
	CREDENTIAL_LIST = 1,     /* u8-length name: those behind it, at most CREDENTIAL_PAGE */
	CREDENTIAL_ADD = 2,      /* u8-length name, u16-length body as in proc/keyd/credential.h */
	CREDENTIAL_GENERATE = 3, /* u8-length name, u8-length user */
	CREDENTIAL_REMOVE = 4,   /* u8-length name */
	CREDENTIAL_HOST_KEY = 5, /* the front door's public key */
};

/* keyd to command line: any number of rows, then the end */
enum {
	CREDENTIAL_ROW = 16, /* u8-length name, u8 kind, u8-length user, u8-length public key (a blob) */
	CREDENTIAL_END = 17, /* u32: 0, an enum credential_outcome, or an errno above CREDENTIAL_ERRNO */
};

enum { CREDENTIAL_PAGE = 64, CREDENTIAL_ERRNO = 1000 };
