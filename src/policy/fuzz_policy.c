/*
 * Is:        the fuzz target of the policy language: any text is read to its end,
 *            and what loads compiles to a table that passes its check.
 * Is not:    a test of what is permitted (fuzz_decide.c).
 * Called by: the fuzzer and the replay of its corpus.
 * Owns:      nothing.
 * Trust:     hostile bytes.
 */
#include "base/assert.h"
#include "base/mem.h"
#include "policy/compile.h"
#include "policy/decide.h"
#include "policy/parse.h"
#include "testing/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(mem_free) struct diags *d = mem_new(1, sizeof(*d));
	AUTO(policy_free) struct policy *p = NULL;
	AUTO(table_free) struct table *t = NULL;
	AUTO(buf_done) struct buf out = { 0 };
	struct rd name = rd_str("fuzz");

	buf_init(&out, 1 << 20);
	if (policy_load_text(name, rd_of(data, size), d, &p) != 0) {
		ASSERT(d->n_errors > 0 && !p);
		ASSERT(diag_render(d, &name, 1, &out));
		return 0;
	}
	ASSERT(d->n_errors == 0);
	t = table_new(p);
	struct crossing zero = { 0 };
	ASSERT(decide(t, &zero).verdict == DENY);
	return 0;
}
