/*
 * Is:        base64, base32, base85 and hexadecimal, by one table of alphabets: long
 *            tokens, also when broken over lines, become byte streams.
 * Is not:    dumps with offsets (decode_dump.c).
 * Called by: decode.c.
 * Owns:      nothing; the state is in the node.
 * Trust:     hostile bytes; a run is judged by the first bytes that it decodes to, so
 *            that words and paths are not taken for base64. Rule Zero: the loops over
 *            text index its bytes, each below its length; a call a byte is too much.
 */
#include "base/assert.h"
#include "inspect/decode_priv.h"
#include "inspect/masks.h"

enum {
	JUNK = 2,
	SURVEY_MAX = 200,	/* characters of a token that are surveyed together */
	JUDGED_MIN = 15,	/* of base 85, whose probe is full first */
};
_Static_assert(JUNK * 10 > PROBE_LEN, "no probe has nine tenths of text beside so much junk");

struct alphabet {
	enum decode_kind kind;
	uint8_t base_chars, base_bytes;	/* a group: so many characters, so many bytes */
	uint8_t bits;			/* of a character; 0 for base 85 */
	bool any_case;
	const char *chars;
};

static const struct alphabet alphabets[N_RADIX] = {
	{ DECODE_BASE64, 4, 3, 6, false, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/" },
	{ DECODE_BASE64URL, 4, 3, 6, false, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_" },
	{ DECODE_BASE32, 8, 5, 5, true, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567" },
	{ DECODE_HEX, 2, 1, 4, true, "0123456789ABCDEF" },
	{ DECODE_BASE85, 5, 4, 0, false, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz!#$%&()*+-;<=>?@^_`{|}~" },
	{ DECODE_ASCII85, 5, 4, 0, false, "!\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`abcdefghijklmnopqrstu" },
	{ DECODE_Z85, 5, 4, 0, false, "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#" },
};

/* Value of a character in each alphabet, and a bit for each alphabet that has it. */
static uint8_t value_of[N_RADIX][256], alphabets_of[256];
static uint64_t short_of;	/* 1 in the byte of each that is judged with RUN_MIN - 1 characters */
/* The same as alphabets_of, a byte for each alphabet: 0xff when it has the character. */
static uint64_t columns_of[256];
static uint8_t junk_of[256];	/* 1: a byte that is neither text nor zero */
static bool ready;

static bool is_text(uint8_t c)
{
	return (c >= 0x20 && c < 0x7f) || c == '\n' || c == '\r' || c == '\t' || c == 0x1b;
}

static void build(void)
{
	for (unsigned a = 0; a < N_RADIX; a++) {
		for (unsigned v = 0; alphabets[a].chars[v]; v++) {
			uint8_t c = (uint8_t)alphabets[a].chars[v];

			value_of[a][c] = (uint8_t)v;
			alphabets_of[c] |= (uint8_t)(1u << a);
			if (!alphabets[a].any_case || c < 'A' || c > 'Z')
				continue;
			value_of[a][c + 32] = (uint8_t)v;
			alphabets_of[c + 32] |= (uint8_t)(1u << a);
		}
	}
	for (unsigned a = 0; a < N_RADIX; a++)
		short_of |= alphabets[a].bits ? 0 : (uint64_t)(RUN_MIN - JUDGED_MIN) << 8 * a;
	for (unsigned c = 0; c < 256; c++)
		for (unsigned a = 0; a < N_RADIX; a++)
			columns_of[c] |= alphabets_of[c] & 1u << a ? (uint64_t)0xff << 8 * a : 0;
	for (unsigned c = 0; c < 256; c++)
		junk_of[c] = c != 0 && !is_text((uint8_t)c);
	ready = true;
}

/* Decoded bytes are believed when they begin a compressed file or read as text. */
static bool plausible(const uint8_t *p, unsigned n)
{
	unsigned text = 0, zeros = 0;

	if (unpack_sniff(rd_of(p, n)) != DECODE_KINDS)
		return true;
	for (unsigned i = 0; i < n; i++) {
		text += is_text(p[i]);
		zeros += p[i] == 0;
	}
	/* UTF-16 is every other byte zero. */
	return n >= 5 && (text * 10 >= n * 9 || (zeros * 10 >= n * 4 && (text + zeros) * 10 >= n * 9));
}

bool radix_is_plausible(struct rd bytes)
{
	return plausible(bytes.p, bytes.len < PROBE_LEN ? (unsigned)bytes.len : PROBE_LEN);
}

static void judge(struct node *n, struct radix_run *r, enum decode_kind kind)
{
	if (r->bad || r->good)
		return;
	if (!plausible(r->probe, r->n_probe)) {
		r->bad = true;
		return;
	}
	r->child = r->child ? r->child : node_open(n, kind);
	if (!r->child) {
		r->bad = true;
		node_refused(n, r->len);
		return;
	}
	r->good = true;
	node_explained(n, r->len);
	node_put(r->child, rd_of(r->probe, r->n_probe));
}

static void put_bytes(struct node *n, struct radix_run *r, enum decode_kind kind, struct rd bytes)
{
	uint8_t c;

	while (!r->good && !r->bad && rd_u8(&bytes, &c)) {
		r->probe[r->n_probe++] = c;
		r->junk = (uint8_t)(r->junk + junk_of[c]);
		/* With two of these no probe is plausible, unless a compressed file begins so. */
		if (r->junk >= JUNK && !n->d->ungated && !unpack_may_begin_so(r->probe[0], r->probe[1]))
			r->bad = true;
		else if (r->n_probe == PROBE_LEN)
			judge(n, r, kind);
	}
	if (r->good && bytes.len)
		node_put(r->child, bytes);
}

/* The bytes of a group that is full, or of a last one that is cut short. */
static void put_group(struct node *n, struct radix_run *r, const struct alphabet *a)
{
	unsigned chars = r->n_acc, bytes;
	uint8_t out[8];

	if (a->bits) {
		bytes = chars * a->bits / 8;
		r->acc >>= chars * a->bits - bytes * 8;
	} else {
		bytes = chars ? chars - 1 : 0;
		for (unsigned i = chars; i < 5; i++)
			r->acc = r->acc * 85 + 84;
		r->acc = (r->acc & UINT32_MAX) >> (32 - 8 * bytes) % 32;
	}
	for (unsigned i = 0; i < bytes; i++)
		out[i] = (uint8_t)(r->acc >> 8 * (bytes - 1 - i));
	r->acc = 0;
	r->n_acc = 0;
	put_bytes(n, r, a->kind, rd_of(out, bytes));
}

static void end_run(struct node *n, struct radix_run *r, const struct alphabet *a)
{
	if (r->len >= RUN_MIN || r->child) {
		put_group(n, r, a);
		judge(n, r, a->kind);
	}
	node_close(&r->child);
	*r = (struct radix_run){ 0 };
}

/* One more character of alphabet `a`. */
static void put_char(struct node *n, unsigned a, uint8_t c)
{
	struct radix_run *r = &n->radix.run[a];
	const struct alphabet *al = &alphabets[a];
	uint8_t v = value_of[a][c];

	r->len++;
	n->radix.open |= (uint8_t)(1u << a);
	if (r->good)
		node_explained(n, 1);
	r->acc = al->bits ? r->acc << al->bits | v : r->acc * 85 + v;
	if (++r->n_acc == al->base_chars)
		put_group(n, r, al);
	if (r->bad)
		n->radix.dead |= (uint8_t)(1u << a);
}

/* Alphabets without the character end their run; those judged wrong wait for that. */
static void put_char_all(struct node *n, uint8_t c)
{
	unsigned ends = n->radix.open & ~alphabets_of[c] & ((1u << N_RADIX) - 1);
	unsigned takes = alphabets_of[c] & ~n->radix.dead & ((1u << N_RADIX) - 1);

	for (; ends; ends &= ends - 1) {
		unsigned a = (unsigned)__builtin_ctz(ends);

		end_run(n, &n->radix.run[a], &alphabets[a]);
		n->radix.open &= (uint8_t)~(1u << a);
		n->radix.dead &= (uint8_t)~(1u << a);
	}
	for (; takes; takes &= takes - 1)
		put_char(n, (unsigned)__builtin_ctz(takes), c);
}

static void close_all(struct node *n)
{
	for (unsigned a = 0; a < N_RADIX; a++)
		if (n->radix.open & 1u << a)
			end_run(n, &n->radix.run[a], &alphabets[a]);
	n->radix.open = n->radix.dead = 0;
	n->radix.left_length = 0;
}

/* The characters of a run before which nothing judges it. */
static unsigned least_of(unsigned a)
{
	return alphabets[a].bits ? RUN_MIN : JUDGED_MIN;
}

/* What a token left becomes the runs that it would be in: those as long as are judged were
 * judged wrong. */
static void take_left(struct node *n)
{
	struct radix *x = &n->radix;

	for (unsigned a = 0; a < N_RADIX; a++) {
		const size_t len = x->left_length >> 8 * a & 0xff;

		for (size_t k = sizeof(x->left) - len; len < least_of(a) && k < sizeof(x->left); k++)
			put_char(n, a, x->left[k]);
		if (len < least_of(a))
			continue;
		x->run[a] = (struct radix_run){ .bad = true, .len = (uint32_t)len };
		x->open |= (uint8_t)(1u << a);
		x->dead |= (uint8_t)(1u << a);
	}
	x->left_length = 0;
}

static void flush_head(struct node *n)
{
	struct radix *x = &n->radix;

	take_left(n);
	for (unsigned i = 0; i < x->n_head; i++)
		put_char_all(n, x->head[i]);
	x->n_head = 0;
	x->in_token = true;
}

/* A blank or a control: the token ends; at a line's end a run may go on below. */
static void end_token(struct node *n, uint8_t c)
{
	struct radix *x = &n->radix;

	if (x->n_head && x->carry_on)
		flush_head(n);
	if (x->in_token || x->n_head)
		x->carry_on = c == '\n' && (x->open || x->left_length) && x->in_token;
	else if (c != '\n')
		x->carry_on = false;
	if (!x->carry_on)
		close_all(n);
	x->n_head = 0;
	x->in_token = false;
}

/* Whether the `least` characters that end at `at`, in groups of `chars` which stand for `bytes`
 * (two or more), come to nothing: the numbers are those of the alphabet, and constants here. */
static inline __attribute__((always_inline)) bool is_junk(unsigned a, const struct rd *text, size_t at, unsigned least,
    unsigned chars, unsigned bytes, unsigned bits)
{
	const uint8_t *value = value_of[a];
	const size_t from = at + 1 - least;
	unsigned junk = 0;

	ASSERT(bytes >= 2);
	for (unsigned k = 0; k + chars <= least; k += chars) {
		uint64_t acc = 0;

		for (unsigned j = 0; j < chars; j++)
			acc = bits ? acc << bits | value[text->p[from + k + j]] : acc * 85 + value[text->p[from + k + j]];
		if (k == 0 && unpack_may_begin_so((uint8_t)(acc >> 8 * (bytes - 1)), (uint8_t)(acc >> 8 * (bytes - 2))))
			return false;
		for (unsigned i = 0; i < bytes; i++)
			junk += junk_of[acc >> 8 * i & 0xff];
		if (junk >= JUNK)
			return true;
	}
	return false;
}

/* True when the first characters of a run, as many as are judged and the last one at `at`, already
 * show that it will be judged wrong: as put_bytes does, once they have gone through all that is
 * before it. */
static bool is_doomed(unsigned a, const struct rd *text, size_t at)
{
	switch (alphabets[a].bits) {
	case 6:
		return is_junk(a, text, at, RUN_MIN, 4, 3, 6);
	case 5:
		return is_junk(a, text, at, RUN_MIN, 8, 5, 5);
	case 4: /* two of its groups */
		return is_junk(a, text, at, RUN_MIN, 4, 2, 4);
	default:
		return is_junk(a, text, at, JUDGED_MIN, 5, 4, 0);
	}
}

/* Of the alphabets whose bit is set in their byte of `just`, those that have come to least_of
 * characters in a row and need not be given up. */
static uint8_t begun(uint64_t just, uint64_t length, const struct rd *text, size_t at)
{
	uint8_t may = 0;

	for (; just; just &= just - 1) {
		const unsigned a = (unsigned)__builtin_ctzll(just) / 8;

		if ((length >> 8 * a & 0xff) == least_of(a) && !is_doomed(a, text, at))
			may |= (uint8_t)(1u << a);
	}
	return may;
}

/* What a token shows before anything is decoded. */
struct survey {
	size_t end;
	bool ends_line;		/* it is the last of its line */
	uint64_t length;	/* of the run that each alphabet has at the end, a byte for each */
	uint8_t may;		/* alphabets that can come to a judgement in it */
};

static const uint64_t ones = 0x0101010101010101u, sixteens = 0x1010101010101010u;	/* RUN_MIN each */

/* Looks at the token at `at`, before which the runs in s->length are open. False when its end is
 * not to be seen from there. */
static bool survey(const struct rd *text, size_t at, struct survey *s)
{
	const struct rd r = *text;
	const size_t end = r.len - at < SURVEY_MAX ? r.len : at + SURVEY_MAX;
	uint64_t length = s->length, before, now = (length + short_of) & sixteens;
	size_t i = at;
	uint8_t may = 0;

	for (; i < end && r.p[i] > ' '; i++) {
		before = now;
		length = (length + ones) & columns_of[r.p[i]];
		now = (length + short_of) & sixteens;
		if (now & ~before)
			may |= begun(now & ~before, length, text, i);
	}
	s->may = may;
	s->length = length;
	s->end = i;
	if (i < text->len && text->p[i] == '\r')
		i++;
	if (i >= text->len || i - at >= SURVEY_MAX)
		return false;
	s->ends_line = text->p[i] == '\n';
	return i == s->end || s->ends_line;
}
_Static_assert(JUDGED_MIN + 1 == RUN_MIN && RUN_MIN == 1 << 4 && SURVEY_MAX + RUN_MIN < 256, "the counts of survey");

/* At a line's end, where runs may go on in the next: of a token that came to nothing. */
static void leave(struct radix *x, const struct rd *text, const struct survey *s)
{
	const uint64_t more = s->length | s->length >> 1 | s->length >> 2 | s->length >> 3, full = more & sixteens;
	struct rd left;

	ASSERT(rd_slice(text, s->end - sizeof(x->left), sizeof(x->left), &left) && rd_copy(&left, x->left, sizeof(x->left)));
	/* RUN_MIN at most: longer ones were judged. */
	x->left_length = (s->length & ~((full >> 4) * 0xff)) | full;
	x->in_token = true;
}

/* Nothing is open, and a token begins at `at`: what cannot come to a judgement is not tried.
 * Returns where to go on: at the token, or behind it. */
static size_t begin_token(struct node *n, const struct rd *text, size_t at)
{
	struct survey s = { 0 };

	if (n->d->ungated || !survey(text, at, &s))
		return at;
	if (!s.ends_line) {
		n->radix.dead = (uint8_t)(~s.may & ((1u << N_RADIX) - 1));
		return s.may ? at : s.end;
	}
	if (s.may || s.end - at < RUN_MIN)
		return at;
	leave(&n->radix, text, &s);
	return s.end;
}

/* A line begins with a token at `at`, and the last one left something: the same of both together. */
static size_t go_on(struct node *n, const struct rd *text, size_t at)
{
	struct radix *x = &n->radix;
	uint8_t joined[sizeof(x->left) + SURVEY_MAX + 2] UNCLEARED;
	struct survey s = { .length = x->left_length };
	const size_t rest = text->len - at, n_here = rest < sizeof(joined) - sizeof(x->left) ? rest : sizeof(joined) - sizeof(x->left);
	struct rd left = rd_of(x->left, sizeof(x->left)), here = *text, both = rd_of(joined, sizeof(x->left) + n_here);

	ASSERT(rd_copy(&left, joined, sizeof(x->left)) && rd_skip(&here, at) && rd_copy(&here, joined + sizeof(x->left), n_here));
	if (!survey(&both, sizeof(x->left), &s) || s.may) {
		take_left(n);
		return at;
	}
	if (s.ends_line) {
		leave(x, &both, &s);
	} else {
		x->left_length = 0;
		x->carry_on = false;
	}
	return at + s.end - sizeof(x->left);
}

void radix_put(struct node *n, struct rd text)
{
	struct radix *x = &n->radix;
	const bool is_root = n == n->d->root;

	if (!ready)
		build();
	for (size_t i = 0; i < text.len; i++) {
		uint8_t c;

		/* Nothing is open and no token has begun: skips words that are too short to matter. */
		if (!x->in_token && !x->n_head && !x->open && !x->carry_on) {
			i = masks_long_word(&text, i);
			if (i < text.len && text.p[i] > ' ')
				i = begin_token(n, &text, i);
		} else if (x->left_length && !x->in_token && !x->n_head && text.p[i] > ' ') {
			i = go_on(n, &text, i);
		}
		if (i >= text.len)
			return;
		c = text.p[i];
		if (is_root)
			n->d->at = n->d->text + i;
		if (c <= ' ') {
			if (c != '\r')
				end_token(n, c);
		} else if (x->in_token) {
			if ((x->open & ~alphabets_of[c]) | (alphabets_of[c] & ~x->dead))
				put_char_all(n, c);
		} else {
			x->head[x->n_head++] = c;
			if (x->n_head == RUN_MIN)
				flush_head(n);
		}
	}
}

void radix_pause(struct node *n)
{
	struct radix *x = &n->radix;

	if (x->n_head && x->carry_on)
		flush_head(n);
	for (unsigned a = 0; a < N_RADIX; a++)
		if (x->run[a].len >= RUN_MIN && x->run[a].n_probe >= PROBE_LEN / 2)
			judge(n, &x->run[a], alphabets[a].kind);
}

void radix_done(struct node *n)
{
	end_token(n, ' ');
}
