/*
 * Is:        the test harness (contract in the header).
 * Is not:    linked into any program of the product.
 * Called by: test programs.
 * Owns:      the list of cases.
 * Trust:     no input.
 */
#include "testing/test.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/mem.h"

enum outcome { PASSED, FAILED, SKIPPED };
enum { SEED = 20261122 };

static struct test_case *first;
static jmp_buf out_of_case;
static const char *running;
static uint64_t seed, random_state;

void test_add(struct test_case *c)
{
	struct test_case **at = &first;

	while (*at && (*at)->line <= c->line)
		at = &(*at)->next;
	c->next = *at;
	*at = c;
}

void test_fail(const char *file, int line, const char *fmt, ...)
{
	va_list ap;

	printf("FAIL %s: %s:%d: ", running, file, line);
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	printf(" (SLAGBOOM_SEED=%llu)\n", (unsigned long long)seed);
	longjmp(out_of_case, FAILED);
}

void test_skip(const char *fmt, ...)
{
	va_list ap;

	printf("SKIP %s: ", running);
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	printf("\n");
	longjmp(out_of_case, SKIPPED);
}

void test_equal_u64(const char *file, int line, const char *what, uint64_t got, uint64_t want)
{
	if (got != want)
		test_fail(file, line, "%s is %llu, want %llu", what, (unsigned long long)got,
		    (unsigned long long)want);
}

void test_equal_i64(const char *file, int line, const char *what, int64_t got, int64_t want)
{
	if (got != want)
		test_fail(file, line, "%s is %lld, want %lld", what, (long long)got,
		    (long long)want);
}

static void show(const char *label, struct rd r)
{
	printf("  %s (%zu bytes): ", label, r.len);
	for (size_t i = 0; i < r.len && i < 200; i++) {
		uint8_t c = r.p[i];
		printf(c >= 0x20 && c < 0x7f ? "%c" : "\\x%02x", c);
	}
	printf("\n");
}

void test_equal_rd(const char *file, int line, const char *what, struct rd got, struct rd want)
{
	if (rd_equal(&got, &want))
		return;
	show("got ", got);
	show("want", want);
	test_fail(file, line, "%s differs", what);
}

uint64_t test_random(void)
{
	uint64_t z = (random_state += 0x9e3779b97f4a7c15u);

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return z ^ (z >> 31);
}

uint64_t test_below(uint64_t n)
{
	return test_random() % n;
}

bool test_holds(struct rd text, const char *what)
{
	return what && memmem(text.p, text.len, what, strlen(what)) != NULL;
}

size_t test_file(const char *path, uint8_t **out)
{
	const char *root = getenv("SLAGBOOM_SRC");
	char full[4096];
	size_t len = 0, got;
	uint8_t *p = NULL;
	FILE *f;

	(void)snprintf(full, sizeof(full), "%s/%s", root ? root : ".", path);
	f = fopen(full, "rb");
	if (!f)
		test_fail(__FILE__, __LINE__, "cannot open %s (is SLAGBOOM_SRC set?)", full);
	do {
		p = mem_resize(p, len + 65536, 1);
		got = fread(p + len, 1, 65536, f);
		len += got;
	} while (got);
	(void)fclose(f);
	*out = p;
	return len;
}

/* setjmp forbids locals that change, so the case runs in a frame of its own. */
static enum outcome run(const struct test_case *c)
{
	int how;

	running = c->name;
	random_state = seed;
	how = setjmp(out_of_case);
	if (how == 0)
		c->run();
	return (enum outcome)how;
}

static bool wanted(const char *name, int argc, char **argv)
{
	for (int i = 1; i < argc; i++)
		if (strcmp(argv[i], name) == 0)
			return true;
	return argc < 2;
}

int main(int argc, char **argv)
{
	const char *given = getenv("SLAGBOOM_SEED");
	unsigned count[3] = { 0, 0, 0 };

	/* The same in every run, so that a failure is the change's; SLAGBOOM_SEED=now explores. */
	seed = !given ? SEED : strcmp(given, "now") == 0 ? (uint64_t)time(NULL) : strtoull(given, NULL, 10);
	(void)setvbuf(stdout, NULL, _IOLBF, 0);
	for (struct test_case *c = first; c; c = c->next)
		if (wanted(c->name, argc, argv))
			count[run(c)]++;
	printf("%u passed, %u failed, %u skipped\n", count[PASSED], count[FAILED], count[SKIPPED]);
	return count[FAILED] || count[PASSED] + count[SKIPPED] == 0;
}
