/*
 * Is:        tests of how many syncs overlap, on two disks in arithmetic.
 * Is not:    a measurement.
 * Called by: the test run.
 * Owns:      nothing.
 * Trust:     no input.
 */
#include "evidence/pace.h"

#include "testing/test.h"

enum { MS = 1000000 };

enum { MOST = 16, WORTH = MS / 2 };

/* `n` syncs on a disk where each takes `ns`, times those under way if it does one after
 * the other; every hundredth begins with nothing under way. Returns how many overlapped. */
static unsigned run(struct pace *p, unsigned n, uint64_t ns, bool in_turn)
{
	unsigned overlapped = 0;

	for (unsigned i = 0; i < n; i++) {
		unsigned together = i % 100 ? p->depth : 1;
		overlapped += !pace_waits(p);
		pace_took(p, in_turn ? ns * together : ns, together);
	}
	return overlapped;
}

TEST(a_disk_with_a_queue_has_as_many_as_may_be)
{
	struct pace p;

	pace_init(&p, MOST, WORTH);
	CHECK(pace_waits(&p));
	CHECK(run(&p, 5000, 5 * MS, false) > 4900);
	CHECK_INT(p.depth, MOST);
	CHECK_U64(pace_gap_ns(&p), 5 * MS / MOST);
}

TEST(on_a_disk_that_is_quick_each_is_waited_for)
{
	struct pace p;

	pace_init(&p, MOST, WORTH);
	CHECK_INT(run(&p, 100000, WORTH - 1, false), 0);
	CHECK(pace_gap_ns(&p) >= MS / 4);
	/* Nor when one of ten takes long. */
	for (unsigned i = 0; i < 10000; i++)
		pace_took(&p, i % 10 ? MS / 10 : 20 * MS, 1);
	CHECK(pace_waits(&p));
	/* One that gets slow is found out, and one that gets quick again too. */
	CHECK(run(&p, 1000, 5 * MS, false) > 800);
	(void)run(&p, 200000, MS / 10, false);
	CHECK_INT(run(&p, 1000, MS / 10, false), 0);
}

TEST(a_disk_that_does_one_after_the_other_is_tried_ever_less)
{
	struct pace p;

	pace_init(&p, MOST, WORTH);
	const unsigned first = run(&p, 10000, 5 * MS, true), then = run(&p, 10000, 5 * MS, true);
	CHECK(first < 400 && then < 100);
	CHECK(first > 0);
}

TEST(one_that_gets_a_queue_is_found_out)
{
	struct pace p;

	pace_init(&p, MOST, WORTH);
	(void)run(&p, 1000, 5 * MS, true);
	(void)run(&p, 5000, 5 * MS, false);
	CHECK_INT(p.depth, MOST);
	/* And it has its patience back. */
	CHECK_U64(p.patience, 16);
}

TEST(where_one_is_allowed_there_is_one)
{
	struct pace p;

	pace_init(&p, 1, WORTH);
	CHECK_INT(run(&p, 5000, MS, false), 0);
	CHECK_U64(pace_gap_ns(&p), MS);
}

TEST(without_a_worth_they_overlap_from_the_first)
{
	struct pace p;

	pace_init(&p, MOST, 0);
	CHECK_INT(run(&p, 20000, 0, false), 20000);
}
