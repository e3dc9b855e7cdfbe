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

/* A request, and two approvals of it; one whose request is not in the log. */
static const char grant_text[] = "slagboom-grant/1\nfor wei.zhang \"hlr1\"\n", first_sig[] = "-----BEGIN SSH SIGNATURE-----\nU1NI\n",
	second_sig[] = "another one\n";
enum { REQUEST = 100, FIRST = 101, SECOND = 300, STRAY = 301 };
static const uint8_t grant[RECORD_ID_LEN] = "a grant's number";

static struct event event_at(uint64_t i)
{
	static const uint8_t stranger[RECORD_ID_LEN] = "another's number";
	struct event e = { .id = EVENT_APPROVAL_GIVEN, .value = { { .bytes = rd_of(grant, sizeof(grant)) }, { .number = 1 },
		{ .number = 2 }, { .bytes = rd_str(i == FIRST ? first_sig : second_sig) } } };

	if (i == STRAY)
		e.value[0].bytes = rd_of(stranger, sizeof(stranger));
	if (i == FIRST || i == SECOND || i == STRAY)
		return e;
	if (i == REQUEST)
		return (struct event){ .id = EVENT_REQUEST_MADE, .value = { { .bytes = rd_str("terminal") },
			{ .bytes = rd_of(grant, sizeof(grant)) }, { .number = 2 }, { .bytes = rd_str("") }, { .bytes = rd_str("") },
			{ .bytes = rd_str(grant_text) } } };
	return (struct event){ .id = EVENT_LOG_FULL, .value = { { .bytes = rd_str("core") } } };
}

