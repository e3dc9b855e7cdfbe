/*
 * Is:        the judgement of receipts with their proof: sound ones, every field of receipt and
 *            record that does not agree, every part that was changed or taken from elsewhere.
 * Is not:    a test of who writes them (tests/desk.c, tests/e2e).
 * Called by: the test run.
 * Owns:      a temporary directory.
 * Trust:     no input.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/timefmt.h"
#include "crypto/ed25519.h"
#include "evidence/checkpoint.h"
#include "evidence/note.h"
#include "evidence/proof.h"
#include "evidence/record.h"
#include "os/fd.h"
#include "os/spawn.h"
#include "testing/test.h"

#define GATE "gate.example"
#define CLOSED_NS ((uint64_t)1790000000 * NS_PER_S)

enum { FILE_MAX = 1 << 17, INDEX = 1 };

/* A gate's two keys, and a stranger's. */
static struct signer {
	struct ed25519_key key;
	struct note_key note;
	char vkey[300];
} receipts, core, other;

static char dir[] = "/tmp/slagboom-receipt-XXXXXX", path[64], said_path[64];
static struct buf said;

static void make_signer(struct signer *s, const char *name, uint8_t seed_byte)
{
	AUTO(secret_done) struct secret seed = { 0 };
	AUTO(buf_done) struct buf b = { 0 };

	buf_init(&b, sizeof(s->vkey) - 1);
	secret_init(&seed, ED25519_SEED_LEN);
	memset(seed.p, seed_byte, ED25519_SEED_LEN);
	ed25519_key_init(&s->key, &seed);
	note_key_make(rd_str(name), NOTE_ED25519, &s->key.pub, &s->note);
	struct wr w = wr_to(&b);
	wr_note_key(&w, &s->note);
	CHECK(wr_ok(&w));
	struct rd r = buf_rd(&b);
	CHECK(rd_copy(&r, (uint8_t *)s->vkey, r.len));
}

static void begin(void)
{
	if (path[0])
		return;
	CHECK(mkdtemp(dir));
	(void)snprintf(path, sizeof(path), "%s/receipt", dir);
	(void)snprintf(said_path, sizeof(said_path), "%s/said", dir);
	make_signer(&receipts, GATE "/receipts", 1);
	make_signer(&core, GATE "/core", 2);
	make_signer(&other, "other.example/core", 3);
	buf_init(&said, FILE_MAX);
}

__attribute__((destructor)) static void remove_all(void)
{
	if (path[0] && unlink(path) == 0 && unlink(said_path) == 0)
		(void)rmdir(dir);
}

static void put_note(struct wr *w, const struct signer *s, struct rd text)
{
	struct ed25519_sig sig;

	ed25519_sign(&s->key, text, &sig);
	wr_note(w, text);
	wr_note_sig(w, &s->note, rd_of(sig.b, sizeof(sig.b)));
}

/* What a test may change. */
struct scene {
	const char *line, *instead; /* of the receipt */
	struct record record;
	const struct signer *log;
	uint64_t index;
};

static uint8_t session[RECORD_ID_LEN] = "a session's id..";

static struct scene sound(void)
{
	return (struct scene){ .log = &core, .index = INDEX,
		.record = { .seq = INDEX, .prev = 0, .wall_ns = CLOSED_NS, .session = rd_of(session, sizeof(session)),
		    .actor = rd_str("wei.zhang"), .employer = rd_str("meridian"), .asset = rd_str("hlr1"),
		    .event = { .id = EVENT_SESSION_CLOSED, .value = { { .number = 0 }, { .bytes = rd_str("engineer") }, { .number = 5 },
			{ .number = 60000 }, { .number = 812 }, { .number = 3 }, { .number = 2 }, { .number = 7 }, { .number = 40000 },
			{ .number = 21 }, { .bytes = rd_str("left") } } } } };
}

static void put_receipt(struct wr *w, const struct scene *s)
{
	static const char *const lines[] = { "slagboom-receipt/1", ("gate " GATE), "log core", "session 612073657373696f6e27732069642e2e",
		"grant 00112233445566778899aabbccddeeff", "engineer wei.zhang", "supplier meridian", "asset hlr1", "channel terminal",
		"began 2026-09-21T14:12:20Z", "ended 2026-09-21T14:13:21Z", "persons 3", "ceiling 5", "opaque 7", "from-supplier 812",
		"to-supplier 40021", "files 0", "refused 1", "record 1", "ended-by engineer" };
	AUTO(buf_done) struct buf b = { 0 };
	bool changed = s->line == NULL;

	buf_init(&b, 4096);
	struct wr text = wr_to(&b);
	for (size_t i = 0; i < ARRAY_LEN(lines); i++) {
		bool is_it = s->line && strcmp(lines[i], s->line) == 0;
		wr_str(&text, is_it ? s->instead : lines[i]);
		wr_str(&text, "\n");
		changed = changed || is_it;
	}
	CHECK(wr_ok(&text) && changed);
	put_note(w, &receipts, buf_rd(&b));
}

