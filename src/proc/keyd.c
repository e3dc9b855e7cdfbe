/*
 * Is:        the main of slagboom-keyd: the private keys of the logs.
 * Is not:    a signing oracle: it signs checkpoints of its own logs alone, and never
 *            two roots for one size or a smaller size.
 * Called by: the supervisor; evidenced asks.
 * Owns:      the keys.
 * Trust:     evidenced may have been taken over.
 */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "crypto/ed25519.h"
#include "crypto/random.h"
#include "crypto/start.h"
#include "os/fd.h"
#include "proc/child.h"
#include "proc/key_store.h"

static struct keyd {
	struct key_store store;
} keyd;

static int prepare(void *ctx, int dir_fd)
{
	struct keyd *k = ctx;

	crypto_start();
	return key_store_open(&k->store, dir_fd, random_system());
}

int main(void)
{
	static const struct child me = { .name = "keyd", .prepare = prepare, .ctx = &keyd };
	int r = child_main(&me);

	key_store_close(&keyd.store);
	return r;
}
