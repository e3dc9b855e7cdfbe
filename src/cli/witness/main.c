/*
 * Is:        the main of slagboom-witness: a witness that a regulator or a supplier
 *            runs alone, on a machine of its own.
 * Is not:    part of the gate: it has no supervisor and knows nothing of ours but
 *            the logs' public keys.
 * Called by: `slagboom witness`, which explains the arguments.
 * Owns:      DIR: its key (witness.seed, 0400) and its memory (witness.db).
 * Trust:     the network is hostile, and so are the logs.
 *
 * usage: slagboom-witness text|json ADDRESS:PORT DIR NAME VKEY...
 */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/json.h"
#include "cli/command.h"
#include "cli/witness/address.h"
#include "cli/witness/belts.h"
#include "cli/witness/cosigner.h"
#include "cli/witness/serve.h"
#include "os/fd.h"

static struct witness_app {
	struct cosigner who;
	struct loop *loop;
	struct store store;
	struct serve *serve;
	struct witness witness;
	struct witness_signer signer;
	char listens[ADDRESS_ROOM];
} me = { .who = { .what = "witness" } };

static int complain(enum exit_code code, const char *what, const char *why)
{
	return cosigner_complain(&me.who, (int)code, what, why);
}

static int sign(struct witness_signer *self, struct rd message, struct ed25519_sig *out)
{
	ed25519_sign(&me.who.seed_key, message, out);
	return 0;
}

/* Only what a log has signed is printed, so that nobody else can fill a disk with it. */
static void on_answered(void *ctx, const struct witness_answer *a)
{
	AUTO(buf_done) struct buf b = { 0 };
	struct json j;
	struct wr w;

	if (a->status == WITNESS_COSIGNED && a->latest.size > 0)
		return;
	buf_init(&b, COSIGNER_LINE_MAX);
	if (me.who.json) {
		json_init(&j, &b);
		json_object(&j);
		json_key(&j, "asked");
		json_u64(&j, a->asked.size);
		json_key(&j, "latest");
		json_u64(&j, a->latest.size);
		json_key(&j, "log");
		json_str(&j, a->log->name);
		json_key(&j, "status");
		json_int(&j, (int)a->status);
		json_key(&j, "why");
		json_str(&j, a->why);
		json_end(&j);
		if (!json_ok(&j))
			return;
	} else {
		w = wr_to(&b);
		wr_text(&w, "%s: %d, size %llu after %llu: %s", a->log->name, (int)a->status,
		    (unsigned long long)a->asked.size, (unsigned long long)a->latest.size, a->why);
		if (!wr_ok(&w))
			return;
	}
	cosigner_print(&me.who, &b);
}

/* Nothing more is answered: what a start recovers from the disk is the truth. */
static void on_poisoned(void *ctx, int err)
{
	(void)complain(EXIT_FAILED, "its memory failed", me.store.why ? me.store.why : strerror(-err));
	loop_stop(me.loop, EXIT_FAILED);
}

static int open_store(const char *dir, const char *name)
{
	char path[PATH_MAX];
	int r;

	if (snprintf(path, sizeof(path), "%s/witness.db", dir) >= (int)sizeof(path))
		return complain(EXIT_USAGE, dir, "its name is too long");
	r = store_open(&me.store, path, name, me.who.logs, me.who.n_logs);
	if (r < 0)
		return complain(r == -EBUSY ? EXIT_RUNNING : EXIT_FAILED, path, me.store.why);
	return EXIT_OK;
}

static int begin_serving(const char *listen)
{
	static const struct serve_calls calls = { on_answered, on_poisoned };
	int fd, r = cosigner_listen(&me.who, listen, &fd, me.listens);

	if (r != EXIT_OK)
		return r;
	me.signer.sign = sign;
	me.witness = (struct witness){ &me.who.key, me.who.logs, me.who.n_logs, &me.store.witness, &me.signer };
	r = cosigner_loop(&me.who, &me.loop);
	if (r != EXIT_OK)
		return r;
	r = serve_start(&me.serve, fd, me.loop, &me.witness, &me.store, &calls, NULL);
	return r < 0 ? complain(EXIT_FAILED, "cannot serve", strerror(-r)) : EXIT_OK;
}

static int run(int dir_fd, const struct cosigner_place *at)
{
	const char *what;
	unsigned belts;
	int r = cosigner_open_key(&me.who, dir_fd, at->name);

	if (r == EXIT_OK)
		r = open_store(at->dir, at->name);
	if (r == EXIT_OK)
		r = begin_serving(at->listen);
	if (r != EXIT_OK)
		return r;
	r = belts_put_on(dir_fd, &belts, &what);
	if (r < 0)
		return complain(EXIT_FAILED, what, strerror(-r));
	cosigner_announce(&me.who, me.listens);
	r = loop_run(me.loop);
	return r < 0 ? complain(EXIT_FAILED, "the loop", strerror(-r)) : r;
}

int main(int argc, char **argv)
{
	AUTO(fd_close) int dir_fd = -1;
	struct cosigner_place at;
	int r = cosigner_start(&me.who, argc, argv, &at);

	if (r != EXIT_OK)
		return r;
	r = cosigner_open_dir(&me.who, at.dir, &dir_fd);
	if (r != EXIT_OK)
		return r;
	r = run(dir_fd, &at);
	serve_stop(&me.serve);
	loop_free(&me.loop);
	ed25519_key_done(&me.who.seed_key);
	return r;
}
