/*
 * Is:        the main of slagboom-mirror: a second copy of logs, durable, on another host.
 * Is not:    part of the gate: it has no supervisor and knows nothing of ours but the logs'
 *            public keys.
 * Called by: `slagboom mirror`, which explains the arguments.
 * Owns:      DIR: its key (mirror.seed, 0400), its lock, and a directory for each log.
 * Trust:     the network is hostile, and so are the logs.
 *
 * usage: slagboom-mirror text|json ADDRESS:PORT DIR NAME VKEY...
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "cli/command.h"
#include "cli/mirror/belts.h"
#include "cli/mirror/serve.h"
#include "cli/witness/address.h"
#include "os/fd.h"

static struct mirror_app {
	struct cosigner who;
	struct loop *loop;
	struct serve *serve;
	struct store store[COSIGNER_LOGS_MAX];
	size_t n_stores;
	int lock_fd;
	char listens[ADDRESS_ROOM];
} me = { .who = { .what = "mirror" }, .lock_fd = -1 };

static int complain(enum exit_code code, const char *what, const char *why)
{
	return cosigner_complain(&me.who, (int)code, what, why);
}

/* Nothing more is answered: what a start recovers from the disk is the truth. */
static void on_poisoned(const char *why, int err)
{
	(void)complain(EXIT_FAILED, "its copy failed", why ? why : strerror(-err));
	loop_stop(me.loop, EXIT_FAILED);
}

static int take_lock(int dir_fd, const char *dir)
{
	me.lock_fd = openat(dir_fd, "lock", O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (me.lock_fd < 0)
		return complain(EXIT_FAILED, dir, strerror(errno));
	if (flock(me.lock_fd, LOCK_EX | LOCK_NB) < 0)
		return complain(EXIT_RUNNING, dir, "another mirror uses it");
	return EXIT_OK;
}

static int prepare_stores(int dir_fd)
{
	for (size_t i = 0; i < me.who.n_logs; i++) {
		int r = store_prepare(&me.store[i], dir_fd, me.who.logs[i].name, &me.who.key, belts_uid());
		me.n_stores = i + 1;
		if (r < 0)
			return complain(EXIT_FAILED, me.store[i].origin, strerror(-r));
	}
	return EXIT_OK;
}

static int open_stores(void)
{
	for (size_t i = 0; i < me.n_stores; i++) {
		struct store *s = &me.store[i];
		int r = store_open(s);
		if (r < 0)
			return complain(EXIT_FAILED, s->origin, s->why ? s->why : strerror(-r));
	}
	return EXIT_OK;
}

/* The files of the copies are made behind the belts, by the user that it is then. */
static int run(int dir_fd, const char *listen, const char *name)
{
	struct serve_of of = { &me.who, me.store, on_poisoned };
	const char *what;
	unsigned belts;
	int fd, r = cosigner_open_key(&me.who, dir_fd, name);

	if (r == EXIT_OK)
		r = prepare_stores(dir_fd);
	if (r == EXIT_OK)
		r = cosigner_listen(&me.who, listen, &fd, me.listens);
	if (r == EXIT_OK)
		r = cosigner_loop(&me.who, &me.loop);
	if (r != EXIT_OK)
		return r;
	r = serve_start(&me.serve, fd, me.loop, &of);
	if (r < 0)
		return complain(EXIT_FAILED, "cannot serve", strerror(-r));
	r = belts_put_on(dir_fd, &belts, &what);
	if (r < 0)
		return complain(EXIT_FAILED, what, strerror(-r));
	r = open_stores();
	if (r != EXIT_OK)
		return r;
	cosigner_announce(&me.who, me.listens);
	r = loop_run(me.loop);
	return r < 0 ? complain(EXIT_FAILED, "the loop", strerror(-r)) : r;
}

static bool has_twice(const struct cosigner *c)
{
	for (size_t i = 0; i < c->n_logs; i++)
		for (size_t k = 0; k < i; k++)
			if (strcmp(c->logs[i].name, c->logs[k].name) == 0)
				return true;
	return false;
}

int main(int argc, char **argv)
{
	AUTO(fd_close) int dir_fd = -1;
	struct cosigner_place at;
	int r = cosigner_start(&me.who, argc, argv, &at);

	if (r == EXIT_OK && has_twice(&me.who))
		r = complain(EXIT_USAGE, "--log", "a log stands here twice");
	if (r == EXIT_OK)
		r = cosigner_open_dir(&me.who, at.dir, &dir_fd);
	if (r == EXIT_OK)
		r = take_lock(dir_fd, at.dir);
	if (r == EXIT_OK)
		r = run(dir_fd, at.listen, at.name);
	serve_stop(&me.serve);
	for (size_t i = 0; i < me.n_stores; i++)
		store_close(&me.store[i]);
	loop_free(&me.loop);
	ed25519_key_done(&me.who.seed_key);
	fd_close(&me.lock_fd);
	return r;
}
