/*
 * Is:        the verification of a log held in memory: found sound, then damaged in
 *            every way, and the first wrong index and file compared with the damage.
 * Is not:    the program (tests of slagboom-verify).
 * Called by: the test run.
 * Owns:      the log.
 * Trust:     no input.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "evidence/verify_tree.h"
#include "os/disk.h"
#include "testing/test.h"

enum { N = 2 * VERIFY_SPAN + 3 * TILE_WIDTH + 77, LEVELS = 3, FILES_MAX = N / TILE_WIDTH + 1 };

struct file {
	uint8_t *p;
	size_t len;
	uint16_t width;
};

/* Files by level (LEVELS: the bundles) and index. */
static struct file files[LEVELS + 1][FILES_MAX];
static struct hash leaf[N];
static struct merkle_head head;

static struct file *file_of(struct tile t)
{
	unsigned level = t.level == TILE_ENTRIES ? LEVELS : t.level;

	CHECK(t.level == TILE_ENTRIES || t.level < LEVELS);
	CHECK(t.index < FILES_MAX);
	return &files[level][t.index];
}

static int mem_open(struct disk *d, const char *path, enum disk_mode mode, int *out_fd)
{
	struct file *f;
	struct tile t;

	CHECK(tile_path_parse(rd_str(path), &t));
	f = file_of(t);
	if (!f->p || f->width != t.width)
		return -ENOENT;
	*out_fd = (int)(f - &files[0][0]);
	return 0;
}

static void mem_close(struct disk *d, int fd)
{
}

static int mem_pread(struct disk *d, int fd, uint64_t off, uint8_t *out, size_t n, size_t *out_n)
{
	struct file *f = &files[0][0] + fd;

	CHECK(off == 0);
	*out_n = f->len < n ? f->len : n;
	memcpy(out, f->p, *out_n);
	return 0;
}

static const struct disk_ops ops = { .open = mem_open, .close = mem_close, .pread = mem_pread };
static struct disk disk = { &ops };

static void entry_text(uint64_t i, char out[40])
{
	(void)snprintf(out, 40, "entry %llu%s", (unsigned long long)i,
	    i % 3 ? "" : ", a longer one");
}

static void put_file(struct tile t, struct buf *b)
{
	struct file *f = file_of(t);
	struct rd r = buf_rd(b);

	mem_free(&f->p);
	f->p = mem_new(r.len, 1);
	f->len = r.len;
	f->width = t.width;
	CHECK(rd_copy(&r, f->p, r.len));
	buf_reset(b);
}

static uint16_t width_at(unsigned level, uint64_t index)
{
	uint64_t n = tile_hashes(level, N) - index * TILE_WIDTH;

	return (uint16_t)(n < TILE_WIDTH ? n : TILE_WIDTH);
}

/* Stores the tiles of `level` over the hashes `h`, and of those above. */
static void put_tiles(unsigned level, struct hash *h, uint64_t n)
{
	AUTO(buf_done) struct buf b = { 0 };
	struct hash *up = mem_new(n / TILE_WIDTH + 1, sizeof(*up)), copy[TILE_WIDTH];

	buf_init(&b, TILE_MAX);
	for (uint64_t i = 0; i * TILE_WIDTH < n; i++) {
		uint16_t w = width_at(level, i);
		CHECK(buf_put(&b, h[i * TILE_WIDTH].b, (size_t)w * 32));
		put_file((struct tile){ i, w, (uint8_t)level }, &b);
		memcpy(copy, &h[i * TILE_WIDTH], (size_t)w * 32);
		if (w == TILE_WIDTH)
			tile_root(copy, TILE_WIDTH, &up[i]);
	}
	if (n >= TILE_WIDTH)
		put_tiles(level + 1, up, n / TILE_WIDTH);
	mem_free(&up);
}

