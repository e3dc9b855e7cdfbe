/*
 * Is:        the command line of slagboom-verify.
 * Is not:    what it does.
 * Called by: main.c.
 * Owns:      nothing; borrows argv.
 * Trust:     the caller's own command line.
 */
#pragma once

#include <stdbool.h>
#include <stdio.h>

#include "base/def.h"

struct options {
	const char *log;                             /* directory */
	const char *policy, *key;                    /* one of them */
	const char *checkpoint, *known, *resume;
	const char *pack, *receipt;                  /* then no log */
	const char *officers;                        /* of a pack */
	const char *log_key;                         /* of a receipt with its proof, if not policy */
	const char *recordings;                      /* directory */
	const char *proof, *entry;                   /* both or none, then no log */
	unsigned jobs;                               /* 0: as many as there are processors */
	bool json, progress, records, sessions, help, version;
};

/* NULL, or what is wrong with the command line. */
MUST_USE const char *options_parse(struct options *o, int argc, char **argv);

void options_help(FILE *f);
