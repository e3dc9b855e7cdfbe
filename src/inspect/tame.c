/*
 * Is:        the filter between a recording and an officer's terminal.
 * Is not:    a terminal.
 * Called by: play, watch, exports.
 * Owns:      nothing.
 * Trust:     hostile bytes; what is not in the tables below is dropped.
 */
#include "inspect/tame.h"

#include <string.h>

#include "base/assert.h"
#include "base/wr.h"

/* Final bytes of CSI without anything between: they move, erase, insert, scroll or
 * colour. Not: c (who are you), n (where is the cursor), t (windows), i (print), x, y, q. */
static const char csi_plain[] = "@ABCDEFGHIJKLMPSTXZ`abdefmr";
/* Modes of CSI ? h and l: origin, wrapping, cursor, other screen. */
static const int16_t modes[] = { 6, 7, 25, 47, 1047, 1049 };
/* ESC and one of these: line down, next line, line up, keep and take back the cursor. */
static const char esc_plain[] = "DEM78";

static bool mode_is_tame(int16_t mode)
{
	for (size_t i = 0; i < ARRAY_LEN(modes); i++)
		if (modes[i] == mode)
			return true;
	return false;
}

static void put_csi(const struct vt *v, uint8_t final, struct wr *w)
{
	wr_str(w, "\033[");
	for (unsigned i = 0; i < v->n_params && i < VT_PARAMS_MAX; i++) {
		if (i)
			wr_u8(w, ';');
		if (v->param[i] != VT_ABSENT)
			wr_dec(w, (uint64_t)v->param[i]);
	}
	wr_u8(w, final);
}

static void put_mode(const struct vt *v, uint8_t final, struct wr *w)
{
	for (unsigned i = 0; i < v->n_params && i < VT_PARAMS_MAX; i++) {
		if (!mode_is_tame(v->param[i]))
			continue;
		wr_str(w, "\033[?");
		wr_dec(w, (uint64_t)v->param[i]);
		wr_u8(w, final);
	}
}

static void on_csi(const struct vt *v, uint8_t final, struct wr *w)
{
	if (v->inter)
		return;
	if (v->lead == '?' && (final == 'h' || final == 'l')) {
		put_mode(v, final, w);
		return;
	}
	/* CSI 3 J wipes what an officer's terminal has kept of the rest. */
	if (v->lead || !strchr(csi_plain, final) || (final == 'J' && vt_param(v, 0, 0) == 3))
		return;
	put_csi(v, final, w);
}

static void on_esc(const struct vt *v, uint8_t final, struct wr *w)
{
	if (v->inter == 0 && strchr(esc_plain, final)) {
		wr_u8(w, '\033');
		wr_u8(w, final);
	} else if (v->inter == '(' && (final == '0' || final == 'B')) {
		/* Lines of a box, as mc draws them; and back to text. */
		wr_str(w, final == '0' ? "\033(0" : "\033(B");
	} else if (v->inter == 0 && final == 'c') {
		wr_str(w, "\033[0m\033[r\033[H\033[2J");
	}
}

/* Turns the direction of text, or is not seen where it stands: an officer must see that
 * something is there. */
static bool deceives(uint32_t cp)
{
	return cp == 0xad || cp == 0x61c || cp == 0x180e || (cp >= 0x200b && cp <= 0x200f) ||
	    (cp >= 0x2028 && cp <= 0x202e) || (cp >= 0x2060 && cp <= 0x206f) || cp == 0xfeff ||
	    (cp >= 0xfff0 && cp <= 0xfffb) || (cp >= 0xe0000 && cp <= 0xe0fff);
}

static void act(struct tame *t, enum vt_act what, uint8_t c, struct wr *w);

static void put_cp(struct tame *t, uint32_t cp, struct wr *w)
{
	uint8_t utf8[4];

	if (cp >= 0x80 && cp < 0xa0) {
		act(t, vt_c1(&t->vt, cp), (uint8_t)(cp - 0x40), w);
		return;
	}
	if (deceives(cp)) {
		wr_text(w, "<U+%04X>", (unsigned)cp);
		return;
	}
	wr_bytes(w, rd_of(utf8, utf8_write(cp, utf8)));
}

/* Ends an open character before anything else: it was cut short. */
static void cut_utf8(struct tame *t, struct wr *w)
{
	if (t->utf8.need == 0)
		return;
	t->utf8 = (struct utf8){ .need = 0 };
	put_cp(t, UNICODE_REPLACEMENT, w);
}

static void put_byte(struct tame *t, uint8_t c, struct wr *w)
{
	bool again;

	do {
		again = false;
		int32_t cp = utf8_step(&t->utf8, c, &again);
		if (cp == UTF8_BAD)
			put_cp(t, UNICODE_REPLACEMENT, w);
		else if (cp != UTF8_MORE)
			put_cp(t, (uint32_t)cp, w);
	} while (again);
}

static void act(struct tame *t, enum vt_act what, uint8_t c, struct wr *w)
{
	switch (what) {
	case VT_PRINT:
		put_byte(t, c, w);
		return;
	case VT_CTRL:
		if (c == '\b' || c == '\t' || c == '\n' || c == '\r')
			wr_u8(w, c);
		return;
	case VT_CSI:
		on_csi(&t->vt, c, w);
		return;
	case VT_ESC:
		on_esc(&t->vt, c, w);
		return;
	case VT_NONE:
	case VT_STR_OPEN:
	case VT_STR_DATA:
	case VT_STR_CLOSE:
		return;
	}
}

void tame_init(struct tame *t)
{
	*t = (struct tame){ .utf8 = { .need = 0 } };
	vt_init(&t->vt);
}

bool tame_put(struct tame *t, struct rd in, struct buf *out)
{
	struct wr w = wr_to(out);
	uint8_t c;

	if (in.len > buf_room(out) / TAME_GROWTH)
		return false;
	while (rd_u8(&in, &c)) {
		enum vt_act what = vt_step(&t->vt, c);
		if (what != VT_PRINT)
			cut_utf8(t, &w);
		act(t, what, c, &w);
	}
	ASSERT(wr_ok(&w));
	return true;
}
