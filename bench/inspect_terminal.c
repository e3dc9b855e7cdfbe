/*
 * Is:        the speed of the terminal layers, side by side in one run: MB/s on one core
 *            for captures of real programs, with libvterm beside them where installed;
 *            then what small writes and single values cost.
 * Is not:    a timed test: it prints, nobody judges.
 * Called by: by hand: bench-inspect-terminal [COLUMN | FILE.pty]..., with SLAGBOOM_SRC set to the
 *            tree; a file is a capture of a terminal of 24 x 80, in place of the tree's.
 * Owns:      nothing.
 * Trust:     our own captures.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#ifdef HAVE_VTERM
#include <vterm.h>
#endif

#include "base/mem.h"
#include "inspect/decode.h"
#include "inspect/grid.h"
#include "inspect/inspector.h"
#include "inspect/opaque.h"
#include "inspect/plan.h"
#include "inspect/rows.h"
#include "inspect/scan.h"
#include "inspect/strip.h"

enum { CORPUS_LEN = 16 << 20, CHUNK = 4096, CAPTURE_MAX = 4 << 20, ROUNDS = 3, WRITES = 100000, FIELD_ROWS = 30000 };

struct job {
	struct rd corpus;
	const struct plan *plan;
	unsigned rows, cols;
	uint64_t sink;
};

static double now(void)
{
	struct timespec t;

	/* of this process: the machine may be shared */
	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static void count_line(void *ctx, const struct traced *line)
{
	*(uint64_t *)ctx += line->text.len;
}

static void count_derived(void *ctx, const struct derived *d)
{
	*(uint64_t *)ctx += d->text.len;
}

static bool next(struct rd *in, struct rd *chunk)
{
	return in->len && rd_take(in, in->len < CHUNK ? in->len : CHUNK, chunk);
}

static void run_strip(struct job *j)
{
	struct rd in = j->corpus, chunk;
	struct traced text, aside;
	struct strip s;

	strip_init(&s);
	traced_init(&text, (size_t)CHUNK * STRIP_GROWTH, false);
	traced_init(&aside, (size_t)CHUNK * STRIP_GROWTH, false);
	while (next(&in, &chunk)) {
		traced_reset(&text);
		traced_reset(&aside);
		strip_put(&s, chunk, 0, &text, &aside);
		j->sink += text.text.len;
	}
	traced_done(&text);
	traced_done(&aside);
}

static void run_grid(struct job *j)
{
	struct grid *g = grid_new(j->rows, j->cols, false, count_line, &j->sink);
	struct rd in = j->corpus, chunk;

	while (next(&in, &chunk)) {
		grid_put(g, chunk, 0);
		grid_flush(g);
	}
	grid_free(&g);
}

static void count_found(void *ctx, const struct scan_finding *f)
{
	((struct job *)ctx)->sink++;
}

struct screen {
	struct job *job;
	struct rows rows;
};

static void scan_rows(struct screen *s)
{
	scan_all(s->job->plan, 0, buf_rd(&s->rows.text.text), count_found, s->job);
	rows_reset(&s->rows);
}

static void keep_row(void *ctx, const struct traced *row)
{
	struct screen *s = ctx;

	if (rows_put(&s->rows, row))
		return;
	scan_rows(s);
	s->job->sink += rows_put(&s->rows, row);
}

/* The third layer alone: the screen, and its rows scanned. */
static void run_screen(struct job *j)
{
	struct screen s = { .job = j };
	struct grid *g = grid_new(j->rows, j->cols, false, keep_row, &s);
	struct rd in = j->corpus, chunk;

	rows_init(&s.rows, false);
	while (next(&in, &chunk)) {
		grid_put(g, chunk, 0);
		grid_flush(g);
		scan_rows(&s);
	}
	rows_done(&s.rows);
	grid_free(&g);
}

static void run_decode(struct job *j)
{
	struct decode *d = decode_new(count_derived, &j->sink);
	struct rd in = j->corpus, chunk;

	while (next(&in, &chunk))
		decode_text(d, chunk);
	decode_free(&d);
}

static void run_opaque(struct job *j)
{
	struct opaque o;

	opaque_init(&o);
	opaque_put(&o, j->corpus, 0);
	j->sink += opaque_total(&o);
}

