/*
 * Is:        the words of a policy file: a token at a time, with its place.
 * Is not:    the grammar (parse.c), nor aware of what a word means.
 * Called by: parse, fmt, can.
 * Owns:      nothing; borrows the text.
 * Trust:     hostile bytes; always moves on, so a text of n bytes gives at most
 *            2n + 2 tokens.
 *
 * A statement begins in the first column; indented lines belong to it. The end
 * of a line is a token: LEX_NEXT when an indented line follows, LEX_END when the
 * statement is over. After a comma the end of a line is nothing.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/rd.h"

enum lex_kind {
	LEX_WORD,    /* printable ASCII without blanks, quotes, commas and '#' */
	LEX_STRING,  /* "..."; text is what stands between the quotes */
	LEX_COMMA,
	LEX_NEXT,
	LEX_END,
	LEX_EOF,
	LEX_BAD      /* `why` says what is wrong with these bytes */
};

enum { LEX_WORD_MAX = 255, LEX_STRING_MAX = 2048 };

struct lex_token {
	enum lex_kind kind;
	struct rd text;
	uint32_t line;
	uint32_t col;
	const char *why;
};

struct lex {
	struct rd all;
	size_t at;
	uint32_t line;
	uint32_t col;
	bool open;        /* inside a statement */
	bool after_comma;
	bool indented;    /* LEX_NEXT was just given */
	struct rd comment; /* the last comment passed, from its '#'; fmt keeps it */
	uint32_t comment_col;
};

void lex_init(struct lex *l, struct rd text);

void lex_next(struct lex *l, struct lex_token *out);