static void put_bundles(void)
{
	AUTO(buf_done) struct buf b = { 0 };
	char text[40];

	buf_init(&b, BUNDLE_MAX);
	for (uint64_t i = 0; i < N; i++) {
		struct wr w = wr_to(&b);
		entry_text(i, text);
		wr_part16(&w, rd_str(text));
		CHECK(wr_ok(&w));
		if (i % TILE_WIDTH == TILE_WIDTH - 1 || i == N - 1)
			put_file((struct tile){ i / TILE_WIDTH, width_at(0, i / TILE_WIDTH),
			    TILE_ENTRIES }, &b);
	}
}

static void root_at(uint64_t n, struct merkle_head *out)
{
	struct merkle m;

	merkle_init(&m);
	for (uint64_t i = 0; i < n; i++)
		merkle_append(&m, &leaf[i]);
	out->size = n;
	merkle_root(&m, &out->root);
}

static void build(void)
{
	char text[40];

	if (head.size)
		return;
	for (uint64_t i = 0; i < N; i++) {
		entry_text(i, text);
		hash_leaf(rd_str(text), &leaf[i]);
	}
	put_bundles();
	put_tiles(0, leaf, N);
	root_at(N, &head);
}

static struct verify_fault judge(const struct merkle_head *known)
{
	struct verify_job j = { .head = head, .known = known };
	struct verify_fault f;

	verify_log_init(&j.log, &disk, N, NULL);
	verify_tree_init(&j.tree);
	CHECK_INT(verify_all(&j, &f), 0);
	verify_log_done(&j.log);
	return f;
}

static void check_fault(const struct merkle_head *known, enum verify_kind kind, uint64_t index,
    struct tile t)
{
	struct verify_fault f = judge(known);

	CHECK_STR(verify_kind_word(f.kind), verify_kind_word(kind));
	CHECK_U64(f.index, index);
	CHECK(f.tile.index == t.index && f.tile.level == t.level);
}

static struct tile bundle_at(uint64_t i)
{
	return (struct tile){ i / TILE_WIDTH, width_at(0, i / TILE_WIDTH), TILE_ENTRIES };
}

/* Where entry `i` begins in its bundle, its length prefix included. */
static size_t offset_of(uint64_t i)
{
	struct file *f = file_of(bundle_at(i));
	struct rd r = rd_of(f->p, f->len), entry;

	for (uint64_t k = i % TILE_WIDTH; k > 0; k--)
		CHECK(bundle_next(&r, &entry));
	return f->len - r.len;
}

TEST(a_sound_log_is_sound)
{
	struct merkle_head known;
	static const uint64_t sizes[] = { 0, 1, 255, 256, 65535, VERIFY_SPAN, VERIFY_SPAN + 300,
		2 * VERIFY_SPAN, N - 78, N - 1, N };

	build();
	CHECK(judge(NULL).kind == VERIFY_SOUND);
	for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
		root_at(sizes[i], &known);
		CHECK(judge(&known).kind == VERIFY_SOUND);
	}
}

/* Entries at the edges of spans and bundles, and some others. */
static const uint64_t places[] = { 0, 1, 255, 256, 65535, 65536, 100001, 2 * VERIFY_SPAN,
	2 * VERIFY_SPAN + 300 };

TEST(flipped_entries_are_named)
{
	build();
	for (size_t k = 0; k < ARRAY_LEN(places); k++) {
		struct file *f = file_of(bundle_at(places[k]));
		size_t at = offset_of(places[k]) + 2 + test_below(7);
		f->p[at] ^= 1;
		check_fault(NULL, VERIFY_ENTRY, places[k], bundle_at(places[k]));
		f->p[at] ^= 1;
	}
	CHECK(judge(NULL).kind == VERIFY_SOUND);
}

TEST(changed_lengths_are_named_at_their_entry)
{
	build();
	for (size_t k = 0; k < ARRAY_LEN(places); k++) {
		struct file *f = file_of(bundle_at(places[k]));
		size_t at = offset_of(places[k]);
		for (int bit = 0; bit < 16; bit++) {
			f->p[at + (size_t)bit / 8] ^= (uint8_t)(1 << bit % 8);
			struct verify_fault v = judge(NULL);
			CHECK(v.kind == VERIFY_ENTRY || v.kind == VERIFY_MALFORMED);
			CHECK_U64(v.index, places[k]);
			f->p[at + (size_t)bit / 8] ^= (uint8_t)(1 << bit % 8);
			if (k > 2)
				bit += 4;
		}
	}
}

