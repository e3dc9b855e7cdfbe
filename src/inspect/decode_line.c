/*
 * Is:        lines put together, and the numbers in another dress that they hold:
 *            letters, words, singles, likenesses, other radixes, upright columns.
 * Is not:    a judge: most of what comes out is a number by chance, and only
 *            membership says more.
 * Called by: decode.c.
 * Owns:      nothing; the state is in the node.
 * Trust:     hostile bytes; work for a line is linear in its length. Rule Zero: loops
 *            over a line index its bytes, each below its length.
 */
#include "base/ascii.h"
#include "base/assert.h"
#include "base/bytes.h"
#include "inspect/decode_priv.h"
#include "inspect/masks.h"
#include "inspect/word.h"

enum { DIGITS_MIN = 7, DIGITS_KEEP = 16, TOKEN_MAX = 40, NUMBER_MIN = 6 };

/* Digit words. A longer one stands before one that it begins with. */
static const struct {
	const char *word;
	uint8_t digit;
} digit_words[] = {
	{ "zero", '0' }, { "one", '1' }, { "two", '2' }, { "three", '3' }, { "four", '4' },
	{ "five", '5' }, { "six", '6' }, { "seven", '7' }, { "eight", '8' }, { "nine", '9' },
	{ "nul", '0' }, { "een", '1' }, { "twee", '2' }, { "drie", '3' }, { "vier", '4' },
	{ "vijf", '5' }, { "zeven", '7' }, { "zes", '6' }, { "acht", '8' }, { "negen", '9' },
	{ "oh", '0' },
};

static bool begins_with(struct rd t, const char *word, size_t *len)
{
	size_t i = 0;

	for (; word[i]; i++)
		if (i >= t.len || (t.p[i] | 0x20) != (uint8_t)word[i])
			return false;
	*len = i;
	return true;
}

static struct prefixes digit_prefixes;

static void make_prefixes(void)
{
	for (size_t i = 0; i < ARRAY_LEN(digit_words); i++)
		prefixes_add(&digit_prefixes, (unsigned)(i * 8 / ARRAY_LEN(digit_words)), digit_words[i].word, NULL);
}

/* Whether a digit word may begin at `at`. */
static bool may_begin_digit_word(const struct rd *t, size_t at)
{
	uint8_t groups = UINT8_MAX;

	if (at >= t->len || t->len - at < 2)
		return false;
	for (size_t k = 0; k < PREFIX_LEN && k < t->len - at; k++)
		groups &= digit_prefixes.of[0][k][t->p[at + k] & 31];
	return groups;
}

/* The digit word at the front, taken away; 0 when there is none. */
static uint8_t take_digit_word(struct rd *t)
{
	size_t len;

	if (!may_begin_digit_word(t, 0))
		return 0;
	for (size_t i = 0; i < ARRAY_LEN(digit_words); i++)
		if ((t->p[0] | 0x20) == (uint8_t)digit_words[i].word[0] && begins_with(*t, digit_words[i].word, &len) && rd_skip(t, len))
			return digit_words[i].digit;
	return 0;
}

static void give_words(struct node *n, unsigned keep)
{
	struct lines *l = &n->lines;

	if (l->n_words >= DIGITS_MIN)
		node_line(n, DECODE_WORDS, rd_of(l->word_digits, l->n_words));
	for (unsigned i = 0; i < keep; i++)
		l->word_digits[i] = l->word_digits[l->n_words - keep + i];
	l->n_words = (uint8_t)keep;
}

/* A token of letters: digit words, written apart or together, or something else. */
static void word_token(struct node *n, struct rd t)
{
	struct lines *l = &n->lines;
	uint8_t digit = 1;
	struct rd try;

	if (!may_begin_digit_word(&t, 0)) {
		if (l->n_words)
			give_words(n, 0);
		return;
	}
	try = t;
	while (try.len && digit)
		digit = take_digit_word(&try);
	if (!digit) {
		give_words(n, 0);
		return;
	}
	if (l->n_words == 0)
		l->words_from = l->from;
	while (t.len && (digit = take_digit_word(&t))) {
		if (l->n_words == sizeof(l->word_digits))
			give_words(n, DIGITS_KEEP);
		l->word_digits[l->n_words++] = digit;
	}
}

