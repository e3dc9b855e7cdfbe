/*
 * Is:        age: the vectors of C2SP/CCTV (tests/vectors/age), our own files, and the
 *            age program on both sides.
 * Is not:    a test of ciphers.
 * Called by: the test run.
 * Owns:      a temporary directory.
 * Trust:     no input.
 */
#include <dirent.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <zlib.h>

#include "base/mem.h"
#include "base/text.h"
#include "crypto/random.h"
#include "crypto/sha256.h"
#include "evidence/age.h"
#include "testing/test.h"

enum { FILE_MAX = 64 << 20 };

struct vector {
	struct rd expect, payload, identity, file;
	bool is_deflated;
};

static void take_vector(struct rd raw, struct vector *v)
{
	struct rd line;

	*v = (struct vector){ .file = raw };
	while (rd_until(&raw, '\n', &line) && line.len) {
		if (rd_word(&line, "expect: "))
			v->expect = line;
		else if (rd_word(&line, "payload: "))
			v->payload = line;
		else if (rd_word(&line, "identity: "))
			v->identity = line;
		else if (rd_word(&line, "compressed: "))
			v->is_deflated = true;
	}
	v->file = raw;
}

static void inflate_file(struct vector *v, struct buf *out)
{
	uint8_t *to = mem_new(FILE_MAX, 1);
	uLongf n = FILE_MAX;

	CHECK(uncompress(to, &n, v->file.p, v->file.len) == Z_OK);
	CHECK(buf_put(out, to, n));
	v->file = buf_rd(out);
	mem_free(&to);
}

/* Reads a whole file in portions of at most `most` bytes; 0 means random ones. */
static enum age_result read_all(struct rd file, const struct secret *id, size_t n_ids, size_t most,
    struct buf *out)
{
	AUTO(age_reader_done) struct age_reader a = { .n_chunks = 0 };
	size_t used = 0;
	enum age_result e = age_read_start(&a, file, id, n_ids, &used);

	if (e != AGE_OK)
		return e == AGE_MORE ? AGE_BAD_HEADER : e;
	CHECK(rd_skip(&file, used));
	while (file.len) {
		size_t n = most ? most : 1 + test_below(100000);
		struct rd part;
		CHECK(rd_take(&file, file.len < n ? file.len : n, &part));
		e = age_read(&a, part, out);
		if (e != AGE_OK)
			return e;
	}
	return age_read_end(&a, out);
}

static const char *word(enum age_result e)
{
	static const char *const words[] = { "success", "more", "header failure", "no match",
		"HMAC failure", "payload failure" };

	return words[e];
}

static void try_vector(const char *name, const struct vector *v, size_t most)
{
	AUTO(secret_done) struct secret id = { 0 };
	AUTO(buf_done) struct buf out = { 0 };
	uint8_t got[SHA256_LEN], want[SHA256_LEN];
	enum age_result e;

	if (v->identity.p)
		CHECK(age_identity_parse(v->identity, &id));
	buf_init(&out, FILE_MAX);
	e = read_all(v->file, &id, v->identity.p ? 1 : 0, most, &out);
	if (!rd_is(&v->expect, word(e)))
		test_fail(__FILE__, __LINE__, "%s: %s", name, word(e));
	if (v->payload.p) {
		CHECK(text_hex(v->payload, want, sizeof(want)));
		sha256_of(buf_rd(&out), got);
		CHECK_RD(rd_of(got, sizeof(got)), rd_of(want, sizeof(want)));
	}
}

