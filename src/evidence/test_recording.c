/*
 * Is:        recordings: any two keepers open one, no keeper alone; segments in any
 *            portions.
 * Is not:    a test of age (test_age.c).
 * Called by: the test run.
 * Owns:      nothing.
 * Trust:     no input.
 */
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "crypto/random.h"
#include "evidence/packer.h"
#include "evidence/recording.h"
#include "testing/test.h"

enum { N = RECORDING_KEEPERS_MAX };

static struct secret ids[N];
static struct recording_keeper keepers[N];
static struct recording rec;
static struct buf shares[N];

static void start(size_t n)
{
	static const char *const names[N] = { "dpo", "works.council", "regulator" };

	for (size_t i = 0; i < N; i++) {
		if (!ids[i].p) {
			secret_make(&ids[i], X25519_LEN, random_system());
			buf_init(&shares[i], 10000);
		}
		keepers[i].name = rd_str(names[i]);
		x25519_public(&ids[i], &keepers[i].recipient);
		buf_reset(&shares[i]);
	}
	CHECK(recording_start(&rec, keepers, n, random_system(), shares));
}

static void open_file(struct rd sealed, const struct secret *id, struct buf *out)
{
	AUTO(age_reader_done) struct age_reader a = { .n_chunks = 0 };
	size_t used;

	CHECK(age_read_start(&a, sealed, id, 1, &used) == AGE_OK);
	CHECK(rd_skip(&sealed, used));
	CHECK(age_read(&a, sealed, out) == AGE_OK);
	CHECK(age_read_end(&a, out) == AGE_OK);
}

static void open_share(size_t i, struct recording_share *out)
{
	AUTO(buf_done) struct buf plain = { 0 };

	buf_init(&plain, 200000);
	open_file(buf_rd(&shares[i]), &ids[i], &plain);
	CHECK(recording_share_parse(buf_rd(&plain), out));
}

static bool joins(const struct recording_share *a, const struct recording_share *b)
{
	AUTO(secret_done) struct secret id = { 0 };
	struct x25519_pub pub;

	if (!recording_join(a, b, &id))
		return false;
	x25519_public(&id, &pub);
	CHECK(memcmp(pub.b, rec.recipient.b, sizeof(pub.b)) == 0);
	return true;
}

TEST(any_two_keepers_and_no_one_alone)
{
	for (size_t n = 2; n <= N; n++) {
		struct recording_share s[N], other;
		start(n);
		for (size_t i = 0; i < n; i++)
			open_share(i, &s[i]);
		for (size_t i = 0; i < n; i++)
			for (size_t j = 0; j < n; j++)
				CHECK(joins(&s[i], &s[j]) == (i != j));
		start(n);
		open_share(1, &other);
		CHECK(!joins(&s[0], &other)); /* of another recording */
		memcpy(other.id, s[0].id, sizeof(other.id));
		CHECK(!joins(&s[0], &other));
		for (size_t i = 0; i < n; i++)
			recording_share_done(&s[i]);
		recording_share_done(&other);
	}
}

/* What the header promises to who has nothing of ours: one exclusive or. */
TEST(the_xor_of_two_halves_is_an_identity_file)
{
	struct recording_share a, b;
	uint8_t text[AGE_IDENTITY_LEN];
	AUTO(secret_done) struct secret id = { 0 };

	start(3);
	open_share(0, &a);
	open_share(2, &b);
	CHECK_STR(a.with[1].name, "regulator");
	CHECK_STR(b.with[0].name, "dpo");
	for (size_t i = 0; i < sizeof(text); i++)
		text[i] = a.with[1].half.p[i] ^ b.with[0].half.p[i];
	CHECK(age_identity_parse(rd_of(text, sizeof(text)), &id));
	recording_share_done(&a);
	recording_share_done(&b);
}

TEST(recording_refuses_keepers_that_are_one)
{
	start(2);
	keepers[1].recipient = keepers[0].recipient;
	CHECK(!recording_start(&rec, keepers, 2, random_system(), shares));
	x25519_public(&ids[1], &keepers[1].recipient);
	keepers[1].name = keepers[0].name;
	CHECK(!recording_start(&rec, keepers, 2, random_system(), shares));
	keepers[1].name = rd_str("two words");
	CHECK(!recording_start(&rec, keepers, 2, random_system(), shares));
	keepers[1].name = rd_str("");
	CHECK(!recording_start(&rec, keepers, 2, random_system(), shares));
}