static void letter_token(struct node *n, struct rd t)
{
	uint8_t *out = n->lines.scratch;

	if (t.len < DIGITS_MIN + 1 || t.len > TOKEN_MAX)
		return;
	for (size_t k = 0; k < t.len; k++) {
		uint8_t c = t.p[k] | 0x20;

		if (c > 'j')
			return;
		out[k] = (uint8_t)('0' + (c - 'a'));
	}
	node_line(n, DECODE_LETTERS, rd_of(out, t.len));
}

/* The digit that a reader takes the character for, or 0. */
static const uint8_t likeness[256] = {
	['0'] = '0', ['1'] = '1', ['2'] = '2', ['3'] = '3', ['4'] = '4', ['5'] = '5', ['6'] = '6', ['7'] = '7', ['8'] = '8', ['9'] = '9',
	['O'] = '0', ['o'] = '0', ['Q'] = '0', ['D'] = '0', ['l'] = '1', ['I'] = '1', ['i'] = '1', ['|'] = '1', ['z'] = '2', ['Z'] = '2',
	['E'] = '3', ['A'] = '4', ['S'] = '5', ['s'] = '5', ['b'] = '6', ['G'] = '6', ['T'] = '7', ['t'] = '7', ['B'] = '8', ['g'] = '9',
	['q'] = '9',
};

static void likeness_token(struct node *n, struct rd t, size_t n_digits)
{
	uint8_t *out = n->lines.scratch;

	if (t.len < 9 || t.len > 20 || n_digits < 2 || n_digits == t.len)
		return;
	for (size_t k = 0; k < t.len; k++) {
		out[k] = likeness[t.p[k]];
		if (!out[k])
			return;
	}
	node_line(n, DECODE_LIKENESS, rd_of(out, t.len));
}

static void give_number(struct node *n, uint64_t v)
{
	uint8_t out[24];
	size_t at = sizeof(out);

	if (v < 100000000u || v > 9999999999999999u)
		return;
	for (; v; v /= 10)
		out[--at] = (uint8_t)('0' + v % 10);
	node_line(n, DECODE_NUMBER, rd_of(out + at, sizeof(out) - at));
	/* A national number without its trunk 0 fits into fewer bits. */
	if (sizeof(out) - at == 9) {
		out[--at] = '0';
		node_line(n, DECODE_NUMBER, rd_of(out + at, sizeof(out) - at));
	}
}

static bool to_number(struct rd t, unsigned base, uint64_t *out)
{
	uint64_t v = 0;

	for (size_t i = 0; i < t.len; i++) {
		const uint8_t c = t.p[i];
		const unsigned d = is_digit(c) ? c - (unsigned)'0' : is_alpha(c) ? (c | 0x20u) - (unsigned)'a' + 10 : 99;

		if (d >= base || v > UINT64_MAX / 64)
			return false;
		v = v * base + d;
	}
	*out = v;
	return true;
}

/* Of a number that 0 and this letter begin; 0: of none. */
static unsigned base_of(uint8_t letter)
{
	switch (letter | 0x20) {
	case 'x':
		return 16;
	case 'o':
		return 8;
	case 'b':
		return 2;
	default:
		return 0;
	}
}

/* A token of letters and digits as a number in another radix. */
static void number_token(struct node *n, struct rd t, size_t n_digits, bool in_uuid)
{
	uint64_t v;
	const unsigned base = t.len > 2 && t.p[0] == '0' ? base_of(t.p[1]) : 0;
	const bool mixed = n_digits > 0 && n_digits < t.len, zeros = t.len > 2 && t.p[0] == '0' && t.p[1] == '0';
	/* 0031612345678 is dialled so. */
	const bool padded = zeros && (mixed || t.len > 13);
	struct rd rest = t;

	if (base && rd_skip(&rest, 2) && rest.len >= 7 && to_number(rest, base, &v))
		give_number(n, v);
	if (base == 16 || t.len < NUMBER_MIN || t.len > 19)
		return;
	while (padded && rest.len > NUMBER_MIN && rest.p[0] == '0' && rd_skip(&rest, 1))
		;
	if (padded && to_number(rest, 16, &v))
		give_number(n, v);
	if ((mixed || in_uuid) && !padded && t.len <= 13 && to_number(t, 16, &v))
		give_number(n, v);
	if (mixed && t.len <= 11 && to_number(t, 36, &v))
		give_number(n, v);
	if (n_digits == t.len && t.p[0] == '0' && t.len >= 10 && to_number(t, 8, &v))
		give_number(n, v);
	if (in_uuid && n_digits == t.len && to_number(t, 10, &v))
		give_number(n, v);
}

