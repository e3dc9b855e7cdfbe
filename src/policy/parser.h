/*
 * Is:        what the files of the parser share: the current token and the ways to
 *            take one or to say what was expected.
 * Is not:    for anybody else; parse.h is the door.
 * Called by: parse, parse_decl, parse_rule, can.
 * Owns:      nothing.
 * Trust:     hostile text.
 *
 * A `take` function returns true and has moved on, or false after adding one
 * error; the statement or the clause is then skipped.
 */
#pragma once

#include "policy/lex.h"
#include "policy/parse.h"

struct parser {
	struct policy *p;
	struct diags *d;
	const struct parse_files *files;
	struct lex lex;
	struct lex_token tok;
	uint32_t file;
	uint32_t depth;
	struct parser *up; /* who included us */
	uint64_t seen;     /* attributes or clauses of this statement */
};

void parser_next(struct parser *ps);
struct pos parser_pos(const struct parser *ps);
/* At the end of the statement (or of the file). */
bool parser_at_end(const struct parser *ps);
bool parser_is(const struct parser *ps, const char *word);
bool parser_try(struct parser *ps, const char *word);
bool parser_try_comma(struct parser *ps);
/* Adds "expected X, found Y" with a hint (or NULL); false. */
bool parser_expected(struct parser *ps, const char *what, const char *hint);

/* Adds "more than MAX of WHAT"; false. */
bool parser_too_many(struct parser *ps, struct pos at, const char *what, uint32_t max);
/* Adds "NAME is declared twice" with a hint; false. */
bool parser_twice(struct parser *ps, struct pos at, struct rd name, const char *hint);
/* A title in quotes, if one stands here. */
void parser_try_title(struct parser *ps, struct rd *out);

bool parser_take(struct parser *ps, const char *word);
/* A name that is declared here; reserved words are refused. */
bool parser_take_new_name(struct parser *ps, const char *what, struct rd *out);
bool parser_take_name(struct parser *ps, const char *what, struct rd *out);
bool parser_take_string(struct parser *ps, const char *what, struct rd *out);
bool parser_take_country(struct parser *ps, uint16_t *out);
bool parser_take_date(struct parser *ps, int64_t *out);
bool parser_take_number(struct parser *ps, const char *what, uint64_t max, uint64_t *out);
bool parser_take_choice(struct parser *ps, const char *what, const char *const *words, int n,
    int *out);

/* A word and what follows it. */
struct attribute {
	const char *word;
	bool (*take)(struct parser *ps, void *object);
	bool many;
};

/* Attributes to the end of the statement; `what` names the statement. */
bool parser_attributes(struct parser *ps, const struct attribute *a, int n, const char *what,
    void *object);

/* To the end of this statement, or of this line of it. */
void parser_skip_statement(struct parser *ps);
void parser_skip_line(struct parser *ps);

/* The statements, in parse_decl.c and parse_rule.c. */
bool parse_operator(struct parser *ps);
bool parse_supplier(struct parser *ps);
bool parse_engineer(struct parser *ps);
bool parse_officer(struct parser *ps);
bool parse_site(struct parser *ps);
bool parse_country(struct parser *ps);
bool parse_asset(struct parser *ps);
bool parse_class(struct parser *ps);
bool parse_command(struct parser *ps);
bool parse_rule(struct parser *ps);
bool parse_deny(struct parser *ps);

/* A list of selectors for subjects or for objects. */
bool parse_subjects(struct parser *ps, struct span *out);
bool parse_objects(struct parser *ps, struct span *out);

/* Names to numbers, and what can only be judged over the whole (resolve.c). */
void resolve(struct policy *p, struct diags *d);
/* The strictest first, whatever the text's order (order.c). */
void order_rules(struct policy *p);
/* One selector; false after an error. `d` may be NULL. */
bool resolve_selector(const struct policy *p, struct selector *s, bool is_subject,
    struct diags *d);
