/*
 * Is:        slagboom-verify as its users meet it: started with arguments, on a log
 *            that the store wrote and on another program's; then on damaged copies.
 * Is not:    a test of the verification (evidence/test_verify.c).
 * Called by: the test run.
 * Owns:      a temporary directory.
 * Trust:     no input.
 */
#include <fcntl.h>
#include <ftw.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/json.h"
#include "base/mem.h"
#include "evidence/log.h"
#include "evidence/merkle_path.h"
#include "evidence/note.h"
#include "evidence/proof.h"
#include "evidence/tiler.h"
#include "evidence/verify_tree.h"
#include "os/disk.h"
#include "testing/test.h"

#define TESSERA_KEY "example.com/log/testdata+33d7b496+AeHTu4Q3hEIMHNqc6fASMsq3rKNx280NI+oO5xCFkkSx"

enum { N_FIRST = VERIFY_SPAN + 700, N = 2 * VERIFY_SPAN + 1234, ARGS_MAX = 24 };

static char dir[] = "/tmp/slagboom-verify-XXXXXX";
static char vkey[200];
static struct ed25519_key key;
static struct note_key note_key;
static struct buf out, err;

static const char *at(const char *name)
{
	static char paths[8][256];
	static unsigned next;
	char *p = paths[next++ % ARRAY_LEN(paths)];

	(void)snprintf(p, sizeof(paths[0]), "%s/%s", dir, name);
	return p;
}

static void get_file(const char *path, struct buf *to)
{
	FILE *f = fopen(path, "rb");
	uint8_t part[4096];
	size_t n;

	CHECK(f);
	buf_reset(to);
	while ((n = fread(part, 1, sizeof(part), f)) > 0)
		CHECK(buf_put(to, part, n));
	(void)fclose(f);
}

static void put_file(const char *path, struct rd r)
{
	FILE *f = fopen(path, "wb");

	CHECK(f && fwrite(r.p, 1, r.len, f) == r.len && fclose(f) == 0);
}

/* Runs the program; its exit code. What it said is in `out` and `err`. */
static int run(const char *const *args)
{
	extern char **environ;
	const char *argv[ARGS_MAX] = { VERIFY_PROGRAM };
	posix_spawn_file_actions_t fa;
	int status, n = 1;
	pid_t pid;

	for (; args[n - 1]; n++)
		argv[n] = args[n - 1];
	CHECK(posix_spawn_file_actions_init(&fa) == 0);
	CHECK(posix_spawn_file_actions_addopen(&fa, 1, at("stdout"), O_WRONLY | O_CREAT | O_TRUNC,
	    0600) == 0);
	CHECK(posix_spawn_file_actions_addopen(&fa, 2, at("stderr"), O_WRONLY | O_CREAT | O_TRUNC,
	    0600) == 0);
	CHECK(posix_spawn(&pid, argv[0], &fa, NULL, (char *const *)(uintptr_t)argv, environ) == 0);
	(void)posix_spawn_file_actions_destroy(&fa);
	CHECK(waitpid(pid, &status, 0) == pid);
	CHECK(WIFEXITED(status));
	get_file(at("stdout"), &out);
	get_file(at("stderr"), &err);
	return WEXITSTATUS(status);
}

#define RUN(...) run((const char *const[]){ __VA_ARGS__, NULL })

static bool says(const struct buf *b, const char *text)
{
	return b->len && memmem(buf_rd(b).p, b->len, text, strlen(text));
}

static void write_entry(uint64_t i, struct buf *b)
{
	buf_reset(b);
	struct wr w = wr_to(b);
	wr_str(&w, "entry ");
	wr_dec(&w, i);
	CHECK(wr_ok(&w));
}

static void append_until(struct log *l, uint64_t n)
{
	AUTO(buf_done) struct buf b = { 0 };
	uint64_t index;

	buf_init(&b, 100);
	for (uint64_t i = log_durable(l); i < n;) {
		write_entry(i, &b);
		int e = log_append(l, buf_rd(&b), false, 0, &index);
		if (e == LOG_BUSY) {
			CHECK_INT(log_commit(l), 0);
			continue;
		}
		CHECK_INT(e, 0);
		CHECK_U64(index, i++);
	}
	CHECK_INT(log_commit(l), 0);
}

static void sign(const struct merkle_head *head, struct buf *note)
{
	AUTO(buf_done) struct buf text = { 0 };
	struct ed25519_sig sig;
	struct wr w;

	buf_init(&text, 1000);
	w = wr_to(&text);
	wr_checkpoint(&w, rd_str(note_key.name), head);
	ed25519_sign(&key, buf_rd(&text), &sig);
	buf_reset(note);
	w = wr_to(note);
	wr_note(&w, buf_rd(&text));
	wr_note_sig(&w, &note_key, rd_of(sig.b, sizeof(sig.b)));
	CHECK(wr_ok(&w));
}

