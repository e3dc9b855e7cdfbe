/*
 * Is:        the wire form of what opens a channel to an element.
 * Is not:    the edge, and not the gate.
 * Called by: gate, edge_ssh, edge_line.
 * Owns:      nothing.
 * Trust:     hostile: the other side may have been taken over.
 */
#include "proc/talk/edge_proto.h"

#include "base/assert.h"
#include "proto/ttymodes.h"

/* u8 kind, u8 tty, u16 columns, u16 rows, text term, text modes, text command, u8 n, n texts; a text
 * is u16 length and bytes. */
void edge_open_write(struct wr *w, const struct edge_open *o)
{
	ASSERT(o->n_env <= EDGE_ENV_MAX);
	wr_u8(w, (uint8_t)o->kind);
	wr_u8(w, o->wants_tty);
	wr_u16(w, o->cols);
	wr_u16(w, o->rows);
	wr_part16(w, o->term);
	wr_part16(w, o->modes);
	wr_part16(w, o->command);
	wr_u8(w, (uint8_t)o->n_env);
	for (uint32_t i = 0; i < o->n_env; i++)
		wr_part16(w, o->env[i]);
}

/* No text may hold a NUL: libraries of C would read another text than was judged. */
static bool read_text(struct rd *r, size_t max, struct rd *out)
{
	struct rd part, before;

	if (!rd_part16(r, max, &part))
		return false;
	*out = part;
	return !rd_until(&part, '\0', &before);
}

static bool read_env(struct rd *r, struct edge_open *o)
{
	uint8_t n;

	if (!rd_u8(r, &n) || n > EDGE_ENV_MAX)
		return false;
	for (uint32_t i = 0; i < n; i++) {
		struct rd text, name;
		if (!read_text(r, EDGE_TEXT_MAX, &o->env[i]))
			return false;
		text = o->env[i];
		if (!rd_until(&text, '=', &name) || name.len == 0)
			return false;
	}
	o->n_env = n;
	return true;
}

bool edge_open_read(struct rd *r, struct edge_open *out)
{
	struct edge_open o = { .n_env = 0 };
	struct rd t = *r;
	uint8_t kind, tty;

	if (!rd_u8(&t, &kind) || kind > EDGE_SUBSYSTEM || !rd_u8(&t, &tty) || tty > 1)
		return false;
	if (!rd_u16(&t, &o.cols) || !rd_u16(&t, &o.rows))
		return false;
	if (!read_text(&t, EDGE_TEXT_MAX, &o.term) || !rd_part16(&t, TTYMODES_MAX, &o.modes) ||
	    !read_text(&t, EDGE_COMMAND_MAX, &o.command))
		return false;
	if (!ttymodes_ok(o.modes) || (o.modes.len && !tty))
		return false;
	if (!read_env(&t, &o))
		return false;
	o.kind = (enum edge_kind)kind;
	o.wants_tty = tty == 1;
	/* A command where one is due, and nowhere else. */
	if ((o.kind == EDGE_EXEC || o.kind == EDGE_SUBSYSTEM) != (o.command.len > 0))
		return false;
	*out = o;
	*r = t;
	return true;
}

const char *edge_failure_text(enum edge_failure f)
{
	switch (f) {
	case EDGE_UNREACHABLE:
		return "the element cannot be reached";
	case EDGE_REFUSED:
		return "the element refuses the connection";
	case EDGE_TIMEOUT:
		return "the element does not answer in time";
	case EDGE_HOST_KEY_UNKNOWN:
		return "the element's host key is not known yet: an officer must accept it";
	case EDGE_HOST_KEY_CHANGED:
		return "the element shows another host key than the one that was accepted";
	case EDGE_AUTH:
		return "the element refuses our credential";
	case EDGE_PROTOCOL:
		return "the element does not speak the protocol as it should";
	case EDGE_NO_CREDENTIAL:
		return "there is no credential for this element";
	case EDGE_LOST:
		return "the connection to the element was lost";
	case EDGE_FAILURES:
		break;
	}
	UNREACHABLE();
}
