/*
 * Is:        tests of the ssh-agent protocol's parser and encoder.
 * Is not:    a test of keyd.
 * Called by: the test run.
 * Owns:      nothing.
 * Trust:     no input.
 */
#include "proto/agent.h"

#include <string.h>

#include "testing/test.h"

#define RAW(s) rd_of(s, sizeof(s) - 1)

static uint8_t hash[64] = { 1, 2, 3 };

static int take(struct rd r, struct agent_request *q)
{
	size_t before = r.len;
	int rc = agent_request_take(&r, q);

	CHECK(rc == 0 ? r.len == 0 : r.len == before);
	return rc;
}

TEST(agent_refuses_bad_requests)
{
	struct agent_request q;

	CHECK_INT(take(RAW("\0\0\0\0"), &q), AGENT_BAD);                 /* no type */
	CHECK_INT(take(RAW("\0\0\x20\x01\x0b"), &q), AGENT_BAD);         /* too long, told at once */
	CHECK_INT(take(RAW("\xff\xff\xff\xff"), &q), AGENT_BAD);
	CHECK_INT(take(RAW("\0\0\0\2\x0b\0"), &q), AGENT_BAD);           /* identities with a tail */
	CHECK_INT(take(RAW("\0\0\0\1\x0d"), &q), AGENT_BAD);             /* sign without anything */
	CHECK_INT(take(RAW("\0\0\0\x0c\x0d\0\0\0\0\0\0\0\0\0\0\0"), &q), AGENT_BAD); /* flags cut */
	CHECK_INT(take(RAW("\0\0\0\x0e\x0d\0\0\0\0\0\0\0\0\0\0\0\0x"), &q), AGENT_BAD); /* a tail */
	CHECK_INT(take(RAW("\0\0\0\x0d\x0d\0\0\0\x7f\0\0\0\0\0\0\0\0"), &q), AGENT_BAD); /* key beyond its message */
	CHECK_INT(take(RAW("\0\0\0\1\x1b"), &q), AGENT_BAD);             /* extension without a name */
	CHECK_INT(take(RAW("\0\0\0\x14\x1b\0\0\0\x0fsecret@slagboom"), &q), AGENT_BAD);
	CHECK_INT(take(RAW("\0\0\0\x15\x1b\0\0\0\x0fsecret@slagboom\3"), &q), AGENT_BAD);
	CHECK_INT(take(RAW("\0\0\0\x16\x1b\0\0\0\x0fsecret@slagboom\1\0"), &q), AGENT_BAD);
}

/* Everything that would add, remove, lock or export is one thing: refused. */
TEST(agent_reads_others_as_other)
{
	static const uint8_t types[] = { 0, 1, 3, 7, 8, 9, 17, 18, 19, 20, 21, 22, 23, 25, 26, 255 };
	struct agent_request q;

	for (size_t i = 0; i < sizeof(types); i++) {
		uint8_t raw[] = { 0, 0, 0, 3, types[i], 'x', 'y' };
		q.kind = AGENT_SIGN;
		CHECK_INT(take(rd_of(raw, sizeof(raw)), &q), 0);
		CHECK_INT(q.kind, AGENT_OTHER);
	}
	CHECK_INT(take(RAW("\0\0\0\x20\x1b\0\0\0\x18session-bind@openssh.com\1\2\3"), &q), 0);
	CHECK_INT(q.kind, AGENT_OTHER);
}

TEST(agent_reads_requests)
{
	struct agent_request q;

	CHECK_INT(take(RAW("\0\0\0\1\x0b"), &q), 0);
	CHECK_INT(q.kind, AGENT_IDENTITIES);
	CHECK_INT(take(RAW("\0\0\0\x12\x0d\0\0\0\3key\0\0\0\2da\0\0\0\4"), &q), 0);
	CHECK_INT(q.kind, AGENT_SIGN);
	CHECK_RD(q.key, rd_str("key"));
	CHECK_RD(q.data, rd_str("da"));
	CHECK_U64(q.flags, 4);
	CHECK_INT(take(RAW("\0\0\0\x15\x1b\0\0\0\x0fsecret@slagboom\2"), &q), 0);
	CHECK_INT(q.kind, AGENT_SECRET);
	CHECK_INT(q.secret, AGENT_SECRET_ENABLE);
}

