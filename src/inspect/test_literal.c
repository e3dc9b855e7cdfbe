/*
 * Is:        tests of the literal matcher: against a naive search written here, in any
 *            chunks, with every variant of the word masks.
 * Is not:    a test that the list of words is complete.
 * Called by: the test run.
 * Owns:      nothing.
 * Trust:     no input.
 */
#include "inspect/literal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "inspect/word.h"
#include "testing/test.h"

enum { HITS_MAX = 4000 };

struct hits {
	size_t n;
	struct {
		uint64_t offset;
		uint32_t len;
		const char *text;
	} at[HITS_MAX];
};

static struct hits whole, parts, naive;

static void add(void *ctx, const struct literal_hit *h)
{
	struct hits *x = ctx;

	CHECK(x->n < HITS_MAX);
	x->at[x->n].offset = h->offset;
	x->at[x->n].len = h->len;
	x->at[x->n++].text = h->word->text;
}

static void search(struct hits *x, const char *p, size_t n, size_t chunk_max, word_fn *words)
{
	struct literals l;

	x->n = 0;
	literal_init(&l, add, x);
	if (words)
		l.words = words;
	for (size_t at = 0; at < n;) {
		size_t k = 1 + (chunk_max ? test_below(chunk_max) : n);
		k = k < n - at ? k : n - at;
		literal_feed(&l, rd_of(p + at, k));
		at += k;
	}
	literal_end(&l);
}

static bool letter(const char *p, size_t n, size_t i)
{
	return i < n && ((p[i] >= 'a' && p[i] <= 'z') || (p[i] >= 'A' && p[i] <= 'Z') || (uint8_t)p[i] >= 0x80);
}

static bool upper(const char *p, size_t n, size_t i)
{
	return i < n && p[i] >= 'A' && p[i] <= 'Z';
}

static bool lower(const char *p, size_t n, size_t i)
{
	return i < n && p[i] >= 'a' && p[i] <= 'z';
}

/* Length of word `w` at i, or 0: written from literal.h, not from literal.c. */
static size_t naive_at(const char *p, size_t n, size_t i, const struct literal *w)
{
	size_t k = i;

	for (const char *t = w->text; *t; t++) {
		if (*t == ' ') {
			if (k < n && (p[k] == ' ' || p[k] == '_' || p[k] == '-'))
				k++;
			continue;
		}
		if (k >= n || (upper(p, n, k) ? p[k] + 32 : p[k]) != *t)
			return 0;
		k++;
	}
	if (letter(p, n, k) && !(upper(p, n, k) && lower(p, n, k - 1)))
		return 0;
	if (w->field && (k >= n || p[k] == 0 || !strchr("=:\"'|\t,;<>)]", p[k])))
		return 0;
	return k - i;
}

static void search_naive(struct hits *x, const char *p, size_t n)
{
	size_t n_words;
	const struct literal *table = literal_table(&n_words);

	x->n = 0;
	for (size_t i = 0; i < n; i++) {
		const struct literal *best = NULL;
		size_t len = 0;
		if (!letter(p, n, i) || (i > 0 && letter(p, n, i - 1) && !(upper(p, n, i) && lower(p, n, i - 1))))
			continue;
		for (size_t k = 0; k < n_words; k++) {
			const size_t m = naive_at(p, n, i, &table[k]);
			if (m > 0 && (!best || strlen(table[k].text) > strlen(best->text))) {
				best = &table[k];
				len = m;
			}
		}
		if (best)
			add(x, &(struct literal_hit){ i, (uint32_t)len, best });
	}
}

static void same(const struct hits *a, const struct hits *b)
{
	for (size_t k = 0; k < a->n && k < b->n; k++) {
		CHECK_U64(a->at[k].offset, b->at[k].offset);
		CHECK_STR(a->at[k].text, b->at[k].text);
		CHECK_U64(a->at[k].len, b->at[k].len);
	}
	CHECK_U64(a->n, b->n);
}

