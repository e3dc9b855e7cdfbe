/*
 * Is:        rates of the tree, of signatures and of the verification of a whole log.
 * Is not:    a test: figures are printed, and nothing is judged by them.
 * Called by: make bench; by hand: bench-verify [ENTRIES [BYTES]].
 * Owns:      a log in a temporary directory, removed at the end.
 * Trust:     no input.
 */
#include <dirent.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/assert.h"
#include "base/mem.h"
#include "base/text.h"
#include "crypto/aead.h"
#include "crypto/ed25519.h"
#include "crypto/hmac.h"
#include "crypto/random.h"
#include "evidence/verify_tree.h"
#include "os/disk.h"

enum { ROUND_MS = 400 };

/* Processor time: what one core does, whatever else the machine is doing. */
static double now_s(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void row(const char *what, double n, double s, const char *unit)
{
	printf("%-44s %10.2f M%s/s  %8.1f ns each\n", what, n / s / 1e6, unit, s / n * 1e9);
}

/* Calls `once` in batches until ROUND_MS have passed. */
static void rate(const char *what, void (*once)(void))
{
	double start = now_s(), s;
	double n = 0;

	do {
		for (int i = 0; i < 100; i++)
			once();
		n += 100;
		s = now_s() - start;
	} while (s * 1000 < ROUND_MS);
	row(what, n, s, "");
}

static struct hash a, b;
static struct merkle tree;
static uint8_t entry[65536];
static size_t entry_len = 200;
static struct ed25519_key key;
static struct ed25519_sig sig;
static struct hmac_key mac;
static struct secret aead_key;
static uint8_t sealed[sizeof(entry) + AEAD_TAG_LEN];

static void once_node(void)
{
	hash_node(&a, &b, &a);
}

static void once_leaf(void)
{
	hash_leaf(rd_of(entry, entry_len), &a);
}

static void once_append(void)
{
	merkle_append(&tree, &a);
}

static void once_hmac(void)
{
	hmac_of(&mac, rd_of(entry, 12), a.b);
}

static void once_sign(void)
{
	ed25519_sign(&key, rd_of(entry, 100), &sig);
}

static void once_verify(void)
{
	ASSERT(ed25519_verify(&key.pub, rd_of(entry, 100), &sig));
}

static void once_seal(void)
{
	static const uint8_t nonce[AEAD_NONCE_LEN];

	aead_seal(&aead_key, nonce, rd_of(entry, sizeof(entry)), sealed);
}

static void primitives(void)
{
	AUTO(secret_done) struct secret seed = { 0 };

	secret_make(&seed, ED25519_SEED_LEN, random_system());
	secret_make(&aead_key, AEAD_KEY_LEN, random_system());
	ed25519_key_init(&key, &seed);
	hmac_key_init(&mac, secret_rd(&seed));
	merkle_init(&tree);
	rate("node hash", once_node);
	rate("leaf hash", once_leaf);
	rate("append a leaf hash", once_append);
	rate("HMAC of 12 bytes, pads known", once_hmac);
	rate("Ed25519 sign", once_sign);
	rate("Ed25519 verify", once_verify);
	rate("ChaCha20-Poly1305, 64 KiB", once_seal);
}

static char dir[] = "/tmp/slagboom-bench-XXXXXX";

static void make_parents(char *path)
{
	for (char *p = path + sizeof(dir); *p; p++)
		if (*p == '/') {
			*p = '\0';
			(void)mkdir(path, 0700);
			*p = '/';
		}
}

static void put(struct tile t, struct buf *out)
{
	char path[128], name[TILE_PATH_MAX];
	FILE *f;

	tile_path(t, name);
	(void)snprintf(path, sizeof(path), "%s/%s", dir, name);
	make_parents(path);
	f = fopen(path, "wb");
	ASSERT(f && fwrite(buf_rd(out).p, 1, out->len, f) == out->len && fclose(f) == 0);
	buf_reset(out);
}

static void put_level(unsigned level, struct hash *h, uint64_t n)
{
	AUTO(buf_done) struct buf out = { 0 };
	struct hash *up = mem_new(n / TILE_WIDTH + 1, sizeof(*up));

	buf_init(&out, TILE_MAX);
	for (uint64_t i = 0; i < n; i += TILE_WIDTH) {
		uint16_t w = (uint16_t)(n - i < TILE_WIDTH ? n - i : TILE_WIDTH);
		ASSERT(buf_put(&out, h[i].b, (size_t)w * sizeof(*h)));
		put((struct tile){ i / TILE_WIDTH, w, (uint8_t)level }, &out);
		if (w == TILE_WIDTH)
			tile_root(&h[i], w, &up[i / TILE_WIDTH]);
	}
	if (n >= TILE_WIDTH)
		put_level(level + 1, up, n / TILE_WIDTH);
	mem_free(&up);
}

static void put_log(uint64_t n, struct merkle_head *head)
{
	AUTO(buf_done) struct buf out = { 0 };
	struct hash *leaf = mem_new(n, sizeof(*leaf));

	buf_init(&out, BUNDLE_MAX);
	merkle_init(&tree);
	for (uint64_t i = 0; i < n; i++) {
		struct wr w = wr_to(&out);
		memcpy(entry, &i, sizeof(i));
		wr_part16(&w, rd_of(entry, entry_len));
		ASSERT(wr_ok(&w));
		hash_leaf(rd_of(entry, entry_len), &leaf[i]);
		merkle_append(&tree, &leaf[i]);
		if (i % TILE_WIDTH == TILE_WIDTH - 1 || i == n - 1)
			put((struct tile){ i / TILE_WIDTH, (uint16_t)(i % TILE_WIDTH + 1),
			    TILE_ENTRIES }, &out);
	}
	head->size = n;
	merkle_root(&tree, &head->root);
	put_level(0, leaf, n);
	mem_free(&leaf);
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *at)
{
	return remove(path);
}

static void whole_log(uint64_t n)
{
	struct verify_job job = { .head = { 0 } };
	struct disk_dir disk;
	struct verify_fault f;
	char what[64];
	int fd;

	ASSERT(mkdtemp(dir));
	put_log(n, &job.head);
	fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	ASSERT(fd >= 0);
	disk_dir_init(&disk, fd);
	verify_log_init(&job.log, &disk.disk, n, NULL);
	verify_tree_init(&job.tree);
	double start = now_s();
	ASSERT(verify_all(&job, &f) == 0 && f.kind == VERIFY_SOUND);
	(void)snprintf(what, sizeof(what), "verify a log of %zu-byte entries", entry_len);
	row(what, (double)n, now_s() - start, " entries");
	verify_log_done(&job.log);
	(void)close(fd);
	ASSERT(nftw(dir, remove_one, 16, FTW_DEPTH | FTW_PHYS) == 0);
}

int main(int argc, char **argv)
{
	uint64_t n = 1000000, len = entry_len;

	if ((argc > 1 && !text_u64(rd_str(argv[1]), &n)) ||
	    (argc > 2 && !text_u64(rd_str(argv[2]), &len)) || len < 8 || len > ENTRY_MAX ||
	    n == 0) {
		(void)fprintf(stderr, "usage: bench-verify [ENTRIES [BYTES]]\n");
		return 2;
	}
	entry_len = len;
	printf("one process, one core, entries of %zu bytes\n", entry_len);
	primitives();
	whole_log(n);
	return 0;
}
