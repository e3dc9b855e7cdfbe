/*
 * Is:        fuzzing of echo and prompts: whole and byte by byte must agree.
 * Is not:    linked into any program of the product.
 * Called by: libFuzzer or the replay.
 * Owns:      nothing.
 * Trust:     hostile bytes.
 */
#include "base/assert.h"
#include "proto/echo.h"
#include "testing/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct echo a, b;
	struct prompt p, q;
	struct rd in = rd_of(data, size), sent, one, x, y, rest;
	size_t used, total = 0;
	enum echo_state state = ECHO_WAITING;

	if (!rd_part8(&in, 255, &sent))
		return 0;
	echo_init(&a);
	echo_init(&b);
	prompt_init(&p);
	prompt_init(&q);
	ASSERT(echo_expect(&a, sent) && echo_expect(&b, sent));
	enum echo_state whole = echo_feed(&a, in, &used);
	ASSERT(used <= in.len);
	prompt_feed(&p, in);
	for (rest = in; rd_take(&rest, 1, &one);) {
		size_t n;
		if (state == ECHO_WAITING)
			state = echo_feed(&b, one, &n), total += n;
		prompt_feed(&q, one);
	}
	ASSERT(in.len == 0 || (state == whole && total == used));
	for (unsigned d = 0; d < DIALECTS; d++)
		ASSERT(prompt_is(&p, (enum dialect)d, &x) == prompt_is(&q, (enum dialect)d, &y) && rd_equal(&x, &y));
	return 0;
}
