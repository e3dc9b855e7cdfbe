/*
 * Is:        fuzzing of exec commands: a transfer never holds what a shell would act on.
 * Is not:    linked into any program of the product.
 * Called by: libFuzzer or the replay.
 * Owns:      nothing.
 * Trust:     hostile bytes.
 */
#include "base/assert.h"
#include "proto/sshexec.h"
#include "testing/fuzz.h"

static bool has(struct rd r, uint8_t c)
{
	struct rd before;

	return rd_until(&r, c, &before);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct sshexec e;
	struct rd in = rd_of(data, size);
	size_t n = 0;

	sshexec_parse(&e, in);
	for (unsigned i = 0; i < e.n_words; i++)
		n += e.words[i].len;
	ASSERT(n <= size);
	if (e.kind <= SSHEXEC_SHELL || has(in, '\'') || has(in, '"') || has(in, '\\'))
		return 0;
	for (const char *c = ";&|<>()$`\n\r"; *c; c++)
		ASSERT(!has(in, (uint8_t)*c));
	return 0;
}
