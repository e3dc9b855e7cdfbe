/*
 * Is:        marks of what may be acknowledged (contract in the header).
 * Is not:    the acknowledgement.
 * Called by: evidenced.
 * Owns:      nothing.
 * Trust:     no input.
 */
#include "proc/marks.h"

void marks_add(struct marks *m, struct mark mark)
{
	if (m->n == MARKS_MAX)
		m->n--;
	m->m[m->n++] = mark;
}

bool marks_take(struct marks *m, uint64_t size, struct mark *out)
{
	size_t n = 0;

	while (n < m->n && m->m[n].seq < size)
		n++;
	if (n == 0)
		return false;
	*out = m->m[n - 1];
	m->n -= n;
	for (size_t i = 0; i < m->n; i++)
		m->m[i] = m->m[i + n];
	return true;
}
