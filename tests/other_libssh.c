/*
 * Is:        a libssh that is another than Debian 12's, as far as the request for a terminal goes:
 *            loaded in front of it (LD_PRELOAD). With WITH_MODES it has the call of 0.11, which says
 *            in the terminal's name what it was given; without, it makes another request.
 * Is not:    linked into any program.
 * Called by: tests/edges_ssh.c.
 * Owns:      nothing.
 * Trust:     no input.
 */
#include <dlfcn.h>
#include <libssh/libssh.h>
#include <stdio.h>

typedef int request_fn(ssh_channel c, const char *term, int cols, int rows);

static request_fn *libsshs(void)
{
	union { void *p; request_fn *f; } found = { dlsym(RTLD_NEXT, "ssh_channel_request_pty_size") };

	return found.f;
}

#ifdef WITH_MODES
int ssh_channel_request_pty_size_modes(ssh_channel c, const char *term, int cols, int rows, const unsigned char *modes, size_t len);

int ssh_channel_request_pty_size_modes(ssh_channel c, const char *term, int cols, int rows, const unsigned char *modes, size_t len)
{
	char text[64];

	(void)snprintf(text, sizeof(text), "%s-%zu-%u-%u", term, len, modes[0], modes[4]);
	return libsshs()(c, text, cols, rows);
}
#else
int ssh_channel_request_pty_size(ssh_channel c, const char *term, int cols, int rows)
{
	return libsshs()(c, term, cols, rows + 1);
}
#endif
