/*
 * Is:        taking tokens and saying what was expected (contracts in parser.h).
 * Is not:    the grammar's statements.
 * Called by: parse, parse_decl, parse_rule, can.
 * Owns:      nothing.
 * Trust:     hostile text.
 */
#include "policy/parser.h"

#include <stdio.h>
#include <string.h>

#include "policy/scalar.h"

/* Words that a name may not be, because a rule could not tell them apart. */
static const char *const reserved[] = {
	"any", "to", "of", "in", "compartment", "holds", "group", "supplier", "engineer",
	"asset", "site", "employed-under", "controlled-from", "allow", "deny", "none", "unknown",
};

struct pos parser_pos(const struct parser *ps)
{
	return (struct pos){ ps->file, ps->tok.line, ps->tok.col };
}

void parser_next(struct parser *ps)
{
	lex_next(&ps->lex, &ps->tok);
}

bool parser_at_end(const struct parser *ps)
{
	return ps->tok.kind == LEX_END || ps->tok.kind == LEX_EOF;
}

bool parser_is(const struct parser *ps, const char *word)
{
	return ps->tok.kind == LEX_WORD && rd_is(&ps->tok.text, word);
}

bool parser_try(struct parser *ps, const char *word)
{
	if (!parser_is(ps, word))
		return false;
	parser_next(ps);
	return true;
}

bool parser_try_comma(struct parser *ps)
{
	if (ps->tok.kind != LEX_COMMA)
		return false;
	parser_next(ps);
	return true;
}

static const char *found(const struct parser *ps)
{
	switch (ps->tok.kind) {
	case LEX_WORD: return diag_quote(ps->tok.text);
	case LEX_STRING: return "a string";
	case LEX_COMMA: return "a comma";
	case LEX_NEXT: return "the end of the line";
	case LEX_END: return "the end of the statement";
	case LEX_EOF: return "the end of the file";
	case LEX_BAD: return ps->tok.why;
	}
	return "";
}

bool parser_expected(struct parser *ps, const char *what, const char *hint)
{
	diag_error(ps->d, parser_pos(ps), "expected %s, found %s", what, found(ps));
	if (hint)
		diag_hint(ps->d, "%s", hint);
	return false;
}

bool parser_too_many(struct parser *ps, struct pos at, const char *what, uint32_t max)
{
	diag_error(ps->d, at, "more than %u %s", max, what);
	diag_hint(ps->d, "this is a limit of the program");
	return false;
}

bool parser_twice(struct parser *ps, struct pos at, struct rd name, const char *hint)
{
	diag_error(ps->d, at, "%s is declared twice", diag_quote(name));
	diag_hint(ps->d, "%s", hint);
	return false;
}

void parser_try_title(struct parser *ps, struct rd *out)
{
	if (ps->tok.kind == LEX_STRING) {
		*out = ps->tok.text;
		parser_next(ps);
	}
}

bool parser_take(struct parser *ps, const char *word)
{
	char what[64];

	if (parser_try(ps, word))
		return true;
	(void)snprintf(what, sizeof(what), "'%s'", word);
	return parser_expected(ps, what, NULL);
}

bool parser_take_name(struct parser *ps, const char *what, struct rd *out)
{
	if (ps->tok.kind != LEX_WORD || !scalar_is_name(ps->tok.text))
		return parser_expected(ps, what,
		    "a name has at most 64 letters, digits, '.', '_' and '-'");
	*out = ps->tok.text;
	parser_next(ps);
	return true;
}

bool parser_take_new_name(struct parser *ps, const char *what, struct rd *out)
{
	if (ps->tok.kind == LEX_WORD &&
	    scalar_index(ps->tok.text, reserved, ARRAY_LEN(reserved)) >= 0)
		return parser_expected(ps, what, "this word has a meaning of its own in rules");
	return parser_take_name(ps, what, out);
}

bool parser_take_string(struct parser *ps, const char *what, struct rd *out)
{
	if (ps->tok.kind != LEX_STRING)
		return parser_expected(ps, what, "put it between double quotes");
	*out = ps->tok.text;
	parser_next(ps);
	return true;
}

bool parser_take_country(struct parser *ps, uint16_t *out)
{
	if (ps->tok.kind != LEX_WORD || !scalar_country(ps->tok.text, out))
		return parser_expected(ps, "a country", "two capital letters, as in NL (ISO 3166-1)");
	parser_next(ps);
	return true;
}

bool parser_take_date(struct parser *ps, int64_t *out)
{
	if (ps->tok.kind != LEX_WORD || !scalar_date(ps->tok.text, out))
		return parser_expected(ps, "a date", "year, month and day, as in 2027-03-01");
	parser_next(ps);
	return true;
}

bool parser_take_number(struct parser *ps, const char *what, uint64_t max, uint64_t *out)
{
	char hint[64];

	(void)snprintf(hint, sizeof(hint), "a whole number, at most %llu", (unsigned long long)max);
	if (ps->tok.kind != LEX_WORD || !scalar_number(ps->tok.text, max, out))
		return parser_expected(ps, what, hint);
	parser_next(ps);
	return true;
}

/* "one of a, b, c" into `out`. */
static void join(char *out, size_t size, const char *lead, const char *const *words, int n)
{
	size_t at = (size_t)snprintf(out, size, "%s", lead);

	for (int i = 0; i < n && at < size; i++)
		at += (size_t)snprintf(&out[at], size - at, "%s%s", i ? ", " : "", words[i]);
}

bool parser_take_choice(struct parser *ps, const char *what, const char *const *words, int n,
    int *out)
{
	char hint[DIAG_TEXT];
	int i = ps->tok.kind == LEX_WORD ? scalar_index(ps->tok.text, words, n) : -1;

	if (i < 0) {
		join(hint, sizeof(hint), "one of ", words, n);
		return parser_expected(ps, what, hint);
	}
	*out = i;
	parser_next(ps);
	return true;
}

void parser_skip_statement(struct parser *ps)
{
	while (!parser_at_end(ps))
		parser_next(ps);
}

void parser_skip_line(struct parser *ps)
{
	while (!parser_at_end(ps) && ps->tok.kind != LEX_NEXT)
		parser_next(ps);
}

static bool unknown_attribute(struct parser *ps, const struct attribute *a, int n,
    const char *what)
{
	const char *words[32];
	char lead[80], hint[DIAG_TEXT];

	for (int i = 0; i < n; i++)
		words[i] = a[i].word;
	(void)snprintf(lead, sizeof(lead), "in %s: ", what);
	join(hint, sizeof(hint), lead, words, n);
	return parser_expected(ps, "another word of this statement or its end", hint);
}

static bool one_attribute(struct parser *ps, const struct attribute *a, int n, const char *what,
    void *object)
{
	int i = 0;

	while (i < n && !parser_is(ps, a[i].word))
		i++;
	if (i == n)
		return unknown_attribute(ps, a, n, what);
	if ((ps->seen & (uint64_t)1 << i) && !a[i].many) {
		diag_error(ps->d, parser_pos(ps), "'%s' is said twice", a[i].word);
		diag_hint(ps->d, "keep one of the two");
		return false;
	}
	ps->seen |= (uint64_t)1 << i;
	parser_next(ps);
	return a[i].take(ps, object);
}

bool parser_attributes(struct parser *ps, const struct attribute *a, int n, const char *what,
    void *object)
{
	ps->seen = 0;
	while (!parser_at_end(ps)) {
		if (ps->tok.kind == LEX_NEXT)
			parser_next(ps);
		else if (!one_attribute(ps, a, n, what, object))
			return false;
	}
	return true;
}
