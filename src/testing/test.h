/*
 * Is:        the test harness: TEST defines a case, CHECK and friends judge it.
 * Is not:    linked into any program of the product.
 * Called by: test_*.c beside the code they test.
 * Owns:      the list of cases of one test program.
 * Trust:     no input.
 *
 * A test program prints a line for each failed check, then "N passed, N failed",
 * and exits 0 only if something ran and nothing failed. `test_foo NAME...` runs
 * the named cases alone. A failed CHECK ends its case and not the others.
 */
#pragma once

#include <setjmp.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/def.h"
#include "base/rd.h"

struct test_case {
	const char *name;
	void (*run)(void);
	int line;
	struct test_case *next;
};

/* In the order of their lines, whatever the linker makes of constructors. */
void test_add(struct test_case *c);

#define TEST(id)                                                               \
	static void test_##id(void);                                           \
	__attribute__((constructor)) static void test_add_##id(void)           \
	{                                                                      \
		static struct test_case c = { #id, test_##id, __LINE__, NULL }; \
		test_add(&c);                                                  \
	}                                                                      \
	static void test_##id(void)

NORETURN void test_fail(const char *file, int line, const char *fmt, ...) PRINTF_LIKE(3, 4);
void test_equal_u64(const char *file, int line, const char *what, uint64_t got, uint64_t want);
void test_equal_i64(const char *file, int line, const char *what, int64_t got, int64_t want);
void test_equal_rd(const char *file, int line, const char *what, struct rd got, struct rd want);

#define CHECK(c) ((c) ? (void)0 : test_fail(__FILE__, __LINE__, "%s", #c))
#define CHECK_U64(got, want) test_equal_u64(__FILE__, __LINE__, #got, (uint64_t)(got), (uint64_t)(want))
#define CHECK_INT(got, want) test_equal_i64(__FILE__, __LINE__, #got, (int64_t)(got), (int64_t)(want))
#define CHECK_RD(got, want) test_equal_rd(__FILE__, __LINE__, #got, (got), (want))
#define CHECK_STR(got, want) test_equal_rd(__FILE__, __LINE__, #got, rd_str(got), rd_str(want))

/* Ends the case early as skipped, with the reason: a belt or a tool that this
 * machine lacks. Counted and printed, so that nothing is skipped in silence. */
NORETURN void test_skip(const char *fmt, ...) PRINTF_LIKE(1, 2);

/* A reproducible stream of numbers (splitmix64) for random tests. The seed is
 * the same in every run unless SLAGBOOM_SEED gives another one, or "now" asks for a
 * new one; a failure prints it. */
uint64_t test_random(void);
/* A number below `n`; n > 0. */
uint64_t test_below(uint64_t n);

/* The whole file below the source tree's root (SLAGBOOM_SRC); fails the case if
 * it cannot be read. Gives `*out` (free with mem_free) and returns the length. */
MUST_USE size_t test_file(const char *path, uint8_t **out);

/* Whether `what` stands in `text`; NULL stands nowhere. */
MUST_USE bool test_holds(struct rd text, const char *what);