/* Four numbers below 256 with dots between: the integer that they are. */
static void quad(struct node *n, struct rd line)
{
	uint64_t v = 0;
	uint32_t part = 0, digits = 0, parts = 0;
	uint8_t c;

	for (size_t i = 0; i <= line.len; i++) {
		bool more = i < line.len;

		c = more ? line.p[i] : 0;
		if (more && is_digit(c)) {
			part = part * 10 + (c - '0');
			if (++digits > 3)
				parts = 99;
			continue;
		}
		if (digits > 0 && digits <= 3 && part < 256 && parts < 4) {
			v = v << 8 | part;
			parts++;
		} else {
			parts = 99;
		}
		if (!more || c != '.') {
			if (parts == 4)
				give_number(n, v);
			parts = 0;
			v = 0;
		}
		part = digits = 0;
	}
}

static bool is_of_quad(uint8_t c)
{
	return is_digit(c) || c == '.';
}

/* Single digits with one and the same separator, of one or two characters, between. */
static void joined(struct node *n, struct rd line)
{
	uint8_t *out = n->lines.scratch, sep[2] = { 0, 0 };
	size_t k = 0, gap = 0;
	bool fits = false;
	uint8_t c, before = 0;

	for (size_t i = 0; i < line.len; before = c, i++) {
		bool single;

		c = line.p[i];
		single = is_digit(c) && !is_digit(before) && !(i + 1 < line.len && is_digit(line.p[i + 1]));

		if (!is_digit(c)) {
			fits = k > 0 && gap < 2 && !is_alpha(c) && (k == 1 || c == sep[gap]);
			if (fits && k == 1)
				sep[gap] = c;
			gap++;
			if (fits || k == 0)
				continue;
		} else if (single && (k == 0 || fits)) {
			out[k++] = c;
			gap = 0;
			continue;
		}
		if (k >= DIGITS_MIN)
			node_line(n, DECODE_JOINED, rd_of(out, k));
		k = gap = 0;
		sep[0] = sep[1] = 0;
		if (single)
			out[k++] = c;
	}
	if (k >= DIGITS_MIN)
		node_line(n, DECODE_JOINED, rd_of(out, k));
}

/* Each column of the rows of digits so far. */
static void give_upright(struct node *n, unsigned keep)
{
	struct lines *l = &n->lines;

	for (unsigned c = 0; l->n_rows >= DIGITS_MIN && c < l->row_len[0]; c++) {
		uint8_t out[UPRIGHT_ROWS];
		unsigned k = 0;

		while (k < l->n_rows && is_digit(l->row[k][c])) {
			out[k] = l->row[k][c];
			k++;
		}
		if (k >= DIGITS_MIN)
			node_line(n, DECODE_UPRIGHT, rd_of(out, k));
	}
	for (unsigned r = 0; r < keep; r++) {
		unsigned from = l->n_rows - keep + r;

		for (unsigned c = 0; c < UPRIGHT_COLS; c++)
			l->row[r][c] = l->row[from][c];
		l->row_len[r] = l->row_len[from];
	}
	l->n_rows = (uint8_t)keep;
}

/* A line of nothing but digits and blanks, and no number long enough to be one itself. */
static bool upright_row(struct rd line)
{
	size_t run = 0, digits = 0;

	if (line.len == 0 || line.len >= UPRIGHT_COLS)
		return false;
	for (size_t i = 0; i < line.len; i++) {
		const uint8_t c = line.p[i];

		if (!is_digit(c) && c != ' ' && c != '\t' && c != '|')
			return false;
		run = is_digit(c) ? run + 1 : 0;
		digits += is_digit(c);
		if (run >= DIGITS_MIN && run <= 20 && i + 1 == line.len)
			return false;
	}
	return digits > 0;
}

