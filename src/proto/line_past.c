/*
 * Is:        the line editor's history and its search.
 * Is not:    stored anywhere: it lives as long as the session.
 * Called by: line.c.
 * Owns:      the entries.
 * Trust:     lines that were finished here; never one typed without echo.
 */
#include "proto/line_key.h"

#include <string.h>

static struct line_past *entry(const struct line *l, size_t i)
{
	return vec_at(&l->history, i);
}

static bool same(const struct line_past *p, const struct line *l)
{
	return p->n == l->n && memcmp(p->text, l->text, l->n * sizeof(l->text[0])) == 0;
}

void line_remember(struct line *l)
{
	struct line_past *p;

	if (l->no_echo || l->n == 0 || (l->history.n && same(entry(l, l->history.n - 1), l)))
		return;
	if (l->history.n == LINE_HISTORY_MAX) {
		mem_free(&entry(l, 0)->text);
		for (size_t i = 1; i < l->history.n; i++)
			*entry(l, i - 1) = *entry(l, i);
		l->history.n--;
	}
	p = vec_push(&l->history);
	p->n = l->n;
	p->text = mem_new(l->n, sizeof(*p->text));
	for (uint32_t i = 0; i < l->n; i++)
		p->text[i] = l->text[i];
}

void line_take(struct line *l, size_t i)
{
	const uint32_t *text = i < l->history.n ? entry(l, i)->text : l->draft;
	uint32_t n = i < l->history.n ? entry(l, i)->n : l->n_draft;

	for (uint32_t k = 0; k < n; k++)
		l->text[k] = text[k];
	l->n = l->at = n;
	l->past = i;
}

bool line_move_past(struct line *l, bool older)
{
	if (older ? l->past == 0 : l->past >= l->history.n)
		return false;
	if (l->past == l->history.n) {
		for (uint32_t k = 0; k < l->n; k++)
			l->draft[k] = l->text[k];
		l->n_draft = l->n;
	}
	line_take(l, older ? l->past - 1 : l->past + 1);
	return true;
}

static bool holds(const struct line_past *p, const uint32_t *what, uint32_t n)
{
	for (uint32_t i = 0; i + n <= p->n; i++) {
		uint32_t k = 0;
		while (k < n && p->text[i + k] == what[k])
			k++;
		if (k == n)
			return true;
	}
	return false;
}

size_t line_find(const struct line *l, size_t from)
{
	for (size_t i = from; l->n_search && i-- > 0;)
		if (holds(entry(l, i), l->search, l->n_search))
			return i;
	return l->history.n;
}

void line_past_done(struct line *l)
{
	for (size_t i = 0; i < l->history.n; i++)
		mem_free(&entry(l, i)->text);
	vec_done(&l->history);
}
