/*
 * Is:        how long a decision, a load, a class of a command and a question take.
 * Is not:    a test: nothing fails for being slow.
 * Called by: people, `make bench`.
 * Owns:      nothing.
 * Trust:     no input.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/mem.h"
#include "base/wr.h"
#include "policy/can.h"
#include "policy/classes.h"
#include "policy/compile.h"
#include "policy/decide.h"
#include "policy/parse.h"

static double now_ns(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static void row(const char *what, double ns)
{
	if (ns < 1e4)
		printf("| %-58s | %9.0f ns |\n", what, ns);
	else
		printf("| %-58s | %9.2f ms |\n", what, ns / 1e6);
}

/* `wide` makes every rule about anybody and anything: the worst case of the index. */
static void put_world(struct wr *w, int n_rules, bool wide)
{
	wr_str(w, "operator \"K\" in NL\n");
	for (int i = 0; i < 50; i++)
		wr_text(w, "supplier s%d \"S\" in NL controlled-from NL\n", i);
	for (int i = 0; i < 10000; i++)
		wr_text(w, "engineer e%d of s%d screened-until 2027-03-01\n", i, i % 50);
	for (int i = 0; i < 5000; i++)
		wr_text(w, "asset a%d ssh h:22 group g%d\n", i, i % 100);
	for (int i = 0; i < n_rules; i++) {
		wr_text(w, "rule r%d\n allow ", i);
		if (wide)
			wr_str(w, "any to any");
		else
			wr_text(w, "s%d to group g%d", i % 50, i / 50 % 100);
		wr_text(w, "\n from NL\n during mon-fri 08:00-18:00 Europe/Amsterdam\n may %s\n",
		    i + 1 == n_rules || !wide ? "read-config" : "trace");
	}
	wr_str(w, "deny any to compartment intercept\n");
}

static struct policy *load(struct rd text)
{
	AUTO(mem_free) struct diags *d = mem_new(1, sizeof(*d));
	struct policy *p = NULL;

	if (policy_load_text(rd_str("bench"), text, d, &p) != 0) {
		printf("%s\n", d->kept[0].text);
		exit(1);
	}
	return p;
}

static void bench_decide(const struct policy *p, const struct table *t, const char *what)
{
	enum { N = 2000000 };
	static struct crossing q[256];
	unsigned n_allowed = 0;
	double begin;

	for (uint32_t i = 0; i < ARRAY_LEN(q); i++)
		q[i] = (struct crossing){
			.engineer = i * 37 % p->n_engineers, .asset = i * 101 % p->n_assets,
			.cls = (uint32_t)policy_class(p, rd_str("read-config")), .country = 'N' << 8 | 'L',
			.site = SITE_NONE, .now = 1795420800, .offset = { 3600 }, .n_approvals = 1,
			.approvals = { 1 },
		};
	begin = now_ns();
	for (unsigned i = 0; i < N; i++)
		n_allowed += decide(t, &q[i % ARRAY_LEN(q)]).verdict == ALLOW;
	row(what, (now_ns() - begin) / N);
	printf("| %-58s | %9u %% |\n", "  of them allowed", n_allowed / (N / 100));
}

static void bench_world(int n_rules, bool wide)
{
	AUTO(buf_done) struct buf text = { 0 };
	AUTO(policy_free) struct policy *p = NULL;
	AUTO(table_free) struct table *t = NULL;
	char what[80];
	struct wr w;
	double begin;

	buf_init(&text, 1 << 26);
	w = wr_to(&text);
	put_world(&w, n_rules, wide);
	begin = now_ns();
	p = load(buf_rd(&text));
	t = table_new(p);
	row("load 10,000 engineers and 5,000 assets", now_ns() - begin);
	(void)snprintf(what, sizeof(what), "decide, %d rules%s", n_rules, wide ? ", all about anybody and anything" : "");
	bench_decide(p, t, what);
}

static bool winter(void *ctx, struct rd zone, int64_t at, int32_t *out)
{
	(void)ctx;
	(void)zone;
	(void)at;
	*out = 3600;
	return true;
}

static void bench_can(void)
{
	AUTO(buf_done) struct buf text = { 0 };
	AUTO(mem_free) struct diags *d = mem_new(1, sizeof(*d));
	AUTO(policy_free) struct policy *p = NULL;
	AUTO(table_free) struct table *t = NULL;
	struct can_question q;
	struct wr w;
	double begin;

	buf_init(&text, 1 << 26);
	w = wr_to(&text);
	put_world(&w, 1000, false);
	p = load(buf_rd(&text));
	t = table_new(p);
	struct can_world world = { p, t, { winter, NULL }, 1795420800, 366 };
	if (can_parse(p, rd_str("any do intercept"), d, &q) != 0)
		return;
	begin = now_ns();
	bool yes = can_ask(&world, &q).yes;
	row(yes ? "can any do intercept, 1,000 rules: yes" : "can any do intercept, 1,000 rules: none",
	    now_ns() - begin);
}

static struct rd file(const char *path)
{
	FILE *f = fopen(path, "rb");
	char *p = mem_new(1 << 20, 1);
	size_t n = f ? fread(p, 1, 1 << 20, f) : 0;

	if (f)
		(void)fclose(f);
	return rd_of(p, n);
}

static void bench_classes(const char *root)
{
	static const struct { const char *what, *dialect, *line; } lines[] = {
		{ "class of osmocom-vty `show subscribers all`", "osmocom-vty", "show subscribers all" },
		{ "class of an osmocom-vty line that nothing knows", "osmocom-vty", "frobnicate all of it" },
		{ "class of a sql query of 70 bytes", "sql",
		  "select name, city from crm.customer where msisdn = '999000000042' -- x" },
	};
	AUTO(mem_free) struct diags *d = mem_new(1, sizeof(*d));
	AUTO(policy_free) struct policy *p = load(rd_str("operator \"K\" in NL\n"));
	char path[4096];
	double begin;

	(void)snprintf(path, sizeof(path), "%s/data/policy-pack/classes.tsv", root);
	struct rd pack = file(path);
	begin = now_ns();
	struct classes *c = classes_new(p, pack, 0, d);
	if (!c || pack.len == 0) {
		printf("no policy pack at %s\n", path);
		return;
	}
	row("load the policy pack", now_ns() - begin);
	for (size_t i = 0; i < ARRAY_LEN(lines); i++) {
		enum { N = 200000 };
		uint32_t sum = 0;
		begin = now_ns();
		for (int k = 0; k < N; k++)
			sum += classes_of(c, rd_str(lines[i].dialect), rd_str(lines[i].line)).cls;
		row(lines[i].what, (now_ns() - begin) / N);
		(void)sum;
	}
	classes_free(&c);
}

/* usage: bench-policy [ROOT OF THE SOURCE] */
int main(int argc, char **argv)
{
	bench_world(10, false);
	bench_world(100, false);
	bench_world(1000, false);
	bench_world(1000, true);
	bench_can();
	bench_classes(argc > 1 ? argv[1] : ".");
	return 0;
}
