/*
 * Is:        the opaque measure (contract in the header).
 * Is not:    the model's numbers: opaque_model.c, made by tools/train-opaque.py.
 * Called by: inspector.c.
 * Owns:      nothing.
 * Trust:     hostile bytes. Rule Zero: opaque_put indexes the text, below its length.
 */
#include "inspect/opaque.h"

#include "base/ascii.h"
#include "base/def.h"
#include "inspect/masks.h"

enum { LEVEL_ZERO = '#', QUARTERS = 4, NOISE = 4 * 9, LEAST_WINDOW = 64, PEM_DASHES = 5, PEM_LINE = 76 };

/* Of each byte: its class and its cost within the class; a window's worth of them can be added up. */
enum { PLAIN_CLASS = 0x1f, PLAIN_SHIFT = 16, TRIPLE = 0x7fff };
_Static_assert(OPAQUE_CLASSES == PLAIN_CLASS + 1 && OPAQUE_WINDOW * PLAIN_CLASS < 1 << PLAIN_SHIFT, "sums of plain_of");
static uint32_t plain_of[256];
static bool ready;

static void build(void)
{
	for (unsigned c = 0; c < ARRAY_LEN(plain_of); c++) {
		const unsigned within = (unsigned)(opaque_within[c] - LEVEL_ZERO);

		plain_of[c] = (unsigned)(opaque_class[c] - LEVEL_ZERO) | within << PLAIN_SHIFT;
	}
	ready = true;
}

void opaque_init(struct opaque *o)
{
	if (!ready)
		build();
	*o = (struct opaque){ .pem_line_ok = true };
}

/* A byte that is no UTF-8 came as the three of U+FFFD. */
static bool is_stand_in(const struct opaque *o, uint8_t c)
{
	return o->high[0] == 0xef && o->high[1] == 0xbf && c == 0xbd;
}

/* Block elements and braille carry a picture. */
static bool is_picture(const struct opaque *o)
{
	const uint8_t a = o->high[0], b = o->high[1];

	return a == 0xe2 && (b == 0x96 || (b >= 0xa0 && b <= 0xa3));
}

static bool is_base64(uint8_t c)
{
	return is_alnum(c) || c == '+' || c == '/' || c == '=';
}

/* Armour: "-----" opens or closes it, lines between are base64 of at most 76. */
static bool exempt(struct opaque *o, uint8_t c)
{
	if (masks_ends_line(c)) {
		if (o->pem && (!o->pem_line_ok || o->line_len > PEM_LINE))
			o->pem = false;
		o->line_len = o->dashes = 0;
		o->pem_line_ok = true;
		return o->pem;
	}
	if (c == '-' && o->dashes == o->line_len && ++o->dashes == PEM_DASHES) {
		o->pem = !o->pem;
		o->pem_line_ok = true;
	}
	if (o->line_len < UINT8_MAX)
		o->line_len++;
	if (o->dashes >= PEM_DASHES)
		return false;
	o->pem_line_ok = o->pem_line_ok && is_base64(c);
	if (!o->pem || !o->pem_line_ok || o->line_len > PEM_LINE || o->pem_used >= OPAQUE_PEM_MAX)
		return false;
	o->pem_used++;
	return true;
}

/* Of the open window, `known` bytes of which a decoder explained or were never there. */
static uint64_t judge(const struct opaque *o, uint64_t known)
{
	if (o->n < LEAST_WINDOW || o->cost <= o->n * OPAQUE_BITS * QUARTERS || known >= o->n)
		return 0;
	return o->n - known;
}

static void close_window(struct opaque *o)
{
	uint64_t have = o->explained + o->credit, use = have < o->n ? have : o->n;

	o->bytes += judge(o, use + o->added);
	/* A decoder may speak one window late, never later. */
	o->credit = o->explained < OPAQUE_WINDOW ? o->explained : OPAQUE_WINDOW;
	if (o->credit > have - use)
		o->credit = have - use;
	o->explained = o->n = o->cost = o->added = 0;
}

static void put(struct opaque *o, uint8_t c)
{
	uint8_t z = (uint8_t)opaque_class[c] - LEVEL_ZERO;
	unsigned cost = (unsigned)(opaque_model[(o->x * OPAQUE_CLASSES + o->y) * OPAQUE_CLASSES + z] - LEVEL_ZERO) +
	    (unsigned)(opaque_within[c] - LEVEL_ZERO);

	if (c >= 0x80 && is_stand_in(o, c)) {
		cost = 3 * NOISE;
		o->added += 2;
	} else if (c >= 0x80 && is_picture(o)) {
		cost = 3 * NOISE;
	}
	o->high[0] = o->high[1];
	o->high[1] = c;
	o->x = o->y;
	o->y = z;
	/* In the middle of a line outside of armour nothing can be exempt. */
	if ((o->pem || o->dashes == o->line_len || masks_ends_line(c)) && exempt(o, c))
		return;
	o->cost += cost;
	if (++o->n == OPAQUE_WINDOW)
		close_window(o);
}

