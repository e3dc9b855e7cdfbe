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
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/json.h"
#include "cli/command.h"
#include "cli/witness/address.h"
#include "cli/witness/belts.h"
#include "cli/witness/serve.h"
#include "crypto/start.h"
#include "os/fd.h"
#include "proc/key_store.h"

enum { LOGS_MAX = 64, LINE_MAX_LEN = 8192, FIRST_KEY = 5 };

static struct witness_app {
	bool json;
	struct loop *loop;
	struct store store;
	struct serve *serve;
	struct ed25519_key seed_key;
	struct note_key key, logs[LOGS_MAX];
	size_t n_logs;
	struct witness witness;
	struct witness_signer signer;
	char listens[ADDRESS_ROOM];
} me;

static int complain(enum exit_code code, const char *what, const char *why)
{
	(void)dprintf(STDERR_FILENO, "slagboom witness: %s: %s\n", what, why);
	return (int)code;
}

/* Whoever reads our output may be gone; that is said once and stops nothing. */
static void print(struct buf *line)
{
	static bool said;

	if ((!buf_put_u8(line, '\n') || fd_write_all(STDOUT_FILENO, buf_rd(line)) < 0) && !said) {
		said = true;
		(void)complain(EXIT_FAILED, "standard output", "nobody reads it");
	}
}

static int sign(struct witness_signer *self, struct rd message, struct ed25519_sig *out)
{
	ed25519_sign(&me.seed_key, message, out);
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
	buf_init(&b, LINE_MAX_LEN);
	if (me.json) {
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
	print(&b);
}

/* Nothing more is answered: what a start recovers from the disk is the truth. */
static void on_poisoned(void *ctx, int err)
{
	(void)complain(EXIT_FAILED, "its memory failed", me.store.why ? me.store.why : strerror(-err));
	loop_stop(me.loop, EXIT_FAILED);
}

static void on_signal(void *ctx, int sig, int sender)
{
	loop_stop(me.loop, EXIT_OK);
}

static int read_keys(int n, char **vkeys)
{
	if (n > LOGS_MAX)
		return complain(EXIT_USAGE, "--log", "too many");
	for (int i = 0; i < n; i++) {
		struct note_key *k = &me.logs[i];
		if (!note_key_parse(rd_str(vkeys[i]), k))
			return complain(EXIT_USAGE, vkeys[i], "this is not a verifier key");
		if (k->alg != NOTE_ED25519)
			return complain(EXIT_USAGE, vkeys[i], "a log signs with Ed25519, which this is not");
	}
	me.n_logs = (size_t)n;
	return EXIT_OK;
}

static int open_key(int dir_fd, const char *name)
{
	AUTO(secret_done) struct secret seed = { .p = NULL };
	int r = key_file_open(&seed, dir_fd, "witness.seed", random_system());

	if (r < 0)
		return complain(EXIT_FAILED, "witness.seed", r == -EPERM ? "others may read it; make it mode 0400 and replace the key" :
		    r == -EBADMSG ? "it does not hold 32 bytes; restore it from its backup" : strerror(-r));
	ed25519_key_init(&me.seed_key, &seed);
	note_key_make(rd_str(name), NOTE_COSIGNATURE, &me.seed_key.pub, &me.key);
	for (size_t i = 0; i < me.n_logs; i++)
		if (hash_equal(&me.logs[i].fingerprint, &me.key.fingerprint))
			return complain(EXIT_USAGE, me.logs[i].name, "this log's key is the witness's own");
	return EXIT_OK;
}

static int open_store(const char *dir, const char *name)
{
	char path[PATH_MAX];
	int r;

	if (snprintf(path, sizeof(path), "%s/witness.db", dir) >= (int)sizeof(path))
		return complain(EXIT_USAGE, dir, "its name is too long");
	r = store_open(&me.store, path, name, me.logs, me.n_logs);
	if (r < 0)
		return complain(r == -EBUSY ? EXIT_RUNNING : EXIT_FAILED, path, me.store.why);
	return EXIT_OK;
}

static int begin_serving(const char *listen)
{
	static const struct serve_calls calls = { on_answered, on_poisoned };
	sigset_t set;
	int fd, r = address_listen(listen, &fd, me.listens);

	if (r < 0)
		return complain(r == -EINVAL ? EXIT_USAGE : EXIT_FAILED, listen,
		    r == -EINVAL ? "this is not ADDRESS:PORT, with an address in numbers" : strerror(-r));
	me.signer.sign = sign;
	me.witness = (struct witness){ &me.key, me.logs, me.n_logs, &me.store.witness, &me.signer };
	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGTERM);
	(void)sigaddset(&set, SIGINT);
	(void)sigaddset(&set, SIGHUP);
	r = loop_new(&me.loop);
	if (r == 0)
		r = loop_signals(me.loop, &set, on_signal, NULL);
	if (r == 0)
		r = serve_start(&me.serve, fd, me.loop, &me.witness, &me.store, &calls, NULL);
	return r < 0 ? complain(EXIT_FAILED, "cannot serve", strerror(-r)) : EXIT_OK;
}