TEST(age_vectors)
{
	const char *root = getenv("SLAGBOOM_SRC");
	unsigned n = 0;
	char path[4096];
	DIR *d;

	(void)snprintf(path, sizeof(path), "%s/tests/vectors/age/testdata", root ? root : ".");
	d = opendir(path);
	CHECK(d);
	for (struct dirent *e; (e = readdir(d));) {
		AUTO(buf_done) struct buf inflated = { 0 };
		struct vector v;
		uint8_t *raw;
		buf_init(&inflated, FILE_MAX);
		if (e->d_name[0] == '.')
			continue;
		(void)snprintf(path, sizeof(path), "tests/vectors/age/testdata/%s", e->d_name);
		size_t len = test_file(path, &raw);
		take_vector(rd_of(raw, len), &v);
		if (v.is_deflated)
			inflate_file(&v, &inflated);
		try_vector(e->d_name, &v, v.file.len ? v.file.len : 1);
		try_vector(e->d_name, &v, 0);
		if (v.file.len < 100000)
			try_vector(e->d_name, &v, 1);
		mem_free(&raw);
		n++;
	}
	(void)closedir(d);
	CHECK_U64(n, 67);
}

static void seal(struct rd plain, const struct x25519_pub *to, size_t n, struct buf *out)
{
	AUTO(age_writer_done) struct age_writer a = { .n_chunks = 0 };

	CHECK(age_write_start(&a, to, n, random_system(), out));
	while (plain.len) {
		struct rd part;
		CHECK(rd_take(&plain, 1 + test_below(plain.len), &part));
		CHECK(age_write(&a, part, out));
	}
	CHECK(age_write_end(&a, out));
}

/* Lengths around the edges of chunks. */
static const size_t lengths[] = { 0, 1, 63, AGE_CHUNK - 1, AGE_CHUNK, AGE_CHUNK + 1,
	2 * AGE_CHUNK, 3 * AGE_CHUNK + 12345 };

static uint8_t *noise(size_t n)
{
	uint8_t *p = mem_new(n, 1);

	for (size_t i = 0; i < n; i++)
		p[i] = (uint8_t)test_random();
	return p;
}

TEST(age_opens_what_it_sealed)
{
	struct secret ids[3] = { { 0 }, { 0 }, { 0 } };
	struct x25519_pub pub[2];

	for (int i = 0; i < 3; i++)
		secret_make(&ids[i], X25519_LEN, random_system());
	x25519_public(&ids[0], &pub[0]);
	x25519_public(&ids[1], &pub[1]);
	for (size_t k = 0; k < ARRAY_LEN(lengths); k++) {
		AUTO(buf_done) struct buf sealed = { 0 }, out = { 0 };
		uint8_t *plain = noise(lengths[k]);
		buf_init(&sealed, FILE_MAX);
		buf_init(&out, FILE_MAX);
		seal(rd_of(plain, lengths[k]), pub, 2, &sealed);
		CHECK(read_all(buf_rd(&sealed), &ids[2], 1, 0, &out) == AGE_NO_MATCH);
		CHECK(read_all(buf_rd(&sealed), &ids[1], 2, 0, &out) == AGE_OK);
		CHECK_RD(buf_rd(&out), rd_of(plain, lengths[k]));
		mem_free(&plain);
	}
	for (int i = 0; i < 3; i++)
		secret_done(&ids[i]);
}

/* A short file, every byte changed and every length cut: never opened whole. */
TEST(age_notices_every_change)
{
	AUTO(secret_done) struct secret id = { 0 };
	AUTO(buf_done) struct buf sealed = { 0 }, out = { 0 };
	struct x25519_pub pub;
	struct rd all;

	buf_init(&sealed, 10000);
	buf_init(&out, 400000);
	secret_make(&id, X25519_LEN, random_system());
	x25519_public(&id, &pub);
	seal(rd_str("what the supplier saw"), &pub, 1, &sealed);
	all = buf_rd(&sealed);
	for (size_t i = 0; i < all.len; i++) {
		uint8_t *copy = mem_new(all.len, 1);
		memcpy(copy, all.p, all.len);
		copy[i] ^= (uint8_t)(1u << test_below(8));
		buf_reset(&out);
		CHECK(read_all(rd_of(copy, all.len), &id, 1, 0, &out) != AGE_OK);
		CHECK(read_all(rd_of(all.p, i), &id, 1, 0, &out) != AGE_OK);
		mem_free(&copy);
	}
}

