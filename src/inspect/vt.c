/*
 * Is:        the escape-sequence parser (contract in the header): a table of
 *            states and bytes.
 * Is not:    aware of what sequences mean.
 * Called by: tokens.c, tame.c.
 * Owns:      nothing.
 * Trust:     hostile bytes. Rule Zero: vt_take_csi and vt_take_esc index their input below its length,
 *            since sequences are most of what some programs send. The table has an entry for
 *            every byte in every state.
 */
#include "inspect/vt.h"

#include "base/def.h"

enum state { TEXT = 0, /* vt_in_text knows it */ ESC, ESC_INTER, CSI, CSI_INTER, CSI_BAD, STRING, N_STATES };
_Static_assert((int)N_STATES == (int)VT_STATES, "a row of the table for each");
_Static_assert((int)VT_S_PRINT == (int)VT_PRINT && (int)VT_S_CTRL == (int)VT_CTRL, "their answers");

#define TO(s, n) { .step = (s), .next = (n) }
/* The same in every state but a string: C0 acts at once, CAN and SUB cancel, ESC restarts. */
#define CONTROLS(n)                                                            \
	[0x00 ... 0x17] = TO(VT_S_CTRL, n), [0x18] = TO(VT_S_CANCEL, TEXT),          \
	[0x19] = TO(VT_S_CTRL, n), [0x1a] = TO(VT_S_CANCEL, TEXT),                   \
	[0x1b] = TO(VT_S_START, ESC), [0x1c ... 0x1f] = TO(VT_S_CTRL, n),            \
	[0x7f] = TO(VT_S_NONE, n)

const struct vt_entry vt_table[VT_STATES][256] = {
	[TEXT] = {
		CONTROLS(TEXT),
		[0x20 ... 0x7e] = TO(VT_S_PRINT, TEXT),
		[0x80 ... 0xff] = TO(VT_S_PRINT, TEXT),
	},
	[ESC] = {
		CONTROLS(ESC),
		[0x20 ... 0x2f] = TO(VT_S_INTER, ESC_INTER),
		[0x30 ... 0x4f] = TO(VT_S_ESC, TEXT),
		[0x50] = TO(VT_S_OPEN, STRING),			/* DCS */
		[0x51 ... 0x57] = TO(VT_S_ESC, TEXT),
		[0x58] = TO(VT_S_OPEN, STRING),			/* SOS */
		[0x59 ... 0x5a] = TO(VT_S_ESC, TEXT),
		[0x5b] = TO(VT_S_NONE, CSI),
		[0x5c] = TO(VT_S_ESC, TEXT),
		[0x5d ... 0x5f] = TO(VT_S_OPEN, STRING),		/* OSC PM APC */
		[0x60 ... 0x6a] = TO(VT_S_ESC, TEXT),
		[0x6b] = TO(VT_S_OPEN, STRING),			/* screen's title */
		[0x6c ... 0x7e] = TO(VT_S_ESC, TEXT),
		[0x80 ... 0xff] = TO(VT_S_PRINT, TEXT),
	},
	[ESC_INTER] = {
		CONTROLS(ESC_INTER),
		[0x20 ... 0x2f] = TO(VT_S_INTER, ESC_INTER),
		[0x30 ... 0x7e] = TO(VT_S_ESC, TEXT),
		[0x80 ... 0xff] = TO(VT_S_PRINT, TEXT),
	},
	[CSI] = {
		CONTROLS(CSI),
		[0x20 ... 0x2f] = TO(VT_S_INTER, CSI_INTER),
		[0x30 ... 0x39] = TO(VT_S_DIGIT, CSI),
		[0x3a ... 0x3b] = TO(VT_S_NEXT, CSI),
		[0x3c ... 0x3f] = TO(VT_S_LEAD, CSI),
		[0x40 ... 0x7e] = TO(VT_S_CSI, TEXT),
		[0x80 ... 0xff] = TO(VT_S_PRINT, TEXT),
	},
	[CSI_INTER] = {
		CONTROLS(CSI_INTER),
		[0x20 ... 0x2f] = TO(VT_S_INTER, CSI_INTER),
		[0x30 ... 0x3f] = TO(VT_S_NONE, CSI_BAD),
		[0x40 ... 0x7e] = TO(VT_S_CSI, TEXT),
		[0x80 ... 0xff] = TO(VT_S_PRINT, TEXT),
	},
	[CSI_BAD] = {
		CONTROLS(CSI_BAD),
		[0x20 ... 0x3f] = TO(VT_S_NONE, CSI_BAD),
		[0x40 ... 0x7e] = TO(VT_S_NONE, TEXT),
		[0x80 ... 0xff] = TO(VT_S_PRINT, TEXT),
	},
	[STRING] = {
		[0x00 ... 0x06] = TO(VT_S_DATA, STRING),
		[0x07] = TO(VT_S_CLOSE, TEXT),
		[0x08 ... 0x17] = TO(VT_S_DATA, STRING),
		[0x18] = TO(VT_S_CLOSE, TEXT),
		[0x19] = TO(VT_S_DATA, STRING),
		[0x1a] = TO(VT_S_CLOSE, TEXT),
		[0x1b] = TO(VT_S_CLOSE, ESC),
		[0x1c ... 0xff] = TO(VT_S_DATA, STRING),
	},
};

