/*
 * Is:        a program that writes a log of many records with a signed checkpoint, for
 *            programs that are not ours to judge.
 * Is not:    linked into any program of the product; its key is in this file.
 * Called by: tests/interop/tessera-fsck.
 * Owns:      the log in the directory given.
 * Trust:     no input.
 *
 * usage: signed-log DIR N       prints the verifier key of the origin
 */
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/wr.h"
#include "crypto/ed25519.h"
#include "evidence/checkpoint.h"
#include "evidence/log.h"
#include "evidence/note.h"
#include "evidence/tiler.h"

static const char origin[] = "example.com/slagboom-test";

static struct log store;
static struct tiler tiler;

static void must(int r, const char *what)
{
	if (r == 0)
		return;
	(void)fprintf(stderr, "%s: %d\n", what, r);
	exit(1);
}

static void append_to(uint64_t end)
{
	char text[160];
	uint64_t index;

	while (store.wal.next < end) {
		uint64_t i = store.wal.next;
		int n = snprintf(text, sizeof(text), "{\"n\":%" PRIu64 ",\"fill\":\"%*s\"}", i,
		    (int)(i * i % 90), "");
		int r = log_append(&store, rd_of(text, (size_t)n), false, 0, &index);
		if (r == LOG_BUSY)
			must(log_commit(&store), "log_commit");
		else if (r == LOG_NO_ROOM)
			must(log_idle(&store), "log_idle");
		else
			must(r, "log_append");
	}
	must(log_commit(&store), "log_commit");
}

static void publish(const struct ed25519_key *key, const struct note_key *name)
{
	AUTO(buf_done) struct buf text, note;
	struct wal_fault f = { .why = "" };
	struct ed25519_sig sig;
	struct tree_state s;
	struct wr w;

	must(tiler_step(&tiler, log_durable(&store), UINT32_MAX, &f), "tiler_step");
	must(tiler_settle(&tiler, &s), "tiler_settle");
	buf_init(&text, 4096);
	buf_init(&note, 4096);
	w = wr_to(&text);
	wr_checkpoint(&w, rd_str(origin), &(struct merkle_head){ s.size, s.root });
	must(!wr_ok(&w), "wr_checkpoint");
	ed25519_sign(key, buf_rd(&text), &sig);
	w = wr_to(&note);
	wr_note(&w, buf_rd(&text));
	wr_note_sig(&w, name, rd_of(sig.b, sizeof(sig.b)));
	must(!wr_ok(&w), "wr_note");
	must(tiler_publish(&tiler, buf_rd(&note)), "tiler_publish");
	must(log_published(&store, tiler.published), "log_published");
}

static void print_key(const struct note_key *name)
{
	AUTO(buf_done) struct buf b;
	struct wr w = wr_to(&b);

	buf_init(&b, NOTE_VKEY_MAX);
	wr_note_key(&w, name);
	must(!wr_ok(&w), "wr_note_key");
	printf("%.*s", (int)b.len, (const char *)buf_rd(&b).p);
}

int main(int argc, char **argv)
{
	static const uint8_t raw[32] = "a key that protects only a test";
	AUTO(secret_done) struct secret seed = { 0 };
	struct log_config c = log_defaults();
	struct wal_fault f = { .why = "" };
	struct note_key name;
	struct ed25519_key key;
	struct disk_dir dir;
	uint64_t n;

	if (argc != 3)
		return 2;
	n = strtoull(argv[2], NULL, 10);
	secret_copy(&seed, rd_of(raw, sizeof(raw)));
	ed25519_key_init(&key, &seed);
	note_key_make(rd_str(origin), NOTE_ED25519, &key.pub, &name);
	disk_dir_init(&dir, open(argv[1], O_RDONLY | O_DIRECTORY | O_CLOEXEC));
	must(log_create(&dir.disk, &c, raw, &f), "log_create");
	must(log_open(&store, &dir.disk, &c, &f), "log_open");
	must(tiler_open(&tiler, &dir.disk, SHELF_SYNCFS, &f), "tiler_open");
	/* Several checkpoints, so that partial tiles come and go. */
	for (uint64_t part = 1; part <= 7; part++) {
		append_to(n * part / 7);
		publish(&key, &name);
	}
	print_key(&name);
	ed25519_key_done(&key);
	tiler_done(&tiler);
	log_done(&store);
	return 0;
}