/* A stream of requests, cut anywhere: the same requests, and never one early. */
TEST(agent_trickle_and_split)
{
	static const char stream[] = "\0\0\0\1\x0b" "\0\0\0\x12\x0d\0\0\0\3key\0\0\0\2da\0\0\0\4"
				     "\0\0\0\2\x11z" "\0\0\0\x15\x1b\0\0\0\x0fsecret@slagboom\1";
	static const enum agent_request_kind want[] = { AGENT_IDENTITIES, AGENT_SIGN, AGENT_OTHER, AGENT_SECRET };

	for (int round = 0; round < 100; round++) {
		AUTO(buf_done) struct buf b = { 0 };
		struct rd all = RAW(stream), part;
		size_t n_got = 0;

		buf_init(&b, AGENT_WIRE_MAX);
		while (all.len) {
			struct agent_request q;
			size_t n = round == 0 ? 1 : 1 + (size_t)test_below(all.len);
			CHECK(rd_take(&all, n, &part) && buf_put_rd(&b, part));
			struct rd r = buf_rd(&b);
			int rc;
			while ((rc = agent_request_take(&r, &q)) == 0) {
				CHECK(n_got < ARRAY_LEN(want) && q.kind == want[n_got]);
				n_got++;
			}
			CHECK_INT(rc, AGENT_MORE);
			buf_drop(&b, b.len - r.len);
		}
		CHECK_U64(n_got, ARRAY_LEN(want));
		CHECK_U64(b.len, 0);
	}
}

TEST(agent_answers)
{
	AUTO(buf_done) struct buf b = { 0 };
	struct agent_identity id = { rd_str("blob"), rd_str("hlr1") };

	buf_init(&b, 1000);
	struct wr w = wr_to(&b);
	agent_write_failure(&w);
	agent_write_identities(&w, &id, 1);
	CHECK(wr_ok(&w));
	CHECK_RD(buf_rd(&b), RAW("\0\0\0\1\5" "\0\0\0\x15\x0c\0\0\0\1\0\0\0\4blob\0\0\0\4hlr1"));
	buf_reset(&b);
	agent_write_signature(&w, rd_str("sig"));
	CHECK(wr_ok(&w));
	CHECK_RD(buf_rd(&b), RAW("\0\0\0\x1b\x0e\0\0\0\x16\0\0\0\x0bssh-ed25519\0\0\0\3sig"));
}

TEST(agent_secret_goes_there_and_back)
{
	AUTO(buf_done) struct buf ask = { 0 }, answer = { 0 };
	struct agent_request q;
	struct rd got = { 0 };

	buf_init(&ask, 100);
	buf_init(&answer, 200);
	struct wr a = wr_to(&ask), b = wr_to(&answer);
	agent_ask_secret(&a, AGENT_SECRET_PASSWORD);
	CHECK(wr_ok(&a));
	CHECK_INT(take(buf_rd(&ask), &q), 0);
	CHECK(q.kind == AGENT_SECRET && q.secret == AGENT_SECRET_PASSWORD);
	agent_write_secret(&b, rd_str("s3cret"));
	CHECK(wr_ok(&b));
	for (size_t n = 0; n < answer.len; n++) {
		struct rd r = buf_rd(&answer), part;
		CHECK(rd_take(&r, n, &part));
		CHECK_INT(agent_answer_take(&part, &got), AGENT_MORE);
	}
	struct rd r = buf_rd(&answer);
	CHECK_INT(agent_answer_take(&r, &got), 0);
	CHECK_RD(got, rd_str("s3cret"));
	buf_reset(&answer);
	agent_write_failure(&b);
	r = buf_rd(&answer);
	CHECK_INT(agent_answer_take(&r, &got), AGENT_REFUSED);
	r = RAW("\0\0\0\2\5x");
	CHECK_INT(agent_answer_take(&r, &got), AGENT_BAD);
	r = RAW("\0\0\0\1\x06");
	CHECK_INT(agent_answer_take(&r, &got), AGENT_BAD);
}

