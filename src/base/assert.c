/*
 * Is:        where a broken assumption ends the process.
 * Is not:    a logger.
 * Called by: ASSERT and the allocators.
 * Owns:      nothing.
 * Trust:     no input.
 */
#include "base/assert.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

NORETURN static void say_and_abort(const char *line, int n, size_t size)
{
	size_t len = n < 0 ? 0 : (size_t)n < size ? (size_t)n : size - 1;
	ssize_t ignored = write(STDERR_FILENO, line, len);

	(void)ignored;
	abort();
}

void assert_failed(const char *what, const char *file, int line)
{
	char text[256];

	say_and_abort(text, snprintf(text, sizeof(text), "slagboom: %s:%d: assertion failed: %s\n",
	    file, line, what), sizeof(text));
}

void assert_no_memory(void)
{
	static const char text[] = "slagboom: out of memory\n";

	say_and_abort(text, (int)sizeof(text) - 1, sizeof(text));
}
