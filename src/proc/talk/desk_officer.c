/*
 * Is:        the wire form of an officer's question.
 * Is not:    what may be asked by whom.
 * Called by: deskd, cli.
 * Owns:      nothing.
 * Trust:     hostile bytes.
 */
#include "proc/talk/desk_officer.h"

#include "base/text.h"

void officer_ask_write(struct wr *w, const struct officer_ask *a)
{
	wr_u8(w, (uint8_t)a->verb);
	wr_u8(w, (uint8_t)a->n);
	if (a->n > OFFICER_ARGS_MAX)
		w->failed = true;
	for (uint32_t i = 0; !w->failed && i < a->n; i++)
		wr_part16(w, a->arg[i]);
}

bool officer_ask_read(struct rd *r, struct officer_ask *out)
{
	struct officer_ask a = { .n = 0 };
	struct rd t = *r;
	uint8_t verb, n;

	if (!rd_u8(&t, &verb) || verb == 0 || verb >= VERB_N || !rd_u8(&t, &n) || n > OFFICER_ARGS_MAX)
		return false;
	a.verb = (enum officer_verb)verb;
	for (; a.n < n; a.n++)
		if (!rd_part16(&t, OFFICER_ARG_MAX, &a.arg[a.n]) || !text_is_utf8(a.arg[a.n]))
			return false;
	*out = a;
	*r = t;
	return true;
}
