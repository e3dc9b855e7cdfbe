/*
 * Is:        the reader of MML dialect files (format: dialects/).
 * Is not:    the reader of commands (mml.c).
 * Called by: whoever sets up an asset of an MML dialect.
 * Owns:      nothing.
 * Trust:     the operator's file, parsed strictly.
 */
#include "proto/mml.h"

#include "base/text.h"

static struct rd rest_of(struct rd line)
{
	uint8_t c;

	while (rd_word(&line, " ") || rd_word(&line, "\t"))
		;
	while (line.len && rd_at(&line, line.len - 1, &c) && (c == ' ' || c == '\r' || c == '\t'))
		(void)!rd_slice(&line, 0, line.len - 1, &line);
	return line;
}

static bool add(struct rd *list, unsigned *n, unsigned max, struct rd value)
{
	if (*n == max || value.len == 0)
		return false;
	list[(*n)++] = value;
	return true;
}

static bool yes_no(struct rd value, bool *out)
{
	*out = rd_is(&value, "yes");
	return *out || rd_is(&value, "no");
}

static bool directive(struct mml_dialect *d, struct rd word, struct rd value)
{
	if (rd_is(&word, "dialect"))
		d->name = value;
	else if (rd_is(&word, "terminator"))
		return value.len == 1 && rd_u8(&value, &d->terminator) && d->terminator > ' ';
	else if (rd_is(&word, "name"))
		return add(d->names, &d->n_names, MML_NAMES_MAX, value);
	else if (rd_is(&word, "switch"))
		return add(d->switches, &d->n_switches, MML_SWITCHES_MAX, value);
	else if (rd_is(&word, "secret"))
		return add(d->secrets, &d->n_secrets, MML_SWITCHES_MAX, value);
	else if (rd_is(&word, "prompt"))
		d->prompt = value;
	else if (rd_is(&word, "positional"))
		return yes_no(value, &d->positional);
	else if (rd_is(&word, "empty"))
		return yes_no(value, &d->empty);
	else
		return false;
	return value.len > 0;
}

int mml_dialect(struct mml_dialect *d, struct rd text, uint32_t *out_line)
{
	struct rd line, word;

	*d = (struct mml_dialect){ .terminator = 0 };
	*out_line = 0;
	if (text.len > MML_DIALECT_MAX)
		return MML_BAD;
	while (text.len) {
		if (!rd_until(&text, '\n', &line))
			(void)!rd_take(&text, text.len, &line);
		(*out_line)++;
		if (rd_word(&line, "#") || !rd_token(&line, &word) || rd_is(&word, "\r"))
			continue;
		if (!directive(d, word, rest_of(line)))
			return MML_BAD;
	}
	return d->name.len && d->n_names && d->terminator ? 0 : MML_BAD;
}
