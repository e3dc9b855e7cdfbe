/*
 * Is:        the matcher of literals: starts of words by masks, those that some word
 *            may begin at, then the words of the three letters there.
 * Is not:    the words (literal_words.c).
 * Called by: the inspector's layers, structured lanes.
 * Owns:      an index over the built-in words, made once.
 * Trust:     hostile bytes, read through `at`, which checks its index.
 */
#include "inspect/literal.h"

#include <stdlib.h>
#include <string.h>

#include "base/ascii.h"
#include "base/assert.h"
#include "inspect/anchor.h"
#include "inspect/word.h"

enum {
	LETTERS = 28, /* a-z, any byte from 0x80, none */
	NO_LETTER = 27,
	TRIPLES = LETTERS * LETTERS * LETTERS,
	WORDS_MAX = 400,
	JOIN_MAX = 4 * LITERAL_CARRY_MAX,
	NAMES = 64, NAME_LEN_MAX = 64, /* of fields, remembered */
};

/* Words in order of their first three letters, longest first; first[t] .. first[t + 1]
 * are those of triple t. A word of two letters, or with a gap among the first three,
 * stands under every triple that it can show. */
static struct {
	bool ready;
	const struct literal *table;
	uint8_t letter[256]; /* letter_of */
	uint16_t first[TRIPLES + 1];
	uint16_t word[8 * WORDS_MAX];
	struct prefixes prefixes; /* of all of them */
	/* Of each word up to its first gap, as many letters as fit, and the bits that they take. */
	uint64_t letters[WORDS_MAX], mask[WORDS_MAX];
} idx;

/* What shows that a word is a field's name. */
static const char after_field[] = "=:\"'|\t,;<>)]";

struct view {
	const uint8_t *p;
	size_t n;
	bool end;
};

static inline uint8_t at(const struct view *v, size_t i)
{
	return i < v->n ? v->p[i] : 0;
}

static inline unsigned letter_of(uint8_t c)
{
	const uint8_t low = (uint8_t)((c | 0x20) - 'a');

	return c >= 0x80 ? 26 : low < 26 ? low : NO_LETTER;
}

static inline bool is_gap(uint8_t c)
{
	return c == ' ' || c == '_' || c == '-';
}

static inline unsigned triple_of(uint8_t a, uint8_t b, uint8_t c)
{
	return ((unsigned)idx.letter[a] * LETTERS + idx.letter[b]) * LETTERS + idx.letter[c];
}

/* True when text that shows triple t may be the word. */
static bool may_be(const struct literal *w, unsigned t)
{
	const unsigned want[3] = { t / LETTERS / LETTERS, t / LETTERS % LETTERS, t % LETTERS };
	size_t k = 0;

	for (size_t i = 0; i < 3; i++) {
		const char c = w->text[k];
		if (c == 0)
			return true; /* anything may follow */
		if (c == ' ') {
			if (want[i] == NO_LETTER) {
				k++;
				continue;
			}
			k++; /* nothing stands for the gap */
		}
		if (letter_of((uint8_t)w->text[k]) != want[i])
			return false;
		k++;
	}
	return true;
}

/* A word begins with a letter, so its triples stand together. */
static unsigned first_triple(const struct literal *w)
{
	return letter_of((uint8_t)w->text[0]) * LETTERS * LETTERS;
}

static int longer_first(const void *one, const void *other)
{
	size_t n;
	const struct literal *t = literal_table(&n);
	const uint16_t *a = one, *b = other;
	const size_t x = strlen(t[*a].text), y = strlen(t[*b].text);

	return x < y ? 1 : x > y ? -1 : (int)*a - (int)*b;
}

/* The order in which words that begin alike stand together, and short ones apart: what comes after
 * them may be anything. */
static bool is_before(const struct literal *a, const struct literal *b)
{
	const bool x = strlen(a->text) < PREFIX_LEN, y = strlen(b->text) < PREFIX_LEN;

	return x != y ? x : strcmp(a->text, b->text) < 0;
}

static void make_prefixes(const struct literal *table, size_t n)
{
	for (size_t k = 0; k < n; k++) {
		size_t before = 0;

		for (size_t j = 0; j < n; j++)
			before += is_before(&table[j], &table[k]);
		prefixes_add(&idx.prefixes, (unsigned)(before * PREFIX_GROUPS / n), table[k].text, table[k].field ? after_field : NULL);
	}
}

static void make_letters(const struct literal *table, size_t n)
{
	for (size_t k = 0; k < n; k++) {
		const size_t len = strcspn(table[k].text, " ");

		for (size_t i = 0; i < len && i < sizeof(idx.letters[k]); i++) {
			idx.letters[k] |= (uint64_t)((uint8_t)table[k].text[i] | 0x20) << 8 * i;
			idx.mask[k] |= (uint64_t)0xff << 8 * i;
		}
	}
}

