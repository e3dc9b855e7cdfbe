/*
 * Is:        the reader of MML commands (contracts in the header).
 * Is not:    the reader of dialect files (mml_dialect.c).
 * Called by: the MML lane.
 * Owns:      the unfinished command.
 * Trust:     hostile lines.
 */
#include "proto/mml.h"

#include <string.h>

#include "base/ascii.h"
#include "base/wr.h"
#include "proto/plain.h"

/* A command being read: what is left of it, and where the canonical text grows. */
struct reader {
	const struct mml_dialect *d;
	struct rd in;
	struct wr out;
	struct mml_command *c;
	bool twice;
};

void mml_init(struct mml *m, const struct mml_dialect *d)
{
	m->dialect = d;
	buf_init(&m->pending, 2 * MML_COMMAND_MAX);
	buf_init(&m->name, MML_COMMAND_MAX);
	buf_init(&m->canonical, 2 * MML_COMMAND_MAX);
	m->used = 0;
}

void mml_done(struct mml *m)
{
	buf_done(&m->pending);
	buf_done(&m->name);
	buf_done(&m->canonical);
}

void mml_reset(struct mml *m)
{
	buf_reset(&m->pending);
	m->used = 0;
}

/* What the command given out last borrowed is over. */
static void drop_used(struct mml *m)
{
	buf_drop(&m->pending, m->used);
	m->used = 0;
}

static bool is_space(uint8_t c)
{
	return c == ' ' || c == '\t' || c == '\n';
}

static void skip_space(struct rd *r)
{
	uint8_t c;

	while (rd_at(r, 0, &c) && is_space(c))
		(void)!rd_skip(r, 1);
}

bool mml_is_pending(const struct mml *m)
{
	struct rd r = buf_rd(&m->pending);

	(void)!rd_skip(&r, m->used);
	skip_space(&r);
	return r.len > 0;
}

int mml_add(struct mml *m, struct rd line)
{
	drop_used(m);
	if (!plain_text_ok(line)) {
		mml_reset(m);
		return MML_BAD;
	}
	if (!buf_put_rd(&m->pending, line) || !buf_put_u8(&m->pending, '\n')) {
		mml_reset(m);
		return MML_TOO_LONG;
	}
	return 0;
}

/* Bytes of the first command of `r` without its terminator; false when it has not come. Quotes hide no
 * terminator: an element that heeds none would take what is behind it for a command of its own. */
static bool find_end(const struct mml_dialect *d, struct rd r, size_t *out_n)
{
	struct rd command;

	if (!rd_until(&r, d->terminator, &command))
		return false;
	*out_n = command.len;
	return true;
}

static bool is_word(uint8_t c)
{
	return is_upper(c) || is_digit(c) || c == '_' || c == '-';
}

static bool mask_fits(struct rd mask, struct rd name)
{
	uint8_t m, c;

	while (rd_u8(&mask, &m)) {
		if (!rd_u8(&name, &c))
			return false;
		if (m == '*') {
			if (!is_word(c))
				return false;
			while (rd_at(&name, 0, &c) && is_word(c))
				(void)!rd_skip(&name, 1);
		} else if (m == 'A' ? !is_upper(c) : m == '9' ? !(is_word(c) && c != '_' && c != '-') : to_upper(m) != c) {
			return false;
		}
	}
	return name.len == 0;
}

/* The name: words in upper case with one space between. */
static bool take_name(struct reader *r, struct buf *name)
{
	struct wr w = wr_to(name);
	uint8_t c;
	bool gap = false;

	while (rd_at(&r->in, 0, &c) && c != ':') {
		(void)!rd_skip(&r->in, 1);
		if (is_space(c)) {
			gap = true;
			continue;
		}
		if (!is_word(to_upper(c)))
			return false;
		if (gap && name->len)
			wr_u8(&w, ' ');
		gap = false;
		wr_u8(&w, to_upper(c));
	}
	for (unsigned i = 0; i < r->d->n_names; i++)
		if (wr_ok(&w) && mask_fits(r->d->names[i], buf_rd(name)))
			return true;
	return false;
}

