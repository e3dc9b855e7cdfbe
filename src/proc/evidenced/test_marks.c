/*
 * Is:        marks: none is taken before its record has gone far enough, and the last one
 *            always comes, however many there were.
 * Is not:    evidenced (tests/levels.c).
 * Called by: the test run.
 * Owns:      nothing.
 * Trust:     no input.
 */
#include "proc/evidenced/marks.h"

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

TEST(kept_marks_are_told_one_by_one)
{
	struct marks m = { .n = 0 };
	struct mark out;
	uint64_t seq = 0;

	CHECK(!marks_next(&m, UINT64_MAX, &out) && !marks_seq(&m, 1, &seq));
	marks_keep(&m, (struct mark){ 3, 30 });
	marks_keep(&m, (struct mark){ 7, 77 });
	CHECK(!marks_next(&m, 2, &out));
	CHECK(marks_seq(&m, 7, &seq) && seq == 77);
	CHECK(marks_next(&m, 9, &out) && out.token == 3 && out.seq == 30);
	CHECK(!marks_next(&m, 6, &out));
	CHECK(marks_next(&m, 7, &out) && out.seq == 77);
	for (uint64_t i = 1; i <= 2 * MARKS_MAX; i++)
		marks_keep(&m, (struct mark){ i, i });
	CHECK_U64(m.n, MARKS_MAX);
	CHECK(!marks_seq(&m, MARKS_MAX, &seq) && marks_seq(&m, 2 * MARKS_MAX, &seq));
}
