/*
 * Is:        tests of packs and of the prover that fills them: from a log on a modelled
 *            disk, as the writer's own tree says; then with every kind of damage.
 * Is not:    the fuzz target.
 * Called by: the test run.
 * Owns:      nothing.
 * Trust:     no input.
 */
#include "evidence/pack.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "crypto/ed25519.h"
#include "evidence/disk_model.h"
#include "evidence/log.h"
#include "evidence/proof.h"
#include "evidence/prover.h"
#include "evidence/record.h"
#include "evidence/tiler.h"
#include "testing/test.h"

enum { N = 700 };

static struct log_scene {
	struct disk_model *m;
	struct disk *d;
	struct log log;
	struct tiler tiler;
	struct note_key name;
	struct ed25519_key key;
	struct buf checkpoint, policy;
} scene;

static void append(uint64_t n)
{
	while (scene.log.wal.next < n) {
		AUTO(buf_done) struct buf b = { 0 };
		uint64_t index;
		struct record r = { .seq = scene.log.wal.next, .prev = scene.log.wal.next,
			.event = { .id = EVENT_LOG_FULL, .value = { { .bytes = rd_str("core") } } } };
		buf_init(&b, RECORD_MAX);
		CHECK_INT(record_write(&b, &r), 0);
		CHECK_INT(log_append(&scene.log, buf_rd(&b), false, 0, &index), 0);
	}
	CHECK_INT(log_commit(&scene.log), 0);
}

static void publish(void)
{
	AUTO(buf_done) struct buf text = { 0 };
	struct tree_state s;
	struct ed25519_sig sig;
	struct wal_fault f;

	CHECK_INT(tiler_step(&scene.tiler, log_durable(&scene.log), UINT32_MAX, &f), 0);
	CHECK_INT(tiler_settle(&scene.tiler, &s), 0);
	buf_init(&text, 4096);
	struct wr w = wr_to(&text);
	wr_checkpoint(&w, rd_str("log.example/one"), &(struct merkle_head){ s.size, s.root });
	CHECK(wr_ok(&w));
	ed25519_sign(&scene.key, buf_rd(&text), &sig);
	buf_reset(&scene.checkpoint);
	w = wr_to(&scene.checkpoint);
	wr_note(&w, buf_rd(&text));
	wr_note_sig(&w, &scene.name, rd_of(sig.b, sizeof(sig.b)));
	CHECK(wr_ok(&w));
	CHECK_INT(tiler_publish(&scene.tiler, buf_rd(&scene.checkpoint)), 0);
}

static void begin(void)
{
	static const uint8_t id[WAL_ID_LEN] = { 7 };
	AUTO(secret_done) struct secret seed = { 0 };
	struct log_config c = log_defaults();
	struct wal_fault f;

	memset(&scene, 0, sizeof(scene));
	scene.m = disk_model_new(1);
	scene.d = disk_model_disk(scene.m);
	c.segment_len = 4 << 20;
	c.group_max = 1 << 20;
	CHECK_INT(log_create(scene.d, &c, id, &f), 0);
	CHECK_INT(log_open(&scene.log, scene.d, &c, &f), 0);
	CHECK_INT(tiler_open(&scene.tiler, scene.d, SHELF_SYNCFS, &f), 0);
	buf_init(&scene.checkpoint, NOTE_MAX);
	buf_init(&scene.policy, TLOG_POLICY_MAX);
	secret_copy(&seed, rd_of("a key that protects only a test", 32));
	ed25519_key_init(&scene.key, &seed);
	note_key_make(rd_str("log.example/one"), NOTE_ED25519, &scene.key.pub, &scene.name);
	struct wr w = wr_to(&scene.policy);
	wr_str(&w, "log ");
	wr_note_key(&w, &scene.name);
	wr_str(&w, "\nquorum none\n");
	CHECK(wr_ok(&w));
}

static void end(void)
{
	ed25519_key_done(&scene.key);
	tiler_done(&scene.tiler);
	log_done(&scene.log);
	buf_done(&scene.checkpoint);
	buf_done(&scene.policy);
	disk_model_free(&scene.m);
}

/* At every size the files alone give what the writer has. */
TEST(the_prover_gives_what_the_writer_has)
{
	static const uint64_t sizes[] = { 1, 2, 255, 256, 257, 511, 512, 600, N };

	begin();
	for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
		AUTO(prover_done) struct prover p = { .log = { .bytes = NULL } };
		append(sizes[i]);
		publish();
		prover_init(&p, scene.d, sizes[i]);
		for (uint64_t k = 0; k < sizes[i]; k += 1 + test_below(9)) {
			AUTO(buf_done) struct buf a = { 0 }, b = { 0 };
			struct merkle_proof x, y;
			buf_init(&a, RECORD_MAX);
			buf_init(&b, RECORD_MAX);
			CHECK_INT(prover_entry(&p, k, &a), 0);
			CHECK_INT(tiler_entry(&scene.tiler, k, &b), 0);
			CHECK_RD(buf_rd(&a), buf_rd(&b));
			CHECK_INT(prover_path(&p, k, &x), 0);
			CHECK_INT(merkle_prove_inclusion(&scene.tiler.source, k, sizes[i], &y), 0);
			CHECK_U64(x.n, y.n);
			for (size_t h = 0; h < x.n; h++)
				CHECK(hash_equal(&x.h[h], &y.h[h]));
		}
		AUTO(buf_done) struct buf none = { 0 };
		struct merkle_proof x;
		buf_init(&none, RECORD_MAX);
		CHECK_INT(prover_entry(&p, sizes[i], &none), -ERANGE);
		CHECK_INT(prover_path(&p, sizes[i], &x), -ERANGE);
	}
	end();
}