static void upright(struct node *n, struct rd line)
{
	struct lines *l = &n->lines;

	while (line.len && line.p[line.len - 1] == ' ')
		line.len--;
	if (!upright_row(line)) {
		give_upright(n, 0);
		return;
	}
	if (l->n_rows && l->row_len[l->n_rows - 1] != line.len)
		give_upright(n, 0);
	if (l->n_rows == UPRIGHT_ROWS)
		give_upright(n, DIGITS_KEEP);
	if (l->n_rows == 0)
		l->rows_from = l->from;
	l->row_len[l->n_rows] = (uint8_t)line.len;
	if (rd_copy(&line, l->row[l->n_rows], line.len))
		l->n_rows++;
}

static void token(struct node *n, struct rd t, size_t n_digits, bool in_uuid)
{
	if (n_digits == 0) {
		word_token(n, t);
		letter_token(n, t);
	} else if (t.len <= TOKEN_MAX) {
		give_words(n, 0);
		likeness_token(n, t, n_digits);
		number_token(n, t, n_digits, in_uuid);
	}
}

/* The builtin is a call where the machine's instruction may not be used. */
static unsigned ones(uint64_t m)
{
	if (!m)
		return 0;
	m -= m >> 1 & 0x5555555555555555u;
	m = (m & 0x3333333333333333u) + (m >> 2 & 0x3333333333333333u);
	m = (m + (m >> 4)) & 0x0f0f0f0f0f0f0f0fu;
	return (unsigned)(m * 0x0101010101010101u >> 56);
}

/* What a text shows before single bytes of its lines are looked at. */
struct view {
	struct rd text;
	struct masks masks;
	uint64_t begins[MASKS_WORDS];	/* of tokens that may matter while there are no digit words before them */
	uint64_t joined[MASKS_WORDS];	/* of DIGITS_MIN single digits near one another */
	uint64_t quad[MASKS_WORDS];	/* dots between digits with such a dot near them */
	uint64_t odd[MASKS_WORDS];	/* any of these */
};

/* A line of the text in a view: the bytes from..to-1. */
struct span {
	size_t from, to;
};

/* Of word `w`, the bits of the span. */
static uint64_t within(const uint64_t *bits, size_t w, struct span s)
{
	uint64_t m = bits[w];

	if (w == s.from / MASKS_BITS)
		m &= UINT64_MAX << s.from % MASKS_BITS;
	if (w == (s.to - 1) / MASKS_BITS)
		m &= UINT64_MAX >> (MASKS_BITS - 1 - (s.to - 1) % MASKS_BITS);
	return m;
}

static unsigned count_bits(const uint64_t *bits, struct span s)
{
	unsigned n = 0;

	for (size_t w = s.from / MASKS_BITS; w * MASKS_BITS < s.to; w++)
		n += ones(within(bits, w, s));
	return n;
}

static bool any_bit(const uint64_t *bits, struct span s)
{
	for (size_t w = s.from / MASKS_BITS; w * MASKS_BITS < s.to; w++)
		if (within(bits, w, s))
			return true;
	return false;
}

/* Bit i of the result is bit i + n of the text; `next` is the word after `m`. */
static uint64_t ahead(uint64_t m, uint64_t next, unsigned n)
{
	return m >> n | next << (MASKS_BITS - n);
}

/* Where NUMBER_MIN bits in a row begin. */
static uint64_t long_from(uint64_t m, uint64_t next)
{
	const uint64_t two = m & ahead(m, next, 1), two_next = next & next >> 1;

	return two & ahead(two, two_next, 2) & ahead(two, two_next, 4);
}
_Static_assert(NUMBER_MIN == 6, "three pairs");

/* Whether token() can come to nothing, with no digit words before it: most tokens are short, or
 * words without a digit's name and with letters beyond j, or plain numbers. */
