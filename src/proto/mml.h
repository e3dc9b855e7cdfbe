/*
 * Is:        man-machine language (ITU-T Z.315 and its vendor dialects): lines in, whole
 *            commands with their parameters out, and the one canonical text of each.
 * Is not:    a list of commands or a judge. A dialect is a small file (dialects/).
 * Called by: the MML lane.
 * Owns:      struct mml: the unfinished command, bounded.
 * Trust:     hostile lines.
 *
 * A command ends at its terminator and nowhere else, in quotes neither: several may stand on a line, and one
 * may take several lines. Lines are ASCII. What is not in the grammar is refused, not guessed; after a
 * refusal the rest of the pending text is dropped.
 *
 *     NAME [: [P=]V{&V|&&V} , ... [: ...]] ;
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/def.h"
#include "base/rd.h"

enum {
	MML_COMMAND_MAX = 4096,
	MML_PARAMS_MAX = 64,
	MML_VALUES_MAX = 256, /* of all parameters together */
	MML_NAMES_MAX = 16,
	MML_SWITCHES_MAX = 16,
	MML_DIALECT_MAX = 8192,
};

/* Outcomes of mml_next. */
enum {
	MML_MORE = 1,     /* nothing pending, or a command not yet ended */
	MML_BAD = 2,      /* not in the grammar */
	MML_TOO_LONG = 3,
	MML_TWICE = 4,    /* a parameter stands twice, or it leads to several elements */
};

struct mml_dialect {
	struct rd name;                         /* everything borrows the dialect's text */
	struct rd names[MML_NAMES_MAX];         /* masks: A letter, 9 letter or digit, * word, lower case itself */
	unsigned n_names;
	struct rd switches[MML_SWITCHES_MAX];   /* NAME:PARAM,PARAM */
	unsigned n_switches;
	struct rd secrets[MML_SWITCHES_MAX];    /* NAME:PARAM,PARAM */
	unsigned n_secrets;
	struct rd prompt;                       /* what a line that asks for input begins with */
	uint8_t terminator;
	bool positional, empty;
};

struct mml_value {
	struct rd text;      /* without quotes */
	bool is_quoted;
	bool to_next;        /* `&&`: this and the next value are the ends of a range */
};

struct mml_param {
	struct rd name;      /* empty: positional */
	unsigned block;      /* 0 behind the first colon */
	unsigned first, n;   /* values */
};

struct mml_command {
	struct rd name;      /* upper case, single spaces */
	struct mml_param params[MML_PARAMS_MAX];
	unsigned n_params;
	struct mml_value values[MML_VALUES_MAX];
	unsigned n_values;
	bool has_range;      /* a `&&`, in quotes too */
	bool is_switch;      /* it moves the session to another element */
	struct rd target;    /* which, as far as a parameter says; may be empty */
	bool has_secret;     /* it carries a password */
	struct rd canonical; /* what goes to the element and to classification */
};

struct mml {
	const struct mml_dialect *dialect;
	struct buf pending, name, canonical;
	size_t used; /* bytes in front of `pending` that the last command borrows */
};

/* Reads a dialect file. Returns 0, or MML_BAD with the line in `*out_line`. */
MUST_USE int mml_dialect(struct mml_dialect *d, struct rd text, uint32_t *out_line);

void mml_init(struct mml *m, const struct mml_dialect *d);
/* For AUTO. */
void mml_done(struct mml *m);
/* Adds one line that the engineer finished. MML_TOO_LONG drops all that is pending. */
MUST_USE int mml_add(struct mml *m, struct rd line);
/* The next whole command; it borrows `m` until the next call on `m`. On every outcome but MML_MORE
 * everything pending was dropped. */
MUST_USE int mml_next(struct mml *m, struct mml_command *out);
/* True when a command was begun and not ended. */
bool mml_is_pending(const struct mml *m);
void mml_reset(struct mml *m);