/* A header that has not come whole yet is not a bad one. */
TEST(age_header_trickles)
{
	AUTO(secret_done) struct secret id = { 0 };
	AUTO(buf_done) struct buf sealed = { 0 };
	struct age_reader a;
	struct x25519_pub pub;
	size_t used = 0, n;

	buf_init(&sealed, 10000);
	secret_make(&id, X25519_LEN, random_system());
	x25519_public(&id, &pub);
	seal(rd_str("x"), &pub, 1, &sealed);
	for (n = 0; n < sealed.len; n++) {
		enum age_result e = age_read_start(&a, rd_of(buf_rd(&sealed).p, n), &id, 1, &used);
		if (e == AGE_OK)
			break;
		CHECK(e == AGE_MORE);
	}
	CHECK_U64(n, used);
	CHECK_U64(sealed.len - used, AGE_NONCE_LEN + 1 + 16);
	age_reader_done(&a);
}

TEST(age_reads_at_any_chunk)
{
	enum { N = 3 * AGE_CHUNK + 100 };
	AUTO(secret_done) struct secret id = { 0 };
	AUTO(buf_done) struct buf sealed = { 0 };
	AUTO(age_reader_done) struct age_reader a = { .n_chunks = 0 };
	struct x25519_pub pub;
	struct rd all, part;
	uint8_t *plain = noise(N), *out = mem_new(AGE_CHUNK, 1);
	size_t used;

	buf_init(&sealed, FILE_MAX);
	secret_make(&id, X25519_LEN, random_system());
	x25519_public(&id, &pub);
	seal(rd_of(plain, N), &pub, 1, &sealed);
	all = buf_rd(&sealed);
	CHECK(age_read_start(&a, all, &id, 1, &used) == AGE_OK);
	CHECK(rd_skip(&all, used) && rd_take(&all, AGE_NONCE_LEN, &part));
	CHECK(age_read_nonce(&a, part));
	for (uint64_t k = 4; k-- > 0;) {
		size_t n = k == 3 ? 100 : AGE_CHUNK;
		CHECK(rd_slice(&all, k * AGE_SEALED_CHUNK, n + 16, &part));
		CHECK(!age_read_chunk(&a, k, k != 3, part, out));
		CHECK(!age_read_chunk(&a, k + 1, k == 3, part, out));
		CHECK(age_read_chunk(&a, k, k == 3, part, out));
		CHECK_RD(rd_of(out, n), rd_of(plain + k * AGE_CHUNK, n));
	}
	mem_free(&plain);
	mem_free(&out);
}

TEST(age_keys_have_one_spelling)
{
	static const char *const bad[] = { "", "age1", "age",
		"age1zvkyg2lqzraa2lnjvqej32nkuu0ues2s82hzrye869xeexvn73equnujwi",
		"AGE1ZVKYG2LQZRAA2LNJVQEJ32NKUU0UES2S82HZRYE869XEEXVN73EQUNUJWJ",
		"age1Zvkyg2lqzraa2lnjvqej32nkuu0ues2s82hzrye869xeexvn73equnujwj",
		"age1zvkyg2lqzraa2lnjvqej32nkuu0ues2s82hzrye869xeexvn73equnujwjj",
		"agf1zvkyg2lqzraa2lnjvqej32nkuu0ues2s82hzrye869xeexvn73equnujwj" };
	static const char id_text[] =
	    "AGE-SECRET-KEY-1EGTZVFFV20835NWYV6270LXYVK2VKNX2MMDKWYKLMGR48UAWX40Q2P2LM0";
	AUTO(secret_done) struct secret id = { 0 };
	AUTO(secret_done) struct secret text = { 0 };
	AUTO(buf_done) struct buf b = { 0 };
	struct x25519_pub pub, again;
	struct wr w;

	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		CHECK(!age_recipient_parse(rd_str(bad[i]), &pub));
	CHECK(age_identity_parse(rd_str(id_text), &id));
	age_identity_text(&id, &text);
	CHECK_RD(secret_rd(&text), rd_str(id_text));
	x25519_public(&id, &pub);
	buf_init(&b, 100);
	w = wr_to(&b);
	wr_age_recipient(&w, &pub);
	CHECK(wr_ok(&w));
	CHECK_U64(b.len, 62);
	CHECK(age_recipient_parse(buf_rd(&b), &again));
	CHECK(memcmp(pub.b, again.b, sizeof(pub.b)) == 0);
}