struct login {
	const char *user, *service, *method, *algorithm, *key, *host_key, *tail;
	uint8_t type, has_signature;
	size_t session_len;
};

static const struct login good = { "admin", "ssh-connection", "publickey", "ssh-ed25519", "key", NULL, "", 50, 1, 32 };

static bool reads(const struct login *l, struct agent_login *out)
{
	AUTO(buf_done) struct buf b = { 0 };
	size_t whole = 0;

	buf_init(&b, 4096);
	struct wr w = wr_to(&b);
	wr_part32(&w, rd_of(hash, l->session_len));
	wr_u8(&w, l->type);
	wr_part32(&w, rd_str(l->user));
	wr_part32(&w, rd_str(l->service));
	wr_part32(&w, rd_str(l->method));
	wr_u8(&w, l->has_signature);
	wr_part32(&w, rd_str(l->algorithm));
	wr_part32(&w, rd_str(l->key));
	if (l->host_key && strcmp(l->method, "publickey") == 0)
		whole = b.len;
	if (l->host_key)
		wr_part32(&w, rd_str(l->host_key));
	whole = whole ? whole : b.len;
	wr_str(&w, l->tail);
	CHECK(wr_ok(&w) && !agent_is_exchange_hash(buf_rd(&b)));
	for (size_t n = 0; n < b.len; n++) {
		struct rd r = buf_rd(&b), part;
		CHECK(rd_take(&r, n, &part));
		/* Cut anywhere it is no login, unless the cut takes all that was too much. */
		CHECK(!agent_login_read(part, out) || n == whole);
	}
	return agent_login_read(buf_rd(&b), out);
}

TEST(agent_signs_logins_alone)
{
	struct agent_login got;
	struct login l = good;

	l.type = 51;
	CHECK(!reads(&l, &got));
	l = good, l.service = "ssh-userauth";
	CHECK(!reads(&l, &got));
	l = good, l.method = "hostbased";
	CHECK(!reads(&l, &got));
	l = good, l.method = "password";
	CHECK(!reads(&l, &got));
	l = good, l.has_signature = 0;
	CHECK(!reads(&l, &got));
	l = good, l.has_signature = 2;
	CHECK(!reads(&l, &got));
	l = good, l.tail = "x";
	CHECK(!reads(&l, &got));
	l = good, l.session_len = 19;
	CHECK(!reads(&l, &got));
	l = good, l.host_key = "h";
	CHECK(!reads(&l, &got));
	l = good, l.method = "publickey-hostbound-v00@openssh.com";
	CHECK(!reads(&l, &got)); /* and binds nothing */
	CHECK(!agent_login_read(RAW("SSHSIG\0\0\0\4file\0\0\0\0\0\0\0\6sha512\0\0\0\1h"), &got));
	CHECK(!agent_login_read(rd_of(hash, 64), &got));
	CHECK(!agent_login_read(rd_of(NULL, 0), &got));
}

TEST(agent_reads_logins)
{
	struct agent_login got;
	struct login l = good;

	CHECK(reads(&good, &got));
	l.method = "publickey-hostbound-v00@openssh.com";
	l.host_key = "its key";
	CHECK(reads(&l, &got));
}

TEST(agent_exchange_hashes)
{
	for (size_t n = 0; n <= sizeof(hash); n++)
		CHECK(agent_is_exchange_hash(rd_of(hash, n)) == (n == 32 || n == 48 || n == 64));
}

TEST(agent_public_key_blob)
{
	AUTO(buf_done) struct buf b = { 0 };

	buf_init(&b, 100);
	struct wr w = wr_to(&b);
	agent_write_ed25519_blob(&w, rd_of(hash, 32));
	CHECK(wr_ok(&w));
	CHECK_U64(b.len, AGENT_ED25519_BLOB_LEN);
}
