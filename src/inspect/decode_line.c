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

/* A token of letters and digits as a number in another radix. */
static void number_token(struct node *n, struct rd t, size_t n_digits, bool in_uuid)
{
	uint64_t v;
	bool prefixed = t.len > 2 && t.p[0] == '0' && (t.p[1] | 0x20) == 'x';
	bool mixed = n_digits > 0 && n_digits < t.len;

	if (prefixed && rd_skip(&t, 2) && t.len >= 7 && t.len <= 14 && to_number(t, 16, &v))
		give_number(n, v);
	if (prefixed || t.len < NUMBER_MIN || t.len > 19)
		return;
	if ((mixed || in_uuid) && t.len <= 13 && to_number(t, 16, &v))
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

/* Bits from..to-1. */
static unsigned count_bits(const uint64_t *bits, size_t from, size_t to)
{
	const size_t first = from / MASKS_BITS, last = (to - 1) / MASKS_BITS;
	unsigned n = 0;

	for (size_t w = first; w <= last; w++) {
		uint64_t m = bits[w];

		if (w == first)
			m &= UINT64_MAX << from % MASKS_BITS;
		if (w == last)
			m &= UINT64_MAX >> (MASKS_BITS - 1 - (to - 1) % MASKS_BITS);
		n += ones(m);
	}
	return n;
}

/* Bit i of the result is bit i + n of the line; `next` is the word after `m`. */
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
static bool is_common(const struct rd *line, const struct masks *m, size_t begin, size_t end)
{
	const size_t w = begin / MASKS_BITS, len = end - begin;
	uint64_t digits, all;

	if (len < 2 || w != (end - 1) / MASKS_BITS)
		return len < 2;
	all = UINT64_MAX >> (MASKS_BITS - len);
	digits = m->digit[w] >> begin % MASKS_BITS & all;
	if (digits == 0)
		return !may_begin_digit_word(line, begin) &&
		    (len <= DIGITS_MIN || (line->p[begin] | 0x20) > 'j' || (line->p[begin + 1] | 0x20) > 'j');
	return len < NUMBER_MIN || (digits == all && line->p[begin] != '0' && !(len == 12 && begin > 0 && line->p[begin - 1] == '-'));
}

static void token_at(struct node *n, const struct rd *line, const struct masks *m, size_t begin, size_t end)
{
	const bool in_uuid = end - begin == 12 && begin > 0 && line->p[begin - 1] == '-';
	struct rd t;

	if (!n->lines.n_words && !n->d->ungated && is_common(line, m, begin, end))
		return;
	if (!rd_slice(line, begin, end - begin, &t))
		UNREACHABLE();
	token(n, t, count_bits(m->digit, begin, end), in_uuid);
}

/* The tokens of a line from `from` on, where one begins: runs of letters and digits. */
static void tokens(struct node *n, struct rd line, const struct masks *m, size_t from)
{
	size_t begin = 0;
	uint64_t before = 0;
	bool inside = false;

	for (size_t w = from / MASKS_BITS; w < m->n; w++) {
		const uint64_t alnum = w == from / MASKS_BITS ? m->alnum[w] & UINT64_MAX << from % MASKS_BITS : m->alnum[w];
		uint64_t edges = alnum ^ (alnum << 1 | before);

		before = m->alnum[w] >> (MASKS_BITS - 1);
		for (; edges; edges &= edges - 1) {
			const size_t at = w * MASKS_BITS + (size_t)__builtin_ctzll(edges);

			if (inside)
				token_at(n, &line, m, begin, at);
			begin = at;
			inside = !inside;
		}
	}
	if (inside)
		token_at(n, &line, m, begin, line.len);
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

/* What lines show before single bytes are looked at. */
struct view {
	struct masks masks;
	uint64_t begins[MASKS_WORDS];	/* of tokens that may matter while there are no digit words before them */
};

/* A digit word may begin such a token; or it is long enough for a number and has a digit, or
 * letters for digits. */
static void view_of(const struct rd *text, struct view *v)
{
	const struct masks *m = &v->masks;
	uint64_t words[MASKS_WORDS] UNCLEARED, digits[MASKS_WORDS] UNCLEARED, before = 0;

	masks_of(text, &v->masks);
	before_digits(m, digits);
	for (size_t w = 0; w < m->n; w++) {
		const uint64_t alnum = m->alnum[w], next = w + 1 < m->n ? m->alnum[w + 1] : 0;
		const uint64_t begins = alnum & ~(alnum << 1 | before) & ahead(alnum, next, 1);
		const uint64_t letters = long_from(m->to_j[w], w + 1 < m->n ? m->to_j[w + 1] : 0);

		before = alnum >> (MASKS_BITS - 1);
		words[w] = begins & ~m->digit[w];
		v->begins[w] = begins & long_from(alnum, next) & (digits[w] | letters);
	}
	prefix_best()(&digit_prefixes, text->p, text->len, 0, m->n, words);
	for (size_t w = 0; w < m->n; w++)
		v->begins[w] |= words[w];
}

static void view_part(const struct view *v, size_t at, size_t len, struct view *out)
{
	masks_part(&v->masks, at, len, &out->masks);
	for (size_t w = 0; w < out->masks.n; w++)
		out->begins[w] = masks_from(v->begins, v->masks.n, at + w * MASKS_BITS) & out->masks.alnum[w];
}

/* The tokens of a line with no digit words before it. */
static void tokens_that_matter(struct node *n, struct rd line, const struct view *v)
{
	const struct masks *m = &v->masks;

	for (size_t w = 0; w < m->n; w++) {
		for (uint64_t b = v->begins[w]; b; b &= b - 1) {
			const size_t at = w * MASKS_BITS + (size_t)__builtin_ctzll(b), end = token_end(m, at);

			token_at(n, &line, m, at, end);
			if (n->lines.n_words) {
				tokens(n, line, m, end);
				return;
			}
		}
	}
}

/* Turns `dot` into the dots between two digits and `alnum` into the digits that stand alone. */
static void keep_singles(struct masks *m)
{
	uint64_t before = 0;

	for (size_t w = 0; w < m->n; w++) {
		const uint64_t d = m->digit[w], next = w + 1 < m->n ? m->digit[w + 1] : 0;
		const uint64_t left = d << 1 | before, right = ahead(d, next, 1);

		m->alnum[w] = d & ~left & ~right;
		m->dot[w] &= left & right;
		before = d >> (MASKS_BITS - 1);
	}
}

/* Of a word, the bits that have another one 2 or 3 places on; or 4, when `four`. */
static uint64_t links(const uint64_t *bits, size_t n, size_t w, bool four)
{
	const uint64_t m = bits[w], next = w + 1 < n ? bits[w + 1] : 0;

	return m & (ahead(m, next, 2) | ahead(m, next, 3) | (four ? ahead(m, next, 4) : 0));
}

static unsigned count_links(const uint64_t *bits, size_t n)
{
	unsigned count = 0;

	for (size_t w = 0; w < n; w++)
		count += bits[w] ? ones(links(bits, n, w, false)) : 0;
	return count;
}

/* A lone word on its line may be a number of base 36 that happens to have no digit. */
static void lone_word(struct node *n, struct rd text)
{
	uint64_t v;

	for (size_t i = 0; i < text.len; i++)
		if (!is_alpha(text.p[i]))
			return;
	if (text.len >= 6 && text.len <= 11 && to_number(text, 36, &v))
		give_number(n, v);
}

/* Quads, where two dots between digits are near one another: in the digits and dots around them. */
static void quads(struct node *n, struct rd text, const struct masks *m)
{
	size_t end = 0;

	for (size_t w = 0; w < m->n; w++) {
		for (uint64_t b = links(m->dot, m->n, w, true); b; b &= b - 1) {
			size_t begin = w * MASKS_BITS + (size_t)__builtin_ctzll(b);
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
	if (n == n->d->root)
		n->d->at = l->pos + text.len;
}

/* One line; `v` is of it. */
static void line(struct node *n, struct rd text, struct view *v)
{
	const bool all = n->d->ungated;
	struct masks *m = &v->masks;
	unsigned digits;

	begin_line(n, text);
	if (text.len && text.p[text.len - 1] == '\r')
		text.len--;
	if (text.len && !dump_line(n, text))
		dump_done(n);
	upright(n, text);
	digits = text.len ? count_bits(m->digit, 0, text.len) : 0;
	if (n->lines.n_words || all)
		tokens(n, text, m, 0);
	else
		tokens_that_matter(n, text, v);
	if (n->lines.n_words >= DIGITS_MIN + 1)
		give_words(n, 0);
	if (digits == 0)
		lone_word(n, text);
	if (digits < DIGITS_MIN)
		return;
	/* A joined number is a chain of single digits. */
	keep_singles(m);
	if (all || count_links(m->alnum, m->n) >= DIGITS_MIN - 1)
		joined(n, text);
	if (all)
		quad(n, text);
	else
		quads(n, text, m);
}

static void line_alone(struct node *n, struct rd text)
{
	struct view v UNCLEARED;

	view_of(&text, &v);
	line(n, text, &v);
}

/* Cuts a line that is too long at its last blank. */
static void cut(struct node *n)
{
	struct lines *l = &n->lines;
	uint32_t at = l->n;

	while (at > DECODE_LINE_MAX / 2 && l->text[at - 1] != ' ' && l->text[at - 1] != ',')
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
	struct view all UNCLEARED, own UNCLEARED;
	struct rd block, one;
	size_t at;

	do {
		block = rd_of(text->p, text->len < DECODE_LINE_MAX ? text->len : DECODE_LINE_MAX);
		view_of(&block, &all);
		at = 0;
		for (size_t w = 0; w < all.masks.n; w++) {
			for (uint64_t ends = all.masks.newline[w]; ends; ends &= ends - 1) {
				const size_t end = w * MASKS_BITS + (size_t)__builtin_ctzll(ends);

				view_part(&all, at, end - at, &own);
				if (!rd_slice(&block, at, end - at, &one))
					UNREACHABLE();
				line(n, one, &own);
				n->lines.pos += one.len + 1;
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