/* The age program, in a directory of its own. */
static char dir[] = "/tmp/slagboom-age-XXXXXX";

static const char *in_dir(const char *name)
{
	static char paths[4][128];
	static unsigned next;
	char *p = paths[next++ % 4];

	(void)snprintf(p, sizeof(paths[0]), "%s/%s", dir, name);
	return p;
}

static bool run(const char *const *argv)
{
	extern char **environ;
	int status;
	pid_t pid;

	if (posix_spawnp(&pid, argv[0], NULL, NULL, (char *const *)(uintptr_t)argv, environ) != 0)
		return false;
	CHECK(waitpid(pid, &status, 0) == pid);
	return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static void put_file(const char *path, struct rd r)
{
	FILE *f = fopen(path, "wb");

	CHECK(f && fwrite(r.p ? r.p : (const uint8_t *)"", 1, r.len, f) == r.len);
	CHECK(fclose(f) == 0);
}

static void get_file(const char *path, struct buf *out)
{
	FILE *f = fopen(path, "rb");
	uint8_t part[4096];
	size_t n;

	buf_reset(out);
	if (!f)
		return; /* age makes no file for an empty plaintext */
	while ((n = fread(part, 1, sizeof(part), f)) > 0)
		CHECK(buf_put(out, part, n));
	(void)fclose(f);
}

static void exchange(struct rd plain, const struct secret *id, const char *recipient)
{
	AUTO(buf_done) struct buf b = { 0 }, out = { 0 };
	struct x25519_pub pub;

	buf_init(&b, FILE_MAX);
	buf_init(&out, FILE_MAX);
	x25519_public(id, &pub);
	seal(plain, &pub, 1, &b);
	put_file(in_dir("ours.age"), buf_rd(&b));
	CHECK(run((const char *const[]){ "age", "-d", "-i", in_dir("id"), "-o", in_dir("opened"),
	    in_dir("ours.age"), NULL }));
	get_file(in_dir("opened"), &b);
	CHECK_RD(buf_rd(&b), plain);
	put_file(in_dir("plain"), plain);
	CHECK(run((const char *const[]){ "age", "-r", recipient, "-o", in_dir("theirs.age"),
	    in_dir("plain"), NULL }));
	get_file(in_dir("theirs.age"), &b);
	CHECK(read_all(buf_rd(&b), id, 1, 0, &out) == AGE_OK);
	CHECK_RD(buf_rd(&out), plain);
}

TEST(age_program_opens_ours_and_we_open_its)
{
	static const char *const files[] = { "id", "ours.age", "opened", "plain", "theirs.age" };
	AUTO(secret_done) struct secret id = { 0 };
	AUTO(secret_done) struct secret text = { 0 };
	AUTO(buf_done) struct buf b = { 0 };
	struct x25519_pub pub;
	char recipient[63] = "";
	struct wr w;
	struct rd r;

	if (!run((const char *const[]){ "age", "--version", NULL }))
		test_skip("the age program is not installed");
	CHECK(mkdtemp(dir));
	secret_make(&id, X25519_LEN, random_system());
	age_identity_text(&id, &text);
	put_file(in_dir("id"), secret_rd(&text));
	buf_init(&b, 100);
	w = wr_to(&b);
	x25519_public(&id, &pub);
	wr_age_recipient(&w, &pub);
	r = buf_rd(&b);
	CHECK(rd_copy(&r, (uint8_t *)recipient, r.len));
	for (size_t k = 0; k < ARRAY_LEN(lengths); k++) {
		uint8_t *plain = noise(lengths[k]);
		exchange(rd_of(plain, lengths[k]), &id, recipient);
		mem_free(&plain);
	}
	for (size_t i = 0; i < ARRAY_LEN(files); i++)
		(void)unlink(in_dir(files[i]));
	CHECK(rmdir(dir) == 0);
}