static bool is_common(const struct view *v, struct span s)
{
	const struct rd *text = &v->text;
	const size_t begin = s.from, w = begin / MASKS_BITS, len = s.to - begin;
	uint64_t digits, all;

	if (len < 2 || w != (s.to - 1) / MASKS_BITS)
		return len < 2;
	all = UINT64_MAX >> (MASKS_BITS - len);
	digits = v->masks.digit[w] >> begin % MASKS_BITS & all;
	if (digits == 0)
		return !may_begin_digit_word(text, begin) &&
		    (len <= DIGITS_MIN || (text->p[begin] | 0x20) > 'j' || (text->p[begin + 1] | 0x20) > 'j');
	return len < NUMBER_MIN || (digits == all && text->p[begin] != '0' && !(len == 12 && begin > 0 && text->p[begin - 1] == '-'));
}

static void token_at(struct node *n, const struct view *v, struct span s)
{
	const bool in_uuid = s.to - s.from == 12 && s.from > 0 && v->text.p[s.from - 1] == '-';
	struct rd t;

	if (!n->lines.n_words && !n->d->ungated && is_common(v, s))
		return;
	if (!rd_slice(&v->text, s.from, s.to - s.from, &t))
		UNREACHABLE();
	token(n, t, count_bits(v->masks.digit, s), in_uuid);
}

/* The tokens of a line, which none begins before: runs of letters and digits. */
static void tokens(struct node *n, const struct view *v, struct span line)
{
	size_t begin = 0;
	uint64_t before = 0;
	bool inside = false;

	for (size_t w = line.from / MASKS_BITS; w * MASKS_BITS < line.to; w++) {
		const uint64_t alnum = within(v->masks.alnum, w, line);
		uint64_t edges = alnum ^ (alnum << 1 | before);

		before = alnum >> (MASKS_BITS - 1);
		for (; edges; edges &= edges - 1) {
			const size_t at = w * MASKS_BITS + (size_t)__builtin_ctzll(edges);

			if (inside)
				token_at(n, v, (struct span){ begin, at });
			begin = at;
			inside = !inside;
		}
	}
	if (inside)
		token_at(n, v, (struct span){ begin, line.to });
}

/* Where the token ends that begins at `at`. */
static size_t token_end(const struct masks *m, size_t at)
{
	size_t w = at / MASKS_BITS;
	uint64_t gaps = ~m->alnum[w] & UINT64_MAX << at % MASKS_BITS;

	while (!gaps && ++w < m->n)
		gaps = ~m->alnum[w];
	return w * MASKS_BITS + (gaps ? (size_t)__builtin_ctzll(gaps) : 0);
}

/* Bit i of out[]: a digit stands at i, or further on in the token that i is in. */
static void before_digits(const struct masks *m, uint64_t out[MASKS_WORDS])
{
	uint64_t next = 0;

	for (size_t w = m->n; w-- > 0; next = out[w]) {
		uint64_t token = m->alnum[w], before = m->digit[w] | (token & next << (MASKS_BITS - 1));

		for (unsigned n = 1; before && n < MASKS_BITS; n *= 2) {
			before |= token & before >> n;
			token &= token >> n;
		}
		out[w] = before;
	}
}

/* A digit word may begin such a token; or it is long enough for a number and has a digit, or
 * letters for digits. */
static void view_begins(struct view *v)
{
	const struct masks *m = &v->masks;
	uint64_t words[MASKS_WORDS] UNCLEARED, digits[MASKS_WORDS] UNCLEARED, before = 0;

	before_digits(m, digits);
	for (size_t w = 0; w < m->n; w++) {
		const uint64_t alnum = m->alnum[w], next = w + 1 < m->n ? m->alnum[w + 1] : 0;
		const uint64_t begins = alnum & ~(alnum << 1 | before) & ahead(alnum, next, 1);
		const uint64_t letters = long_from(m->to_j[w], w + 1 < m->n ? m->to_j[w + 1] : 0);

		before = alnum >> (MASKS_BITS - 1);
		words[w] = begins & ~m->digit[w];
		v->begins[w] = begins & long_from(alnum, next) & (digits[w] | letters);
	}
	prefix_best()(&digit_prefixes, v->text.p, v->text.len, 0, m->n, words);
	for (size_t w = 0; w < m->n; w++)
		v->begins[w] |= words[w];
}

