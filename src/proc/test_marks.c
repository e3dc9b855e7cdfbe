/*
 * Is:        marks: none is taken before its record has gone far enough, and the last one
 *            always comes, however many there were.
 * Is not:    evidenced (tests/levels.c).
 * Called by: the test run.
 * Owns:      nothing.
 * Trust:     no input.
 */
#include "proc/marks.h"

#include "testing/test.h"

TEST(nothing_is_taken_too_early)
{
	struct marks m = { .n = 0 };
	struct mark out = { 9, 9 };

	CHECK(!marks_take(&m, UINT64_MAX, &out));
	marks_add(&m, (struct mark){ 1, 10 });
	CHECK(!marks_take(&m, 0, &out));
	CHECK(!marks_take(&m, 10, &out)); /* a tree of 10 records has the numbers 0 to 9 */
	CHECK_U64(out.token, 9);
	CHECK(marks_take(&m, 11, &out));
	CHECK(out.token == 1 && out.seq == 10);
	CHECK(!marks_take(&m, UINT64_MAX, &out));
}

TEST(the_last_of_several_stands_for_all)
{
	struct marks m = { .n = 0 };
	struct mark out;

	for (uint64_t i = 0; i < 5; i++)
		marks_add(&m, (struct mark){ i, 10 * i });
	CHECK(marks_take(&m, 25, &out));
	CHECK(out.token == 2);
	CHECK(marks_take(&m, 41, &out));
	CHECK(out.token == 4);
}

TEST(too_many_are_acknowledged_later_and_not_earlier)
{
	struct marks m = { .n = 0 };
	struct mark out;
	uint64_t n = 10 * MARKS_MAX, taken = 0;

	for (uint64_t i = 1; i <= n; i++)
		marks_add(&m, (struct mark){ i, i });
	CHECK(m.n <= MARKS_MAX);
	for (uint64_t size = 0; size <= n + 1; size++) {
		if (!marks_take(&m, size, &out))
			continue;
		CHECK(out.seq < size && out.token > taken);
		taken = out.token;
	}
	CHECK_U64(taken, n);
}