static void announce(void)
{
	AUTO(buf_done) struct buf vkey = { 0 };
	AUTO(buf_done) struct buf b = { 0 };
	struct json j;
	struct wr w;

	buf_init(&vkey, NOTE_VKEY_MAX);
	buf_init(&b, LINE_MAX_LEN);
	w = wr_to(&vkey);
	wr_note_key(&w, &me.key);
	if (!wr_ok(&w))
		return;
	if (me.json) {
		json_init(&j, &b);
		json_object(&j);
		json_key(&j, "url");
		AUTO(buf_done) struct buf url = { 0 };
		buf_init(&url, ADDRESS_ROOM + 16);
		w = wr_to(&url);
		wr_text(&w, "http://%s/", me.listens);
		json_text(&j, buf_rd(&url));
		json_key(&j, "vkey");
		json_text(&j, buf_rd(&vkey));
		json_end(&j);
		if (!json_ok(&j) || !wr_ok(&w))
			return;
	} else {
		w = wr_to(&b);
		wr_text(&w, "witness of %zu log%s at http://%s/\n", me.n_logs, me.n_logs == 1 ? "" : "s", me.listens);
		wr_str(&w, "vkey ");
		wr_bytes(&w, buf_rd(&vkey));
		if (!wr_ok(&w))
			return;
	}
	print(&b);
}

static int run(int dir_fd, const char *listen, const char *dir, const char *name)
{
	const char *what;
	unsigned belts;
	int r = open_key(dir_fd, name);

	if (r == EXIT_OK)
		r = open_store(dir, name);
	if (r == EXIT_OK)
		r = begin_serving(listen);
	if (r != EXIT_OK)
		return r;
	r = belts_put_on(dir_fd, &belts, &what);
	if (r < 0)
		return complain(EXIT_FAILED, what, strerror(-r));
	announce();
	r = loop_run(me.loop);
	return r < 0 ? complain(EXIT_FAILED, "the loop", strerror(-r)) : r;
}

int main(int argc, char **argv)
{
	AUTO(fd_close) int dir_fd = -1;
	int r;

	if (argc <= FIRST_KEY) {
		(void)dprintf(STDERR_FILENO, "usage: slagboom-witness text|json ADDRESS:PORT DIR NAME VKEY...; "
					     "`slagboom witness --help` explains it\n");
		return EXIT_USAGE;
	}
	me.json = strcmp(argv[1], "json") == 0;
	(void)signal(SIGPIPE, SIG_IGN);
	(void)umask(077);
	crypto_start();
	tzset(); /* the date in an answer would open a file, behind the belts */
	if (!note_name_ok(rd_str(argv[4])))
		return complain(EXIT_USAGE, "--name", "at most 255 bytes, no space and no plus sign");
	r = read_keys(argc - FIRST_KEY, argv + FIRST_KEY);
	if (r != EXIT_OK)
		return r;
	r = fd_make_dirs(argv[3], 0700);
	dir_fd = r < 0 ? -1 : open(argv[3], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir_fd < 0)
		return complain(EXIT_FAILED, argv[3], strerror(r < 0 ? -r : errno));
	r = run(dir_fd, argv[2], argv[3], argv[4]);
	serve_stop(&me.serve);
	loop_free(&me.loop);
	ed25519_key_done(&me.seed_key);
	return r;
}