/* Of a word of `bits`, those that have one of `to` 2 or 3 places on; or 4, when `four`. */
static uint64_t links(uint64_t bits, const uint64_t *to, size_t n, size_t w, bool four)
{
	const uint64_t m = to[w], next = w + 1 < n ? to[w + 1] : 0;

	return bits & (ahead(m, next, 2) | ahead(m, next, 3) | (four ? ahead(m, next, 4) : 0));
}

/* What joined numbers and quads have. Those that run over a line's end do no harm. */
static void view_links(struct view *v)
{
	const struct masks *m = &v->masks;
	uint64_t single[MASKS_WORDS] UNCLEARED, dot[MASKS_WORDS] UNCLEARED, before = 0, any = 0;

	for (size_t w = 0; w < m->n; w++) {
		const uint64_t d = m->digit[w], next = w + 1 < m->n ? m->digit[w + 1] : 0;
		const uint64_t left = d << 1 | before, right = ahead(d, next, 1);

		any |= v->joined[w] = single[w] = d & ~left & ~right;
		dot[w] = m->dot[w] & left & right;
		before = d >> (MASKS_BITS - 1);
	}
	/* Chains of two, then of three, until there is none. */
	for (unsigned k = 2; k <= DIGITS_MIN && any; k++) {
		any = 0;
		for (size_t w = 0; w < m->n; w++)
			any |= v->joined[w] = links(single[w], v->joined, m->n, w, false);
	}
	for (size_t w = 0; w < m->n; w++)
		v->quad[w] = links(dot[w], dot, m->n, w, true);
}

static void view_of(struct rd text, struct view *v)
{
	v->text = text;
	masks_of(&text, &v->masks);
	view_begins(v);
	view_links(v);
	for (size_t w = 0; w < v->masks.n; w++)
		v->odd[w] = v->begins[w] | v->joined[w] | v->quad[w];
}

/* The tokens of a line with no digit words before it. */
static void tokens_that_matter(struct node *n, const struct view *v, struct span line)
{
	for (size_t w = line.from / MASKS_BITS; w * MASKS_BITS < line.to; w++) {
		for (uint64_t b = within(v->begins, w, line); b; b &= b - 1) {
			const size_t at = w * MASKS_BITS + (size_t)__builtin_ctzll(b), end = token_end(&v->masks, at);

			token_at(n, v, (struct span){ at, end });
			if (n->lines.n_words) {
				tokens(n, v, (struct span){ end, line.to });
				return;
			}
		}
	}
}

/* A lone word on its line may be a number of base 36 that happens to have no digit. */
static void lone_word(struct node *n, struct rd text)
{
	uint64_t v;

	if (text.len < 6 || text.len > 11)
		return;
	for (size_t i = 0; i < text.len; i++)
		if (!is_alpha(text.p[i]))
			return;
	if (to_number(text, 36, &v))
		give_number(n, v);
}

/* Quads, where two dots between digits are near one another: in the digits and dots around them. */
static void quads(struct node *n, struct rd text, const struct view *v, struct span line)
{
	size_t end = 0;

	for (size_t w = line.from / MASKS_BITS; w * MASKS_BITS < line.to; w++) {
		for (uint64_t b = within(v->quad, w, line); b; b &= b - 1) {
			size_t begin = w * MASKS_BITS + (size_t)__builtin_ctzll(b) - line.from;
			struct rd run;

			if (begin < end)
				continue;
			for (end = begin; end < text.len && is_of_quad(text.p[end]); end++)
				;
			while (begin > 0 && is_of_quad(text.p[begin - 1]))
				begin--;
			if (rd_slice(&text, begin, end - begin, &run))
				quad(n, run);
		}
	}
}

static void begin_line(struct node *n, struct rd text)
{
	struct lines *l = &n->lines;

	l->at_hand = text;
	l->from = l->pos;
	/* Of a line that is cut, the byte that made it too long: what is before it may have been taken. */
	if (n == n->d->root)
		n->d->at = l->pos + (l->n > text.len ? l->n : text.len);
}