TEST(cut_and_deleted_bundles_are_named)
{
	build();
	for (size_t k = 0; k < ARRAY_LEN(places); k++) {
		struct tile t = bundle_at(places[k]);
		struct file *f = file_of(t), saved = *f;
		f->len = offset_of(places[k]) + test_below(2);
		check_fault(NULL, VERIFY_MALFORMED, places[k], t);
		*f = saved;
		f->p = NULL;
		check_fault(NULL, VERIFY_MISSING, t.index * TILE_WIDTH, t);
		*f = saved;
	}
}

TEST(reordered_entries_and_bundles_are_named)
{
	struct tile a = bundle_at(300), b = bundle_at(70000);
	struct file *f = file_of(a), saved;
	size_t one, two, end;

	build();
	saved = *f;
	/* Entries 301 and 302 have one length: exchange them. */
	one = offset_of(301);
	two = offset_of(302);
	end = offset_of(303);
	CHECK_U64(two - one, end - two);
	uint8_t *copy = mem_new(f->len, 1);
	memcpy(copy, f->p, f->len);
	memcpy(copy + one, f->p + two, end - two);
	memcpy(copy + two, f->p + one, two - one);
	f->p = copy;
	check_fault(NULL, VERIFY_ENTRY, 301, a);
	*f = saved;
	mem_free(&copy);
	*f = *file_of(b);
	check_fault(NULL, VERIFY_ENTRY, 256, a);
	*f = saved;
	CHECK(judge(NULL).kind == VERIFY_SOUND);
}

TEST(flipped_hashes_are_named)
{
	static const struct {
		struct tile t;
		size_t hash;
		uint64_t index;
	} cases[] = {
		{ { 0, 256, 0 }, 3, 3 },
		{ { 300, 256, 0 }, 255, 300 * 256 + 255 },
		{ { 0, 256, 1 }, 7, 7 * 256 },
		{ { 1, 256, 1 }, 255, (256 + 255) * 256 },
		{ { 2, 3, 1 }, 2, 2 * VERIFY_SPAN + 2 * 256 },
		{ { 0, 2, 2 }, 1, VERIFY_SPAN },
	};

	build();
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct file *f = file_of(cases[i].t), saved = *f;
		f->p[cases[i].hash * 32 + test_below(32)] ^= 4;
		struct verify_fault v = judge(NULL);
		CHECK_STR(verify_kind_word(v.kind), "hash");
		CHECK_U64(v.index, cases[i].index);
		CHECK(v.tile.level == cases[i].t.level && v.tile.index == cases[i].t.index);
		put_tiles(0, leaf, N);
		f = file_of(cases[i].t);
		saved = *f;
		f->len--;
		CHECK(judge(NULL).kind == VERIFY_MALFORMED);
		f->p = NULL;
		CHECK(judge(NULL).kind == VERIFY_MISSING);
		*f = saved;
	}
}

/* Everything recomputed after a change, as who owns the disk can. */
TEST(a_rewritten_log_is_not_the_signed_one)
{
	struct hash saved;
	struct merkle_head known;
	struct file *f;

	build();
	root_at(70000, &known);
	saved = leaf[69999];
	f = file_of(bundle_at(69999));
	size_t at = offset_of(69999) + 3;
	f->p[at] ^= 1;
	struct rd r = rd_of(f->p, f->len), entry;
	for (uint64_t k = 0; k <= 69999 % TILE_WIDTH; k++)
		CHECK(bundle_next(&r, &entry));
	hash_leaf(entry, &leaf[69999]);
	put_tiles(0, leaf, N);
	CHECK(judge(NULL).kind == VERIFY_ROOT);
	/* With an earlier checkpoint in hand it is a fork. */
	CHECK(judge(&known).kind == VERIFY_FORK);
	/* And signed anew, only the earlier checkpoint tells. */
	struct merkle_head honest = head;
	root_at(N, &head);
	CHECK(judge(NULL).kind == VERIFY_SOUND);
	CHECK(judge(&known).kind == VERIFY_FORK);
	head = honest;
	leaf[69999] = saved;
	f->p[at] ^= 1;
	put_tiles(0, leaf, N);
	CHECK(judge(&known).kind == VERIFY_SOUND);
	known.size = N + 1;
	CHECK(judge(&known).kind == VERIFY_ROLLBACK);
	known = head;
	known.root.b[0] ^= 1;
	CHECK(judge(&known).kind == VERIFY_FORK);
}

