/*
 * Is:        fuzzing of sshd's log: what a line gives is in the line.
 * Is not:    linked into any program of the product.
 * Called by: libFuzzer or the replay.
 * Owns:      nothing.
 * Trust:     hostile bytes.
 */
#include "base/assert.h"
#include "proc/door/sshd_log.h"
#include "testing/fuzz.h"

static void inside(struct rd line, struct rd part)
{
	struct rd here;
	size_t i = 0;

	while (part.len && i + part.len <= line.len && !(rd_slice(&line, i, part.len, &here) && here.p == part.p))
		i++;
	ASSERT(part.len == 0 || i + part.len <= line.len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rd line = rd_of(data, size < 1024 ? size : 1024);
	struct sshd_line l = sshd_log_read(line);

	ASSERT(l.said < SSHD_SAIDS);
	inside(line, l.user);
	inside(line, l.method);
	inside(line, l.key);
	inside(line, l.target);
	if (l.said == SSHD_UNKNOWN)
		ASSERT(l.user.len + l.method.len + l.key.len + l.target.len == 0);
	return 0;
}
