/*
 * Is:        one question to the desk and its answer, for the subcommands of officers.
 * Is not:    deskd's side (proc/desk/officers.c).
 * Called by: subcommands.
 * Owns:      the answer.
 * Trust:     the desk of this machine; its answer is bounded, and shown quoted, all the same.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/def.h"
#include "base/rd.h"
#include "proc/talk/desk_officer.h"

struct args;

struct desk_answer {
	enum officer_status status;
	struct buf json;      /* {"ok","result","text"} */
	struct rd result;     /* the value of "result", in `json` */
	struct buf text;      /* for people */
	int fd;               /* with OFFICER_WATCH, else -1 */
};

/* For AUTO. */
void desk_answer_done(struct desk_answer *a);

/* Asks; EXIT_OK when there is an answer, even a refusal; else the exit code after a complaint.
 * `attachment` may be empty. */
MUST_USE int desk_ask(const struct args *a, enum officer_verb verb, const char *const *arg, size_t n, struct rd attachment,
    struct desk_answer *out);

/* A column of a table: the member of each object, and its heading. */
struct desk_column { const char *key, *heading; };

/* Prints the answer: canonical JSON with --json; else the table of `columns` (if the result is
 * an array; `none` when it is empty) and the text. The exit code for its status. */
MUST_USE int desk_print(const struct args *a, const struct desk_answer *answer, const struct desk_column *columns, size_t n,
    const char *none);

/* desk_ask and desk_print. */
MUST_USE int desk_do(const struct args *a, enum officer_verb verb, const char *const *arg, size_t n,
    const struct desk_column *columns, size_t n_columns, const char *none);

/* The text of a member of the object `value`, appended to `out`; false when it has none. */
MUST_USE bool desk_member(struct rd value, const char *key, struct buf *out);