static void run_inspector(struct job *j, bool mask, bool screen)
{
	const struct inspector_options o = {
		.plan = j->plan, .screen = screen, .rows = j->rows, .cols = j->cols, .mask = mask,
		.most_opaque = UINT64_MAX,
	};
	struct inspector *i = inspector_new(&o);
	struct rd in = j->corpus, chunk;
	enum inspect_why why;
	struct buf out;

	buf_init(&out, 1 << 22);
	while (next(&in, &chunk)) {
		buf_reset(&out);
		if (inspector_put(i, chunk, 0, &out, &why) == INSPECT_HOLD)
			inspector_resume(i, 0, UINT64_MAX, &out);
		j->sink += out.len;
	}
	buf_done(&out);
	inspector_free(&i);
}

static void run_count(struct job *j)
{
	run_inspector(j, false, true);
}

static void run_mask(struct job *j)
{
	run_inspector(j, true, true);
}

static void run_text(struct job *j)
{
	run_inspector(j, false, false);
}

#ifdef HAVE_VTERM
static void run_vterm(struct job *j)
{
	VTerm *vt = vterm_new((int)j->rows, (int)j->cols);
	struct rd in = j->corpus, chunk;

	vterm_set_utf8(vt, 1);
	vterm_screen_reset(vterm_obtain_screen(vt), 1);
	while (next(&in, &chunk))
		j->sink += vterm_input_write(vt, (const char *)chunk.p, chunk.len);
	vterm_free(vt);
}
#endif

static const struct {
	const char *name;
	void (*run)(struct job *j);
} columns[] = {
	{ "strip", run_strip }, { "grid", run_grid }, { "screen", run_screen }, { "decode", run_decode }, { "opaque", run_opaque },
	{ "text", run_text }, { "count", run_count }, { "mask", run_mask },
#ifdef HAVE_VTERM
	{ "libvterm", run_vterm },
#endif
};

static double best(struct job *j, void (*run)(struct job *))
{
	double least = 1e9;

	for (int r = 0; r < ROUNDS; r++) {
		double t = now();

		run(j);
		t = now() - t;
		least = t < least ? t : least;
	}
	return (double)j->corpus.len / least / 1e6;
}

static bool is_file(const char *name)
{
	const char *dot = strrchr(name, '.');

	return dot && strcmp(dot, ".pty") == 0;
}

static bool load(const char *name, uint8_t *corpus)
{
	const char *root = getenv("SLAGBOOM_SRC");
	char path[4096];
	size_t n, at = 0;
	FILE *f;

	if (is_file(name))
		(void)snprintf(path, sizeof(path), "%s", name);
	else
		(void)snprintf(path, sizeof(path), "%s/tests/corpus/terminal/%s.pty", root ? root : ".", name);
	f = fopen(path, "rb");
	if (!f) {
		perror(path);
		return false;
	}
	n = fread(corpus, 1, CAPTURE_MAX, f);
	(void)fclose(f);
	for (at = n; n && at + n <= CORPUS_LEN; at += n)
		memcpy(corpus + at, corpus, n);
	return n > 0;
}

/* Nanoseconds for one write of `n` bytes of an interactive session, time passing between. */
static double write_ns(const struct job *j, struct inspector_options o, size_t n)
{
	struct rd in = j->corpus, chunk;
	uint64_t clock = 0, writes = 0;
	enum inspect_why why;
	struct buf out;
	double t;

	o.plan = j->plan;
	o.most_opaque = UINT64_MAX;
	AUTO(inspector_free) struct inspector *i = inspector_new(&o);
	buf_init(&out, 1 << 22);
	for (t = now(); writes < WRITES && rd_take(&in, n, &chunk); writes++) {
		buf_reset(&out);
		clock += 2 * (uint64_t)INSPECTOR_PAUSE_NS;
		if (inspector_put(i, chunk, clock, &out, &why) == INSPECT_HOLD)
			inspector_resume(i, UINT32_MAX, UINT64_MAX, &out);
	}
	t = now() - t;
	buf_done(&out);
	return t * 1e9 / (double)writes;
}

static void print_writes(const struct job *j)
{
	static const struct {
		const char *name;
		struct inspector_options o;
	} modes[] = {
		{ "text", { .screen = false } },
		{ "count", { .screen = true, .rows = 24, .cols = 80 } },
		{ "limit", { .screen = true, .rows = 24, .cols = 80, .most_persons = UINT32_MAX } },
		{ "mask", { .screen = true, .rows = 24, .cols = 80, .mask = true } },
	};

	printf("\n%-14s", "write of, ns");
	for (size_t m = 0; m < ARRAY_LEN(modes); m++)
		printf("%10s", modes[m].name);
	printf("\n");
	for (size_t n = 1; n <= 4096; n *= 8) {
		printf("%-14zu", n);
		for (size_t m = 0; m < ARRAY_LEN(modes); m++)
			printf("%10.0f", write_ns(j, modes[m].o, n));
		printf("\n");
	}
}