static void append(uint64_t n)
{
	while (scene.log.wal.next < n) {
		AUTO(buf_done) struct buf b = { 0 };
		uint64_t index;
		struct record r = { .seq = scene.log.wal.next, .prev = scene.log.wal.next, .actor = rd_str("anna"),
			.event = event_at(scene.log.wal.next) };
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

/* The record and its proof; what it says that officers signed goes into `signs` unless NULL. */
static void put_record(struct wr *w, struct prover *p, uint64_t index, struct pack_signed *signs)
{
	AUTO(buf_done) struct buf proof = { 0 }, entry = { 0 };
	struct merkle_proof path;
	struct record_view v;

	buf_init(&proof, PROOF_MAX);
	buf_init(&entry, RECORD_MAX);
	CHECK_INT(prover_entry(p, index, &entry), 0);
	CHECK_INT(prover_path(p, index, &path), 0);
	CHECK(record_read(buf_rd(&entry), &v));
	CHECK(!signs || !pack_signed_note(signs, &v));
	struct wr pw = wr_to(&proof);
	wr_proof(&pw, index, &path, buf_rd(&scene.checkpoint));
	CHECK(wr_ok(&pw));
	wr_pack_record(w, index, 1790000000, buf_rd(&proof), buf_rd(&entry));
}

/* A pack of the entries, in this order. `n_said` is what its head claims. */
static void make_pack(const uint64_t *index, size_t n, uint64_t n_said, struct buf *out)
{
	AUTO(prover_done) struct prover p = { .log = { .bytes = NULL } };

	buf_init(out, 1 << 20);
	prover_init(&p, scene.d, N);
	struct wr w = wr_to(out);
	wr_pack_head(&w, n_said, 0, 1790000000, buf_rd(&scene.policy), buf_rd(&scene.checkpoint));
	for (size_t i = 0; i < n; i++)
		put_record(&w, &p, index[i], NULL);
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

/* With approvals. */

enum defect { NONE, NO_PAIR, SECOND_MISSING, SWAPPED_SIGNATURES, OTHER_TEXT, SAYS_NONE, SAYS_MORE, ANOTHER, DEFECT_N };

static void put(struct wr *w, const char *name, const char *bytes)
{
	struct ustar_member m = { .len = strlen(bytes), .time_s = 1790000000 };

	(void)snprintf(m.name, sizeof(m.name), "%s", name);
	wr_ustar_head(w, &m);
	wr_bytes(w, rd_str(bytes));
	wr_ustar_pad(w, m.len);
}

static void put_approvals(struct wr *w, enum defect d)
{
	bool swapped = d == SWAPPED_SIGNATURES;

	if (d == NO_PAIR)
		return;
	put(w, "approval/101.text", d == OTHER_TEXT ? "slagboom-grant/1\nfor eve\n" : grant_text);
	put(w, "approval/101.sig", swapped ? second_sig : first_sig);
	if (d == SECOND_MISSING)
		return;
	put(w, "approval/300.text", grant_text);
	put(w, "approval/300.sig", swapped ? first_sig : second_sig);
	if (d == ANOTHER)
		put(w, "approval/301.text", grant_text);
}

/* The pack of request, approvals and a stranger's, by hand where it has a defect. */
static void make_signed(enum defect d, struct buf *out)
{
	static const uint64_t index[] = { REQUEST, FIRST, SECOND, STRAY };
	AUTO(prover_done) struct prover p = { .log = { .bytes = NULL } };
	AUTO(pack_signed_done) struct pack_signed signs = { .requests = { 0 } };

	buf_init(out, 1 << 20);
	pack_signed_init(&signs);
	prover_init(&p, scene.d, N);
	struct wr w = wr_to(out);
	wr_pack_head(&w, 4, d == SAYS_NONE ? 0 : d == SAYS_MORE ? 3 : 2, 1790000000, buf_rd(&scene.policy), buf_rd(&scene.checkpoint));
	for (size_t i = 0; i < ARRAY_LEN(index); i++)
		put_record(&w, &p, index[i], &signs);
	CHECK_U64(pack_signed_count(&signs), 2);
	if (d == NONE)
		wr_pack_approvals(&w, 1790000000, &signs);
	else
		put_approvals(&w, d);
	wr_pack_end(&w);
	CHECK(wr_ok(&w));
}

TEST(what_officers_signed_is_in_the_pack_and_nothing_else)
{
	static const char *const why[DEFECT_N] = { [NONE] = "", [NO_PAIR] = "something is missing at its end",
		[SECOND_MISSING] = "something is missing at its end", [SWAPPED_SIGNATURES] = "not the signature in the record of its approval",
		[OTHER_TEXT] = "not the text in the record of its request", [SAYS_NONE] = "a member that is not a proof",
		[SAYS_MORE] = "something is missing at its end", [ANOTHER] = "a member that is not the text of the next approval" };

	fill();
	for (enum defect d = NONE; d < DEFECT_N; d++) {
		AUTO(buf_done) struct buf b = { 0 };
		make_signed(d, &b);
		CHECK_STR(judge(buf_rd(&b), NULL, 0), why[d]);
		CHECK_STR(judge(buf_rd(&b), NULL, 1), why[d]);
	}
	end();
}

/* A head that says fewer: one approval's text and signature would be missing unseen. */
TEST(an_approval_without_its_signature_is_missed)
{
	AUTO(buf_done) struct buf b = { 0 };
	static const uint64_t index[] = { REQUEST, FIRST, SECOND };
	AUTO(prover_done) struct prover p = { .log = { .bytes = NULL } };

	fill();
	buf_init(&b, 1 << 20);
	prover_init(&p, scene.d, N);
	struct wr w = wr_to(&b);
	wr_pack_head(&w, 3, 1, 1790000000, buf_rd(&scene.policy), buf_rd(&scene.checkpoint));
	for (size_t i = 0; i < ARRAY_LEN(index); i++)
		put_record(&w, &p, index[i], NULL);
	put_approvals(&w, SECOND_MISSING);
	wr_pack_end(&w);
	CHECK(wr_ok(&w));
	CHECK_STR(judge(buf_rd(&b), NULL, 0), "an approval among its records lacks its text and signature");
	end();
}

static const char *refuse(struct pack_listener *self, const struct signed_approval *a, struct rd signed_text)
{
	CHECK(rd_is(&signed_text, grant_text) && strcmp(a->actor, "anna") == 0);
	return a->index == SECOND ? "not by her" : NULL;
}

TEST(who_knows_officers_has_the_last_word)
{
	static struct pack_judge p;
	struct pack_listener l = { refuse };
	AUTO(buf_done) struct buf b = { 0 };

	fill();
	make_signed(NONE, &b);
	pack_judge_init(&p, NULL);
	p.listener = &l;
	CHECK(!pack_judge_take(&p, buf_rd(&b)) && !pack_judge_end(&p));
	CHECK_STR(p.why, "not by her");
	CHECK_STR(p.tar.m.name, "approval/300.sig");
	pack_judge_done(&p);
	end();
}
