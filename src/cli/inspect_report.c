/*
 * Is:        what `slagboom inspect` prints.
 * Is not:    what it found out.
 * Called by: inspect.c.
 * Owns:      nothing.
 * Trust:     counts.
 */
#include "cli/inspect_report.h"

#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "cli/policy_json.h"

enum { OUT_MAX = 8192, NAMES_MAX = 32 };

/* One count by name; JSON wants them in the order of the names. */
struct named {
	const char *name;
	uint64_t n;
};

static size_t add(struct named *all, size_t n, const char *name, uint64_t count)
{
	size_t k = n;

	for (; k > 0 && strcmp(all[k - 1].name, name) > 0; k--)
		all[k] = all[k - 1];
	all[k] = (struct named){ name, count };
	return n + 1;
}

static size_t kinds_of(const struct inspect_figures *f, struct named *all)
{
	size_t n = 0;

	for (unsigned k = 0; k < SCAN_KINDS; k++)
		if (f->kind[k])
			n = add(all, n, scan_kind_name((enum scan_kind)k), f->kind[k]);
	return n;
}

static size_t verdicts_of(const struct inspect_figures *f, struct named *all)
{
	size_t n = 0;

	for (unsigned k = VERDICT_SHAPE; k < VERDICTS; k++)
		if (f->verdict[k])
			n = add(all, n, verdict_name((enum exposure_verdict)k), f->verdict[k]);
	return n;
}

static size_t classes_of(const struct inspect_figures *f, struct named *all)
{
	size_t n = 0;

	for (unsigned k = DATA_NONE + 1; k < DATA_CLASSES; k++)
		if (f->data[k])
			n = add(all, n, data_class_name((enum data_class)k), f->data[k]);
	return n;
}

typedef size_t counts_fn(const struct inspect_figures *f, struct named *all);

static void print_counts(const char *what, const struct inspect_figures *f, counts_fn *counts)
{
	struct named all[NAMES_MAX];
	size_t n = counts(f, all);

	if (n == 0)
		return;
	(void)printf("  %-11s", what);
	for (size_t k = 0; k < n; k++)
		(void)printf("%s%s %llu", k ? ", " : "", all[k].name, (unsigned long long)all[k].n);
	(void)printf("\n");
}

static void print_figures(const struct inspect_figures *f)
{
	(void)printf("exposures    %s%llu persons%s\n", f->at_least ? "at least " : "",
	    (unsigned long long)f->persons, f->persons ? "" : " seen");
	print_counts("verdict", f, verdicts_of);
	print_counts("kind", f, kinds_of);
	if (f->decoded)
		(void)printf("  of them    %llu only after decoding\n", (unsigned long long)f->decoded);
	if (f->weak)
		(void)printf("  besides    %llu that may be members by chance\n", (unsigned long long)f->weak);
	print_counts("data", f, classes_of);
	(void)printf("opaque       %llu bytes that nothing could read\n", (unsigned long long)f->opaque);
	(void)printf("ceiling      could have carried at most %llu identifiers\n", (unsigned long long)f->ceiling);
}

bool inspect_report_text(const struct inspect_report *r)
{
	const struct capture_figures *f = &r->figures;

	(void)printf("%s: %llu bytes, read as %s\n", strcmp(r->path, "-") == 0 ? "standard input" : r->path,
	    (unsigned long long)r->bytes, capture_format_name(r->format));
	print_figures(&f->seen);
	if (r->numbers)
		(void)printf("novel        %llu numbers that are nobody's\n", (unsigned long long)f->seen.novel);
	if (f->as_text)
		(void)printf("as text      %llu of %llu lines were not of this format\n", (unsigned long long)f->as_text,
		    (unsigned long long)f->lines);
	if (f->beside.persons)
		(void)printf("beside       %llu persons in what was typed, or in lines that are no events\n",
		    (unsigned long long)f->beside.persons);
	if (!r->members)
		(void)printf("no subscribers were given (--members): nothing can be called a member\n");
	return fflush(stdout) == 0;
}

static void json_counts(struct json *j, const char *key, const struct inspect_figures *f, counts_fn *counts)
{
	struct named all[NAMES_MAX];
	size_t n = counts(f, all);

	json_key(j, key);
	json_object(j);
	for (size_t k = 0; k < n; k++) {
		json_key(j, all[k].name);
		json_u64(j, all[k].n);
	}
	json_end(j);
}

static void json_count(struct json *j, const char *key, uint64_t n)
{
	json_key(j, key);
	json_u64(j, n);
}

bool inspect_report_json(const struct inspect_report *r)
{
	AUTO(buf_done) struct buf b = { 0 };
	const struct inspect_figures *f = &r->figures.seen;
	struct json j;

	buf_init(&b, OUT_MAX);
	json_init(&j, &b);
	json_object(&j);
	json_key(&j, "at_least");
	json_bool(&j, f->at_least);
	json_count(&j, "beside", r->figures.beside.persons);
	json_count(&j, "bytes", r->bytes);
	json_count(&j, "ceiling", f->ceiling);
	json_counts(&j, "data", f, classes_of);
	json_count(&j, "decoded", f->decoded);
	json_key(&j, "format");
	json_str(&j, capture_format_name(r->format));
	json_counts(&j, "kinds", f, kinds_of);
	json_count(&j, "lines", r->figures.lines);
	json_count(&j, "lines_as_text", r->figures.as_text);
	json_key(&j, "members");
	json_bool(&j, r->members);
	if (r->numbers)
		json_count(&j, "novel", f->novel);
	json_count(&j, "opaque", f->opaque);
	json_count(&j, "persons", f->persons);
	json_counts(&j, "verdicts", f, verdicts_of);
	json_count(&j, "weak", f->weak);
	json_end(&j);
	return policy_json_print(&j, &b);
}
