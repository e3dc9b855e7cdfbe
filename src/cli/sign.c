/*
 * Is:        a signature by ssh-keygen with an officer's own key.
 * Is not:    a holder of keys.
 * Called by: approve.c, desk_client.c.
 * Owns:      a temporary directory, for the time of the signing.
 * Trust:     the officer's own key and terminal.
 */
#include "cli/sign.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"
#include "cli/command.h"
#include "os/fd.h"

/* ssh-keygen with the officer's terminal: it asks for his passphrase, PIN or touch. */
static int run_keygen(const char *key, const char *name_space, const char *path)
{
	const char *argv[] = { "ssh-keygen", "-Y", "sign", "-q", "-n", name_space, "-f", key, path, NULL };
	int status, r;
	pid_t pid = fork();

	if (pid < 0)
		return -errno;
	if (pid == 0) {
		union { const char *const *in; char *const *out; } args = { argv };
		(void)execvp("ssh-keygen", args.out);
		_exit(127);
	}
	r = command_wait(pid, &status);
	if (r < 0)
		return r;
	return !WIFEXITED(status) ? -EINTR : WEXITSTATUS(status) == 127 ? -ENOENT : WEXITSTATUS(status) ? -EACCES : 0;
}

/* A directory for the time of the signing. */
struct workplace {
	char path[PATH_MAX];
	int fd;
};

static int sign_in(const struct workplace *at, const char *key, const char *name_space, struct rd text,
    struct buf *signature)
{
	char path[PATH_MAX + 8];
	int r;

	(void)snprintf(path, sizeof(path), "%s/text", at->path);
	r = fd_replace_file(at->fd, "text", text, 0600);
	if (r == 0)
		r = run_keygen(key, name_space, path);
	if (r == 0)
		r = fd_read_file(at->fd, "text.sig", signature);
	(void)unlinkat(at->fd, "text", 0);
	(void)unlinkat(at->fd, "text.sig", 0);
	return r;
}

int sign_with(const struct args *a, const char *key, const char *name_space, struct rd text, struct buf *signature)
{
	struct workplace at = { .fd = -1 };
	int r = command_make_folder("sign", at.path, sizeof(at.path));

	if (r < 0) {
		command_complain(a, NULL, "cannot make a directory for the text to sign: %s", strerror(-r));
		return r;
	}
	at.fd = open(at.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	r = at.fd < 0 ? -errno : sign_in(&at, key, name_space, text, signature);
	fd_close(&at.fd);
	(void)rmdir(at.path);
	if (r < 0)
		command_complain(a, "--key FILE", "ssh-keygen did not sign with %s: %s", key,
		    r == -ENOENT ? "it is not installed, or the file is not there" : "see above");
	return r;
}
