/*
 * Is:        the canonical look (contract in the header).
 * Is not:    the grammar.
 * Called by: `slagboom fmt`.
 * Owns:      nothing.
 * Trust:     hostile text; a line at a time, each read by the lexer.
 *
 *     declarations: keyword padded to 10; names of neighbouring declarations of one
 *                   kind padded to the longest
 *     rules:        clauses indented by 4, their keyword padded to 9
 *     comments:     where they stood, two blanks before one at the end of a line
 *     blank lines:  never two, none at the beginning or the end
 */
#include "policy/fmt.h"

#include "base/wr.h"
#include "policy/lex.h"
#include "policy/scalar.h"

enum { KEYWORD_WIDTH = 10, CLAUSE_WIDTH = 9, NAME_WIDTH_MAX = 32 };

struct line {
	struct rd text;
	struct rd first;   /* the first word; empty without one */
	struct rd second;  /* the next, when it is a word */
	bool indented;
	bool comment_only;
	bool blank;
};

struct fmt {
	struct rd all;
	struct diags *d;
	struct wr w;
	uint32_t n_line;
	struct rd keyword;   /* of the group of declarations that names are padded in */
	size_t name_width;
	bool in_rule;
	bool pending_blank, any;
	bool bad;
};

static bool take_line(struct rd *rest, struct rd *out)
{
	if (rest->len == 0)
		return false;
	if (!rd_until(rest, '\n', out)) {
		*out = *rest;
		*rest = rd_of(NULL, 0);
	}
	return true;
}

static struct line read_line(struct rd text)
{
	struct line x = { .text = text };
	struct lex_token tok;
	struct lex l;
	uint8_t c;

	lex_init(&l, text);
	x.indented = rd_at(&text, 0, &c) && (c == ' ' || c == '\t' || c == '\r');
	lex_next(&l, &tok);
	if (tok.kind == LEX_NEXT)
		lex_next(&l, &tok);
	x.comment_only = tok.kind == LEX_EOF && l.comment.len > 0;
	x.blank = tok.kind == LEX_EOF && l.comment.len == 0;
	if (tok.kind == LEX_WORD)
		x.first = tok.text;
	lex_next(&l, &tok);
	if (tok.kind == LEX_WORD)
		x.second = tok.text;
	return x;
}

/* Declarations whose second word is a name that neighbours line up under. */
static bool is_declaration(const struct line *x)
{
	static const char *const words[] = {
		"supplier", "engineer", "officer", "site", "country", "asset", "class", "command",
	};

	return !x->indented && scalar_index(x->first, words, ARRAY_LEN(words)) >= 0 && x->second.len;
}

/* The longest name from this line on, while lines are of the same kind. */
static size_t group_width(struct rd keyword, struct rd rest, size_t width)
{
	struct rd text;

	while (take_line(&rest, &text)) {
		struct line x = read_line(text);
		if (x.indented && !x.comment_only && !x.blank)
			continue;
		if (!is_declaration(&x) || !rd_equal(&x.first, &keyword))
			break;
		if (x.second.len > width && x.second.len <= NAME_WIDTH_MAX)
			width = x.second.len;
	}
	return width;
}

static void pad(struct fmt *f, size_t have, size_t want)
{
	do
		wr_u8(&f->w, ' ');
	while (++have < want);
}

static void complain(struct fmt *f, const struct lex_token *tok)
{
	diag_error(f->d, (struct pos){ 0, f->n_line, tok->col }, "%s", tok->why);
	f->bad = true;
}

static void put_token(struct fmt *f, const struct lex_token *tok)
{
	if (tok->kind == LEX_STRING)
		wr_str(&f->w, "\"");
	wr_bytes(&f->w, tok->kind == LEX_COMMA ? rd_str(",") : tok->text);
	if (tok->kind == LEX_STRING)
		wr_str(&f->w, "\"");
}

/* How wide the `i`th token of this line is made. */
static size_t width_of(const struct fmt *f, const struct line *x, size_t i)
{
	if (i == 0 && x->indented)
		return f->in_rule ? CLAUSE_WIDTH : 0;
	if (i == 0)
		return rd_is(&x->first, "rule") || rd_is(&x->first, "include") ? 0
		    : rd_is(&x->first, "deny") ? 6 : KEYWORD_WIDTH;
	return i == 1 && is_declaration(x) ? f->name_width + 1 : 0;
}

static void put_comment(struct fmt *f, struct rd comment)
{
	uint8_t c;

	while (rd_at(&comment, comment.len - 1, &c) && (c == ' ' || c == '\t' || c == '\r'))
		if (!rd_slice(&comment, 0, comment.len - 1, &comment))
			break;
	wr_bytes(&f->w, comment);
}

static void put_tokens(struct fmt *f, const struct line *x)
{
	struct lex l;
	struct lex_token tok;
	size_t i = 0, have = 0, want = 0;

	lex_init(&l, x->text);
	if (x->indented)
		wr_str(&f->w, "    ");
	for (lex_next(&l, &tok); tok.kind != LEX_END && tok.kind != LEX_EOF; lex_next(&l, &tok)) {
		if (tok.kind == LEX_NEXT)
			continue;
		if (tok.kind == LEX_BAD) {
			complain(f, &tok);
			continue;
		}
		if (i > 0 && tok.kind != LEX_COMMA)
			pad(f, have, want);
		put_token(f, &tok);
		have = tok.text.len;
		want = width_of(f, x, i);
		i++;
	}
	if (l.comment.len) {
		wr_str(&f->w, "  ");
		put_comment(f, l.comment);
	}
}

static void put_comment_line(struct fmt *f, const struct line *x)
{
	struct lex l;
	struct lex_token tok;

	lex_init(&l, x->text);
	lex_next(&l, &tok);
	if (x->indented)
		wr_str(&f->w, "    ");
	put_comment(f, l.comment);
}

/* What this line means for the names of those that follow. */
static void note_group(struct fmt *f, const struct line *x, struct rd rest)
{
	if (x->indented)
		return;
	f->in_rule = rd_is(&x->first, "rule") || rd_is(&x->first, "deny");
	if (!is_declaration(x)) {
		f->keyword = rd_of(NULL, 0);
		return;
	}
	if (rd_equal(&f->keyword, &x->first))
		return;
	f->keyword = x->first;
	f->name_width = group_width(x->first, rest,
	    x->second.len <= NAME_WIDTH_MAX ? x->second.len : 0);
}

static void put_line(struct fmt *f, const struct line *x, struct rd rest)
{
	if (x->blank) {
		f->pending_blank = f->any;
		f->keyword = rd_of(NULL, 0);
		return;
	}
	if (f->pending_blank)
		wr_str(&f->w, "\n");
	f->pending_blank = false;
	f->any = true;
	if (x->comment_only) {
		put_comment_line(f, x);
		f->keyword = rd_of(NULL, 0);
	} else {
		note_group(f, x, rest);
		put_tokens(f, x);
	}
	wr_str(&f->w, "\n");
}

int policy_fmt(struct rd text, struct diags *d, struct buf *out)
{
	struct fmt f = { .all = text, .d = d, .w = wr_to(out) };
	struct rd rest = text, line;

	while (take_line(&rest, &line)) {
		struct line x = read_line(line);
		f.n_line++;
		put_line(&f, &x, rest);
	}
	if (f.bad)
		return FMT_BAD;
	return wr_ok(&f.w) ? 0 : FMT_FULL;
}