static size_t random_text(char *out, size_t max)
{
	static const char around[] = " _-=:\"\n.,aZz1\xc3";
	size_t n = 0, n_words;
	const struct literal *table = literal_table(&n_words);

	while (n + 64 < max) {
		const char *w = table[test_below(n_words)].text;
		size_t len = strlen(w);
		if (test_below(4) == 0)
			len = test_below(len + 1);
		for (size_t k = 0; k < len; k++) {
			char c = w[k];
			if (c == ' ' && test_below(2))
				c = " _-"[test_below(3)];
			else if (c == ' ')
				continue;
			out[n++] = c >= 'a' && c <= 'z' && test_below(5) == 0 ? (char)(c - 32) : c;
		}
		for (uint64_t k = test_below(3); k > 0; k--)
			out[n++] = around[test_below(sizeof(around) - 1)];
		if (test_below(40) == 0)
			break;
	}
	return n;
}

TEST(what_a_naive_search_finds_in_any_chunks)
{
	static char text[6000];
	uint64_t found = 0;

	for (unsigned round = 0; round < 1500; round++) {
		const size_t n = random_text(text, sizeof(text));
		search_naive(&naive, text, n);
		search(&whole, text, n, 0, NULL);
		same(&whole, &naive);
		search(&parts, text, n, 1, NULL);
		same(&parts, &naive);
		search(&parts, text, n, 60, NULL);
		same(&parts, &naive);
		search(&parts, text, n, 700, NULL);
		same(&parts, &naive);
		found += naive.n;
	}
	CHECK(found > 10000);
}

TEST(variants_are_scalar)
{
	static char text[6000];

	for (unsigned round = 0; round < 500; round++) {
		const size_t n = random_text(text, sizeof(text)), from = n ? test_below(n) : 0;
		uint64_t want[ANCHOR_BLOCKS], have[ANCHOR_BLOCKS];
		const size_t nb = word_scalar((const uint8_t *)text, n, from, want);
		for (int v = ANCHOR_AVX2; v < ANCHOR_VARIANTS; v++) {
			if (!word_get((enum anchor_variant)v))
				continue;
			CHECK_U64(word_get((enum anchor_variant)v)((const uint8_t *)text, n, from, have), nb);
			for (size_t b = 0; b < nb; b++)
				CHECK_U64(have[b], want[b]);
		}
	}
}

/* Of the places of random text, those where a word may begin: the same for every variant, all
 * where one does, and not many more. */
TEST(prefixes_are_scalar)
{
	static const char *const some[] = { "naam", "e mail", "ki", "imsi", "datum narozen\xc3\xad", "zip code" };
	struct prefixes t = { 0 };
	uint64_t kept = 0, places = 0;
	static char text[6000];

	for (unsigned k = 0; k < ARRAY_LEN(some); k++)
		prefixes_add(&t, k * 7 % PREFIX_GROUPS, some[k], k == 2 ? "=:" : NULL);
	CHECK_U64(t.n_sets, PREFIX_SETS);
	for (unsigned round = 0; round < 500; round++) {
		const size_t n = random_text(text, sizeof(text)), from = n ? test_below(n) : 0;
		uint64_t want[ANCHOR_BLOCKS], have[ANCHOR_BLOCKS], begin[ANCHOR_BLOCKS];
		const size_t nb = word_scalar((const uint8_t *)text, n, from, begin);

		memcpy(want, begin, sizeof(want));
		prefix_scalar(&t, (const uint8_t *)text, n, from, nb, want);
		for (size_t b = 0; b < nb; b++) {
			places += (unsigned)__builtin_popcountll(begin[b]);
			kept += (unsigned)__builtin_popcountll(want[b]);
			CHECK((want[b] & ~begin[b]) == 0);
		}
		for (int v = ANCHOR_AVX2; v < ANCHOR_VARIANTS; v++) {
			if (!prefix_get((enum anchor_variant)v))
				continue;
			memcpy(have, begin, sizeof(have));
			prefix_get((enum anchor_variant)v)(&t, (const uint8_t *)text, n, from, nb, have);
			for (size_t b = 0; b < nb; b++)
				CHECK_U64(have[b], want[b]);
		}
	}
	CHECK(kept > 100 && kept < places / 4);
}

