/*
 * Is:        the officers' side of the desk: its socket, who may ask what, the answers.
 * Is not:    what is done: each verb is a few lines over requests, sessions, change, glass.
 * Called by: deskd.
 * Owns:      its connections.
 * Trust:     any account of the machine may connect; who it is the kernel says.
 *
 * Every question of an officer is a record, and answered only when that is durable.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/def.h"
#include "base/json.h"
#include "proc/desk/book.h"
#include "proc/talk/desk_officer.h"

struct loop;

enum { CLIENTS_MAX = 64, CLIENTS_EACH_MAX = 8 };

/* A question being answered. */
struct question {
	int officer;                /* index in the policy, or MODEL_NONE (break-glass, first policy) */
	uint32_t uid;
	struct rd name;             /* the officer's */
	const struct officer_ask *ask;
	struct rd attachment;
	struct json json;           /* the answer: one value */
	struct buf out;
	const char *detail;         /* for the record; "" */
	char detail_text[256];
	bool proof_failed;          /* he showed a key that is no officer's */
	bool is_refused;            /* it was not done, and `text` says why */
	struct buf text;            /* for people */
	enum book_log log;          /* where the act is recorded: what is about the intercept compartment, there */
	uint64_t waits_for;         /* it is asked again when keyd has answered this (checks.h); 0: no */
	int64_t event;              /* to wait for besides, 0: none */
	int fd;                     /* to give to the officer, or -1; taken */
};

void officers_init(struct loop *l, const char *origin);
void officers_done(void);
/* keyd has answered all up to this. */
void officers_checked(uint64_t token);
/* The listening socket, inherited. */
MUST_USE int officers_listen(int fd);

/* Need to know: what is of the intercept compartment, its own officers see, and nobody else;
 * what is no longer in the policy may have been of it. */
bool question_may_see(const struct question *q, struct rd asset);
/* It is about this asset: the act is recorded where that belongs. */
void question_about(struct question *q, struct rd asset);

/* The argument `i`, or empty. */
struct rd question_arg(const struct question *q, uint32_t i);
/* What he named is the detail for the record; "?" where it is no text. */
void question_names(struct question *q, struct rd what);
/* Marks it as refused, with text for people. */
void question_refuse(struct question *q, const char *why);