/* A pack of the entries, in this order. `n_said` is what its head claims. */
static void make_pack(const uint64_t *index, size_t n, uint64_t n_said, struct buf *out)
{
	AUTO(prover_done) struct prover p = { .log = { .bytes = NULL } };

	buf_init(out, 1 << 20);
	prover_init(&p, scene.d, N);
	struct wr w = wr_to(out);
	wr_pack_head(&w, n_said, 1790000000, buf_rd(&scene.policy), buf_rd(&scene.checkpoint));
	for (size_t i = 0; i < n; i++) {
		AUTO(buf_done) struct buf proof = { 0 }, entry = { 0 };
		struct merkle_proof path;
		buf_init(&proof, PROOF_MAX);
		buf_init(&entry, RECORD_MAX);
		CHECK_INT(prover_entry(&p, index[i], &entry), 0);
		CHECK_INT(prover_path(&p, index[i], &path), 0);
		struct wr pw = wr_to(&proof);
		wr_proof(&pw, index[i], &path, buf_rd(&scene.checkpoint));
		CHECK(wr_ok(&pw));
		wr_pack_record(&w, index[i], 1790000000, buf_rd(&proof), buf_rd(&entry));
	}
	wr_pack_end(&w);
	CHECK(wr_ok(&w));
}

/* What is wrong with it, or "" ; `step` bytes at once, 0: any number. */
static const char *judge(struct rd all, const struct tlog_policy *policy, size_t step)
{
	static struct pack_judge p;
	const char *why;
	struct rd part;

	pack_judge_init(&p, policy);
	while (all.len) {
		size_t k = step ? step : 1 + test_below(2000);
		CHECK(rd_take(&all, k < all.len ? k : all.len, &part));
		if (!pack_judge_take(&p, part))
			break;
	}
	why = pack_judge_end(&p) ? "" : p.why;
	CHECK(why);
	pack_judge_done(&p);
	return why;
}

static void fill(void)
{
	begin();
	append(N);
	publish();
}

TEST(a_pack_is_sound_in_any_portions)
{
	static const uint64_t index[] = { 0, 3, 255, 256, 699 };
	AUTO(buf_done) struct buf b = { 0 };

	fill();
	make_pack(index, 5, 5, &b);
	CHECK_STR(judge(buf_rd(&b), NULL, b.len), "");
	CHECK_STR(judge(buf_rd(&b), NULL, 1), "");
	for (int i = 0; i < 20; i++)
		CHECK_STR(judge(buf_rd(&b), NULL, 0), "");
	end();
}

/* Who judges brings a policy of his own: then the pack's counts for nothing. */
TEST(the_packs_own_policy_does_not_overrule)
{
	static const uint64_t index[] = { 5 };
	static struct tlog_policy stranger;
	AUTO(buf_done) struct buf b = { 0 };
	AUTO(secret_done) struct secret seed = { 0 };
	struct ed25519_key other;
	struct note_key name;

	fill();
	make_pack(index, 1, 1, &b);
	secret_copy(&seed, rd_of("another key for this same test.", 32));
	ed25519_key_init(&other, &seed);
	note_key_make(rd_str("log.example/one"), NOTE_ED25519, &other.pub, &name);
	tlog_policy_log_only(&name, &stranger);
	CHECK(judge(buf_rd(&b), &stranger, 0)[0]);
	tlog_policy_log_only(&scene.name, &stranger);
	CHECK_STR(judge(buf_rd(&b), &stranger, 0), "");
	ed25519_key_done(&other);
	end();
}

TEST(no_bit_of_a_pack_can_be_another)
{
	static const uint64_t index[] = { 17, 300 };
	AUTO(buf_done) struct buf b = { 0 };

	fill();
	make_pack(index, 2, 2, &b);
	for (size_t at = 0; at < b.len; at += 1 + test_below(5)) {
		AUTO(buf_done) struct buf bad = { 0 };
		struct rd good = buf_rd(&b);
		uint8_t c;
		buf_init(&bad, 1 << 20);
		CHECK(buf_put_rd(&bad, good) && rd_at(&good, at, &c));
		c ^= (uint8_t)(1u << test_below(8));
		CHECK(buf_patch(&bad, at, &c, 1));
		if (judge(buf_rd(&bad), NULL, 4096)[0] == '\0')
			test_fail(__FILE__, __LINE__, "a changed bit at %zu is not noticed", at);
	}
	end();
}

TEST(no_cut_of_a_pack_is_sound)
{
	static const uint64_t index[] = { 17, 300 };
	AUTO(buf_done) struct buf b = { 0 };

	fill();
	make_pack(index, 2, 2, &b);
	for (size_t n = 0; n < b.len; n += 1 + test_below(40))
		CHECK(judge(rd_of(buf_rd(&b).p, n), NULL, 4096)[0]);
	CHECK(judge(rd_of(buf_rd(&b).p, b.len - USTAR_END_LEN), NULL, 4096)[0]);
	end();
}

TEST(what_does_not_belong_into_a_pack_is_named)
{
	static const uint64_t back[] = { 30, 17 }, twice[] = { 17, 17 }, one[] = { 17 };
	AUTO(buf_done) struct buf a = { 0 }, b = { 0 }, c = { 0 }, d = { 0 };

	fill();
	make_pack(back, 2, 2, &a);
	CHECK_STR(judge(buf_rd(&a), NULL, 0), "its records are not in order");
	make_pack(twice, 2, 2, &b);
	CHECK_STR(judge(buf_rd(&b), NULL, 0), "its records are not in order");
	make_pack(one, 1, 2, &c);
	CHECK_STR(judge(buf_rd(&c), NULL, 0), "something is missing at its end");
	make_pack(back, 2, 1, &d);
	CHECK_STR(judge(buf_rd(&d), NULL, 0), "more records than it says");
	end();
}