/* Each word of the list begins where it may, in both cases, however its gaps are written. */
TEST(no_prefix_is_missed)
{
	static const char *const forms[] = { "e mail", "E_MAIL", "e-Mail", "email", "Ki=", "KI:", "naam", "NAAMX" };
	struct prefixes t = { 0 };

	prefixes_add(&t, 0, "e mail", NULL);
	prefixes_add(&t, 9, "ki", "=:");
	prefixes_add(&t, 9, "naam", NULL);
	for (unsigned k = 0; k < ARRAY_LEN(forms); k++) {
		for (size_t n = strlen(forms[k]), m = 1; m <= n; m++) {
			uint64_t ev = 1;

			prefix_best()(&t, (const uint8_t *)forms[k], m, 0, 1, &ev);
			CHECK_U64(ev, 1);
		}
	}
	for (unsigned k = 0; k < 2; k++) {
		const char *none = k ? "kilo" : "mail";
		uint64_t ev = 1;

		prefix_best()(&t, (const uint8_t *)none, 4, 0, 1, &ev);
		CHECK_U64(ev, 0);
	}
}

static enum data_class class_of(const char *name)
{
	return literal_class(rd_str(name));
}

TEST(names_of_fields)
{
	CHECK_INT(class_of(""), DATA_NONE);
	CHECK_INT(class_of("alarm_severity"), DATA_NONE);
	CHECK_INT(class_of("operation"), DATA_NONE);
	CHECK_INT(class_of("kick"), DATA_NONE);
	CHECK_INT(class_of("grandchildrens"), DATA_NONE);
	CHECK_INT(class_of("children"), DATA_PROFILE);
	CHECK_INT(class_of("numberOfChildren"), DATA_PROFILE);
	CHECK_INT(class_of("HOBBIES"), DATA_PROFILE);
	CHECK_INT(class_of("annual_income_eur"), DATA_PROFILE);
	CHECK_INT(class_of("počet dětí"), DATA_PROFILE);
	CHECK_INT(class_of("burgerlijke-staat"), DATA_PROFILE);
	CHECK_INT(class_of("Ki"), DATA_KEYS);
	CHECK_INT(class_of("auc_opc"), DATA_KEYS);
	CHECK_INT(class_of("givenName"), DATA_IDENTITY);
	CHECK_INT(class_of("servedMSISDN"), DATA_IDENTITY);
	CHECK_INT(class_of("cell-id"), DATA_LOCATION);
	CHECK_INT(class_of("lac"), DATA_LOCATION);
	CHECK_INT(class_of("sms_text"), DATA_CONTENT);
	CHECK_INT(class_of("CDR"), DATA_BILLING);
}

/* What was said of a name is remembered: of it alone, and not of one that takes its place. */
TEST(names_that_come_again)
{
	static const char lengthy[] = "the_first_of_two_tables_that_somebody_joined_to_one_another_by_its_children";
	bool names_number;

	for (unsigned k = 0; k < 3; k++) {
		CHECK_INT(class_of("children"), DATA_PROFILE);
		CHECK_INT(class_of("collapsn"), DATA_NONE);
		CHECK_INT(class_of(lengthy), DATA_PROFILE);
		CHECK_INT(class_of(""), DATA_NONE);
		CHECK_INT(literal_field(rd_str("msisdn"), &names_number), DATA_IDENTITY);
		CHECK(names_number);
		CHECK_INT(literal_field(rd_str("morgen"), &names_number), DATA_NONE);
		CHECK(!names_number);
	}
}

TEST(prose_is_not_a_field)
{
	static const char prose[] = "A number of children went to the cell in place of a pin that the partner tacked on. "
				    "It is op to you, and rand is a currency. Random cellular packing.";

	search(&whole, prose, strlen(prose), 0, NULL);
	CHECK_U64(whole.n, 1); /* "number of children" is meant, even here */
	search(&whole, "children: 2, \"ki\":\"00\"", 22, 0, NULL);
	CHECK_U64(whole.n, 2);
}
