/*
 * Is:        the request for a terminal with modes (contract in the header).
 * Is not:    a copy of anything of libssh's.
 * Called by: edge_ssh; libssh, for every byte that it adds to a buffer.
 * Owns:      the symbol ssh_buffer_add_data of its process.
 * Trust:     our own values; of libssh, only what was looked at.
 */
#include "proc/edge/ssh_modes.h"

#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "base/wr.h"
#include "proto/ttymodes.h"

enum { TERM_MAX = 2048, BODY_MAX = TERM_MAX + TTYMODES_MAX + 32 };

typedef int add_data_fn(ssh_buffer b, const void *data, uint32_t len);
typedef int request_fn(ssh_channel c, const char *term, int cols, int rows, const unsigned char *modes, size_t len);

static struct {
	add_data_fn *add_data;
	request_fn *request_with_modes; /* from 0.11 on */
	const struct pty_request *now;  /* a request is being made */
	bool was_sent;
} me;

/* POSIX makes an address of dlsym's a function; C does not, but by way of a union. */
static void *find(void *where, const char *name)
{
	(void)dlerror();
	return dlsym(where, name);
}

int ssh_modes_prepare(void)
{
	union { void *p; add_data_fn *f; } add = { find(RTLD_NEXT, "ssh_buffer_add_data") };
	union { void *p; request_fn *f; } request = { find(RTLD_NEXT, "ssh_channel_request_pty_size_modes") };

	me.add_data = add.f;
	me.request_with_modes = request.f;
	if (me.add_data)
		return 0;
	(void)dprintf(STDERR_FILENO, "libssh %s has no ssh_buffer_add_data: it cannot be used\n", ssh_version(0));
	return -ELIBBAD;
}

/* string term, u32 columns, u32 rows, u32 0, u32 0, string modes (RFC 4254 section 6.2). */
static void put_body(struct wr *w, const struct pty_request *p, struct rd modes)
{
	wr_part32(w, rd_str(p->term));
	wr_u32(w, p->cols);
	wr_u32(w, p->rows);
	wr_u32(w, 0);
	wr_u32(w, 0);
	wr_part32(w, modes);
}

bool ssh_modes_put(struct rd body, const struct pty_request *p, struct buf *out)
{
	static const uint8_t end = 0;
	AUTO(buf_done) struct buf plain = { 0 };

	buf_init(&plain, BODY_MAX);
	struct wr w = wr_to(&plain), v = wr_to(out);
	put_body(&w, p, rd_of(&end, 1));
	struct rd want = buf_rd(&plain);
	if (!wr_ok(&w) || !rd_equal(&body, &want))
		return false;
	put_body(&v, p, p->modes);
	return wr_ok(&v);
}

/* libssh's own, for the whole process: see the header. */
int ssh_buffer_add_data(ssh_buffer b, const void *data, uint32_t len)
{
	AUTO(buf_done) struct buf out = { 0 };

	/* Before the belts this may be asked by a constructor of the library's. */
	if (!me.add_data && ssh_modes_prepare() < 0)
		return SSH_ERROR;
	if (!me.now || me.was_sent || !data)
		return me.add_data(b, data, len);
	buf_init(&out, BODY_MAX);
	if (!ssh_modes_put(rd_of(data, len), me.now, &out))
		return me.add_data(b, data, len);
	me.was_sent = true;
	return me.add_data(b, buf_rd(&out).p, (uint32_t)out.len);
}

int ssh_modes_request_pty(ssh_channel c, const struct pty_request *p)
{
	int r;

	if (!p->modes.len) {
		me.was_sent = true;
		return ssh_channel_request_pty_size(c, p->term, p->cols, p->rows);
	}
	if (me.request_with_modes) {
		me.was_sent = true;
		return me.request_with_modes(c, p->term, p->cols, p->rows, p->modes.p, p->modes.len);
	}
	me.now = p;
	r = ssh_channel_request_pty_size(c, p->term, p->cols, p->rows);
	me.now = NULL;
	return r;
}

bool ssh_modes_were_sent(void)
{
	return me.was_sent;
}
