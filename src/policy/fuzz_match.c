/*
 * Is:        the fuzz target of patterns and commands: the first line is a pattern, the
 *            rest a command.
 * Is not:    a test of the pack.
 * Called by: the fuzzer and the replay of its corpus.
 * Owns:      nothing.
 * Trust:     hostile bytes.
 */
#include "base/assert.h"
#include "policy/classes.h"
#include "policy/match.h"
#include "testing/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rd rest = rd_of(data, size), pattern;
	const char *why = NULL;
	size_t at;
	AUTO(match_free) struct match *m = NULL;
	AUTO(buf_done) struct buf line = { 0 };

	/* A long pattern makes a large automaton: slow to fuzz, not interesting. */
	if (!rd_until(&rest, '\n', &pattern) || pattern.len > 48)
		return 0;
	m = match_new(pattern, &why, &at);
	if (!m) {
		ASSERT(why && at <= pattern.len + 1);
		return 0;
	}
	buf_init(&line, CLASSES_COMMAND_MAX + 1);
	if (classes_normalise(rest, &line))
		(void)match_line(m, buf_rd(&line));
	(void)match_line(m, rest);
	return 0;
}