/* What the view shows of a line, whose text it is without a CR. */
static void odd_line(struct node *n, struct rd text, const struct view *v, struct span s)
{
	const bool all = n->d->ungated;
	const unsigned before = n->lines.n_words;

	if (n->lines.n_words || all)
		tokens(n, v, s);
	else
		tokens_that_matter(n, v, s);
	/* A number stands in its line, but one digit a line goes on. */
	if (n->lines.n_words >= DIGITS_MIN + 1 && n->lines.n_words != before + 1)
		give_words(n, 0);
	lone_word(n, text);
	if (count_bits(v->masks.digit, s) < DIGITS_MIN)
		return;
	if (all || any_bit(v->joined, s))
		joined(n, text);
	if (all)
		quad(n, text);
	else
		quads(n, text, v, s);
}

static void line(struct node *n, const struct view *v, struct span s)
{
	struct rd text;

	if (!rd_slice(&v->text, s.from, s.to - s.from, &text))
		UNREACHABLE();
	begin_line(n, text);
	if (text.len && text.p[text.len - 1] == '\r')
		text.len--;
	if (text.len && !dump_line(n, text))
		dump_done(n);
	upright(n, text);
	if (!text.len && n->lines.n_words)
		give_words(n, 0);
	if (n->lines.n_words || n->d->ungated || any_bit(v->odd, s))
		odd_line(n, text, v, s);
	else
		lone_word(n, text);
}

static void line_alone(struct node *n, struct rd text)
{
	struct view v UNCLEARED;

	view_of(text, &v);
	line(n, &v, (struct span){ 0, text.len });
}

static bool parts(uint8_t c)
{
	return c == ' ' || c == ',' || c == ':' || c == '-';
}

/* Cuts a line that is too long at its last blank, or between octets. */
static void cut(struct node *n)
{
	struct lines *l = &n->lines;
	uint32_t at = l->n;

	while (at > DECODE_LINE_MAX / 2 && !parts(l->text[at - 1]))
		at--;
	if (at == DECODE_LINE_MAX / 2)
		at = l->n;
	line_alone(n, rd_of(l->text, at));
	l->pos += at;
	l->n -= at;
	for (uint32_t i = 0; i < l->n; i++)
		l->text[i] = l->text[at + i];
}

/* So few bytes end no line worth looking ahead for. */
enum { FEW = 16 };

/* Takes the lines that end in the text, as long as they are not too long. */
static void whole_lines(struct node *n, struct rd *text)
{
	struct view v UNCLEARED;
	size_t at;

	do {
		view_of(rd_of(text->p, text->len < DECODE_LINE_MAX ? text->len : DECODE_LINE_MAX), &v);
		at = 0;
		for (size_t w = 0; w < v.masks.n; w++) {
			for (uint64_t ends = v.masks.newline[w]; ends; ends &= ends - 1) {
				const size_t end = w * MASKS_BITS + (size_t)__builtin_ctzll(ends);

				line(n, &v, (struct span){ at, end });
				n->lines.pos += end - at + 1;
				at = end + 1;
			}
		}
		if (!rd_skip(text, at))
			UNREACHABLE();
	} while (at);
}

void lines_put(struct node *n, struct rd text)
{
	struct lines *l = &n->lines;

	if (!digit_prefixes.n_sets)
		make_prefixes();
	for (;;) {
		size_t room, most, k;

		if (l->n == 0 && text.len > FEW)
			whole_lines(n, &text);
		if (!text.len)
			return;
		room = DECODE_LINE_MAX - l->n;
		most = text.len < room ? text.len : room;
		k = bytes_find(text.p, most, '\n');
		if (!rd_copy(&text, l->text + l->n, k))
			UNREACHABLE();
		l->n += (uint32_t)k;
		if (k < most) {
			line_alone(n, rd_of(l->text, l->n));
			l->pos += l->n + 1;
			l->n = 0;
			if (!rd_skip(&text, 1))
				UNREACHABLE();
		} else if (l->n == DECODE_LINE_MAX) {
			cut(n);
		}
	}
}
_Static_assert((int)DECODE_LINE_MAX <= (int)MASKS_MAX, "a line's masks");

void lines_pause(struct node *n)
{
	struct lines *l = &n->lines;

	/* The line is read again, whole, when it goes on. */
	l->at_hand = rd_of(NULL, 0);
	if (l->n)
		line_alone(n, rd_of(l->text, l->n));
	give_words(n, l->n_words);
	give_upright(n, l->n_rows);
}
