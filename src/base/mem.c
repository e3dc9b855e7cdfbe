/*
 * Is:        the only callers of calloc, realloc and free in the tree.
 * Is not:    a pool or an arena.
 * Called by: every folder.
 * Owns:      nothing.
 * Trust:     sizes come from code or from a quota already checked.
 */
#include "base/mem.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"

void *mem_new(size_t n, size_t size)
{
	void *p = calloc(n ? n : 1, size ? size : 1);

	if (!p)
		assert_no_memory();
	return p;
}

void *mem_new_aligned(size_t n, size_t align)
{
	void *p;

	if (posix_memalign(&p, align, n ? n : 1))
		assert_no_memory();
	mem_wipe(p, n);
	return p;
}

void *mem_resize(void *p, size_t n, size_t size)
{
	void *q = reallocarray(p, n ? n : 1, size ? size : 1);

	if (!q)
		assert_no_memory();
	return q;
}

char *mem_strdup(const char *s)
{
	char *d = strdup(s);

	if (!d)
		assert_no_memory();
	return d;
}

void mem_free(void *p)
{
	void *held;

	memcpy(&held, p, sizeof(held));
	free(held);
	held = NULL;
	memcpy(p, &held, sizeof(held));
}

void mem_wipe(void *p, size_t n)
{
	explicit_bzero(p, n);
}