/* Rows of a query's result, value by value. */
static void print_fields(const struct plan *plan)
{
	static const char *const names[] = { "id", "surname", "msisdn", "city", "imsi", "balance" };
	static const char *const before[] = { "", "Jansen-", "316", "Zwolle ", "2040812", "1." };
	const struct inspector_options o = { .plan = plan, .most_opaque = UINT64_MAX };
	AUTO(inspector_free) struct inspector *i = inspector_new(&o);
	enum inspect_why why;
	const size_t n_names = ARRAY_LEN(names), n_values = FIELD_ROWS * n_names;
	uint64_t bytes = 0;
	char value[ARRAY_LEN(names)][32];
	struct buf out;
	double t = 0;

	buf_init(&out, 1 << 20);
	for (unsigned row = 0; row < FIELD_ROWS; row++) {
		for (size_t c = 0; c < n_names; c++)
			bytes += (uint64_t)snprintf(value[c], sizeof(value[c]), "%s%08u", before[c], row * 7919u % 100000000u);
		const double began = now();
		for (size_t c = 0; c < n_names; c++) {
			buf_reset(&out);
			if (inspector_field(i, rd_str(names[c]), rd_str(value[c]), &out, &why) == INSPECT_HOLD)
				inspector_resume(i, 0, UINT64_MAX, &out);
		}
		t += now() - began;
	}
	buf_done(&out);
	printf("\nvalues of a result: %.0f ns each, a sixth of the clock included; %.0f MB/s\n", t * 1e9 / (double)n_values,
	    (double)bytes / t / 1e6);
}

static bool wanted(const char *name, int argc, char **argv)
{
	bool any = false;

	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], name) == 0)
			return true;
		any |= !is_file(argv[i]);
	}
	return !any;
}

static bool print_row(const char *name, const struct plan *plan, uint8_t *corpus, int argc, char **argv)
{
	const char *slash = strrchr(name, '/');
	struct job j = { .plan = plan, .rows = 24, .cols = 80 };

	if (!load(name, corpus))
		return false;
	j.corpus = rd_of(corpus, CORPUS_LEN / 2);
	printf("%-18.17s", slash ? slash + 1 : name);
	for (size_t c = 0; c < ARRAY_LEN(columns); c++)
		if (wanted(columns[c].name, argc, argv))
			printf("%10.0f", best(&j, columns[c].run));
	printf("\n");
	return true;
}

static bool print_rows(const struct plan *plan, uint8_t *corpus, int argc, char **argv)
{
	static const char *const names[] = {
		"cat-24x80", "less-24x80", "more-24x80", "vim-24x80", "watch-24x80", "top-24x80", "htop-24x80", "mc-24x80",
		"tmux-24x80",
	};
	bool ok = true, files = false;

	for (int i = 1; ok && i < argc; i++)
		if (is_file(argv[i])) {
			files = true;
			ok = print_row(argv[i], plan, corpus, argc, argv);
		}
	for (size_t i = 0; ok && !files && i < ARRAY_LEN(names); i++)
		ok = print_row(names[i], plan, corpus, argc, argv);
	return ok;
}

int main(int argc, char **argv)
{
	AUTO(mem_free) uint8_t *corpus = mem_new(CORPUS_LEN, 1);
	struct plan *plan = NULL;
	struct plan_error e;
	bool ok;

	if (plan_parse(plan_default_text(), &plan, &e) != 0)
		return 1;
	printf("MB/s, one core, chunks of %d; text, count and mask are the whole inspector\n%-18s", CHUNK, "");
	for (size_t c = 0; c < ARRAY_LEN(columns); c++)
		if (wanted(columns[c].name, argc, argv))
			printf("%10s", columns[c].name);
	printf("\n");
	ok = print_rows(plan, corpus, argc, argv);
	if (ok && argc < 2 && load("vim-24x80", corpus)) {
		struct job j = { .plan = plan, .corpus = rd_of(corpus, CORPUS_LEN / 2) };

		print_writes(&j);
		print_fields(plan);
	}
	plan_free(&plan);
	return ok ? 0 : 1;
}
