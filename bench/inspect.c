/*
 * Is:        the speed of the scanner, side by side in one run: GB/s on one core for
 *            each corpus and variant, with reading memory and Hyperscan beside it.
 * Is not:    a timed test: it prints, nobody judges.
 * Called by: by hand: bench-inspect [FILE...]   (files are corpora of their own)
 * Owns:      nothing.
 * Trust:     no input.
 */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/def.h"
#include "base/mem.h"
#include "corpus.h"
#include "hyperscan.h"
#include "inspect/anchor.h"
#include "inspect/literal.h"
#include "inspect/plan.h"
#include "inspect/scan.h"

enum { CORPUS_LEN = 32 << 20, ROUNDS = 3 };

static double now(void)
{
	struct timespec t;

	/* of this process: the machine may be shared */
	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static void count(void *ctx, const struct scan_finding *f)
{
	(*(uint64_t *)ctx)++;
}

struct job {
	const struct plan *plan;
	anchor_fn *fn;
	unsigned opts;
	size_t chunk;
	const uint8_t *p;
	size_t n;
	uint64_t hits;
};

static void job_scan(struct job *j)
{
	struct scan s;

	j->hits = 0;
	scan_init(&s, j->plan, j->opts, count, &j->hits);
	s.anchors = j->fn;
	for (size_t at = 0; at < j->n; at += j->chunk)
		scan_feed(&s, rd_of(j->p + at, j->chunk < j->n - at ? j->chunk : j->n - at));
	scan_end(&s);
}

static void count_word(void *ctx, const struct literal_hit *h)
{
	(*(uint64_t *)ctx)++;
}

static void job_literals(struct job *j)
{
	struct literals l;

	j->hits = 0;
	literal_init(&l, count_word, &j->hits);
	for (size_t at = 0; at < j->n; at += j->chunk)
		literal_feed(&l, rd_of(j->p + at, j->chunk < j->n - at ? j->chunk : j->n - at));
	literal_end(&l);
}

static void job_anchors(struct job *j)
{
	const struct anchor_want want = { .lead = '3' };
	static struct places places;

	j->hits = 0;
	for (size_t at = 0; at < j->n; at += places.len) {
		j->fn(j->p, j->n, at, &want, &places);
		j->hits += places.n;
	}
}

static void job_read(struct job *j)
{
	uint64_t sum[8] = { 0 };

	for (size_t at = 0; at + 64 <= j->n; at += 64) {
		uint64_t v[8];
		memcpy(v, j->p + at, 64);
		for (size_t k = 0; k < 8; k++)
			sum[k] += v[k];
	}
	j->hits = (sum[0] + sum[1] + sum[2] + sum[3] + sum[4] + sum[5] + sum[6] + sum[7]) & 1;
}

static void job_hyperscan(struct job *j)
{
	j->hits = hyperscan_run(j->p, j->n, j->chunk);
}

static void measure(const char *corpus, const char *what, void (*run)(struct job *), struct job *j)
{
	double best = 1e9;

	for (int k = 0; k < ROUNDS; k++) {
		const double t = now();
		run(j);
		const double took = now() - t;
		if (took < best)
			best = took;
	}
	printf("%-6s %-28s %8zu %9.3f %12llu\n", corpus, what, j->chunk, (double)j->n / best / 1e9,
	       (unsigned long long)j->hits);
}

static void one_corpus(const char *name, const uint8_t *p, size_t n, const struct plan *plan)
{
	struct job j = { .plan = plan, .p = p, .n = n, .chunk = 1 << 20 };
	char what[64];

	measure(name, "read memory", job_read, &j);
	for (int v = ANCHOR_VARIANTS - 1; v >= 0; v--) {
		j.fn = anchor_get((enum anchor_variant)v);
		if (!j.fn)
			continue;
		j.chunk = 1 << 20;
		(void)snprintf(what, sizeof(what), "places only, %s", anchor_name((enum anchor_variant)v));
		measure(name, what, job_anchors, &j);
		(void)snprintf(what, sizeof(what), "scan, %s", anchor_name((enum anchor_variant)v));
		measure(name, what, job_scan, &j);
	}
	j.fn = anchor_best();
	j.opts = SCAN_OPT_WEAK;
	measure(name, "scan with weak forms", job_scan, &j);
	j.opts = 0;
	for (j.chunk = 4096; j.chunk >= 512; j.chunk /= 8)
		measure(name, "scan", job_scan, &j);
	j.chunk = 4096;
	measure(name, "literals", job_literals, &j);
	if (hyperscan_name())
		measure(name, hyperscan_name(), job_hyperscan, &j);
}

/* Nanoseconds for one write of `chunk` bytes. */
static void writes(const uint8_t *p, size_t n, const struct plan *plan)
{
	printf("\n%-10s %10s\n", "write of", "ns each");
	for (size_t chunk = 1; chunk <= 4096; chunk *= 8) {
		const size_t len = chunk * 200000 < n ? chunk * 200000 : n;
		struct job j = { .plan = plan, .p = p, .n = len, .chunk = chunk, .fn = anchor_best() };
		double best = 1e9;
		for (int k = 0; k < ROUNDS; k++) {
			const double t = now();
			job_scan(&j);
			const double took = now() - t;
			if (took < best)
				best = took;
		}
		printf("%-10zu %10.1f\n", chunk, best * 1e9 / ((double)len / (double)chunk));
	}
}

static size_t read_corpus(const char *path, uint8_t *p)
{
	FILE *f = fopen(path, "rb");
	size_t n = 0, k;

	if (!f) {
		perror(path);
		return 0;
	}
	n = fread(p, 1, CORPUS_LEN, f);
	(void)fclose(f);
	for (k = n; n > 0 && k < CORPUS_LEN; k++) /* tiled */
		p[k] = p[k - n];
	return n ? CORPUS_LEN : 0;
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		void (*make)(uint8_t *, size_t);
	} made[] = { { "text", corpus_text }, { "logs", corpus_logs }, { "dense", corpus_dense } };
	uint8_t *p = mem_new(CORPUS_LEN, 1);
	struct plan *plan = NULL;
	struct plan_error err;

	if (plan_parse(plan_default_text(), &plan, &err) != 0)
		return 1;
	printf("%-6s %-28s %8s %9s %12s\n", "corpus", "what", "chunk", "GB/s", "hits");
	for (size_t k = 0; k < ARRAY_LEN(made) && argc == 1; k++) {
		made[k].make(p, CORPUS_LEN);
		one_corpus(made[k].name, p, CORPUS_LEN, plan);
	}
	for (int k = 1; k < argc; k++)
		if (read_corpus(argv[k], p))
			one_corpus("file", p, CORPUS_LEN, plan);
	corpus_logs(p, CORPUS_LEN);
	writes(p, CORPUS_LEN, plan);
	plan_free(&plan);
	mem_free(&p);
	return 0;
}
