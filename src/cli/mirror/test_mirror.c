/*
 * Is:        one log's copy: every upload that must not be taken, then what is taken, that it
 *            is durable, and that it is the log.
 * Is not:    HTTP or processes (tests/levels.c).
 * Called by: the test run.
 * Owns:      a temporary directory.
 * Trust:     no input.
 */
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "cli/mirror/store.h"
#include "crypto/start.h"
#include "evidence/checkpoint.h"
#include "evidence/note.h"
#include "evidence/subtree.h"
#include "evidence/test_tree.h"
#include "os/fd.h"
#include "testing/test.h"

#define ORIGIN "gate.example/core"
enum { LEAVES = 700 };

static char dir[64];
static int dir_fd = -1;
static struct note_key self;
static struct store store;
static struct buf upload;
static struct hash leaves[2][LEAVES]; /* two histories, the same up to 600 */

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *f)
{
	return remove(path);
}

static void clean_up(void)
{
	if (dir[0])
		(void)nftw(dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static size_t entry(unsigned history, uint64_t i, uint8_t out[16])
{
	int n = snprintf((char *)out, 16, "e%llu%s", (unsigned long long)i, history && i >= 600 ? "x" : "");

	return (size_t)n;
}

static struct merkle_head head_of(unsigned history, uint64_t size)
{
	struct merkle_head h = { .size = size };
	struct merkle m;

	merkle_init(&m);
	for (uint64_t i = 0; i < size; i++)
		merkle_append(&m, &leaves[history][i]);
	merkle_root(&m, &h.root);
	return h;
}

static void reopen(void)
{
	store_close(&store);
	CHECK_INT(store_prepare(&store, dir_fd, ORIGIN, &self, 0), 0);
	CHECK_INT(store_open(&store), 0);
}

static void begin(void)
{
	static const struct ed25519_pub pub = { { 7 } };
	uint8_t text[16];

	if (dir_fd < 0) {
		crypto_start();
		CHECK(atexit(clean_up) == 0);
		buf_init(&upload, MIRROR_UPLOAD_MAX);
		note_key_make(rd_str("mirror"), NOTE_COSIGNATURE, &pub, &self);
		for (unsigned h = 0; h < 2; h++)
			for (unsigned i = 0; i < LEAVES; i++)
				hash_leaf(rd_of(text, entry(h, i, text)), &leaves[h][i]);
	} else {
		store_close(&store);
		fd_close(&dir_fd);
		clean_up();
	}
	(void)snprintf(dir, sizeof(dir), "/tmp/slagboom-mirror-XXXXXX");
	CHECK(mkdtemp(dir));
	dir_fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	CHECK(dir_fd >= 0);
	CHECK_INT(store_prepare(&store, dir_fd, ORIGIN, &self, 0), 0);
	CHECK_INT(store_open(&store), 0);
}

/* As after an add-checkpoint that the witness's judgement let pass. */
static void show(unsigned history, uint64_t size)
{
	AUTO(buf_done) struct buf note = { 0 };
	AUTO(buf_done) struct buf text = { 0 };
	struct merkle_head to = head_of(history, size);
	static const uint8_t blob[72];

	buf_init(&note, 4096);
	buf_init(&text, 4096);
	struct wr t = wr_to(&text), w = wr_to(&note);
	wr_checkpoint(&t, rd_str(ORIGIN), &to);
	wr_note(&w, buf_rd(&text));
	wr_note_sig(&w, &(struct note_key){ .name = ORIGIN, .id = 5 }, rd_of(blob, 64));
	wr_note_sig(&w, &self, rd_of(blob, 72)); /* what stands for ours */
	CHECK(wr_ok(&t) && wr_ok(&w));
	CHECK_INT(store.pending.advance(&store.pending, rd_str(ORIGIN), &store.head, &to, buf_rd(&note)), 0);
}

static struct mirror_upload make(unsigned history, uint64_t start, uint64_t end)
{
	struct test_tree tree = test_tree_of(leaves[history]);
	struct mirror_upload u;
	uint8_t text[16];

	buf_reset(&upload);
	struct wr w = wr_to(&upload);
	wr_mirror_upload(&w, rd_str(ORIGIN), start, end, rd_of(NULL, 0));
	for (uint64_t at = start; at < end; at = mirror_package_range(at, end).end) {
		AUTO(buf_done) struct buf entries = { 0 };
		struct merkle_range r = mirror_package_range(at, end);
		struct merkle_proof proof;
		buf_init(&entries, 1 << 16);
		struct wr e = wr_to(&entries);
		for (uint64_t i = at; i < r.end; i++)
			wr_part16(&e, rd_of(text, entry(history, i, text)));
		CHECK_INT(subtree_prove(&tree.source, r, end, &proof), 0);
		wr_mirror_package(&w, buf_rd(&entries), &proof);
	}
	CHECK(wr_ok(&w) && mirror_upload_parse(buf_rd(&upload), &u));
	return u;
}

static uint64_t next_now;

static int take(struct mirror_upload u)
{
	struct mirror_info info;
	int r = store_upload(&store, &u, &info);

	next_now = info.next;
	return r;
}

/* Its signature, as far as the store is concerned. */
static void publish(void)
{
	CHECK_INT(store_publish(&store, buf_rd(&store.note)), 0);
}

TEST(nothing_without_a_checkpoint)
{
	begin();
	CHECK_INT(take(make(0, 0, 10)), STORE_UNPROVED);
	CHECK_U64(next_now, 0);
}

TEST(only_about_what_was_shown)
{
	begin();
	show(0, 20);
	CHECK_INT(take(make(0, 0, 10)), STORE_CONFLICT);
	CHECK_INT(take(make(0, 0, 30)), STORE_CONFLICT);
	CHECK_INT(take(make(0, 5, 20)), STORE_CONFLICT); /* a hole */
	CHECK_U64(next_now, 0);
	CHECK_INT(take(make(0, 20, 20)), STORE_CONFLICT);
}

TEST(an_entry_that_is_not_in_the_tree)
{
	struct mirror_upload u;
	uint8_t bit = 'E';

	begin();
	show(0, 650);
	CHECK_INT(take(make(1, 0, 650)), STORE_UNPROVED); /* the other history */
	CHECK_U64(store_upload(&store, &(struct mirror_upload){ .origin = rd_str(ORIGIN), .end = 650 }, &(struct mirror_info){ 0 }),
	    STORE_PART); /* nothing in it */
	u = make(0, next_now, 650);
	/* One letter of the first entry. */
	CHECK(buf_patch(&upload, upload.len - u.packages.len + 2, &bit, 1));
	CHECK(mirror_upload_parse(buf_rd(&upload), &u));
	uint64_t before = next_now;
	CHECK_INT(take(u), STORE_UNPROVED);
	CHECK_U64(next_now, before);
	CHECK_INT(take(make(0, before, 650)), STORE_WHOLE);
}

TEST(an_upload_cut_anywhere)
{
	begin();
	show(0, 40);
	(void)make(0, 0, 40);
	for (size_t n = upload.len - 1; n > 45; n -= 7) {
		struct rd whole = buf_rd(&upload), part;
		struct mirror_upload u;
		CHECK(rd_slice(&whole, 0, n, &part) && mirror_upload_parse(part, &u));
		CHECK_INT(take(u), STORE_MALFORMED);
		CHECK_U64(next_now, 0);
	}
	CHECK_INT(take(make(0, 0, 40)), STORE_WHOLE);
}

/* Grows by odd steps, is closed and opened in between, and is the log's tree all along. */
TEST(what_is_taken_is_the_log)
{
	static const uint64_t sizes[] = { 1, 2, 100, 255, 256, 257, 511, 512, 600, 700 };
	uint64_t next = 0;

	begin();
	for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
		show(0, sizes[i]);
		uint64_t start = next > 3 ? next - 3 : next; /* some of it again */
		CHECK_INT(take(make(0, start, sizes[i])), STORE_WHOLE);
		CHECK_U64(next_now, sizes[i]);
		publish();
		next = sizes[i];
		if (i % 3 == 2)
			reopen();
		struct merkle_head h = head_of(0, sizes[i]);
		CHECK(store.head.size == h.size && hash_equal(&store.head.root, &h.root));
		CHECK(hash_equal(&store.tiler.state.root, &h.root));
	}
}

/* Durable before it is told: a copy that is opened anew has what was acknowledged, even of
 * an upload that was not whole. */
TEST(a_part_stays)
{
	AUTO(buf_done) struct buf got = { 0 };
	struct mirror_upload u, half;
	struct mirror_package p;
	uint64_t at = 0;

	begin();
	show(0, 600);
	u = make(0, 0, 600);
	half = u;
	CHECK(mirror_package_next(&half, &at, &p) && at == 256);
	struct rd first;
	CHECK(rd_slice(&u.packages, 0, u.packages.len - half.packages.len, &first));
	half = u;
	half.packages = first;
	CHECK_INT(take(half), STORE_PART);
	CHECK_U64(next_now, 256);
	reopen();
	CHECK_INT(take(make(0, 300, 600)), STORE_CONFLICT);
	CHECK_U64(next_now, 256);
	CHECK_INT(take(make(0, 0, 600)), STORE_WHOLE); /* it need not be shown again */
	buf_init(&got, 100);
	CHECK_INT(tiler_entry(&store.tiler, 255, &got), 0);
	CHECK_RD(buf_rd(&got), rd_str("e255"));
}

/* A log that shows one history, gives a part of it and goes on with another after we began anew
 * meets what it has shown: its records would lead to no root, and end a mirror of other logs too. */
TEST(what_was_shown_is_remembered)
{
	AUTO(buf_done) struct buf bad = { 0 };
	struct mirror_upload u;
	struct merkle_head first = head_of(0, 650);

	begin();
	show(0, 650);
	u = make(0, 0, 650);
	struct rd part;
	CHECK(rd_slice(&u.packages, 0, u.packages.len - 3, &part)); /* all but the last package */
	u.packages = part;
	CHECK_INT(take(u), STORE_MALFORMED);
	CHECK_U64(next_now, 512);
	reopen();
	CHECK(store.head.size == 650 && hash_equal(&store.head.root, &first.root));
	CHECK_INT(take(make(0, 512, 650)), STORE_WHOLE);
	publish();
	/* A file that says less than we have, or of another log, is none. */
	store_close(&store);
	buf_init(&bad, 1000);
	struct wr w = wr_to(&bad);
	wr_str(&w, "gate.example/core\n649\n");
	CHECK(wr_ok(&w));
	CHECK_INT(store_prepare(&store, dir_fd, ORIGIN, &self, 0), 0);
	CHECK_INT(fd_replace_file(store.dir_fd, "pending", buf_rd(&bad), 0600), 0);
	CHECK_INT(store_open(&store), -EUCLEAN);
	CHECK_STR(store.why, "the checkpoint that it was shown last is damaged");
}

/* The log was rolled back and grew differently: what is here contradicts it. */
TEST(another_history_after_a_whole_one)
{
	begin();
	show(0, 650);
	CHECK_INT(take(make(0, 0, 650)), STORE_WHOLE);
	publish();
	show(1, 680); /* the judgement of add-checkpoint would not let this pass */
	CHECK_INT(take(make(1, 650, 680)), STORE_UNPROVED);
	CHECK_U64(next_now, 650);
}
