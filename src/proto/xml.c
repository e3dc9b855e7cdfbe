/*
 * Is:        the strict XML subset (contracts in the header).
 * Is not:    an XML processor.
 * Called by: vty_xml.c.
 * Owns:      nothing.
 * Trust:     hostile bytes.
 */
#include "proto/xml.h"

#include "base/ascii.h"
#include "base/text.h"

static bool is_space(uint8_t c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static bool is_name(uint8_t c)
{
	return is_alnum(c) || c == '_' || c == '-' || c == '.' || c == ':';
}

static bool take(struct xml *x, uint8_t *out)
{
	if (!rd_u8(&x->in, out))
		return false;
	x->line += *out == '\n';
	return true;
}

static bool skip_space(struct xml *x)
{
	uint8_t c;
	bool any = false;

	while (rd_at(&x->in, 0, &c) && is_space(c))
		any = take(x, &c);
	return any;
}

static bool take_name(struct xml *x, struct rd *out)
{
	uint8_t c;
	size_t n = 0;

	while (n <= XML_NAME_MAX && rd_at(&x->in, n, &c) && is_name(c))
		n++;
	return n > 0 && n <= XML_NAME_MAX && rd_take(&x->in, n, out);
}

/* The bytes before the next `end`, which is taken too; lines are counted. */
static bool take_until(struct xml *x, uint8_t end, struct rd *out)
{
	if (!rd_until(&x->in, end, out))
		return false;
	for (size_t i = 0; i < out->len; i++)
		x->line += out->p[i] == '\n';
	return true;
}

static bool has_lt(struct rd r)
{
	struct rd before;

	return rd_until(&r, '<', &before);
}

static bool take_attr(struct xml *x, struct xml_event *e)
{
	struct xml_attr a;
	struct rd same;
	uint8_t quote;

	if (e->n_attrs == XML_ATTRS_MAX || !take_name(x, &a.name) || !rd_word(&x->in, "=") ||
	    !take(x, &quote) || (quote != '\'' && quote != '"') ||
	    !take_until(x, quote, &a.value) || has_lt(a.value))
		return false;
	for (unsigned i = 0; i < e->n_attrs; i++) {
		same = e->attrs[i].name;
		if (rd_equal(&same, &a.name))
			return false;
	}
	e->attrs[e->n_attrs++] = a;
	return true;
}

static int take_close(struct xml *x, struct xml_event *e)
{
	if (!take_name(x, &e->name))
		return XML_BAD;
	(void)skip_space(x);
	if (!rd_word(&x->in, ">") || x->depth == 0 ||
	    !rd_equal(&x->open[x->depth - 1], &e->name))
		return XML_BAD;
	e->kind = XML_CLOSE;
	x->root_done = --x->depth == 0;
	return 0;
}

static int take_open(struct xml *x, struct xml_event *e)
{
	uint8_t c;

	if (x->root_done || x->depth == XML_DEPTH_MAX || !take_name(x, &e->name))
		return XML_BAD;
	e->kind = XML_OPEN;
	while (skip_space(x) && rd_at(&x->in, 0, &c) && c != '>' && c != '/')
		if (!take_attr(x, e))
			return XML_BAD;
	x->empty_element = rd_word(&x->in, "/");
	if (!rd_word(&x->in, ">"))
		return XML_BAD;
	x->open[x->depth++] = e->name;
	return 0;
}

static int take_text(struct xml *x, struct xml_event *e)
{
	size_t n = 0;
	uint8_t c;

	while (rd_at(&x->in, n, &c) && c != '<')
		n++;
	if (x->depth == 0 || !rd_take(&x->in, n, &e->text))
		return XML_BAD;
	for (size_t i = 0; i < n; i++)
		x->line += e->text.p[i] == '\n';
	e->kind = XML_TEXT;
	return 0;
}

void xml_init(struct xml *x, struct rd doc)
{
	struct rd skipped;

	*x = (struct xml){ .in = doc, .line = 1 };
	if (rd_word(&x->in, "<?xml "))
		(void)!take_until(x, '>', &skipped);
}

int xml_next(struct xml *x, struct xml_event *out)
{
	struct rd before;
	uint32_t line = x->line;

	*out = (struct xml_event){ .kind = XML_END };
	if (x->empty_element) {
		x->empty_element = false;
		out->kind = XML_CLOSE;
		out->name = x->open[--x->depth];
		x->root_done = x->depth == 0;
		return 0;
	}
	before = x->in;
	(void)skip_space(x);
	if (x->in.len == 0)
		return x->root_done ? 0 : XML_BAD;
	if (rd_word(&x->in, "</"))
		return take_close(x, out);
	if (rd_word(&x->in, "<"))
		return take_open(x, out);
	x->in = before; /* white space in front of text belongs to it */
	x->line = line;
	return take_text(x, out);
}

bool xml_attr(const struct xml_event *e, const char *name, struct rd *out)
{
	for (unsigned i = 0; i < e->n_attrs; i++) {
		if (rd_is(&e->attrs[i].name, name)) {
			*out = e->attrs[i].value;
			return true;
		}
	}
	return false;
}

/* Decimal, or x and hex digits in either case; the value must be a character that
 * XML allows. */
static bool char_reference(struct rd body, uint32_t *out)
{
	bool hex = rd_word(&body, "x");
	uint32_t v = 0;
	uint8_t c;

	if (body.len == 0 || body.len > 7)
		return false;
	while (rd_u8(&body, &c)) {
		uint32_t digit = is_digit(c) ? (uint32_t)(c - '0') :
		    c >= 'a' && c <= 'f' ? (uint32_t)(c - 'a' + 10) :
		    c >= 'A' && c <= 'F' ? (uint32_t)(c - 'A' + 10) : 99;
		if (digit >= (hex ? 16u : 10u))
			return false;
		v = v * (hex ? 16u : 10u) + digit;
	}
	if ((v < 0x20 && v != 9 && v != 10 && v != 13) || v > 0x10ffff ||
	    (v >= 0xd800 && v < 0xe000) || v == 0xfffe || v == 0xffff)
		return false;
	*out = v;
	return true;
}

static bool put_entity(struct rd body, struct wr *w)
{
	static const struct {
		const char *name;
		uint8_t c;
	} known[] = { { "lt", '<' }, { "gt", '>' }, { "amp", '&' }, { "apos", '\'' }, { "quot", '"' } };
	uint32_t rune;

	if (rd_word(&body, "#")) {
		if (!char_reference(body, &rune))
			return false;
		wr_rune(w, rune);
		return true;
	}
	for (size_t i = 0; i < ARRAY_LEN(known); i++) {
		if (rd_is(&body, known[i].name)) {
			wr_u8(w, known[i].c);
			return true;
		}
	}
	return false;
}

bool xml_unescape(struct rd raw, struct buf *out)
{
	struct wr w = wr_to(out);
	struct rd body;
	uint8_t c;

	while (rd_u8(&raw, &c)) {
		if (c == '<' || (c < 0x20 && !is_space(c)))
			return false;
		if (c != '&')
			wr_u8(&w, c);
		else if (!rd_until(&raw, ';', &body) || !put_entity(body, &w))
			return false;
	}
	return wr_ok(&w);
}