/* Not in a bare value: what separates, quotes, or means something to a shell. */
static bool is_bare(uint8_t c)
{
	return c > ' ' && c < 0x7f && c != ',' && c != ':' && c != ';' && c != '&' && c != '=' && c != '"' &&
	    c != '|' && c != '<' && c != '>' && c != '`' && c != '$' && c != '\\' && c != '!';
}

static bool take_bare(struct rd *in, struct rd *out)
{
	size_t n = 0;
	uint8_t c;

	while (rd_at(in, n, &c) && is_bare(c))
		n++;
	return rd_take(in, n, out);
}

/* What quotes hide from us, they may not hide from the element. */
static bool holds(struct rd text, const char *what)
{
	while (text.len) {
		if (rd_word(&text, what))
			return true;
		(void)!rd_skip(&text, 1);
	}
	return false;
}

static bool take_value(struct reader *r, struct mml_value *v)
{
	skip_space(&r->in);
	if (rd_word(&r->in, "\"")) {
		v->is_quoted = true;
		if (!rd_until(&r->in, '"', &v->text) || holds(v->text, "\n"))
			return false;
		r->c->has_range |= holds(v->text, "&&");
		wr_u8(&r->out, '"');
		wr_bytes(&r->out, v->text);
		wr_u8(&r->out, '"');
	} else {
		if (!take_bare(&r->in, &v->text))
			return false;
		wr_bytes(&r->out, v->text);
	}
	skip_space(&r->in);
	return true;
}

/* V{&V|&&V|&-V|&&-V}: Z.315's lists and ranges. */
static bool take_values(struct reader *r, struct mml_param *p)
{
	p->first = r->c->n_values;
	for (;;) {
		struct mml_value *v = &r->c->values[r->c->n_values];
		if (r->c->n_values == MML_VALUES_MAX)
			return false;
		*v = (struct mml_value){ .is_quoted = false };
		if (!take_value(r, v))
			return false;
		r->c->n_values++;
		p->n++;
		if (v->text.len == 0 && !v->is_quoted && (p->n > 1 || p->name.len || rd_word(&r->in, "&")))
			return false; /* a list or a name needs a value */
		if (!rd_word(&r->in, "&"))
			return true;
		v->to_next = rd_word(&r->in, "&");
		r->c->has_range |= v->to_next;
		wr_str(&r->out, v->to_next ? "&&" : "&");
		/* A minus here is a mark, spaces before it or not: without them, as in
		 * the canonical text, the element would take it for one. */
		skip_space(&r->in);
		if (rd_word(&r->in, "-"))
			wr_u8(&r->out, '-');
	}
}

static bool same_upper(struct rd a, struct rd b)
{
	uint8_t x, y;

	if (a.len != b.len)
		return false;
	while (rd_u8(&a, &x) && rd_u8(&b, &y))
		if (to_upper(x) != to_upper(y))
			return false;
	return true;
}

/* `NAME =` in front of a value, when there is one. */
static bool take_param_name(struct reader *r, struct mml_param *p)
{
	struct rd look = r->in, name;
	uint8_t c;

	if (!take_bare(&look, &name))
		return true;
	skip_space(&look);
	if (!rd_word(&look, "="))
		return true;
	p->name = name;
	r->in = look;
	while (rd_u8(&name, &c)) {
		if (!is_word(to_upper(c)))
			return false;
		wr_u8(&r->out, to_upper(c));
	}
	wr_u8(&r->out, '=');
	for (unsigned i = 0; i < r->c->n_params; i++)
		r->twice |= same_upper(r->c->params[i].name, p->name);
	return p->name.len > 0 && !r->twice;
}

static bool take_param(struct reader *r, unsigned block)
{
	struct mml_param *p = &r->c->params[r->c->n_params];
	struct mml_value *v;

	if (r->c->n_params == MML_PARAMS_MAX)
		return false;
	*p = (struct mml_param){ .block = block };
	skip_space(&r->in);
	if (!take_param_name(r, p) || !take_values(r, p))
		return false;
	v = &r->c->values[p->first];
	if (p->n == 1 && !p->name.len && v->text.len == 0 && !v->is_quoted) {
		r->c->n_values--; /* nothing stands here; some dialects mean "default" by it */
		p->n = 0;
	} else if (!p->name.len && !r->d->positional) {
		return false;
	}
	r->c->n_params++;
	return true;
}

