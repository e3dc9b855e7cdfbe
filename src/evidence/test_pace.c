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

/* `n` syncs on a disk where each takes `ns`, times those under way if it does one after
 * the other; every hundredth begins with nothing under way. Returns the greatest depth. */
static unsigned run(struct pace *p, unsigned n, uint64_t ns, bool in_turn)
{
	unsigned greatest = p->depth;

	for (unsigned i = 0; i < n; i++) {
		unsigned together = i % 100 ? p->depth : 1;
		pace_took(p, in_turn ? ns * together : ns, together);
		greatest = p->depth > greatest ? p->depth : greatest;
	}
	return greatest;
}

TEST(a_disk_with_a_queue_has_as_many_as_may_be)
{
	struct pace p;

	pace_init(&p, 16);
	(void)run(&p, 5000, 5 * MS, false);
	CHECK_INT(p.depth, 16);
	CHECK_U64(pace_gap_ns(&p), 5 * MS / 16);
}

TEST(a_disk_that_does_one_after_the_other_has_one_and_is_tried_with_two)
{
	struct pace p;

	pace_init(&p, 16);
	(void)run(&p, 300, 5 * MS, true);
	CHECK_INT(p.depth, 1);
	CHECK_INT(run(&p, 20000, 5 * MS, true), 2);
	CHECK(pace_gap_ns(&p) >= 5 * MS / 2);
}

TEST(one_that_gets_a_queue_is_found_out)
{
	struct pace p;

	pace_init(&p, 16);
	(void)run(&p, 1000, 5 * MS, true);
	(void)run(&p, 5000, 5 * MS, false);
	CHECK_INT(p.depth, 16);
}

TEST(a_quick_disk_has_them_apart)
{
	struct pace p;

	pace_init(&p, 16);
	CHECK(pace_gap_ns(&p) >= MS / 4);
	(void)run(&p, 100, 20000, true);
	CHECK(pace_gap_ns(&p) >= MS / 4);
}

TEST(where_one_is_allowed_there_is_one)
{
	struct pace p;

	pace_init(&p, 1);
	(void)run(&p, 5000, MS, false);
	CHECK_INT(p.depth, 1);
	CHECK_U64(pace_gap_ns(&p), MS);
}