static void publish(struct log *l, struct tiler *t, const char *keep)
{
	AUTO(buf_done) struct buf note = { 0 };
	struct tree_state s;
	struct wal_fault f;

	buf_init(&note, 2000);
	CHECK_INT(tiler_step(t, log_durable(l), UINT64_MAX / 2, &f), 0);
	CHECK_INT(tiler_settle(t, &s), 0);
	sign(&(struct merkle_head){ s.size, s.root }, &note);
	CHECK_INT(tiler_publish(t, buf_rd(&note)), 0);
	put_file(at(keep), buf_rd(&note));
}

/* The proof of entry `index`, and the entry, as files. */
static void put_proof(struct tiler *t, uint64_t index)
{
	AUTO(buf_done) struct buf b = { 0 }, note = { 0 };
	struct merkle_proof path;

	buf_init(&b, PROOF_MAX);
	buf_init(&note, 2000);
	CHECK_INT(merkle_prove_inclusion(&t->source, index, t->size, &path), 0);
	get_file(at("second"), &note);
	struct wr w = wr_to(&b);
	wr_proof(&w, index, &path, buf_rd(&note));
	CHECK(wr_ok(&w));
	put_file(at("proof"), buf_rd(&b));
	buf_reset(&b);
	CHECK_INT(tiler_entry(t, index, &b), 0);
	put_file(at("entry"), buf_rd(&b));
}

static void make_key(void)
{
	AUTO(secret_done) struct secret seed = { 0 };
	AUTO(buf_done) struct buf b = { 0 };
	struct wr w;
	struct rd r;

	buf_init(&b, sizeof(vkey) - 1);
	secret_init(&seed, ED25519_SEED_LEN);
	ed25519_key_init(&key, &seed);
	note_key_make(rd_str("log.example/one"), NOTE_ED25519, &key.pub, &note_key);
	w = wr_to(&b);
	wr_note_key(&w, &note_key);
	CHECK(wr_ok(&w));
	r = buf_rd(&b);
	CHECK(rd_copy(&r, (uint8_t *)vkey, r.len));
}