/* All blocks. A colon at the very end is common and means nothing. */
static bool take_params(struct reader *r)
{
	unsigned block = 0;
	uint8_t c;

	while (r->in.len) {
		if (!rd_u8(&r->in, &c) || (c != ':' && c != ','))
			return false;
		if (c == ',' && r->c->n_params == 0)
			return false;
		block += c == ':' && r->c->n_params > 0;
		skip_space(&r->in);
		wr_u8(&r->out, c);
		if (r->in.len == 0 && c == ':' && r->c->n_params == 0)
			return true;
		if (!take_param(r, block))
			return false;
		if (r->c->params[r->c->n_params - 1].n == 0 && !r->d->empty)
			return false;
	}
	return true;
}

static const struct mml_param *param_of(const struct mml_command *c, struct rd name)
{
	for (unsigned i = 0; i < c->n_params; i++)
		if (c->params[i].n && same_upper(c->params[i].name, name))
			return &c->params[i];
	return NULL;
}

/* Does an entry `NAME:PARAM,PARAM` name this command? Then how many values its parameters have; `*out` is the first. */
static bool entry_fits(struct rd entry, const struct mml_command *c, struct rd *out, unsigned *out_n)
{
	struct rd name, param;

	if (!rd_until(&entry, ':', &name)) {
		name = entry;
		entry = rd_of(NULL, 0);
	}
	*out_n = 0;
	if (!same_upper(name, c->name))
		return false;
	while (entry.len) {
		if (!rd_until(&entry, ',', &param))
			(void)!rd_take(&entry, entry.len, &param);
		const struct mml_param *p = param_of(c, param);
		if (p && *out_n == 0)
			*out = c->values[p->first].text;
		*out_n += p ? p->n : 0;
	}
	return true;
}

/* False: it leads to more than one element, and is judged for one. */
static bool mark(const struct mml_dialect *d, struct mml_command *c)
{
	unsigned n, n_targets = 0;
	struct rd value;

	for (unsigned i = 0; i < d->n_switches; i++) {
		if (entry_fits(d->switches[i], c, &value, &n)) {
			c->is_switch = true;
			n_targets += n;
			if (n)
				c->target = value;
		}
	}
	for (unsigned i = 0; i < d->n_secrets; i++)
		c->has_secret |= entry_fits(d->secrets[i], c, &value, &n) && n;
	return n_targets < 2;
}

static int read_command(struct mml *m, struct rd text, struct mml_command *c)
{
	struct reader r = { .d = m->dialect, .in = text, .out = wr_to(&m->canonical), .c = c };

	buf_reset(&m->name);
	buf_reset(&m->canonical);
	if (!take_name(&r, &m->name))
		return MML_BAD;
	c->name = buf_rd(&m->name);
	wr_bytes(&r.out, c->name);
	if (!take_params(&r))
		return r.twice ? MML_TWICE : MML_BAD;
	wr_u8(&r.out, m->dialect->terminator);
	c->canonical = buf_rd(&m->canonical);
	if (!mark(m->dialect, c))
		return MML_TWICE;
	return wr_ok(&r.out) ? 0 : MML_TOO_LONG;
}

int mml_next(struct mml *m, struct mml_command *out)
{
	struct rd all, text;
	size_t n;
	int rc;

	drop_used(m);
	all = buf_rd(&m->pending);
	skip_space(&all);
	buf_drop(&m->pending, m->pending.len - all.len);
	if (!find_end(m->dialect, all, &n)) {
		if (m->pending.len <= MML_COMMAND_MAX)
			return MML_MORE;
		mml_reset(m);
		return MML_TOO_LONG;
	}
	memset(out, 0, sizeof(*out));
	rc = n > MML_COMMAND_MAX || !rd_slice(&all, 0, n, &text) ? MML_TOO_LONG : read_command(m, text, out);
	if (rc)
		mml_reset(m);
	else
		m->used = n + 1;
	return rc;
}