/* Stops after every span, and goes on from the text of the state. */
static int stop_after_span(struct verify_progress *p, const struct verify_tree *t, uint64_t size)
{
	return 1;
}

TEST(verification_resumes)
{
	struct verify_progress stop = { stop_after_span };
	AUTO(buf_done) struct buf b = { 0 };
	struct verify_fault f;
	struct merkle_head known;
	unsigned rounds = 0;
	int e;

	build();
	buf_init(&b, VERIFY_STATE_MAX);
	struct verify_job j = { .head = head, .progress = &stop };
	verify_log_init(&j.log, &disk, N, NULL);
	verify_tree_init(&j.tree);
	do {
		e = verify_all(&j, &f);
		buf_reset(&b);
		struct wr w = wr_to(&b);
		wr_verify_tree(&w, &j.tree);
		CHECK(wr_ok(&w));
		CHECK(verify_tree_parse(buf_rd(&b), &j.tree));
		for (size_t n = 0; n < b.len; n += 1 + n / 8) {
			struct verify_tree t;
			CHECK(!verify_tree_parse(rd_of(buf_rd(&b).p, n), &t));
		}
		rounds++;
	} while (e == 1);
	CHECK_INT(e, 0);
	CHECK(f.kind == VERIFY_SOUND);
	CHECK_U64(rounds, 3);
	root_at(100, &known); /* lies before the place of resuming */
	j.known = &known;
	CHECK_INT(verify_all(&j, &f), -EINVAL);
	verify_log_done(&j.log);
}

static const char *check_entry(struct verify_check *c, uint64_t index, struct rd entry)
{
	char text[40];

	entry_text(index, text);
	CHECK(rd_is(&entry, text));
	return index == 70001 ? "a word" : NULL;
}

TEST(records_are_looked_at)
{
	struct verify_check check = { check_entry };
	AUTO(buf_done) struct buf b = { 0 };
	struct verify_span s, again;
	struct verify_log v;
	struct rd r;

	build();
	buf_init(&b, 1000);
	verify_log_init(&v, &disk, N, &check);
	CHECK_INT(verify_span(&v, 0, &s), 0);
	CHECK(s.fault.kind == VERIFY_SOUND);
	CHECK_INT(verify_span(&v, 1, &s), 0);
	CHECK(s.fault.kind == VERIFY_RECORD);
	CHECK_U64(s.fault.index, 70001);
	/* The tree comes first: a changed entry further on is what is reported. */
	struct file *f = file_of(bundle_at(90000));
	f->p[offset_of(90000) + 3] ^= 1;
	v.check = NULL;
	CHECK_INT(verify_span(&v, 1, &again), 0);
	CHECK(again.fault.kind == VERIFY_ENTRY);
	f->p[offset_of(90000) + 3] ^= 1;
	verify_log_done(&v);

	struct wr w = wr_to(&b);
	wr_verify_span(&w, &s);
	CHECK(wr_ok(&w));
	for (size_t n = 0; n < b.len; n++) {
		r = rd_of(buf_rd(&b).p, n);
		CHECK(!verify_span_parse(&r, &again));
	}
	r = buf_rd(&b);
	CHECK(verify_span_parse(&r, &again) && r.len == 0);
	CHECK_STR(again.fault.what, "a word");
	CHECK_U64(again.fault.index, 70001);
	CHECK(hash_equal(&again.root, &s.root));
	buf_reset(&b);
	w = wr_to(&b);
	wr_verify_fault(&w, &again.fault);
	CHECK_RD(buf_rd(&b), rd_str("tile/entries/273 holds an entry that is no sound record, "
	    "from index 70001 on: a word"));
}
