/*
 * Is:        fuzzing of MML: first byte picks the dialect, lines follow. The canonical text
 *            must be its own canonical text, and hold one command.
 * Is not:    linked into any program of the product.
 * Called by: libFuzzer or the replay.
 * Owns:      nothing.
 * Trust:     hostile bytes.
 */
#include "base/assert.h"
#include "proto/mml.h"
#include "testing/fuzz.h"

static const char *const dialects[] = {
	"dialect a\nterminator ;\nname *\nname * *\npositional no\nswitch REG NE:NAME\nsecret LGI:PWD\n",
	"dialect b\nterminator ;\nname AAAAA\npositional yes\n",
	"dialect c\nterminator ;\nname zA9A\npositional yes\nempty yes\n",
};

static void check(const struct mml_dialect *d, const struct mml_command *c)
{
	static struct mml_command again;
	AUTO(mml_done) struct mml m = { 0 };

	mml_init(&m, d);
	ASSERT(mml_add(&m, c->canonical) == 0);
	ASSERT(mml_next(&m, &again) == 0);
	ASSERT(rd_equal(&again.canonical, &c->canonical));
	ASSERT(again.n_params == c->n_params && again.is_switch == c->is_switch);
	ASSERT(mml_next(&m, &again) == MML_MORE && !mml_is_pending(&m));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct mml_command c;
	AUTO(mml_done) struct mml m = { 0 };
	struct mml_dialect d, wild;
	struct rd in = rd_of(data, size), line;
	uint8_t which = 0;
	uint32_t at;

	(void)!mml_dialect(&wild, in, &at);
	(void)!rd_u8(&in, &which);
	ASSERT(mml_dialect(&d, rd_str(dialects[which % 3]), &at) == 0);
	mml_init(&m, &d);
	while (in.len) {
		if (!rd_until(&in, '\n', &line))
			(void)!rd_take(&in, in.len, &line);
		if (mml_add(&m, line))
			continue;
		while (mml_next(&m, &c) == 0)
			check(&d, &c);
	}
	return 0;
}
