/*
 * Is:        SHA-256, SHA-512, HMAC and HKDF against their published known answers.
 * Is not:    a test of OpenSSL; of how we call it.
 * Called by: the test run.
 * Owns:      nothing.
 * Trust:     no input.
 */
#include <string.h>

#include "base/text.h"
#include "crypto/hmac.h"
#include "crypto/sha256.h"
#include "crypto/sha512.h"
#include "testing/test.h"

/* The bytes that the hexadecimal text stands for. */
static struct rd hex(const char *s, uint8_t *out)
{
	struct rd text = rd_str(s);

	CHECK(text_hex(text, out, text.len / 2));
	return rd_of(out, text.len / 2);
}

static void check_hash(const uint8_t got[SHA256_LEN], const char *want)
{
	uint8_t raw[SHA256_LEN];

	CHECK_RD(rd_of(got, SHA256_LEN), hex(want, raw));
}

TEST(sha256_known_answers)
{
	uint8_t h[SHA256_LEN];

	sha256_of(rd_str(""), h);
	check_hash(h, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
	sha256_of(rd_str("abc"), h);
	check_hash(h, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	sha256_of(rd_str("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"), h);
	check_hash(h, "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
}

/* Every length around the ends of blocks, beside every other; then lengths by chance, in
 * place, up to what is too long for two at once. */
TEST(sha256_of_two_is_sha256_of_each)
{
	static uint8_t data[2][2000], got[2][SHA256_LEN], want[SHA256_LEN];

	for (int round = 0; round < 30000; round++) {
		size_t len[2] = { (size_t)round % 150, (size_t)round / 150 % 150 };
		if (round >= 150 * 150) {
			len[0] = (size_t)test_below(sizeof(data[0]));
			len[1] = (size_t)test_below(sizeof(data[1]));
		}
		uint8_t prefix = (uint8_t)test_random();
		for (size_t k = 0; k < 2; k++)
			for (int i = 0; i < 8; i++)
				data[k][test_below(sizeof(data[k]))] = (uint8_t)test_random();
		sha256_two(prefix, rd_of(data[0], len[0]), rd_of(data[1], len[1]), got[0], got[1]);
		for (size_t k = 0; k < 2; k++) {
			struct sha256 s;
			sha256_init(&s);
			sha256_update(&s, rd_of(&prefix, 1));
			sha256_update(&s, rd_of(data[k], len[k]));
			sha256_final(&s, want);
			CHECK_RD(rd_of(got[k], SHA256_LEN), rd_of(want, SHA256_LEN));
		}
		sha256_two(prefix, rd_of(data[0], len[0]), rd_of(data[0], len[0]), data[0], data[1]);
		CHECK_RD(rd_of(data[0], SHA256_LEN), rd_of(got[0], SHA256_LEN));
	}
}

static void check_prefixed(uint8_t prefix, struct rd message, const uint8_t *got)
{
	uint8_t want[SHA256_LEN];
	struct sha256 s;

	sha256_init(&s);
	sha256_update(&s, rd_of(&prefix, 1));
	sha256_update(&s, message);
	sha256_final(&s, want);
	CHECK_RD(rd_of(got, SHA256_LEN), rd_of(want, SHA256_LEN));
}

/* Of every number of messages, each as long as chance has it: all short, or of few blocks, or
 * some too long for a lane. */
TEST(sha256_of_many_is_sha256_of_each)
{
	static uint8_t data[600][1200], got[600 * SHA256_LEN];
	static struct rd in[600];

	for (size_t n = 0; n < 600; n += n < 80 ? 1 : 37)
		for (unsigned mood = 0; mood < 5; mood++) {
			static const size_t most[] = { 70, 130, 400, 1014, 1200 };
			uint8_t prefix = (uint8_t)test_random();
			for (size_t i = 0; i < n; i++) {
				in[i] = rd_of(data[i], (size_t)test_below(most[mood] + 1));
				data[i][test_below(sizeof(data[i]))] = (uint8_t)test_random();
			}
			sha256_many(prefix, in, n, got);
			for (size_t i = 0; i < n; i++)
				check_prefixed(prefix, in[i], &got[i * SHA256_LEN]);
		}
}

/* Every length around the ends of blocks in every lane. */
TEST(each_lane_pads_each_length)
{
	static uint8_t data[16][1100], got[16 * SHA256_LEN];
	struct rd in[16];

	for (size_t len = 0; len < 1030; len++) {
		for (size_t i = 0; i < 16; i++) {
			in[i] = rd_of(data[i], (len + i * 5) % 1030);
			data[i][test_below(1030)] = (uint8_t)test_random();
		}
		sha256_many((uint8_t)len, in, 16, got);
		for (size_t i = 0; i < 16; i++)
			check_prefixed((uint8_t)len, in[i], &got[i * SHA256_LEN]);
	}
}

/* As the nodes of a tree: 64 bytes each, into their own place. */
TEST(sha256_of_many_goes_where_the_messages_are)
{
	static uint8_t data[300 * 64], want[300 * SHA256_LEN];
	static struct rd in[300];

	for (size_t n = 1; n <= 300; n++) {
		for (size_t i = 0; i < n; i++)
			in[i] = rd_of(&data[i * 64], 64);
		data[test_below(n * 64)] = (uint8_t)test_random();
		sha256_many(1, in, n, want);
		sha256_many(1, in, n, data);
		CHECK_RD(rd_of(data, n * SHA256_LEN), rd_of(want, n * SHA256_LEN));
	}
}

TEST(sha256_in_parts_is_sha256)
{
	uint8_t data[1000], whole[SHA256_LEN], parts[SHA256_LEN];

	for (int round = 0; round < 500; round++) {
		struct rd all = rd_of(data, test_below(sizeof(data) + 1)), part, left = all;
		struct sha256 s;
		for (size_t i = 0; i < sizeof(data); i++)
			data[i] = (uint8_t)test_random();
		sha256_of(all, whole);
		sha256_init(&s);
		while (left.len) {
			CHECK(rd_take(&left, 1 + test_below(left.len), &part));
			sha256_update(&s, part);
		}
		sha256_final(&s, parts);
		CHECK_RD(rd_of(parts, SHA256_LEN), rd_of(whole, SHA256_LEN));
	}
}

TEST(sha256_pair_is_sha256)
{
	uint8_t flat[65], want[SHA256_LEN], got[SHA256_LEN];

	for (int round = 0; round < 200; round++) {
		for (size_t i = 0; i < sizeof(flat); i++)
			flat[i] = (uint8_t)test_random();
		sha256_of(rd_of(flat, sizeof(flat)), want);
		sha256_pair(flat[0], flat + 1, flat + 33, got);
		CHECK_RD(rd_of(got, SHA256_LEN), rd_of(want, SHA256_LEN));
		sha256_pair(flat[0], flat + 1, flat + 33, flat + 1);
		CHECK_RD(rd_of(flat + 1, SHA256_LEN), rd_of(want, SHA256_LEN));
	}
}

/* RFC 4231, cases 1, 2, 6 (a key longer than a block) and 7. */
TEST(hmac_known_answers)
{
	static const struct {
		const char *key, *msg, *want;
	} cases[] = {
		{ "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b", "4869205468657265",
		    "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7" },
		{ "4a656665", "7768617420646f2079612077616e7420666f72206e6f7468696e673f",
		    "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843" },
	};
	uint8_t key[256], msg[256], mac[SHA256_LEN];
	AUTO(hmac_key_done) struct hmac_key k = { 0 };

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		hmac_key_init(&k, hex(cases[i].key, key));
		hmac_of(&k, hex(cases[i].msg, msg), mac);
		check_hash(mac, cases[i].want);
	}
	memset(key, 0xaa, 131);
	hmac_key_init(&k, rd_of(key, 131));
	hmac_of(&k, rd_str("Test Using Larger Than Block-Size Key - Hash Key First"), mac);
	check_hash(mac, "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
	hmac_of(&k, rd_str("This is a test using a larger than block-size key and a larger than "
	    "block-size data. The key needs to be hashed before being used by the HMAC "
	    "algorithm."), mac);
	check_hash(mac, "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2");
}

/* RFC 5869, cases 1 and 3. */
TEST(hkdf_known_answers)
{
	uint8_t ikm[64], salt[64], info[64], out[42], want[42];

	hkdf(hex("0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b", ikm),
	    hex("000102030405060708090a0b0c", salt), hex("f0f1f2f3f4f5f6f7f8f9", info), out, 42);
	CHECK_RD(rd_of(out, 42), hex("3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf"
	    "34007208d5b887185865", want));
	hkdf(rd_of(ikm, 22), rd_str(""), rd_str(""), out, 42);
	CHECK_RD(rd_of(out, 42), hex("8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d"
	    "9d201395faa4b61a96c8", want));
}

TEST(sha512_known_answers)
{
	uint8_t h[SHA512_LEN], want[SHA512_LEN];

	sha512_of(rd_str(""), h);
	CHECK_RD(rd_of(h, SHA512_LEN),
	    hex("cf83e1357eefb8bdf1542850d66d8007d620e4050b5715dc83f4a921d36ce9ce"
		"47d0d13c5d85f2b0ff8318d2877eec2f63b931bd47417a81a538327af927da3e", want));
	sha512_of(rd_str("abc"), h);
	CHECK_RD(rd_of(h, SHA512_LEN),
	    hex("ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
		"2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f", want));
}
