/*
 * Is:        what a witness and a mirror have in common (contract in the header).
 * Is not:    what they sign.
 * Called by: the mains of cli/witness and cli/mirror.
 * Owns:      the private key.
 * Trust:     the caller's own command line.
 */
#include "cli/witness/cosigner.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/json.h"
#include "cli/command.h"
#include "cli/witness/address.h"
#include "crypto/start.h"
#include "os/fd.h"
#include "proc/keyd/store.h"

enum { FIRST_KEY = 5 };

int cosigner_complain(const struct cosigner *c, int code, const char *what, const char *why)
{
	(void)dprintf(STDERR_FILENO, "slagboom %s: %s: %s\n", c->what, what, why);
	return code;
}

/* Whoever reads our output may be gone; that is said once and stops nothing. */
void cosigner_print(const struct cosigner *c, struct buf *line)
{
	static bool said;

	if ((!buf_put_u8(line, '\n') || fd_write_all(STDOUT_FILENO, buf_rd(line)) < 0) && !said) {
		said = true;
		(void)cosigner_complain(c, EXIT_FAILED, "standard output", "nobody reads it");
	}
}

static int read_keys(struct cosigner *c, int n, char **vkeys)
{
	if (n > COSIGNER_LOGS_MAX)
		return cosigner_complain(c, EXIT_USAGE, "--log", "too many");
	for (int i = 0; i < n; i++) {
		struct note_key *k = &c->logs[i];
		if (!note_key_parse(rd_str(vkeys[i]), k))
			return cosigner_complain(c, EXIT_USAGE, vkeys[i], "this is not a verifier key");
		if (k->alg != NOTE_ED25519)
			return cosigner_complain(c, EXIT_USAGE, vkeys[i], "a log signs with Ed25519, which this is not");
	}
	c->n_logs = (size_t)n;
	return EXIT_OK;
}

int cosigner_start(struct cosigner *c, int argc, char **argv, struct cosigner_place *out)
{
	if (argc <= FIRST_KEY) {
		(void)dprintf(STDERR_FILENO, "usage: slagboom-%s text|json ADDRESS:PORT DIR NAME VKEY...; "
					     "`slagboom %s --help` explains it\n", c->what, c->what);
		return EXIT_USAGE;
	}
	*out = (struct cosigner_place){ .listen = argv[2], .dir = argv[3], .name = argv[4] };
	c->json = strcmp(argv[1], "json") == 0;
	(void)signal(SIGPIPE, SIG_IGN);
	(void)umask(077);
	crypto_start();
	tzset(); /* the date in an answer would open a file, behind the belts */
	if (!note_name_ok(rd_str(out->name)))
		return cosigner_complain(c, EXIT_USAGE, "--name", "at most 255 bytes, no space and no plus sign");
	return read_keys(c, argc - FIRST_KEY, argv + FIRST_KEY);
}

int cosigner_open_key(struct cosigner *c, int dir_fd, const char *name)
{
	AUTO(secret_done) struct secret seed = { .p = NULL };
	char file[32];
	int r;

	(void)snprintf(file, sizeof(file), "%s.seed", c->what);
	r = key_file_open(&seed, dir_fd, file, random_system());
	if (r < 0)
		return cosigner_complain(c, EXIT_FAILED, file, r == -EPERM ? "others may read it; make it mode 0400 and replace the key" :
		    r == -EBADMSG ? "it does not hold 32 bytes; restore it from its backup" : strerror(-r));
	ed25519_key_init(&c->seed_key, &seed);
	note_key_make(rd_str(name), NOTE_COSIGNATURE, &c->seed_key.pub, &c->key);
	for (size_t i = 0; i < c->n_logs; i++)
		if (hash_equal(&c->logs[i].fingerprint, &c->key.fingerprint))
			return cosigner_complain(c, EXIT_USAGE, c->logs[i].name, "this log's key is our own");
	return EXIT_OK;
}

int cosigner_open_dir(const struct cosigner *c, const char *path, int *out_fd)
{
	int r = fd_make_dirs(path, 0700);

	*out_fd = r < 0 ? -1 : open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return *out_fd >= 0 ? EXIT_OK : cosigner_complain(c, EXIT_FAILED, path, strerror(r < 0 ? -r : errno));
}

static void on_signal(void *ctx, int sig, int sender)
{
	loop_stop(*(struct loop **)ctx, EXIT_OK);
}

int cosigner_loop(const struct cosigner *c, struct loop **out)
{
	static struct loop *loop; /* one a process */
	sigset_t set;
	int r;

	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGTERM);
	(void)sigaddset(&set, SIGINT);
	(void)sigaddset(&set, SIGHUP);
	r = loop_new(&loop);
	if (r == 0)
		r = loop_signals(loop, &set, on_signal, &loop);
	*out = loop;
	return r < 0 ? cosigner_complain(c, EXIT_FAILED, "the loop", strerror(-r)) : EXIT_OK;
}

int cosigner_listen(const struct cosigner *c, const char *listen, int *out_fd, char *out)
{
	int r = address_listen(listen, out_fd, out);

	if (r == 0)
		return EXIT_OK;
	return cosigner_complain(c, r == -EINVAL ? EXIT_USAGE : EXIT_FAILED, listen,
	    r == -EINVAL ? "this is not ADDRESS:PORT, with an address in numbers" : strerror(-r));
}

static bool write_json(struct buf *out, const char *listens, struct rd vkey)
{
	AUTO(buf_done) struct buf url = { 0 };
	struct json j;

	buf_init(&url, ADDRESS_ROOM + 16);
	struct wr w = wr_to(&url);
	wr_text(&w, "http://%s/", listens);
	json_init(&j, out);
	json_object(&j);
	json_key(&j, "url");
	json_text(&j, buf_rd(&url));
	json_key(&j, "vkey");
	json_text(&j, vkey);
	json_end(&j);
	return json_ok(&j) && wr_ok(&w);
}

void cosigner_announce(const struct cosigner *c, const char *listens)
{
	AUTO(buf_done) struct buf vkey = { 0 };
	AUTO(buf_done) struct buf b = { 0 };

	buf_init(&vkey, NOTE_VKEY_MAX);
	buf_init(&b, COSIGNER_LINE_MAX);
	struct wr k = wr_to(&vkey), w = wr_to(&b);
	wr_note_key(&k, &c->key);
	if (!wr_ok(&k))
		return;
	if (c->json) {
		if (!write_json(&b, listens, buf_rd(&vkey)))
			return;
	} else {
		wr_text(&w, "%s of %zu log%s at http://%s/\n", c->what, c->n_logs, c->n_logs == 1 ? "" : "s", listens);
		wr_str(&w, "vkey ");
		wr_bytes(&w, buf_rd(&vkey));
		if (!wr_ok(&w))
			return;
	}
	cosigner_print(c, &b);
}