/* The last three of the classes, five bits each. */
static inline uint32_t model_of(uint32_t classes)
{
	return (uint8_t)opaque_model[classes & TRIPLE];
}

/* What the bytes cost after characters of the classes `*before`; `*before` is then that of the last
 * two. Four at a time: no step waits for the one before. */
static uint32_t plain_cost(const struct rd *text, uint32_t *before)
{
	uint32_t classes = *before, cost = 0, sum = 0;
	size_t k = 0;

	for (; k + 4 <= text->len; k += 4) {
		const uint32_t a = plain_of[text->p[k]], b = plain_of[text->p[k + 1]];
		const uint32_t c = plain_of[text->p[k + 2]], d = plain_of[text->p[k + 3]];

		classes = classes << 20 | (a & PLAIN_CLASS) << 15 | (b & PLAIN_CLASS) << 10 | (c & PLAIN_CLASS) << 5 | (d & PLAIN_CLASS);
		sum += (a + b) + (c + d);
		cost += (model_of(classes >> 15) + model_of(classes >> 10)) + (model_of(classes >> 5) + model_of(classes));
	}
	for (; k < text->len; k++) {
		classes = classes << 5 | (plain_of[text->p[k]] & PLAIN_CLASS);
		sum += plain_of[text->p[k]];
		cost += model_of(classes);
	}
	*before = classes;
	return cost + (sum >> PLAIN_SHIFT) - (uint32_t)text->len * LEVEL_ZERO;
}

/* ASCII outside of armour, where none can begin, within one window: what most text is. Returns
 * where it ends. */
static size_t put_plain(struct opaque *o, const struct rd *text, size_t i)
{
	const size_t room = OPAQUE_WINDOW - 1 - o->n;
	uint32_t classes = (uint32_t)o->x << 5 | o->y;
	struct rd rest;

	if (!rd_slice(text, i, text->len - i < room ? text->len - i : room, &rest))
		return i;
	rest.len = masks_to_dash(&rest);
	if (rest.len == 0)
		return i;
	o->cost += plain_cost(&rest, &classes);
	o->n += (uint32_t)rest.len;
	o->high[1] = 0;
	o->x = (uint8_t)(classes >> 5 & PLAIN_CLASS);
	o->y = (uint8_t)(classes & PLAIN_CLASS);
	/* At a line's begin, or somewhere in it but not among the dashes of armour. */
	o->line_len = !masks_ends_line(rest.p[rest.len - 1]);
	o->dashes = 0;
	return i + rest.len;
}

/* Whether armour may begin with the character, or go on beginning. */
static bool may_arm(const struct opaque *o, uint8_t c)
{
	return o->dashes == o->line_len && (c == '-' || o->dashes > 0);
}

void opaque_put(struct opaque *o, struct rd text, uint64_t explained)
{
	o->explained += explained;
	for (size_t i = 0; i < text.len; i++) {
		if (!o->pem && !may_arm(o, text.p[i]))
			i = put_plain(o, &text, i);
		if (i < text.len)
			put(o, text.p[i]);
	}
}

void opaque_put_each(struct opaque *o, struct rd text, uint64_t explained)
{
	o->explained += explained;
	for (size_t i = 0; i < text.len; i++)
		put(o, text.p[i]);
}

/* Bytes at the front, as many as no window ends before the last of; none are left at the end. */
static bool take_some(const struct opaque *o, struct rd *text, struct rd *some)
{
	const size_t room = OPAQUE_WINDOW - o->n;

	return text->len && rd_take(text, text->len < room ? text->len : room, some);
}

void opaque_put_explained(struct opaque *o, struct rd text, const uint32_t *explained, size_t n)
{
	size_t at = 0;
	struct rd some;

	while (take_some(o, &text, &some)) {
		uint64_t sum = 0;

		for (const size_t end = at + some.len; at < end; at++)
			sum += at < n ? explained[at] : 0;
		opaque_put(o, some, sum);
	}
	for (; at < n; at++)
		o->explained += explained[at];
}

void opaque_put_understood(struct opaque *o, struct rd text)
{
	struct rd some;

	while (take_some(o, &text, &some))
		opaque_put(o, some, some.len);
}

uint64_t opaque_total(const struct opaque *o)
{
	uint64_t have = o->explained + o->credit;

	return o->bytes + judge(o, (have < o->n ? have : o->n) + o->added);
}
