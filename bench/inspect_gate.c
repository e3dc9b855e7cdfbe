/*
 * Is:        the speed of bulk output as the gate has it read: pieces of 32 KiB through
 *            inspector_put with membership asked about, MB/s on one core; a screen or none,
 *            masked or counted.
 * Is not:    a timed test: it prints, nobody judges. Not the gate: no record, no network.
 * Called by: by hand: bench-inspect-gate [CORPUS | FILE [MODE]...]
 * Owns:      nothing.
 * Trust:     no input.
 */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/def.h"
#include "base/mem.h"
#include "corpus.h"
#include "inspect/inspector.h"
#include "inspect/plan.h"

enum { CORPUS_LEN = 16 << 20, PIECE = 32 << 10, ROUNDS = 5, ROWS = 24, COLS = 80 };

static double now(void)
{
	struct timespec t;

	/* of this process: the machine may be shared */
	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

/* Nobody is ours: what a list of others' numbers costs once they were asked about. */
static void nobody(void *ctx, struct inspect_ask *asks, size_t n)
{
	*(uint64_t *)ctx += n;
	for (size_t k = 0; k < n; k++)
		asks[k].membership = MEMBERSHIP_NONE;
}

struct job {
	struct rd corpus;
	struct inspector_options o;
	uint64_t asked;
	struct inspect_figures figures;
};

/* As a terminal sends it: each line ends with CR LF. Returns how much of it there is. */
static size_t with_returns(const uint8_t *p, size_t n, uint8_t *out)
{
	size_t k = 0;

	for (size_t i = 0; i < n && k + 2 < CORPUS_LEN; i++) {
		if (p[i] == '\n')
			out[k++] = '\r';
		out[k++] = p[i];
	}
	return k;
}

static double once(struct job *j)
{
	struct rd in = j->corpus, piece;
	enum inspect_why why;
	struct buf out;
	double t;

	j->asked = 0;
	j->o.member_ctx = &j->asked;
	AUTO(inspector_free) struct inspector *i = inspector_new(&j->o);
	buf_init(&out, 1 << 22);
	t = now();
	while (in.len && rd_take(&in, in.len < PIECE ? in.len : PIECE, &piece)) {
		buf_reset(&out);
		if (inspector_put(i, piece, 0, &out, &why) == INSPECT_HOLD)
			inspector_resume(i, 0, UINT64_MAX, &out);
	}
	t = now() - t;
	inspector_figures(i, &j->figures);
	buf_done(&out);
	return t;
}

static const struct {
	const char *name;
	bool screen, mask;
} modes[] = { { "text", false, false }, { "text+mask", false, true }, { "screen", true, false }, { "screen+mask", true, true } };

/* The mode that the word names, or ARRAY_LEN(modes). */
static size_t mode_of(const char *word)
{
	size_t m = 0;

	while (m < ARRAY_LEN(modes) && strcmp(modes[m].name, word) != 0)
		m++;
	return m;
}

static bool wanted(size_t mode, int argc, char **argv)
{
	bool any = false;

	for (int k = 2; k < argc; k++) {
		if (mode_of(argv[k]) == mode)
			return true;
		any |= mode_of(argv[k]) < ARRAY_LEN(modes);
	}
	return !any;
}

static void measure(const char *corpus, struct rd bytes, const struct plan *plan, size_t m)
{
	struct job j = { .corpus = bytes, .o = { .plan = plan, .member = nobody, .screen = modes[m].screen, .mask = modes[m].mask,
		.rows = ROWS, .cols = COLS, .most_opaque = UINT64_MAX } };
	double best = 1e9;

	for (int r = 0; r < ROUNDS; r++) {
		const double t = once(&j);
		best = t < best ? t : best;
	}
	printf("%-12.12s %-12s %9.0f %10llu %10llu %10llu %10llu\n", corpus, modes[m].name, (double)bytes.len / best / 1e6,
	    (unsigned long long)j.figures.persons, (unsigned long long)j.figures.masked,
	    (unsigned long long)j.figures.opaque, (unsigned long long)j.figures.ceiling);
}

static bool read_file(const char *path, uint8_t *p)
{
	FILE *f = fopen(path, "rb");
	size_t n;

	if (!f) {
		perror(path);
		return false;
	}
	n = fread(p, 1, CORPUS_LEN, f);
	(void)fclose(f);
	for (size_t k = n; n > 0 && k < CORPUS_LEN; k++) /* tiled */
		p[k] = p[k - n];
	return n > 0;
}

static const struct {
	const char *name;
	void (*make)(uint8_t *, size_t);
} made[] = { { "text", corpus_text }, { "logs", corpus_logs }, { "dense", corpus_dense } };

static bool make(const char *name, uint8_t *p)
{
	for (size_t k = 0; k < ARRAY_LEN(made); k++) {
		if (strcmp(made[k].name, name) != 0)
			continue;
		made[k].make(p, CORPUS_LEN);
		return true;
	}
	return read_file(name, p);
}

static bool one(const char *name, uint8_t *p, uint8_t *terminal, const struct plan *plan, int argc, char **argv)
{
	const char *slash = strrchr(name, '/');

	if (!make(name, p))
		return false;
	for (size_t m = 0; m < ARRAY_LEN(modes); m++)
		if (wanted(m, argc, argv))
			measure(slash ? slash + 1 : name, modes[m].screen ? rd_of(terminal, with_returns(p, CORPUS_LEN, terminal)) :
			    rd_of(p, CORPUS_LEN), plan, m);
	return true;
}

int main(int argc, char **argv)
{
	uint8_t *p = mem_new(CORPUS_LEN, 1), *terminal = mem_new(CORPUS_LEN, 1);
	struct plan *plan = NULL;
	struct plan_error err;
	bool ok = true;

	if (plan_parse(plan_default_text(), &plan, &err) != 0)
		return 1;
	printf("%-12s %-12s %9s %10s %10s %10s %10s\n", "corpus", "what", "MB/s", "persons", "masked", "opaque", "ceiling");
	for (size_t k = 0; k < ARRAY_LEN(made) && argc == 1; k++)
		ok &= one(made[k].name, p, terminal, plan, argc, argv);
	if (argc > 1)
		ok = one(argv[1], p, terminal, plan, argc, argv);
	plan_free(&plan);
	mem_free(&p);
	mem_free(&terminal);
	return ok ? 0 : 1;
}