TEST(shares_have_one_spelling)
{
	AUTO(buf_done) struct buf plain = { 0 };
	struct recording_share s;
	struct rd all;

	buf_init(&plain, 200000);
	start(3);
	open_file(buf_rd(&shares[0]), &ids[0], &plain);
	all = buf_rd(&plain);
	CHECK(recording_share_parse(all, &s));
	recording_share_done(&s);
	/* A cut after a whole half leaves a share with fewer halves. */
	for (size_t n = 0; n < all.len; n++) {
		bool whole = n == all.len - strlen("with regulator \n") - 2 * AGE_IDENTITY_LEN;
		if (recording_share_parse(rd_of(all.p, n), &s)) {
			CHECK(whole);
			recording_share_done(&s);
		}
	}
	CHECK(buf_put_str(&plain, "\n"));
	CHECK(!recording_share_parse(buf_rd(&plain), &s));
}

static struct frame frame_of(uint64_t i, const uint8_t *noise)
{
	return (struct frame){ .kind = (uint8_t)(1 + i % 3),
		.time_us = i * 1000,
		.bytes = rd_of(noise, (size_t)(i * 7919 % 70000)) };
}

static void come_back_and_hash(struct packer *packer, bool is_text)
{
	enum { FRAMES = 60 };
	AUTO(segment_writer_done) struct segment_writer sw = { .sealed_len = 0 };
	AUTO(buf_done) struct buf sealed = { 0 }, plain = { 0 }, unpacked = { 0 };
	AUTO(secret_done) struct secret id = { 0 };
	uint8_t *noise = mem_new(70000, 1), rec_id[RECORDING_ID_LEN];
	struct recording_share a, b;
	struct hash sum, want;
	struct frame f, g;
	uint32_t number;
	struct rd r;

	for (size_t i = 0; i < 70000; i++)
		noise[i] = is_text ? (uint8_t)"level -71 dBm "[i % 14] : (uint8_t)test_random();
	buf_init(&sealed, 16 << 20);
	buf_init(&plain, 16 << 20);
	start(3);
	CHECK(segment_start(&sw, &rec, 7, packer, random_system(), &sealed));
	for (uint64_t i = 0; i < FRAMES; i++) {
		f = frame_of(i, noise);
		CHECK(segment_frame(&sw, &f, &sealed));
	}
	CHECK(segment_end(&sw, &sealed, &sum));
	CHECK_U64(sw.sealed_len, sealed.len);
	sha256_of(buf_rd(&sealed), want.b);
	CHECK(hash_equal(&sum, &want));

	open_share(1, &a);
	open_share(2, &b);
	CHECK(recording_join(&a, &b, &id));
	open_file(buf_rd(&sealed), &id, &plain);
	r = buf_rd(&plain);
	CHECK((plain.len < 200000) == (packer && is_text));
	buf_init(&unpacked, SEGMENT_FRAMES_MAX);
	CHECK(segment_take_head(&r, rec_id, &number, &unpacked) == SEGMENT_OK);
	CHECK_RD(rd_of(rec_id, sizeof(rec_id)), rd_of(rec.id, sizeof(rec.id)));
	CHECK_U64(number, 7);
	for (uint64_t i = 0; i < FRAMES; i++) {
		CHECK(segment_take_frame(&r, &g) == SEGMENT_OK);
		f = frame_of(i, noise);
		CHECK_RD(g.bytes, f.bytes);
		CHECK(g.kind == f.kind && g.time_us == f.time_us);
	}
	CHECK_U64(r.len, 0);
	recording_share_done(&a);
	recording_share_done(&b);
	mem_free(&noise);
}

TEST(segments_come_back_and_hash)
{
	AUTO(packer_done) struct packer packer = { 0 };

	for (unsigned text = 0; text < 2; text++) {
		come_back_and_hash(NULL, text);
		come_back_and_hash(&packer, text);
	}
}