static void make_index(void)
{
	static uint8_t used[TRIPLES];
	size_t n;
	const struct literal *table = literal_table(&n);
	uint16_t order[WORDS_MAX];

	ASSERT(n <= WORDS_MAX);
	for (unsigned c = 0; c < ARRAY_LEN(idx.letter); c++)
		idx.letter[c] = (uint8_t)letter_of((uint8_t)c);
	for (size_t k = 0; k < n; k++) {
		ASSERT(strlen(table[k].text) < LITERAL_MAX);
		order[k] = (uint16_t)k;
	}
	qsort(order, n, sizeof(order[0]), longer_first);
	/* counted, then placed, in this order within a triple */
	for (size_t k = 0; k < n; k++)
		for (unsigned t = first_triple(&table[order[k]]), e = t + LETTERS * LETTERS; t < e; t++)
			idx.first[t + 1] += may_be(&table[order[k]], t);
	for (unsigned t = 0; t < TRIPLES; t++)
		idx.first[t + 1] += idx.first[t];
	ASSERT(idx.first[TRIPLES] <= ARRAY_LEN(idx.word));
	for (size_t k = n; k-- > 0;)
		for (unsigned t = first_triple(&table[order[k]]), e = t + LETTERS * LETTERS; t < e; t++)
			if (may_be(&table[order[k]], t))
				idx.word[idx.first[t + 1] - ++used[t]] = order[k];
	make_prefixes(table, n);
	make_letters(table, n);
	idx.table = table;
	idx.ready = true;
}

/* A word does not end inside a longer one. */
static bool ends(const struct view *v, size_t i, const struct literal *w)
{
	const uint8_t next = at(v, i);

	if (letter_of(next) != NO_LETTER && !(is_upper(next) && is_lower(at(v, i - 1))))
		return false;
	return !w->field || (next != 0 && strchr(after_field, next) != NULL);
}

enum match { NO, YES, UNKNOWN };

/* Whether word `w` stands at i; `*to` is where it ends. */
static enum match match(const struct view *v, size_t i, const struct literal *w, size_t *to)
{
	size_t k = i;

	for (const char *t = w->text; *t; t++) {
		uint8_t c = at(v, k);
		if (k >= v->n)
			return v->end ? NO : UNKNOWN;
		if (*t == ' ') {
			k += is_gap(c);
			continue;
		}
		if (is_upper(c))
			c |= 0x20;
		if (c != (uint8_t)*t)
			return NO;
		k++;
	}
	if (k >= v->n && !v->end)
		return UNKNOWN;
	*to = k;
	return ends(v, k, w) ? YES : NO;
}

/* The next letters at i, as in idx.letters; false when the bytes are not there. */
static inline bool letters_at(const struct view *v, size_t i, uint64_t *out)
{
	uint64_t x = 0;

	if (v->n < sizeof(x) || i > v->n - sizeof(x))
		return false;
	for (unsigned k = 0; k < sizeof(x); k++) /* one load, when it is compiled */
		x |= (uint64_t)v->p[i + k] << 8 * k;
	*out = x | 0x2020202020202020u;
	return true;
}

/* The longest word at i. UNKNOWN: more bytes could make one. */
static enum match best_at(const struct view *v, size_t i, const struct literal **out, size_t *to)
{
	const struct literal *table = idx.table;
	const unsigned t = triple_of(at(v, i), at(v, i + 1), at(v, i + 2));
	uint64_t letters = 0;
	const bool known = letters_at(v, i, &letters);

	if (i + 2 >= v->n && !v->end)
		return UNKNOWN;
	for (size_t k = idx.first[t]; k < idx.first[t + 1]; k++) {
		const size_t word = idx.word[k];
		enum match m;

		if (known && ((letters ^ idx.letters[word]) & idx.mask[word]))
			continue;
		m = match(v, i, &table[word], to);
		if (m == YES)
			*out = &table[word];
		if (m != NO)
			return m;
	}
	return NO;
}

/* Judges the words from `next` on; returns the first index that is not settled. */
static size_t run(struct literals *l, const struct view *v, size_t from)
{
	uint64_t ev[ANCHOR_BLOCKS] UNCLEARED;
	const uint64_t base = l->base;

	for (size_t nb, a = from; a < v->n; a += nb * ANCHOR_BLOCK) {
		nb = l->words(v->p, v->n, a, ev);
		l->prefixes(&idx.prefixes, v->p, v->n, a, nb, ev);
		for (size_t b = 0; b < nb; b++) {
			for (uint64_t e = ev[b]; e; e &= e - 1) {
				const size_t i = a + b * ANCHOR_BLOCK + (size_t)__builtin_ctzll(e);
				const struct literal *w;
				size_t to;
				const enum match m = best_at(v, i, &w, &to);
				if (m == UNKNOWN)
					return i;
				if (m == YES)
					l->fn(l->ctx, &(struct literal_hit){ base + i, (uint32_t)(to - i), w });
			}
		}
	}
	return v->n;
}

