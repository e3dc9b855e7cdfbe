/*
 * Is:        a small program that drives a log on a real directory and says what it
 *            promised, so that a script can make its system calls fail; and one that
 *            checks the promises afterwards.
 * Is not:    linked into any program of the product.
 * Called by: tests/store-faults, tests/interop/tessera-fsck.
 * Owns:      the log in the directory given.
 * Trust:     no input.
 *
 * usage: store-driver write DIR N      appends until N records; prints "acked N" and
 *                                      "signed SIZE ROOT" when that was promised
 *        store-driver check DIR < PROMISES
 * exits: 0 all well; 1 a promise was broken; 3 an operation failed
 */
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/text.h"
#include "base/wr.h"
#include "evidence/log.h"
#include "evidence/store_check.h"
#include "evidence/tiler.h"

enum { BROKEN = 1, FAILED = 3, RECORDS_PER_GROUP = 5, RECORDS_PER_CHECKPOINT = 45 };

static struct disk_dir dir;
static struct log store;
static struct tiler tiler;
static char line[128];

static struct rd record(struct store_entries *self, uint64_t i)
{
	int n = snprintf(line, sizeof(line), "{\"n\":%" PRIu64 ",\"fill\":\"%*s\"}", i,
	    (int)(i % 60), "");

	return rd_of(line, (size_t)n);
}

static struct store_entries records = { .entry = record };

static void must(int r, const char *what)
{
	if (r == 0)
		return;
	(void)fprintf(stderr, "%s: %d\n", what, r);
	exit(FAILED);
}

static int open_store(bool create)
{
	static const uint8_t id[WAL_ID_LEN] = "for a test, not random";
	struct log_config c = log_defaults();
	struct wal_fault f = { .why = "" };
	int err;

	c.segment_len = 256 << 10;
	c.group_max = WAL_ENTRY_MAX + 2;
	c.reserve_len = 16 << 10;
	c.spares = 1;
	err = log_open(&store, &dir.disk, &c, &f);
	if (err == LOG_ABSENT && create) {
		log_done(&store);
		must(log_create(&dir.disk, &c, id, &f), "log_create");
		err = log_open(&store, &dir.disk, &c, &f);
	}
	if (!err)
		err = tiler_open(&tiler, &dir.disk, SHELF_SYNCFS, &f);
	if (err > 0)
		(void)fprintf(stderr, "refused: %s at %" PRIu64 ": %s\n", f.file, f.off, f.why);
	return err;
}

static void say_signed(const struct tree_state *s)
{
	AUTO(buf_done) struct buf b;
	struct wr w = wr_to(&b);

	buf_init(&b, 256);
	wr_text(&w, "signed %" PRIu64 " ", s->size);
	wr_hex(&w, rd_of(s->root.b, sizeof(s->root.b)));
	wr_str(&w, "\n");
	if (!wr_ok(&w) || write(STDOUT_FILENO, buf_rd(&b).p, b.len) != (ssize_t)b.len)
		exit(FAILED);
}

static void settle(struct tree_state *s)
{
	struct wal_fault f = { .why = "" };

	must(tiler_step(&tiler, log_durable(&store), UINT32_MAX, &f), "tiler_step");
	must(tiler_settle(&tiler, s), "tiler_settle");
}

static void append_to(uint64_t end)
{
	uint64_t index;

	while (store.wal.next < end) {
		int r = log_append(&store, record(&records, store.wal.next), false, 0, &index);
		if (r == LOG_BUSY)
			must(log_commit(&store), "log_commit");
		else if (r == LOG_NO_ROOM)
			must(log_idle(&store), "log_idle");
		else
			must(r, "log_append");
	}
	must(log_commit(&store), "log_commit");
}

static int run_write(uint64_t n)
{
	struct tree_state s;
	uint64_t settled = log_durable(&store);

	while (store.wal.next < n) {
		append_to(store.wal.next + RECORDS_PER_GROUP);
		(void)dprintf(STDOUT_FILENO, "acked %" PRIu64 "\n", log_durable(&store));
		if (store.wal.next - settled < RECORDS_PER_CHECKPOINT)
			continue;
		settled = store.wal.next;
		settle(&s);
		say_signed(&s);
		must(tiler_publish(&tiler, rd_str("as if signed\n")), "tiler_publish");
		must(log_published(&store, tiler.published), "log_published");
		must(log_idle(&store), "log_idle");
	}
	return 0;
}

static int run_check(void)
{
	uint64_t n = log_durable(&store), size;
	struct hash *leaf = store_leaves(&records, n), root, said;
	char promise[160], hex[80], why[256];
	struct tree_state s;

	while (fgets(promise, sizeof(promise), stdin)) {
		if (sscanf(promise, "acked %" SCNu64, &size) == 1 && size > n) {
			printf("%" PRIu64 " were acknowledged, %" PRIu64 " are there\n", size, n);
			return BROKEN;
		}
		if (sscanf(promise, "signed %" SCNu64 " %64s", &size, hex) != 2)
			continue;
		if (size > n || !text_hex(rd_str(hex), said.b, sizeof(said.b)))
			return BROKEN;
		store_root(leaf, size, &root);
		if (!hash_equal(&root, &said) || size > n) {
			printf("the root signed for %" PRIu64 " is not that of the records\n", size);
			return BROKEN;
		}
	}
	settle(&s);
	store_root(leaf, n, &root);
	if (s.size != n || !hash_equal(&root, &s.root) ||
	    store_check(&dir.disk, &records, leaf, n, why)) {
		printf("tiles are wrong: %s\n", why);
		return BROKEN;
	}
	mem_free(&leaf);
	return 0;
}

int main(int argc, char **argv)
{
	int err, result = 2;

	if (argc < 3)
		return 2;
	disk_dir_init(&dir, open(argv[2], O_RDONLY | O_DIRECTORY | O_CLOEXEC));
	if (strcmp(argv[1], "write") == 0 && argc == 4) {
		must(open_store(true), "open");
		result = run_write(strtoull(argv[3], NULL, 10));
	} else if (strcmp(argv[1], "check") == 0) {
		err = open_store(false);
		if (err == LOG_ABSENT)
			return fgets(line, sizeof(line), stdin) ? BROKEN : 0;
		if (err)
			return err > 0 ? BROKEN : FAILED;
		result = run_check();
	}
	tiler_done(&tiler);
	log_done(&store);
	return result;
}
