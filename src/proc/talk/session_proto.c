/*
 * Is:        the wire form of the session program's greeting.
 * Is not:    a judge of what the text in it means.
 * Called by: session, gate.
 * Owns:      nothing.
 * Trust:     hostile bytes: whoever controls sshd can speak for the program.
 */
#include "proc/talk/session_proto.h"

#include "proto/ttymodes.h"

/* u8 kind | u8 has_tty | u16 cols | u16 rows | login | command | term | modes | connection | auth |
 * u8 n_env | n_env times text. Text: u16 length and bytes. */
void session_hello_write(struct wr *w, const struct session_hello *h)
{
	wr_u8(w, (uint8_t)h->kind);
	wr_u8(w, h->has_tty);
	wr_u16(w, h->cols);
	wr_u16(w, h->rows);
	wr_part16(w, h->login);
	wr_part16(w, h->command);
	wr_part16(w, h->term);
	wr_part16(w, h->modes);
	wr_part16(w, h->connection);
	wr_part16(w, h->auth);
	wr_u8(w, (uint8_t)h->n_env);
	for (uint32_t i = 0; i < h->n_env; i++)
		wr_part16(w, h->env[i]);
}

static bool read_head(struct rd *r, struct session_hello *h)
{
	uint8_t kind, has_tty;

	if (!rd_u8(r, &kind) || kind > SESSION_SUBSYSTEM || !rd_u8(r, &has_tty) || has_tty > 1)
		return false;
	h->kind = (enum session_kind)kind;
	h->has_tty = has_tty == 1;
	return rd_u16(r, &h->cols) && rd_u16(r, &h->rows);
}

/* Only of a terminal. */
static bool read_modes(struct rd *r, struct session_hello *h)
{
	return rd_part16(r, TTYMODES_MAX, &h->modes) && ttymodes_ok(h->modes) && (h->has_tty || h->modes.len == 0);
}

static bool read_env(struct rd *r, struct session_hello *h)
{
	uint8_t n;

	if (!rd_u8(r, &n) || n > SESSION_ENV_MAX)
		return false;
	h->n_env = n;
	for (uint32_t i = 0; i < h->n_env; i++)
		if (!rd_part16(r, SESSION_TEXT_MAX, &h->env[i]))
			return false;
	return true;
}

bool session_hello_read(struct rd *r, struct session_hello *out)
{
	struct session_hello h = { .kind = SESSION_SHELL };
	struct rd t = *r;

	if (!read_head(&t, &h) || !rd_part16(&t, SESSION_LOGIN_MAX, &h.login) ||
	    !rd_part16(&t, SESSION_COMMAND_MAX, &h.command) || !rd_part16(&t, SESSION_TEXT_MAX, &h.term) ||
	    !read_modes(&t, &h) ||
	    !rd_part16(&t, SESSION_TEXT_MAX, &h.connection) || !rd_part16(&t, SESSION_TEXT_MAX, &h.auth) ||
	    !read_env(&t, &h))
		return false;
	*out = h;
	*r = t;
	return true;
}