void literal_init(struct literals *l, literal_fn *fn, void *ctx)
{
	if (!idx.ready)
		make_index();
	*l = (struct literals){ .fn = fn, .ctx = ctx, .words = word_best(), .prefixes = prefix_best() };
}

/* Keeps what is not settled and the letter before it, of bytes that start at `base`. */
static void keep(struct literals *l, struct rd all, size_t next, uint64_t base)
{
	const size_t from = next > 0 ? next - 1 : 0;

	ASSERT(rd_skip(&all, from) && all.len <= LITERAL_CARRY_MAX);
	l->n_carry = (uint32_t)all.len;
	ASSERT(rd_copy(&all, l->carry, all.len));
	l->base = base + from;
	l->next = base + next;
}

/* More letters of a word end none, and the next that is no letter shows what they were: few of
 * them wait in the carry. */
static bool may_wait(struct literals *l, struct rd data)
{
	const size_t n = data.len;

	if (l->n_carry + n > LITERAL_CARRY_MAX)
		return false;
	for (size_t i = 0; i < n; i++)
		if (letter_of(data.p[i]) == NO_LETTER)
			return false;
	ASSERT(rd_copy(&data, l->carry + l->n_carry, n));
	l->n_carry += (uint32_t)n;
	return true;
}

void literal_feed(struct literals *l, struct rd data)
{
	uint8_t joined[LITERAL_CARRY_MAX + JOIN_MAX] UNCLEARED;
	const size_t k = data.len < JOIN_MAX ? data.len : JOIN_MAX, n_carry = l->n_carry;
	struct view v = { joined, n_carry + k, false };
	const uint64_t data_base = l->base + n_carry;
	struct rd carry = rd_of(l->carry, n_carry), head = data;
	size_t next;

	if (data.len == 0 || may_wait(l, data))
		return;
	ASSERT(rd_copy(&carry, joined, n_carry) && rd_copy(&head, joined + n_carry, k));
	next = run(l, &v, (size_t)(l->next - l->base));
	keep(l, rd_of(joined, n_carry + k), next, l->base);
	if (k == data.len)
		return;
	/* what is open is shorter than what was joined, so it lies in the data */
	l->base = data_base;
	v = (struct view){ data.p, data.len, false };
	next = run(l, &v, (size_t)(l->next - l->base));
	keep(l, data, next, data_base);
}

void literal_end(struct literals *l)
{
	const struct view v = { l->carry, l->n_carry, true };

	(void)run(l, &v, (size_t)(l->next - l->base));
}

void literal_peek(const struct literals *l, literal_fn *fn, void *ctx)
{
	struct literals copy = *l;

	copy.fn = fn;
	copy.ctx = ctx;
	literal_end(&copy);
}

struct field {
	enum data_class data;
	bool names_number;
};

static void keep_first(void *ctx, const struct literal_hit *h)
{
	struct field *f = ctx;

	if (f->data == DATA_NONE)
		f->data = h->word->data;
	f->names_number |= h->word->names_number;
}

static struct field read_name(struct rd name)
{
	struct field f = { DATA_NONE, false };
	struct literals l;

	literal_init(&l, keep_first, &f);
	literal_feed(&l, name);
	literal_feed(&l, rd_str(":")); /* a name is a field */
	literal_end(&l);
	return f;
}

enum data_class literal_field(struct rd name, bool *out_names_number)
{
	/* The same names come with each row; an empty one stands in all of them at first. */
	static struct {
		uint8_t name[NAME_LEN_MAX];
		size_t len;
		struct field f;
	} known[NAMES];
	const size_t at = name.len ? (name.len + name.p[0] + name.p[name.len - 1] * 7u) % NAMES : 0;
	const struct rd there = rd_of(known[at].name, known[at].len);
	struct field f;

	if (rd_equal(&there, &name)) {
		f = known[at].f;
	} else {
		f = read_name(name);
		if (name.len <= NAME_LEN_MAX) {
			known[at].f = f;
			known[at].len = name.len;
			ASSERT(rd_copy(&name, known[at].name, name.len));
		}
	}
	*out_names_number = f.names_number;
	return f.data;
}

enum data_class literal_class(struct rd name)
{
	bool names_number;

	return literal_field(name, &names_number);
}

const char *data_class_name(enum data_class c)
{
	static const char *const names[DATA_CLASSES] = {
		"none", "identity", "location", "keys", "content", "billing", "profile",
	};

	return (unsigned)c < DATA_CLASSES ? names[c] : "none";
}
