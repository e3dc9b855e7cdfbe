/*
 * Is:        the fuzz target of fmt: laying out keeps every token and is done once.
 * Is not:    a test of the look itself.
 * Called by: the fuzzer and the replay of its corpus.
 * Owns:      nothing.
 * Trust:     hostile bytes.
 */
#include "base/assert.h"
#include "base/mem.h"
#include "policy/fmt.h"
#include "policy/lex.h"
#include "testing/fuzz.h"

static void same_tokens(struct rd a, struct rd b)
{
	struct lex la, lb;
	struct lex_token x, y;

	lex_init(&la, a);
	lex_init(&lb, b);
	do {
		lex_next(&la, &x);
		lex_next(&lb, &y);
		ASSERT(x.kind == y.kind && rd_equal(&x.text, &y.text));
	} while (x.kind != LEX_EOF);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(mem_free) struct diags *d = mem_new(1, sizeof(*d));
	AUTO(buf_done) struct buf once = { 0 }, twice = { 0 };
	struct rd text = rd_of(data, size);

	buf_init(&once, 1 << 24);
	buf_init(&twice, 1 << 24);
	if (policy_fmt(text, d, &once) != 0)
		return 0;
	same_tokens(text, buf_rd(&once));
	ASSERT(policy_fmt(buf_rd(&once), d, &twice) == 0);
	struct rd a = buf_rd(&once), b = buf_rd(&twice);
	ASSERT(rd_equal(&a, &b));
	return 0;
}
