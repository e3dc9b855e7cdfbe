/*
 * Is:        bytes to tokens (contract in the header).
 * Is not:    aware of what sequences mean.
 * Called by: strip.c, grid_seq.c, inspector_layer.c.
 * Owns:      nothing.
 * Trust:     hostile bytes, through vt.h and unicode.h. Rule Zero: the input is indexed below
 *            its length, because every byte of a terminal passes here.
 */
#include "inspect/tokens.h"

#include "base/assert.h"
#include "inspect/run.h"
#include "inspect/traced.h"

void tokens_init(struct token_reader *r)
{
	*r = (struct token_reader){ 0 };
	vt_init(&r->vt);
}

static struct token *add(struct tokens *out, enum vt_act act, uint8_t c, uint32_t src)
{
	struct token *t = &out->t[out->n++];

	t->act = (uint8_t)act;
	t->c = c;
	t->src = src;
	t->cp = 0;
	return t;
}

static void add_run(struct tokens *out, const uint8_t *p, size_t n, uint32_t src)
{
	struct token *t = add(out, VT_PRINT, 0, src);

	t->run.p = p;
	t->run.len = n;
}

static void add_char(struct tokens *out, uint32_t cp, uint32_t src)
{
	add(out, VT_PRINT, 0, src)->cp = cp;
}

/* Colours show no text and move nothing: they are no token. */
static bool is_colour(const struct vt *v, uint8_t final)
{
	return final == 'm' && !v->lead && !v->inter;
}

static void add_act(struct token_reader *r, enum vt_act act, uint8_t c, uint32_t src, struct tokens *out)
{
	struct token *t;

	if (act == VT_NONE || (act == VT_CSI && is_colour(&r->vt, c)))
		return;
	t = add(out, act, c, src);
	switch (act) {
	case VT_ESC:
	case VT_CSI:
		t->vt = r->vt;
		break;
	case VT_STR_OPEN:
		graphics_open(&r->graphics, r->vt.string);
		break;
	case VT_STR_DATA:
		graphics_data(&r->graphics, c);
		if (r->graphics.kind == GRAPHICS_SIXEL)
			t->act = VT_NONE; /* no text in it */
		break;
	case VT_STR_CLOSE:
		graphics_close(&r->graphics);
		break;
	case VT_NONE:
	case VT_PRINT:
	case VT_CTRL:
		break;
	}
}

static void add_cp(struct token_reader *r, uint32_t cp, uint32_t src, struct tokens *out)
{
	if (cp < 0x80 || cp >= 0xa0) {
		add_char(out, cp, src);
		return;
	}
	r->c1_bytes += 2;
	add_act(r, vt_c1(&r->vt, cp), (uint8_t)(cp - 0x40), src, out);
}

/* One byte that is text: a character when it is complete. */
static void read_text(struct token_reader *r, uint8_t c, uint32_t src, struct tokens *out)
{
	int32_t cp;
	bool again;

	do {
		if (!r->utf8.need)
			r->utf8_src = src;
		cp = utf8_step(&r->utf8, c, &again);
		if (cp == UTF8_BAD)
			add_char(out, UNICODE_REPLACEMENT, r->utf8_src);
		else if (cp != UTF8_MORE)
			add_cp(r, (uint32_t)cp, r->utf8_src, out);
	} while (again);
}

static void read_byte(struct token_reader *r, uint8_t c, uint32_t src, struct tokens *out)
{
	const enum vt_act act = vt_step(&r->vt, c);

	if (act == VT_PRINT) {
		read_text(r, c, src, out);
		return;
	}
	if (r->utf8.need) { /* cut short */
		r->utf8.need = 0;
		add_char(out, UNICODE_REPLACEMENT, r->utf8_src);
	}
	add_act(r, act, c, src, out);
}

/* Where it is kept: parameters are many small writes, and a copy would wait for them. */
static size_t read_sequence(const struct rd *rest, uint32_t src, struct tokens *out)
{
	struct vt *vt = &out->t[out->n].vt;
	const bool is_csi = rest->len > 1 && rest->p[1] == '[';
	uint8_t final;
	const size_t n = is_csi ? vt_take_csi(vt, rest, &final) : vt_take_esc(vt, rest, &final);

	if (n && !(is_csi && is_colour(vt, final)))
		add(out, is_csi ? VT_CSI : VT_ESC, final, src);
	return n;
}

/* While idle: takes a run, a sequence or a character that is all there. 0: its bytes go one by one. */
static size_t read_whole(struct token_reader *r, const struct rd *rest, uint32_t src, struct tokens *out)
{
	const uint8_t c = rest->p[0];
	uint32_t cp;
	size_t n = 0;

	if (vt_is_ascii(c)) {
		n = run_ascii(rest);
		add_run(out, rest->p, n, src);
	} else if (c == 0) {
		n = run_nul(rest); /* which no terminal heeds, and a file full of holes is full of */
	} else if (c == 0x1b) {
		n = read_sequence(rest, src, out);
	} else if (c >= 0xc0) {
		n = utf8_take(rest, &cp);
		if (n)
			add_cp(r, cp, src, out);
	}
	return n;
}

size_t tokens_read(struct token_reader *r, const struct rd *in, size_t from, uint32_t at, struct tokens *out)
{
	struct rd rest;

	out->n = 0;
	if (!rd_slice(in, from, in->len - from, &rest))
		return from;
	while (rest.len && out->n + TOKENS_OF_BYTE <= out->max) {
		const uint32_t src = at + 1 + (uint32_t)(in->len - rest.len);
		const size_t n = tokens_are_idle(r) ? read_whole(r, &rest, src, out) : 0;

		if (!n)
			read_byte(r, rest.p[0], src, out);
		if (!rd_skip(&rest, n ? n : 1))
			UNREACHABLE();
	}
	return in->len - rest.len;
}

uint64_t tokens_opaque(const struct token_reader *r)
{
	return r->graphics.bytes + r->c1_bytes;
}

void tokens_settle(struct token_reader *r, const uint8_t *masked, size_t n)
{
	r->utf8_src = traced_settle(r->utf8_src, masked, n);
}