/* A tree of three records, the second of which is the scene's. */
static void put_proof(struct wr *w, const struct scene *s, struct rd entry)
{
	AUTO(buf_done) struct buf text = { 0 }, note = { 0 };
	struct merkle_proof proof = { .n = 2 };
	struct merkle_head head = { .size = 3 };
	struct hash leaf;
	struct merkle m;

	merkle_init(&m);
	hash_leaf(rd_str("zero"), &proof.h[0]);
	hash_leaf(entry, &leaf);
	hash_leaf(rd_str("two"), &proof.h[1]);
	merkle_append(&m, &proof.h[0]);
	merkle_append(&m, &leaf);
	merkle_append(&m, &proof.h[1]);
	merkle_root(&m, &head.root);
	buf_init(&text, 4096);
	buf_init(&note, 4096);
	struct wr t = wr_to(&text), n = wr_to(&note);
	wr_checkpoint(&t, rd_str(s->log->note.name), &head);
	CHECK(wr_ok(&t));
	put_note(&n, s->log, buf_rd(&text));
	CHECK(wr_ok(&n));
	wr_proof(w, s->index, &proof, buf_rd(&note));
}

static void write_receipt(const struct scene *s, struct buf *out)
{
	AUTO(buf_done) struct buf entry = { 0 };

	buf_init(&entry, RECORD_MAX);
	buf_init(out, FILE_MAX);
	CHECK_INT(record_write(&entry, &s->record), 0);
	struct wr w = wr_to(out);
	put_receipt(&w, s);
	wr_str(&w, "----- record\n");
	wr_bytes(&w, buf_rd(&entry));
	wr_str(&w, "\n----- proof\n");
	put_proof(&w, s, buf_rd(&entry));
	CHECK(wr_ok(&w));
}

static int run(struct rd file, const char *const *argv)
{
	static const char *const envp[] = { NULL };
	AUTO(fd_close) int fd = open(said_path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	struct spawn_fd fds[] = { { fd, STDOUT_FILENO } };
	struct spawn s = { argv[0], argv, envp, fds, 1 };
	int pidfd, status;
	pid_t pid;

	CHECK(fd >= 0);
	CHECK_INT(fd_replace_file(AT_FDCWD, path, file, 0600), 0);
	CHECK_INT(spawn(&s, &pid, &pidfd), 0);
	fd_close(&pidfd);
	CHECK(waitpid(pid, &status, 0) == pid && WIFEXITED(status));
	buf_reset(&said);
	CHECK(fd_read_file(AT_FDCWD, said_path, &said) >= 0);
	return WEXITSTATUS(status);
}

static int judge(struct rd file)
{
	const char *const argv[] = { VERIFY_PROGRAM, "--key", receipts.vkey, "--log-key", core.vkey, "--receipt", path, NULL };

	return run(file, argv);
}

static bool says(const char *text)
{
	return memmem(buf_rd(&said).p, said.len, text, strlen(text)) != NULL;
}

static void check(int line, const struct scene *s, const char *want)
{
	AUTO(buf_done) struct buf b = { 0 };
	int got;

	begin();
	write_receipt(s, &b);
	got = judge(buf_rd(&b));
	if (got != (want ? 1 : 0) || !says(want ? want : "sound, and its record is in the log"))
		test_fail(__FILE__, line, "status %d: %.*s", got, (int)said.len, (const char *)buf_rd(&said).p);
}

TEST(a_receipt_and_its_record_say_the_same)
{
	struct scene s = sound();

	check(__LINE__, &s, NULL);
	/* Masked ones were not shown in the clear. */
	s.line = "persons 3";
	s.instead = "persons 0";
	check(__LINE__, &s, NULL);
}

/* The gate's keys are in wrong hands: every line that can be compared is. */
TEST(a_receipt_that_says_other_than_the_record_is_not_sound)
{
	static const struct {
		const char *line, *instead, *why;
	} wrong[] = {
		{ "log core", "log intercept", "of another log" },
		{ "session 612073657373696f6e27732069642e2e", "session 612073657373696f6e27732069642e2f", "does not close this session" },
		{ "engineer wei.zhang", "engineer r.bos", "of somebody else" },
		{ "supplier meridian", "supplier acme", "of somebody else" },
		{ "asset hlr1", "asset hlr2", "of somebody else, or of another asset" },
		{ "began 2026-09-21T14:12:20Z", "began 2026-09-21T14:13:22Z", "of another time" },
		{ "ended 2026-09-21T14:13:21Z", "ended 2026-09-21T15:13:21Z", "of another time" },
		{ "ended 2026-09-21T14:13:21Z", "ended today", "of another time" },
		{ "persons 3", "persons 2", "its persons" },
		{ "persons 3", "persons 4", "its persons" },
		{ "ceiling 5", "ceiling 4", "its ceiling" },
		{ "opaque 7", "opaque 0", "its opaque bytes" },
		{ "from-supplier 812", "from-supplier 811", "its bytes from the supplier" },
		{ "to-supplier 40021", "to-supplier 40000", "its bytes to the supplier" },
		{ "record 1", "record 2", "of another record" },
		{ "record 1", "record x", "of another record" },
		{ ("gate " GATE), "gate other", "the key is of another gate" },
	};

	for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
		struct scene s = sound();
		s.line = wrong[i].line;
		s.instead = wrong[i].instead;
		check(__LINE__, &s, wrong[i].why);
	}
}