static void clear(struct vt *v)
{
	v->lead = v->inter = v->n_params = 0;
}

void vt_init(struct vt *v)
{
	*v = (struct vt){ .state = TEXT };
}

static void digit(struct vt *v, uint8_t c)
{
	int16_t *p;

	if (v->n_params == 0) {
		v->n_params = 1;
		v->param[0] = VT_ABSENT;
	}
	if (v->n_params > VT_PARAMS_MAX)
		return;
	p = &v->param[v->n_params - 1];
	int value = (*p == VT_ABSENT ? 0 : *p) * 10 + (c - '0');
	*p = (int16_t)(value > VT_PARAM_MAX ? VT_PARAM_MAX : value);
}

static void next_param(struct vt *v)
{
	if (v->n_params == 0) {
		v->n_params = 1;
		v->param[0] = VT_ABSENT;
	}
	if (v->n_params < VT_PARAMS_MAX)
		v->param[v->n_params] = VT_ABSENT;
	if (v->n_params <= VT_PARAMS_MAX)
		v->n_params++;
}

enum vt_act vt_do(struct vt *v, enum vt_step_kind step, uint8_t c)
{
	switch (step) {
	case VT_S_NONE:
	case VT_S_CANCEL:
		return VT_NONE;
	case VT_S_PRINT:
		return VT_PRINT;
	case VT_S_CTRL:
		return VT_CTRL;
	case VT_S_START:
		clear(v);
		return VT_NONE;
	case VT_S_INTER:
		v->inter = v->inter ? '?' : c;	/* two of them: nobody's sequence */
		return VT_NONE;
	case VT_S_LEAD:
		v->lead = c;
		return VT_NONE;
	case VT_S_DIGIT:
		digit(v, c);
		return VT_NONE;
	case VT_S_NEXT:
		next_param(v);
		return VT_NONE;
	case VT_S_ESC:
		return VT_ESC;
	case VT_S_CSI:
		return VT_CSI;
	case VT_S_OPEN:
		v->string = c;
		return VT_STR_OPEN;
	case VT_S_DATA:
		return VT_STR_DATA;
	case VT_S_CLOSE:
		clear(v);
		return VT_STR_CLOSE;
	}
	return VT_NONE;
}

static inline void put_param(struct vt *v, unsigned i, unsigned value, bool given)
{
	if (i < VT_PARAMS_MAX)
		v->param[i] = given ? (int16_t)value : VT_ABSENT;
}

size_t vt_take_csi(struct vt *v, const struct rd *in, uint8_t *final)
{
	/* Not read anew after each parameter that is kept. */
	const uint8_t *const p = in->p;
	const size_t len = in->len, begin = len > 2 && p[2] >= '<' && p[2] <= '?' ? 3 : 2;
	unsigned n = 0, value = 0, digit;
	size_t i, from = begin;

	if (len < 3 || p[1] != '[')
		return 0;
	for (i = begin; i < len && (digit = p[i] - (unsigned)'0') < 12; i++) {
		if (digit < 10) {
			value = value * 10 + digit;
			value = value < VT_PARAM_MAX ? value : VT_PARAM_MAX;
			continue;
		}
		put_param(v, n++, value, i > from);
		from = i + 1;
		value = 0;
	}
	if (i == len || p[i] < 0x40 || p[i] > 0x7e)
		return 0;
	if (i > begin)
		put_param(v, n++, value, i > from);
	v->n_params = (uint8_t)(n <= VT_PARAMS_MAX ? n : VT_PARAMS_MAX + 1);
	v->lead = begin == 3 ? p[2] : 0;
	v->inter = 0;
	*final = p[i];
	return i + 1;
}

size_t vt_take_esc(struct vt *v, const struct rd *in, uint8_t *final)
{
	const bool wider = in->len > 2 && vt_table[ESC][in->p[1]].step == VT_S_INTER;
	const size_t end = wider ? 2 : 1;

	if (in->len < 2 || vt_table[wider ? ESC_INTER : ESC][in->p[end]].step != VT_S_ESC)
		return 0;
	v->lead = v->n_params = 0;
	v->inter = wider ? in->p[1] : 0;
	*final = in->p[end];
	return end + 1;
}

enum vt_act vt_c1(struct vt *v, uint32_t c1)
{
	clear(v);
	v->state = ESC;
	return vt_step(v, (uint8_t)(c1 - 0x40));
}
