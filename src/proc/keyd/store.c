/*
 * Is:        the private keys on disk.
 * Is not:    a vault.
 * Called by: keyd and the witness, before their sandboxes close.
 * Owns:      the keys in memory.
 * Trust:     the directory is ours alone.
 */
#include "proc/keyd/store.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "crypto/secret.h"
#include "os/fd.h"

const char *key_name(enum key_id id)
{
	static const char *const names[] = { "log-core", "log-intercept", "receipts" };

	return names[id];
}

static int load(struct secret *seed, int fd)
{
	uint8_t raw[ED25519_SEED_LEN + 1];
	struct stat st;
	ssize_t n;

	if (fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode) || st.st_mode & 077)
		return -EPERM;
	n = read(fd, raw, sizeof(raw));
	if (n == ED25519_SEED_LEN)
		secret_copy(seed, rd_of(raw, ED25519_SEED_LEN));
	mem_wipe(raw, sizeof(raw));
	return n < 0 ? -errno : n == ED25519_SEED_LEN ? 0 : -EBADMSG;
}

int key_file_open(struct secret *seed, int dir_fd, const char *file, struct random *random)
{
	AUTO(fd_close) int fd = openat(dir_fd, file, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);

	if (fd >= 0)
		return load(seed, fd);
	if (errno != ENOENT)
		return -errno;
	secret_make(seed, ED25519_SEED_LEN, random);
	return fd_replace_file(dir_fd, file, secret_rd(seed), 0400);
}

int key_store_open(struct key_store *s, int dir_fd, struct random *random)
{
	char file[64];
	int r = 0;

	*s = (struct key_store){ 0 };
	for (unsigned id = 0; id < KEY_N && r == 0; id++) {
		AUTO(secret_done) struct secret seed = { .p = NULL };
		(void)snprintf(file, sizeof(file), "%s.seed", key_name((enum key_id)id));
		r = key_file_open(&seed, dir_fd, file, random);
		if (r == 0)
			ed25519_key_init(&s->key[id], &seed);
		else
			(void)dprintf(STDERR_FILENO, "key %s: %s\n", file,
			    r == -EPERM ? "others may read it; make it mode 0400 and replace the key" :
			    r == -EBADMSG ? "it does not hold 32 bytes; restore it from its backup" : "cannot use it");
	}
	return r;
}

void key_store_close(struct key_store *s)
{
	for (unsigned id = 0; id < KEY_N; id++)
		ed25519_key_done(&s->key[id]);
}
