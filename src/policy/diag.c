/*
 * Is:        the list of what is wrong (contract in the header).
 * Is not:    a logger.
 * Called by: parse, resolve, check, classes.
 * Owns:      its list.
 * Trust:     quotes hostile words.
 */
#include "policy/diag.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/wr.h"

static struct diag *add(struct diags *d, struct pos at, bool is_warning)
{
	struct diag *x;

	if (is_warning)
		d->n_warnings++;
	else
		d->n_errors++;
	if (d->n_kept == DIAG_KEPT)
		return NULL;
	x = &d->kept[d->n_kept++];
	*x = (struct diag){ .pos = at, .is_warning = is_warning };
	return x;
}

static PRINTF_LIKE(2, 0) void say(struct diag *x, const char *fmt, va_list ap)
{
	if (x)
		(void)vsnprintf(x->text, sizeof(x->text), fmt, ap);
}

void diag_error(struct diags *d, struct pos at, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say(add(d, at, false), fmt, ap);
	va_end(ap);
}

void diag_warn(struct diags *d, struct pos at, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say(add(d, at, true), fmt, ap);
	va_end(ap);
}

void diag_hint(struct diags *d, const char *fmt, ...)
{
	struct diag *x = d->n_kept ? &d->kept[d->n_kept - 1] : NULL;
	va_list ap;

	if (!x || x->hint[0] || d->n_errors + d->n_warnings > d->n_kept)
		return;
	va_start(ap, fmt);
	(void)vsnprintf(x->hint, sizeof(x->hint), fmt, ap);
	va_end(ap);
}

const char *diag_quote(struct rd r)
{
	enum { SHOWN = 48, SLOTS = 4 };
	static _Thread_local char slots[SLOTS][SHOWN * 4 + 8];
	static _Thread_local unsigned turn;
	char *s = slots[turn++ % SLOTS];
	size_t n = 0, cap = sizeof(slots[0]);
	uint8_t c;

	s[n++] = '\'';
	for (size_t i = 0; i < SHOWN && rd_at(&r, i, &c); i++)
		n += (size_t)snprintf(&s[n], cap - n, c >= 0x20 && c < 0x7f ? "%c" : "\\x%02x", c);
	(void)snprintf(&s[n], cap - n, r.len > SHOWN ? "...'" : "'");
	return s;
}

static void render_one(const struct diag *x, const struct rd *names, uint32_t n_names,
    struct wr *w)
{
	if (x->pos.file < n_names)
		wr_bytes(w, names[x->pos.file]);
	wr_text(w, ":%u:%u: %s: %s\n", x->pos.line, x->pos.col,
	    x->is_warning ? "warning" : "error", x->text);
	if (x->hint[0])
		wr_text(w, "    %s\n", x->hint);
}

bool diag_render(const struct diags *d, const struct rd *names, uint32_t n_names, struct buf *out)
{
	struct wr w = wr_to(out);

	for (uint32_t i = 0; i < d->n_kept; i++)
		render_one(&d->kept[i], names, n_names, &w);
	wr_text(&w, "%u error%s, %u warning%s", d->n_errors, d->n_errors == 1 ? "" : "s", d->n_warnings, d->n_warnings == 1 ? "" : "s");
	if (d->n_errors + d->n_warnings > d->n_kept)
		wr_text(&w, " (the first %u are shown)", d->n_kept);
	wr_str(&w, "\n");
	return wr_ok(&w);
}