/* The log "log", its checkpoints "first" and "second", and one proof. */
static void build(void)
{
	static const uint8_t id[WAL_ID_LEN] = { 1 };
	struct log_config c = log_defaults();
	struct disk_dir disk;
	struct wal_fault f;
	struct log l;
	struct tiler t;
	int fd;

	if (vkey[0])
		return;
	buf_init(&out, 100000);
	buf_init(&err, 100000);
	make_key();
	CHECK(mkdtemp(dir));
	CHECK(mkdir(at("log"), 0700) == 0);
	fd = open(at("log"), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	CHECK(fd >= 0);
	disk_dir_init(&disk, fd);
	CHECK_INT(log_create(&disk.disk, &c, id, &f), 0);
	CHECK_INT(log_open(&l, &disk.disk, &c, &f), 0);
	CHECK_INT(tiler_open(&t, &disk.disk, SHELF_SYNCFS, &f), 0);
	append_until(&l, N_FIRST);
	publish(&l, &t, "first");
	append_until(&l, N);
	publish(&l, &t, "second");
	put_proof(&t, 70000);
	tiler_done(&t);
	log_done(&l);
	(void)close(fd);
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *where)
{
	return remove(path);
}

__attribute__((destructor)) static void remove_all(void)
{
	if (vkey[0])
		(void)nftw(dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static void check_json(const char *want)
{
	struct rd line = buf_rd(&out);

	CHECK(line.len > 1);
	line.len--;
	CHECK(json_is_canonical(line));
	if (!says(&out, want))
		test_fail(__FILE__, __LINE__, "no %s in %.*s", want, (int)out.len,
		    (const char *)buf_rd(&out).p);
}

TEST(wrong_usage_judges_nothing)
{
	build();
	CHECK_INT(RUN("--nonsense"), 2);
	CHECK_INT(RUN(at("log")), 2);
	CHECK_INT(RUN("--key", vkey), 2);
	CHECK_INT(RUN("--key", vkey, at("log"), at("log")), 2);
	CHECK_INT(RUN("--key", vkey, "--policy", "x", at("log")), 2);
	CHECK_INT(RUN("--key", "nonsense", at("log")), 2);
	CHECK_INT(RUN("--key"), 2);
	CHECK_INT(RUN("--key", vkey, "--jobs", "0", at("log")), 2);
	CHECK_INT(RUN("--key", vkey, at("nowhere")), 2);
	CHECK_INT(RUN("--key", vkey, "--proof", at("proof")), 2);
	CHECK_INT(RUN("--key", vkey, "--known", at("nowhere"), at("log")), 2);
	CHECK_U64(out.len, 0);
	/* Which option it is, and what was meant. */
	CHECK_INT(RUN("--key", vkey, "--nonsense=x", at("log")), 2);
	CHECK(says(&err, "there is no option --nonsense"));
	CHECK_INT(RUN("--key", "", at("log")), 2);
	CHECK(says(&err, "--key needs a value"));
	CHECK_INT(RUN("--key", vkey, "--json=yes", at("log")), 2);
	CHECK(says(&err, "--json takes no value"));
	CHECK_INT(RUN("--key", "log.vkey", at("log")), 2);
	CHECK(says(&err, "$(cat FILE)"));
	CHECK_INT(RUN("--key", vkey, dir), 2);
	CHECK(says(&err, "no checkpoint is in it"));
	CHECK_INT(RUN("--help"), 0);
	CHECK(says(&out, "usage: slagboom-verify"));
	CHECK_INT(RUN("--version"), 0);
}

TEST(a_sound_log_with_one_process_and_with_many)
{
	build();
	char joined[256];

	(void)snprintf(joined, sizeof(joined), "--key=%s", vkey);
	CHECK_INT(RUN(joined, "--jobs", "1", at("log")), 0);
	CHECK(says(&out, "\nSOUND: "));
	CHECK_INT(RUN("--key", vkey, "--jobs", "3", "--known", at("first"), "--progress",
	    at("log")), 0);
	CHECK_INT(RUN("--key", vkey, "--json", "--checkpoint", at("first"), at("log")), 0);
	check_json("\"sound\":true");
	CHECK_INT(RUN("--key", TESSERA_KEY, at("log")), 1);
	CHECK(says(&out, "not listed"));
}

TEST(a_log_of_another_program_at_every_size)
{
	const char *root = getenv("SLAGBOOM_SRC");
	char log[256], checkpoint[300], known[300];

	build();
	(void)snprintf(log, sizeof(log), "%s/tests/vectors/tessera/log", root ? root : ".");
	for (unsigned i = 0; i <= 15; i++) {
		(void)snprintf(checkpoint, sizeof(checkpoint), "%s/checkpoint.%u", log, i);
		(void)snprintf(known, sizeof(known), "%s/checkpoint.%u", log, i / 2);
		CHECK_INT(RUN("--key", TESSERA_KEY, "--checkpoint", checkpoint, "--known", known,
		    log), 0);
		if (i)
			CHECK_INT(RUN("--key", TESSERA_KEY, "--checkpoint", known, "--known",
			    checkpoint, log), 1);
	}
	CHECK_INT(RUN("--key", TESSERA_KEY, "--records", log), 1);
	CHECK(says(&out, "not a record in canonical form"));
}

/* Flips a byte of a file of the log; again to mend it. */
static void flip(const char *path, long off)
{
	FILE *f = fopen(at(path), "r+b");
	int c;

	CHECK(f && fseek(f, off, SEEK_SET) == 0);
	c = fgetc(f);
	CHECK(c != EOF && fseek(f, off, SEEK_SET) == 0);
	CHECK(fputc(c ^ 1, f) != EOF && fclose(f) == 0);
}

TEST(damage_is_named_whoever_finds_it)
{
	static const char *const jobs[] = { "1", "2" };

	build();
	for (size_t i = 0; i < ARRAY_LEN(jobs); i++) {
		flip("log/tile/entries/300", 2 + 6);
		CHECK_INT(RUN("--key", vkey, "--json", "--jobs", jobs[i], at("log")), 1);
		check_json("\"files\":{\"file\":\"tile/entries/300\",\"index\":76800,\"kind\":\"entry\"}");
		flip("log/tile/entries/300", 2 + 6);
		flip("log/tile/1/000", 33);
		CHECK_INT(RUN("--key", vkey, "--json", "--jobs", jobs[i], at("log")), 1);
		check_json("\"files\":{\"file\":\"tile/1/000\",\"index\":256,\"kind\":\"hash\"}");
		flip("log/tile/1/000", 33);
		CHECK(rename(at("log/tile/entries/256"), at("away")) == 0);
		CHECK_INT(RUN("--key", vkey, "--json", "--jobs", jobs[i], at("log")), 1);
		check_json("\"file\":\"tile/entries/256\",\"index\":65536,\"kind\":\"missing\"");
		CHECK(mkfifo(at("log/tile/entries/256"), 0600) == 0);
		CHECK_INT(RUN("--key", vkey, "--json", "--jobs", jobs[i], at("log")), 1);
		check_json("\"kind\":\"malformed\"");
		CHECK(unlink(at("log/tile/entries/256")) == 0);
		CHECK(symlink(at("away"), at("log/tile/entries/256")) == 0);
		CHECK_INT(RUN("--key", vkey, "--json", "--jobs", jobs[i], at("log")), 1);
		CHECK(unlink(at("log/tile/entries/256")) == 0);
		CHECK(rename(at("away"), at("log/tile/entries/256")) == 0);
	}
	CHECK_INT(RUN("--key", vkey, at("log")), 0);
}

TEST(an_older_checkpoint_is_a_rollback)
{
	build();
	CHECK_INT(RUN("--key", vkey, "--checkpoint", at("first"), "--known", at("second"),
	    at("log")), 1);
	CHECK(says(&out, "smaller than the one known before"));
}

TEST(a_second_tree_of_one_size_is_a_fork)
{
	AUTO(buf_done) struct buf note = { 0 };
	struct merkle_head other = { .size = N_FIRST, .root = { { 9 } } };

	build();
	buf_init(&note, 2000);
	sign(&other, &note);
	put_file(at("forked"), buf_rd(&note));
	CHECK_INT(RUN("--key", vkey, "--known", at("forked"), at("log")), 1);
	CHECK(says(&out, "not the beginning of this log"));
}

/* Signed nonsense of the largest size is an ordinary finding. */
TEST(a_checkpoint_of_the_largest_size)
{
	AUTO(buf_done) struct buf note = { 0 };
	struct merkle_head huge = { .size = MERKLE_SIZE_MAX, .root = { { 9 } } };

	build();
	buf_init(&note, 2000);
	sign(&huge, &note);
	put_file(at("huge"), buf_rd(&note));
	CHECK_INT(RUN("--key", vkey, "--json", "--checkpoint", at("huge"), at("log")), 1);
	check_json("\"size\":\"9223372036854775807\"");
}

TEST(a_run_goes_on_where_the_last_one_ended)
{
	build();
	CHECK_INT(RUN("--key", vkey, "--resume", at("state"), "--checkpoint", at("first"),
	    at("log")), 0);
	CHECK(!says(&out, "earlier run"));
	CHECK_INT(RUN("--key", vkey, "--resume", at("state"), "--json", at("log")), 0);
	check_json("\"resumed_from\":65536");
	/* Going back is a rollback even without a checkpoint in hand. */
	CHECK_INT(RUN("--key", vkey, "--resume", at("state"), "--checkpoint", at("first"),
	    at("log")), 1);
	CHECK(says(&out, "smaller than the one known before"));
	flip("state", 5);
	CHECK_INT(RUN("--key", vkey, "--resume", at("state"), at("log")), 2);
	CHECK(unlink(at("state")) == 0);
}

TEST(proofs_are_judged_with_their_entry)
{
	build();
	CHECK_INT(RUN("--key", vkey, "--proof", at("proof"), "--entry", at("entry")), 0);
	CHECK(says(&out, "number 70000 of this log"));
	CHECK_INT(RUN("--key", vkey, "--json", "--proof", at("proof"), "--entry", at("entry")), 0);
	check_json("\"included\":true,\"index\":70000,\"sound\":true");
	CHECK_INT(RUN("--key", vkey, "--proof", at("proof"), "--entry", at("first")), 1);
	CHECK_INT(RUN("--key", TESSERA_KEY, "--proof", at("proof"), "--entry", at("entry")), 1);
	CHECK_INT(RUN("--key", vkey, "--proof", at("entry"), "--entry", at("entry")), 1);
	flip("proof", 40);
	CHECK_INT(RUN("--key", vkey, "--proof", at("proof"), "--entry", at("entry")), 1);
	flip("proof", 40);
}

TEST(a_policy_may_ask_for_witnesses)
{
	AUTO(buf_done) struct buf b = { 0 };
	struct wr w;

	build();
	buf_init(&b, 2000);
	w = wr_to(&b);
	wr_text(&w, "log %s\nwitness w %s\nquorum w\n", vkey, TESSERA_KEY);
	CHECK(wr_ok(&w));
	put_file(at("policy"), buf_rd(&b));
	CHECK_INT(RUN("--policy", at("policy"), at("log")), 1);
	CHECK(says(&out, "signed by too few witnesses"));
	put_file(at("policy"), rd_str("nonsense\n"));
	CHECK_INT(RUN("--policy", at("policy"), at("log")), 2);
	CHECK(says(&err, "line 1"));
}
