/*
 * Is:        the comparison of statements (contract in the header).
 * Is not:    the grammar.
 * Called by: see the header.
 * Owns:      the statements, while they are compared.
 * Trust:     see the header.
 */
#include "policy/statements.h"

#include "base/mem.h"
#include "base/wr.h"
#include "policy/lex.h"

const char *const said_texts[SAID_N] = {
	[SAID_NO_MORE] = "said no more", [SAID_ANEW] = "said anew", [SAID_IN_OTHER_ORDER] = "said in another order",
};

/* The statements of all files of a policy, in reading order; and the number of the first of each. */
struct statements {
	struct buf text;
	struct span *at;
	struct names number;
	uint32_t n;
};

static void statements_done(struct statements *s)
{
	buf_done(&s->text);
	mem_free(&s->at);
	names_done(&s->number);
}

static struct rd statement(const struct statements *s, uint32_t i)
{
	struct rd all = buf_rd(&s->text), out = { 0 };

	(void)!rd_slice(&all, s->at[i].at, s->at[i].n, &out);
	return out;
}

static bool is_command(struct rd text)
{
	return rd_word(&text, "command ");
}

/* Of the tokens from `tok` to the end of the statement. */
static void put_statement(struct lex *l, struct lex_token *tok, struct wr *w)
{
	bool is_rule = rd_is(&tok->text, "rule") || rd_is(&tok->text, "deny");
	const char *before = "";

	for (; tok->kind != LEX_END && tok->kind != LEX_EOF; lex_next(l, tok)) {
		if (tok->kind == LEX_NEXT) {
			before = is_rule ? "\n    " : " ";
			continue;
		}
		wr_str(w, tok->kind == LEX_COMMA ? "," : before);
		wr_str(w, tok->kind == LEX_STRING ? "\"" : "");
		wr_bytes(w, tok->text);
		wr_str(w, tok->kind == LEX_STRING ? "\"" : "");
		before = " ";
	}
}

static void add_file(struct statements *s, struct rd text)
{
	struct wr w = wr_to(&s->text);
	struct lex_token tok;
	struct lex l;

	lex_init(&l, text);
	for (lex_next(&l, &tok); tok.kind != LEX_EOF; lex_next(&l, &tok)) {
		uint32_t at = (uint32_t)s->text.len;
		bool is_include = rd_is(&tok.text, "include");
		put_statement(&l, &tok, &w);
		if (is_include) {
			buf_cut(&s->text, at);
			continue;
		}
		s->at = policy_room(s->at, s->n, sizeof(*s->at));
		s->at[s->n++] = (struct span){ at, (uint32_t)s->text.len - at };
	}
}

/* A statement is never much longer than its text: a blank in front of a token, four behind a line's end. */
static void collect(const struct policy *p, struct statements *s)
{
	size_t most = 64;

	for (uint32_t i = 0; i < p->n_files; i++)
		most += 8 * p->file_texts[i].len;
	buf_init(&s->text, most);
	for (uint32_t i = 0; i < p->n_files; i++)
		add_file(s, p->file_texts[i]);
	for (uint32_t i = 0; i < s->n; i++)
		(void)!names_add(&s->number, statement(s, i), i);
}

struct telling { void (*found)(void *ctx, enum said what, struct rd text); void *ctx; };

/* Each statement of `a` that `b` has not, once. */
static void tell_missing(const struct statements *a, const struct statements *b, enum said what, const struct telling *t)
{
	uint32_t first, there;

	for (uint32_t i = 0; i < a->n; i++) {
		struct rd text = statement(a, i);
		if (names_find(&a->number, text, &first) && first == i && !names_find(&b->number, text, &there))
			t->found(t->ctx, what, text);
	}
}

/* Commands of both that are said behind one which they stood in front of. */
static void tell_order(const struct statements *before, const struct statements *after, const struct telling *t)
{
	uint32_t first, was, last = 0;

	for (uint32_t i = 0; i < after->n; i++) {
		struct rd text = statement(after, i);
		if (!is_command(text) || !names_find(&after->number, text, &first) || first != i ||
		    !names_find(&before->number, text, &was))
			continue;
		if (was < last)
			t->found(t->ctx, SAID_IN_OTHER_ORDER, text);
		else
			last = was;
	}
}

void statements_differ(const struct policy *before, const struct policy *after,
    void (*found)(void *ctx, enum said what, struct rd text), void *ctx)
{
	AUTO(statements_done) struct statements a = { .n = 0 }, b = { .n = 0 };
	const struct telling t = { found, ctx };

	collect(before, &a);
	collect(after, &b);
	tell_missing(&a, &b, SAID_NO_MORE, &t);
	tell_missing(&b, &a, SAID_ANEW, &t);
	tell_order(&a, &b, &t);
}
