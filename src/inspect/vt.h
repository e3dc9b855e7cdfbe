/*
 * Is:        the escape-sequence parser of terminals, one byte at a time: says what
 *            each byte does, after ECMA-48 and xterm's control sequences.
 * Is not:    a screen (grid.h) or a text filter (strip.h); decodes no UTF-8.
 * Called by: tokens.c, tame.c.
 * Owns:      nothing but its few bytes of state.
 * Trust:     hostile bytes; every byte is legal in every state.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/def.h"
#include "base/rd.h"

enum { VT_PARAMS_MAX = 16, VT_PARAM_MAX = 9999, VT_ABSENT = -1 };

/* What the byte just given means. */
enum vt_act {
	VT_NONE,	/* inside a sequence */
	VT_PRINT,	/* text: 0x20..0x7e, or a byte of UTF-8 */
	VT_CTRL,	/* a C0 control to be carried out now, also inside a sequence */
	VT_ESC,		/* ESC ended; `inter` is its intermediate, or 0 */
	VT_CSI,		/* CSI ended; `lead` (of "<=>?"), `inter`, param[] */
	VT_STR_OPEN,	/* OSC, DCS, SOS, PM or APC begins; `string` is ']','P','X','^','_' */
	VT_STR_DATA,	/* a byte of that string */
	VT_STR_CLOSE,	/* the string ended or was cut off */
};

struct vt {
	uint8_t state;
	uint8_t lead, inter, string;
	uint8_t n_params;	/* as given; an empty one is VT_ABSENT */
	int16_t param[VT_PARAMS_MAX];
};

void vt_init(struct vt *v);

/* True when the next printable byte is text and nothing else. */
static inline bool vt_in_text(const struct vt *v)
{
	return v->state == 0;
}

/* What run_ascii counts. */
static inline bool vt_is_ascii(uint8_t c)
{
	return c >= 0x20 && c < 0x7f;
}

/* What the parser itself does on a byte, before it answers. The first three do nothing
 * and have the numbers of their answers. */
enum vt_step_kind {
	VT_S_NONE, VT_S_PRINT, VT_S_CTRL, VT_S_CANCEL, VT_S_START, VT_S_INTER, VT_S_LEAD, VT_S_DIGIT, VT_S_NEXT,
	VT_S_ESC, VT_S_CSI, VT_S_OPEN, VT_S_DATA, VT_S_CLOSE,
};

enum { VT_STATES = 7 };

struct vt_entry {
	uint8_t step : 4, next : 4;
};

extern const struct vt_entry vt_table[VT_STATES][256];

/* The steps that change more than the state. */
enum vt_act vt_do(struct vt *v, enum vt_step_kind step, uint8_t c);

/* Takes one byte and says what to do with it. */
static inline enum vt_act vt_step(struct vt *v, uint8_t c)
{
	const struct vt_entry e = vt_table[v->state][c];

	v->state = e.next;
	return e.step <= VT_S_CTRL ? (enum vt_act)e.step : vt_do(v, (enum vt_step_kind)e.step, c);
}

/* In text, at an ESC: takes a whole CSI sequence of nothing but parameters from the front of
 * `in` and returns its length; what its bytes one by one come to then is VT_CSI on `*final`.
 * 0: it is something else, or is not all there, and the parameters of `v` may be anything. */
MUST_USE size_t vt_take_csi(struct vt *v, const struct rd *in, uint8_t *final);

/* The same for VT_ESC, with one intermediate byte or none. */
MUST_USE size_t vt_take_esc(struct vt *v, const struct rd *in, uint8_t *final);

/* Takes a C1 control, U+0080..U+009F, that came as UTF-8: as ESC and `c1 - 0x40`. */
enum vt_act vt_c1(struct vt *v, uint32_t c1);

/* Parameter `i`, or `absent` when it was not given. */
static inline int vt_param(const struct vt *v, unsigned i, int absent)
{
	if (i >= v->n_params || i >= VT_PARAMS_MAX || v->param[i] == VT_ABSENT)
		return absent;
	return v->param[i];
}

/* The same for counts and positions, where 0 too means 1. */
static inline int vt_count(const struct vt *v, unsigned i)
{
	const int n = vt_param(v, i, 1);

	return n ? n : 1;
}
