/*
 * Is:        command classes (contract in the header).
 * Is not:    a parser of commands.
 * Called by: lanes, explain.
 * Owns:      its patterns.
 * Trust:     hostile commands.
 */
#include "policy/classes.h"

#include "base/mem.h"
#include "base/text.h"
#include "policy/match.h"
#include "policy/names.h"
#include "policy/scalar.h"

enum { PATTERNS_MAX = 8192 };

struct pattern {
	struct match *match;
	uint32_t dialect;
	struct class_of is;
};

struct classes {
	struct pattern *patterns;
	uint32_t n;
	struct names dialects;
	char **dialect_names;
	uint32_t n_dialects;
};

static uint32_t dialect_of(struct classes *c, struct rd name)
{
	uint32_t v;
	char *copy;

	if (names_find(&c->dialects, name, &v))
		return v;
	copy = mem_new(name.len + 1, 1);
	struct rd left = name;
	(void)!rd_copy(&left, (uint8_t *)copy, name.len);
	c->dialect_names = policy_room(c->dialect_names, c->n_dialects, sizeof(copy));
	c->dialect_names[c->n_dialects] = copy;
	(void)!names_add(&c->dialects, rd_of(copy, name.len), c->n_dialects);
	return c->n_dialects++;
}

static void add(struct classes *c, struct rd dialect, struct rd pattern, struct class_of is,
    struct pos at, struct diags *d)
{
	const char *why = NULL;
	size_t byte = 0;
	struct match *m;

	if (c->n == PATTERNS_MAX) {
		diag_error(d, at, "more than %u patterns", PATTERNS_MAX);
		return;
	}
	m = match_new(pattern, &why, &byte);
	if (!m) {
		diag_error(d, at, "in the pattern %s, character %zu: %s", diag_quote(pattern), byte + 1, why);
		diag_hint(d, "what a pattern may hold is in docs/POLICY.md");
		return;
	}
	c->patterns = policy_room(c->patterns, c->n, sizeof(*c->patterns));
	c->patterns[c->n++] = (struct pattern){ .match = m, .dialect = dialect_of(c, dialect), .is = is };
}

static bool class_index(const struct policy *p, struct rd name, uint32_t *out)
{
	int i = policy_class(p, name);

	if (i < 0)
		return false;
	*out = (uint32_t)i;
	return true;
}

/* "credential" or "credential+read-subscriber". */
static bool read_classes(const struct policy *p, struct rd text, struct class_of *out)
{
	struct rd first;

	if (rd_until(&text, '+', &first))
		return class_index(p, first, &out->cls) && class_index(p, text, &out->also);
	return class_index(p, text, &out->cls);
}

static void add_pack_line(struct classes *c, const struct policy *p, struct rd line,
    struct pos at, struct diags *d)
{
	struct rd dialect, names, pattern, evidence;
	struct class_of is = { .file = at.file, .line = at.line, .dialect_known = true };
	uint8_t letter;

	if (line.len == 0 || (rd_at(&line, 0, &letter) && letter == '#'))
		return;
	if (!rd_until(&line, '\t', &dialect) || !rd_until(&line, '\t', &names) ||
	    !rd_until(&line, '\t', &pattern) || !scalar_is_name(dialect)) {
		diag_error(d, at, "not a line of a policy pack");
		diag_hint(d, "dialect, class, pattern, evidence and note, with a tab between them");
		return;
	}
	if (!rd_until(&line, '\t', &evidence))
		evidence = line;
	if (evidence.len != 1 || !rd_at(&evidence, 0, &letter) || letter < 'A' || letter > 'C') {
		diag_error(d, at, "the evidence is neither A, B nor C");
		return;
	}
	is.evidence = (char)letter;
	if (!read_classes(p, names, &is)) {
		diag_error(d, at, "no command class is called %s", diag_quote(names));
		diag_hint(d, "declare it in the policy: class NAME");
		return;
	}
	add(c, dialect, pattern, is, at, d);
}

static void add_commands(struct classes *c, const struct policy *p, struct diags *d)
{
	for (uint32_t i = 0; i < p->n_commands; i++) {
		const struct command_decl *x = &p->commands[i];
		struct class_of is = { .evidence = 'O', .file = x->pos.file, .line = x->pos.line,
			.dialect_known = true };
		if (class_index(p, x->class_name, &is.cls))
			add(c, x->dialect, x->pattern, is, x->pos, d);
	}
}

struct classes *classes_new(const struct policy *p, struct rd pack, uint32_t pack_file,
    struct diags *d)
{
	struct classes *c = mem_new(1, sizeof(*c));
	uint32_t before = d->n_errors;
	struct pos at = { pack_file, 1, 1 };
	struct rd line;

	add_commands(c, p, d);
	while (rd_until(&pack, '\n', &line)) {
		add_pack_line(c, p, line, at, d);
		at.line++;
	}
	if (pack.len)
		add_pack_line(c, p, pack, at, d);
	if (d->n_errors != before)
		classes_free(&c);
	return c;
}

void classes_free(struct classes **cc)
{
	struct classes *c = *cc;

	if (!c)
		return;
	for (uint32_t i = 0; i < c->n; i++)
		match_free(&c->patterns[i].match);
	for (uint32_t i = 0; i < c->n_dialects; i++)
		mem_free(&c->dialect_names[i]);
	mem_free(&c->dialect_names);
	mem_free(&c->patterns);
	names_done(&c->dialects);
	mem_free(cc);
}

bool classes_normalise(struct rd command, struct buf *out)
{
	bool gap = false, any = false;
	uint8_t c;

	if (command.len > CLASSES_COMMAND_MAX || !text_is_utf8(command))
		return false;
	while (rd_u8(&command, &c)) {
		if (c == ' ' || c == '\t' || c == '\r' || c == '\n') {
			gap = any;
			continue;
		}
		if (c < 0x20 || c == 0x7f)
			return false;
		if (gap && !buf_put_u8(out, ' '))
			return false;
		gap = false;
		any = true;
		if (!buf_put_u8(out, c))
			return false;
	}
	return true;
}

struct class_of classes_of(const struct classes *c, struct rd dialect, struct rd command)
{
	struct class_of unknown = { .cls = CLASS_UNKNOWN };
	uint32_t d;

	if (!names_find(&c->dialects, dialect, &d))
		return unknown;
	unknown.dialect_known = true;
	for (uint32_t i = 0; i < c->n; i++)
		if (c->patterns[i].dialect == d && match_line(c->patterns[i].match, command))
			return c->patterns[i].is;
	return unknown;
}

bool classes_knows(const struct classes *c, struct rd dialect)
{
	uint32_t d;

	return names_find(&c->dialects, dialect, &d);
}
