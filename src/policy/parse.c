/*
 * Is:        a policy's files: statements one after the other, and includes.
 * Is not:    the statements themselves.
 * Called by: deskd, `slagboom check` (parse.h).
 * Owns:      the policy until it is given away.
 * Trust:     hostile text.
 */
#include "policy/parse.h"

#include "base/mem.h"
#include "policy/parser.h"
#include "policy/scalar.h"

static bool parse_include(struct parser *ps);

static const struct { const char *word; bool (*take)(struct parser *ps); } statements[] = {
	{ "operator", parse_operator }, { "supplier", parse_supplier },
	{ "engineer", parse_engineer }, { "officer", parse_officer },
	{ "site", parse_site }, { "country", parse_country }, { "asset", parse_asset },
	{ "class", parse_class }, { "command", parse_command }, { "rule", parse_rule },
	{ "deny", parse_deny }, { "include", parse_include },
};

static void one_statement(struct parser *ps)
{
	static const char hint[] = "operator, supplier, engineer, officer, site, country, asset, "
	    "class, command, rule, deny or include, in the first column";

	for (size_t i = 0; i < ARRAY_LEN(statements); i++) {
		if (!parser_is(ps, statements[i].word) || ps->tok.col != 1)
			continue;
		parser_next(ps);
		(void)statements[i].take(ps);
		return;
	}
	(void)parser_expected(ps, "a statement", hint);
}

static void parse_text(struct parser *ps, struct rd text)
{
	lex_init(&ps->lex, text);
	parser_next(ps);
	while (ps->tok.kind != LEX_EOF) {
		one_statement(ps);
		parser_skip_statement(ps);
		if (ps->tok.kind == LEX_END)
			parser_next(ps);
	}
}

/* Keeps the text for as long as the policy lives; takes. */
static struct rd keep(struct policy *p, char *text, size_t n)
{
	p->texts[p->n_texts++] = text;
	return rd_of(text, n);
}

static char *copy_of(struct rd r)
{
	char *s = mem_new(r.len + 1, 1);

	(void)!rd_copy(&r, (uint8_t *)s, r.len);
	return s;
}

/* Reads the file and what it includes. `at` is who asked. */
static bool parse_file(struct policy *p, struct diags *d, const struct parse_files *files,
    struct parser *up, struct rd name)
{
	struct parser ps = {
		.p = p, .d = d, .files = files, .file = p->n_files, .up = up,
		.depth = up ? up->depth + 1 : 0,
	};
	struct pos at = up ? parser_pos(up) : (struct pos){ 0, 1, 1 };
	struct rd from = up ? p->file_names[up->file] : rd_of(NULL, 0);
	char *text = NULL;
	size_t n = 0;

	p->file_names[p->n_files++] = keep(p, copy_of(name), name.len);
	if (!files->open(files->ctx, name, from, &text, &n)) {
		diag_error(d, at, "cannot read the file %s", diag_quote(name));
		diag_hint(d, "names are relative to the including file, and stay beneath the first file's directory");
		return false;
	}
	struct rd kept = p->file_texts[ps.file] = keep(p, text, n);
	if (n > PARSE_TEXT_MAX) {
		diag_error(d, at, "the file %s has more than %u bytes", diag_quote(name),
		    (unsigned)PARSE_TEXT_MAX);
		return false;
	}
	parse_text(&ps, kept);
	return true;
}

/* True when `name` is being read now: this file or one that led here. */
static bool is_open(const struct parser *ps, struct rd name)
{
	for (; ps; ps = ps->up)
		if (rd_equal(&ps->p->file_names[ps->file], &name))
			return true;
	return false;
}

static bool parse_include(struct parser *ps)
{
	struct pos at = parser_pos(ps);
	struct rd name;

	if (!parser_take_string(ps, "a file's name", &name))
		return false;
	if (!parser_at_end(ps))
		return parser_expected(ps, "the end of the statement", NULL);
	if (is_open(ps, name)) {
		diag_error(ps->d, at, "%s includes itself", diag_quote(name));
		diag_hint(ps->d, "remove one include of the circle");
		return false;
	}
	if (ps->depth + 1 >= PARSE_DEPTH_MAX || ps->p->n_files == DIAG_FILES_MAX) {
		diag_error(ps->d, at, "more than %u includes inside one another, or %u files",
		    (unsigned)PARSE_DEPTH_MAX, (unsigned)DIAG_FILES_MAX);
		diag_hint(ps->d, "put the texts together");
		return false;
	}
	return parse_file(ps->p, ps->d, ps->files, ps, name);
}

int policy_load(struct rd name, const struct parse_files *files, struct diags *d,
    struct policy **out)
{
	AUTO(policy_free) struct policy *p = policy_new();

	(void)parse_file(p, d, files, NULL, name);
	resolve(p, d);
	if (d->n_errors)
		return PARSE_BAD;
	*out = p;
	p = NULL;
	return 0;
}

static bool open_text(void *ctx, struct rd name, struct rd from, char **out_text, size_t *out_len)
{
	const struct rd *text = ctx;

	(void)name;
	if (from.len)
		return false;
	*out_text = copy_of(*text);
	*out_len = text->len;
	return true;
}

int policy_load_text(struct rd name, struct rd text, struct diags *d, struct policy **out)
{
	struct parse_files files = { .open = open_text, .ctx = &text };

	return policy_load(name, &files, d, out);
}