TEST(a_record_that_is_another_does_not_do)
{
	struct scene s = sound();

	s.record.event = (struct event){ .id = EVENT_SESSION_LOST, .value = { { .bytes = rd_str("its link ended") } } };
	check(__LINE__, &s, "does not close this session");
	s = sound();
	s.record.seq = 2;
	check(__LINE__, &s, "of another number");
	s = sound();
	s.index = 0;
	check(__LINE__, &s, "not at that index");
	s = sound();
	s.log = &other;
	check(__LINE__, &s, "");
}

/* Without the keys: each byte of it counts. */
TEST(every_byte_counts)
{
	AUTO(buf_done) struct buf b = { 0 };
	struct scene s = sound();

	begin();
	write_receipt(&s, &b);
	for (size_t i = 0; i < b.len; i += 5) {
		AUTO(buf_done) struct buf bad = { 0 };
		struct rd all = buf_rd(&b);
		uint8_t c;
		buf_init(&bad, FILE_MAX);
		CHECK(buf_put_rd(&bad, all) && rd_at(&all, i, &c));
		c ^= 1;
		CHECK(buf_patch(&bad, i, &c, 1));
		if (judge(buf_rd(&bad)) != 1)
			test_fail(__FILE__, __LINE__, "byte %zu: %.*s", i, (int)said.len, (const char *)buf_rd(&said).p);
	}
	for (size_t n = 1; n < b.len; n += 11) {
		struct rd all = buf_rd(&b), part;
		CHECK(rd_slice(&all, 0, n, &part));
		if (judge(part) == 0 && says("is in the log"))
			test_fail(__FILE__, __LINE__, "cut at %zu: %.*s", n, (int)said.len, (const char *)buf_rd(&said).p);
	}
}

TEST(it_says_what_was_not_judged)
{
	AUTO(buf_done) struct buf b = { 0 };
	struct scene s = sound();
	struct rd all, bare;

	begin();
	const char *const no_key[] = { VERIFY_PROGRAM, "--key", receipts.vkey, "--receipt", path, NULL },
		*const wrong_key[] = { VERIFY_PROGRAM, "--key", receipts.vkey, "--log-key", other.vkey, "--receipt", path, NULL },
		*const both[] = { VERIFY_PROGRAM, "--key", receipts.vkey, "--log-key", core.vkey, "--policy", path, "--receipt", path,
			NULL };
	write_receipt(&s, &b);
	CHECK_INT(run(buf_rd(&b), no_key), 2);
	CHECK_INT(run(buf_rd(&b), both), 2);
	CHECK_INT(run(buf_rd(&b), wrong_key), 1);
	all = buf_rd(&b);
	const uint8_t *marker = memmem(all.p, all.len, "----- record", 12);
	CHECK(marker && rd_slice(&all, 0, (size_t)(marker - all.p), &bare));
	CHECK_INT(run(bare, no_key), 0);
	CHECK(says("receipt: sound\n") && says("no proof is in the file"));
}
