/*
 * Is:        the fuzz target of answers about coverage: lines of hostile records,
 *            an empty one where some were erased.
 * Is not:    a test of what the answer should be (test_coverage.c).
 * Called by: libFuzzer and the corpus replay.
 * Owns:      nothing.
 * Trust:     hostile bytes.
 */
#include "base/assert.h"
#include "evidence/coverage.h"
#include "testing/fuzz.h"

/* The stretches fill the interval, whatever the records say; a hole leaves no "no". */
static void look(const struct coverage *c)
{
	struct vec out, cites;
	uint64_t at = c->q.from_ns;

	coverage_answer(c, &out);
	for (size_t i = 0; i < out.n; i++) {
		const struct coverage_stretch *s = vec_at(&out, i);
		ASSERT(s->from_ns == at && s->to_ns > at);
		ASSERT(s->value != COVERAGE_NOT_SEEN || (!c->has_hole && c->assets.n && s->from_ns >= c->first_ns));
		at = s->to_ns;
		coverage_cites(c, s, &cites);
		ASSERT((s->value == COVERAGE_SEEN) == (cites.n > 0));
		vec_done(&cites);
	}
	ASSERT(out.n == 0 || at == c->q.to_ns);
	vec_done(&out);
}

static void ask(struct rd in, struct coverage_question q)
{
	static const uint64_t seed[2] = { 3, 4 };
	AUTO(coverage_done) struct coverage c;
	struct record_view v;
	struct rd line;

	coverage_init(&c, &q, seed);
	while (rd_until(&in, '\n', &line))
		if (line.len == 0)
			coverage_gone(&c, c.last_seq + 257);
		else if (record_read(line, &v))
			coverage_take(&c, &v);
	coverage_end(&c);
	look(&c);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rd in = rd_of(data, size);

	ask(in, (struct coverage_question){ .to_ns = UINT64_MAX });
	ask(in, (struct coverage_question){ .to_ns = UINT64_MAX, .asset = rd_str("hlr1"), .data_class = rd_str("identity") });
	ask(in, (struct coverage_question){ .from_ns = 1, .to_ns = UINT64_MAX / 2, .supplier = rd_str("meridian"), .data_class = rd_str("keys") });
	return 0;
}