/* Begun and left, then another: nothing of the first is in it. */
TEST(packing_begins_anew)
{
	AUTO(packer_done) struct packer p = { 0 };
	AUTO(buf_done) struct buf out = { 0 }, back = { 0 };

	buf_init(&out, 1 << 20);
	buf_init(&back, 1 << 20);
	packer_start(&p);
	CHECK(packer_put(&p, rd_str("of somebody else"), false, &out));
	buf_reset(&out);
	packer_start(&p);
	CHECK(packer_put(&p, rd_str("his own"), true, &out));
	CHECK(packer_open(buf_rd(&out), &back));
	CHECK_RD(buf_rd(&back), rd_str("his own"));
}

/* What was packed is opened whole or not at all: not cut, not with something behind it, not larger than there is room,
 * not with a window that costs the reader more. */
TEST(packed_bytes_are_hostile)
{
	static const uint8_t wide[] = { 0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x88, 0x01, 0x00, 0x00 }; /* an empty block, a window of 128 MiB */
	AUTO(packer_done) struct packer p = { 0 };
	AUTO(buf_done) struct buf out = { 0 }, back = { 0 };
	uint8_t zeros[4096] = { 0 };

	buf_init(&out, 1 << 20);
	packer_start(&p);
	for (unsigned i = 0; i < 1000; i++)
		CHECK(packer_put(&p, rd_of(zeros, sizeof(zeros)), i == 999, &out));
	CHECK(out.len < 4096);
	for (size_t n = 0; n < out.len; n++) {
		buf_done(&back);
		buf_init(&back, SEGMENT_FRAMES_MAX);
		CHECK(!packer_open(rd_of(buf_rd(&out).p, n), &back));
	}
	buf_done(&back);
	buf_init(&back, 1000 * sizeof(zeros) - 1);
	CHECK(!packer_open(buf_rd(&out), &back));
	buf_done(&back);
	buf_init(&back, 1000 * sizeof(zeros));
	CHECK(packer_open(buf_rd(&out), &back));
	CHECK_U64(back.len, 1000 * sizeof(zeros));
	CHECK(buf_put_u8(&out, 0));
	buf_reset(&back);
	CHECK(!packer_open(buf_rd(&out), &back));
	buf_reset(&back);
	CHECK(!packer_open(rd_of(wide, sizeof(wide)), &back));
}

TEST(segments_trickle)
{
	static const uint8_t raw[] = "slagboom-segment@v1\n"
	    "0123456789abcdef\0\0\0\1" "\2\0\0\0\0\0\0\0\5\0\0\0\3abc";
	static const char *const magics[] = { "slagboom-segment@v1\n", "slagboom-segment-zstd@v1\n" };
	AUTO(buf_done) struct buf none = { 0 };
	uint8_t id[RECORDING_ID_LEN];
	struct frame f;
	uint32_t number;
	struct rd r;

	buf_init(&none, SEGMENT_FRAMES_MAX);
	for (size_t k = 0; k < ARRAY_LEN(magics); k++)
		for (size_t n = 0; n <= strlen(magics[k]); n++) {
			r = rd_of(magics[k], n);
			CHECK_INT(segment_take_head(&r, id, &number, &none), SEGMENT_MORE);
		}
	for (size_t n = 0; n < sizeof(raw) - 1; n++) {
		r = rd_of(raw, n);
		enum segment_result e = segment_take_head(&r, id, &number, &none);
		CHECK(e == (n < SEGMENT_HEAD_LEN ? SEGMENT_MORE : SEGMENT_OK));
		CHECK(e != SEGMENT_OK || segment_take_frame(&r, &f) == SEGMENT_MORE);
	}
	r = rd_of(raw, sizeof(raw) - 1);
	CHECK(segment_take_head(&r, id, &number, &none) == SEGMENT_OK);
	CHECK(segment_take_frame(&r, &f) == SEGMENT_OK);
	CHECK_RD(f.bytes, rd_str("abc"));
	r = rd_str("slagboom-segment@v2\n");
	CHECK(segment_take_head(&r, id, &number, &none) == SEGMENT_BAD);
	r = rd_of("\2\0\0\0\0\0\0\0\5\0\x10\0\1", 13);
	CHECK(segment_take_frame(&r, &f) == SEGMENT_BAD); /* longer than FRAME_MAX */
}
