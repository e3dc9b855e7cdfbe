/*
 * Is:        loading members: a made-up CSV of persons with three identifiers each, through
 *            the reader that `slagboom members load` uses; time, peak memory, look-ups.
 * Is not:    a timed test: it prints, nobody judges.
 * Called by: by hand: bench-members [PERSONS]
 * Owns:      nothing.
 * Trust:     no input.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "base/def.h"
#include "inspect/members_csv.h"

enum { PERSONS = 6500000, LOOKUPS = 4000000, CHUNK = 65536 };

static double now(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static double peak_mb(void)
{
	struct rusage u;

	(void)getrusage(RUSAGE_SELF, &u);
	return (double)u.ru_maxrss / 1024;
}

/* The k-th of ten million numbers, in no order and without repeating. */
static unsigned long long spread(unsigned long long k)
{
	return k * 7919 % 10000000;
}

static void feed(struct members_csv *c, const char *text, size_t n)
{
	if (members_csv_feed(c, rd_of(text, n)) != 0) {
		(void)fprintf(stderr, "line %llu: %s\n", (unsigned long long)c->n_lines, c->why);
		exit(1);
	}
}

static void load(struct members_csv *c, unsigned long long persons)
{
	static char text[CHUNK];
	size_t n = (size_t)snprintf(text, sizeof(text), "name,msisdn,imsi,iccid\n");

	for (unsigned long long k = 0; k < persons; k++) {
		const unsigned long long v = spread(k);
		n += (size_t)snprintf(text + n, sizeof(text) - n, "P %llu,061%07llu,204080%09llu,893104%012llu\n", k, v, v, v);
		if (n > sizeof(text) - 256) {
			feed(c, text, n);
			n = 0;
		}
	}
	feed(c, text, n);
	if (members_csv_end(c) != 0)
		exit(1);
}

static void look(const struct members *m, const char *what, unsigned long long step)
{
	static char text[LOOKUPS / 16][12];
	unsigned long long found = 0;

	for (unsigned long long k = 0; k < ARRAY_LEN(text); k++)
		(void)snprintf(text[k], sizeof(text[k]), "3161%07llu", k * step % 10000000);
	const size_t n_asked = ARRAY_LEN(text);
	const double t = now();
	for (unsigned r = 0; r < 16; r++)
		for (size_t k = 0; k < ARRAY_LEN(text); k++)
			found += members_find(m, SCAN_MSISDN, rd_of(text[k], 11)) != MEMBERS_NOBODY;
	printf("%-34s %8.1f ns each, %.0f %% found\n", what, (now() - t) * 1e9 / (16.0 * (double)n_asked),
	       100.0 * (double)found / (16.0 * (double)n_asked));
}

int main(int argc, char **argv)
{
	static const uint8_t key[SIPHASH_KEY_LEN] = { 7 };
	unsigned long long persons = argc > 1 ? strtoull(argv[1], NULL, 10) : PERSONS;
	persons = persons < 10000000 ? persons : 10000000;
	struct members_load *l = members_load_new(key, 3 * persons);
	struct plan *plan = NULL;
	struct plan_error err;
	struct members_csv c;
	double t = now();

	if (plan_parse(plan_default_text(), &plan, &err) != 0)
		return 1;
	members_csv_init(&c, l, plan);
	load(&c, persons);
	members_csv_done(&c);
	printf("%-34s %8.1f s  (%llu persons, %zu identifiers, %llu bad cells)\n", "read CSV", now() - t, persons,
	       members_load_ids(l), (unsigned long long)c.n_bad);
	t = now();
	struct members *m = members_load_finish(&l);
	printf("%-34s %8.1f s\n", "build tables and filters", now() - t);
	const struct members_size s = members_size(m);
	printf("%-34s %8.0f MB, at the peak %.0f MB\n", "memory", (double)s.bytes / 1048576, peak_mb());
	look(m, "look-up", 10007);
	members_free(&m);
	plan_free(&plan);
	return 0;
}
