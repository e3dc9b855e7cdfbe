/*
 * Is:        the words of a policy file (contract in the header).
 * Is not:    the grammar.
 * Called by: parse, fmt, can.
 * Owns:      nothing.
 * Trust:     hostile bytes.
 */
#include "policy/lex.h"

#include "policy/scalar.h"

void lex_init(struct lex *l, struct rd text)
{
	*l = (struct lex){ .all = text, .line = 1, .col = 1 };
}

static bool peek(const struct lex *l, uint8_t *c)
{
	return rd_at(&l->all, l->at, c);
}

/* Past one byte; a column is a character, so continuation bytes do not count. */
static void step(struct lex *l, uint8_t c)
{
	l->at++;
	if (c == '\n') {
		l->line++;
		l->col = 1;
	} else if ((c & 0xc0) != 0x80) {
		l->col++;
	}
}

static bool is_blank(uint8_t c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

static bool is_word(uint8_t c)
{
	return c > ' ' && c < 0x7f && c != '"' && c != ',' && c != '#';
}

static struct rd slice(const struct lex *l, size_t from)
{
	struct rd out = rd_of(NULL, 0);

	(void)!rd_slice(&l->all, from, l->at - from, &out);
	return out;
}

/* A carriage return ends a line or is none of ours: alone, it shows a reader another line than this. */
static bool is_stray_return(const struct lex *l, uint8_t c)
{
	uint8_t after;

	return c == '\r' && rd_at(&l->all, l->at + 1, &after) && after != '\n';
}

/* To the end of the line. False: what a reader would see there may not be what stands there. */
static bool skip_comment(struct lex *l)
{
	size_t from = l->at;
	struct rd part, text;
	uint8_t c;

	l->comment_col = l->col;
	while (peek(l, &c) && c != '\n' && (c != '\r' || is_stray_return(l, c)))
		step(l, c);
	l->comment = text = slice(l, from);
	while (rd_until(&text, '\t', &part))
		if (!scalar_is_clean(part))
			return false;
	return scalar_is_clean(text);
}

/* Past blanks, comments and ends of lines; `*ended` when a line ended. False at what misleads. */
static bool skip(struct lex *l, bool *ended)
{
	uint8_t c;

	while (peek(l, &c)) {
		if (c == '#') {
			if (!skip_comment(l))
				return false;
			continue;
		}
		if ((!is_blank(c) && c != '\n') || is_stray_return(l, c))
			break;
		*ended |= c == '\n';
		step(l, c);
	}
	return true;
}

static void bad(struct lex *l, const char *why, struct lex_token *out)
{
	out->kind = LEX_BAD;
	out->why = why;
}

static void take_word(struct lex *l, struct lex_token *out)
{
	size_t from = l->at;
	uint8_t c;

	while (peek(l, &c) && is_word(c))
		step(l, c);
	out->text = slice(l, from);
	out->kind = LEX_WORD;
	if (out->text.len > LEX_WORD_MAX)
		bad(l, "a word of more than 255 bytes", out);
}

static void take_string(struct lex *l, struct lex_token *out)
{
	size_t from;
	uint8_t c = 0;

	step(l, '"');
	from = l->at;
	while (peek(l, &c) && c != '"' && c != '\n')
		step(l, c);
	out->text = slice(l, from);
	out->kind = LEX_STRING;
	if (!peek(l, &c) || c != '"') {
		bad(l, "a string that is not closed on its line", out);
		return;
	}
	step(l, c);
	if (out->text.len > LEX_STRING_MAX)
		bad(l, "a string of more than 2048 bytes", out);
	else if (!scalar_is_clean(out->text))
		bad(l, "a string with control, invisible or invalid characters", out);
}

static void take_token(struct lex *l, uint8_t c, struct lex_token *out)
{
	l->after_comma = c == ',';
	if (c == ',') {
		step(l, c);
		out->kind = LEX_COMMA;
	} else if (c == '"') {
		take_string(l, out);
	} else if (is_word(c)) {
		take_word(l, out);
	} else {
		step(l, c);
		bad(l, "a character that may only stand in a string or a comment", out);
	}
}

void lex_next(struct lex *l, struct lex_token *out)
{
	uint32_t line = l->line, col = l->col;
	bool ended = false, is_clean = skip(l, &ended);
	uint8_t c = 0;
	bool more = peek(l, &c);

	*out = (struct lex_token){ .kind = LEX_EOF, .line = l->line, .col = l->col };
	if (!is_clean) {
		out->col = l->comment_col;
		bad(l, "a comment with control, invisible or invalid characters", out);
		return;
	}
	/* The end of a statement stands where its last line ends. */
	if (l->open && (!more || (ended && l->col == 1))) {
		l->open = false;
		l->after_comma = false;
		*out = (struct lex_token){ .kind = LEX_END, .line = line, .col = col };
		return;
	}
	if (!more)
		return;
	if ((ended || !l->open) && l->col > 1 && !l->after_comma && !l->indented) {
		l->indented = true;
		out->kind = LEX_NEXT;
		return;
	}
	l->indented = false;
	l->open = true;
	take_token(l, c, out);
}
