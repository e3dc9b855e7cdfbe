/*
 * Is:        marks of what may be acknowledged (contract in the header).
 * Is not:    the acknowledgement.
 * Called by: evidenced, recorder.c.
 * Owns:      nothing.
 * Trust:     no input.
 */
#include "proc/evidenced/marks.h"

void marks_add(struct marks *m, struct mark mark)
{
	if (m->n == MARKS_MAX)
		m->n--;
	m->m[m->n++] = mark;
}

static void drop(struct marks *m, size_t n)
{
	m->n -= n;
	for (size_t i = 0; i < m->n; i++)
		m->m[i] = m->m[i + n];
}

bool marks_next(struct marks *m, uint64_t token, struct mark *out)
{
	if (m->n == 0 || m->m[0].token > token)
		return false;
	*out = m->m[0];
	drop(m, 1);
	return true;
}

void marks_keep(struct marks *m, struct mark mark)
{
	if (m->n == MARKS_MAX)
		drop(m, 1);
	m->m[m->n++] = mark;
}

bool marks_seq(const struct marks *m, uint64_t token, uint64_t *out)
{
	for (size_t i = 0; i < m->n; i++)
		if (m->m[i].token == token) {
			*out = m->m[i].seq;
			return true;
		}
	return false;
}

bool marks_take(struct marks *m, uint64_t size, struct mark *out)
{
	size_t n = 0;

	while (n < m->n && m->m[n].seq < size)
		n++;
	if (n == 0)
		return false;
	*out = m->m[n - 1];
	drop(m, n);
	return true;
}
