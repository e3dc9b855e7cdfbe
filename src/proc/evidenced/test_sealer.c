/*
 * Is:        tests of a gate's recordings: tar and age, which are not ours, open what a
 *            killed writer left; nothing is sealed after a failure.
 * Is not:    a test of reels' format (evidence/test_reel.c).
 * Called by: the test run.
 * Owns:      a temporary directory per case.
 * Trust:     no input.
 */
#include "proc/evidenced/sealer.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/text.h"
#include "crypto/random.h"
#include "evidence/reel.h"
#include "os/fd.h"
#include "testing/test.h"

static char dir[64];
static struct secret keys[2];
static struct buf shares[2];
static struct recording rec;

static const char *in_dir(const char *name)
{
	static char paths[8][128];
	static unsigned next;
	char *p = paths[next++ % 8];

	(void)snprintf(p, sizeof(paths[0]), "%s/%s", dir, name);
	return p;
}

/* Runs a line of shell in the directory. */
static int shell(const char *line)
{
	extern char **environ;
	char whole[1024];
	char sh[] = "sh", c[] = "-c", *argv[] = { sh, c, whole, NULL };
	int status;
	pid_t pid;

	(void)snprintf(whole, sizeof(whole), "cd %s && %s", dir, line);
	CHECK(posix_spawnp(&pid, "sh", NULL, NULL, argv, environ) == 0);
	CHECK(waitpid(pid, &status, 0) == pid && WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void put_file(const char *name, struct rd r, unsigned mode)
{
	AUTO(fd_close) int fd = open(in_dir(name), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);

	CHECK(fd >= 0 && fd_write_all(fd, r) == 0);
}

static void get_file(const char *name, struct buf *out)
{
	buf_init(out, 64 << 20);
	CHECK_INT(fd_read_file(AT_FDCWD, in_dir(name), out), 0);
}

/* A recording for two keepers, whose key files and shares lie in the directory. */
static void begin(void)
{
	static const char *const names[] = { "dpo", "council" };
	struct recording_keeper k[2];

	(void)snprintf(dir, sizeof(dir), "/tmp/slagboom-sealer-XXXXXX");
	CHECK(mkdtemp(dir));
	for (size_t i = 0; i < 2; i++) {
		AUTO(secret_done) struct secret text = { 0 };
		char name[64];
		secret_make(&keys[i], X25519_LEN, random_system());
		age_identity_text(&keys[i], &text);
		(void)snprintf(name, sizeof(name), "%s.key", names[i]);
		put_file(name, secret_rd(&text), 0600);
		k[i].name = rd_str(names[i]);
		x25519_public(&keys[i], &k[i].recipient);
		buf_init(&shares[i], 2 * RECORDING_SHARE_MAX);
	}
	CHECK(recording_start(&rec, k, 2, random_system(), shares));
	for (size_t i = 0; i < 2; i++) {
		char name[64];
		(void)snprintf(name, sizeof(name), "share-%s.age", names[i]);
		put_file(name, buf_rd(&shares[i]), 0600);
	}
}

static void end(void)
{
	for (size_t i = 0; i < 2; i++) {
		buf_done(&shares[i]);
		secret_done(&keys[i]);
	}
	CHECK_INT(shell("rm -rf -- \"$PWD\""), 0);
}

static int new_reel(const char *name)
{
	int fd = open(in_dir(name), O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0600);

	CHECK(fd >= 0);
	return fd;
}

static struct frame frame(uint8_t kind, const char *text)
{
	return (struct frame){ .kind = kind, .time_us = 5, .bytes = rd_str(text) };
}

TEST(nothing_comes_out_before_a_reel_or_without_a_frame)
{
	AUTO(sealer_done) struct sealer s = { 0 };
	struct frame f = frame(FRAME_FROM_SUPPLIER, "x");
	struct sealed done;

	begin();
	sealer_init(&s, &rec, random_system());
	CHECK(sealer_wants_reel(&s));
	CHECK_INT(sealer_commit(&s, 1, &done), SEALER_NOTHING);
	CHECK_INT(sealer_frame(&s, &f), 0);
	CHECK_INT(sealer_commit(&s, 1, &done), SEALER_NO_REEL);
	CHECK(!sealer_reel(&s, 2, new_reel("2.tar"))); /* not the next */
	CHECK(sealer_reel(&s, 1, new_reel("1.tar")));
	CHECK_INT(sealer_commit(&s, 1, &done), 0); /* what waited is there still */
	CHECK_U64(done.bytes[FRAME_FROM_SUPPLIER], 1);
	CHECK_INT(sealer_commit(&s, 1, &done), SEALER_NOTHING);
	end();
}

/* As docs/EVIDENCE.md does: the recording's key, out of what both keepers have. */
static void join_keys(void)
{
	CHECK_INT(shell("for k in dpo council; do age -d -i $k.key -o $k.share share-$k.age || exit 1; done"), 0);
	CHECK_INT(shell("perl -e 'local $/; for (@ARGV) { open F, $_; <F> =~ /^with \\S+ ([0-9a-f]+)$/m or die; "
	    "push @h, pack \"H*\", $1 } print $h[0] ^ $h[1]' dpo.share council.share >rec.key"), 0);
}

/* Every byte that was counted comes out of tar and age again, and nothing else. */
TEST(tar_and_age_open_a_recording_with_two_keepers)
{
	AUTO(sealer_done) struct sealer s = { 0 };
	AUTO(buf_done) struct buf plain = { 0 }, tar = { 0 };
	const struct frame f[] = { frame(FRAME_FROM_SUPPLIER, "show"), frame(FRAME_TO_SUPPLIER, "answer"),
		frame(FRAME_TO_SUPPLIER_STDERR, "oops"), frame(FRAME_WITHHELD, "hidden!") };
	struct sealed one, two;
	struct sha256 sum;

	begin();
	sealer_init(&s, &rec, random_system());
	CHECK(sealer_reel(&s, 1, new_reel("00000001.tar")));
	for (size_t i = 0; i < ARRAY_LEN(f); i++)
		CHECK_INT(sealer_frame(&s, &f[i]), 0);
	CHECK_INT(sealer_commit(&s, 1790000000, &one), 0);
	CHECK_INT(sealer_frame(&s, &f[1]), 0);
	CHECK_INT(sealer_commit(&s, 1790000001, &two), 0);
	CHECK_INT(sealer_finish(&s), 0);
	CHECK(one.number == 1 && two.number == 2 && one.reel == 1);
	CHECK(one.bytes[FRAME_FROM_SUPPLIER] == 4 && one.bytes[FRAME_TO_SUPPLIER] == 6 &&
	    one.bytes[FRAME_TO_SUPPLIER_STDERR] == 4 && one.bytes[FRAME_WITHHELD] == 7);
	CHECK(two.bytes[FRAME_FROM_SUPPLIER] == 0 && two.bytes[FRAME_TO_SUPPLIER] == 6);

	CHECK_INT(shell("LC_ALL=C tar -xf 00000001.tar 2>tar.err && ! test -s tar.err"), 0);
	CHECK_INT(shell("LC_ALL=C TZ=UTC tar -tvf 00000001.tar | grep -q -- '^-r--r----- 0/0 .* 2026-09-21 14:13 00000001.age$'"), 0);
	sha256_init(&sum);
	get_file("00000001.age", &tar);
	CHECK_U64(tar.len, one.sealed_len);
	sha256_update(&sum, buf_rd(&tar));
	struct hash h;
	sha256_final(&sum, h.b);
	CHECK(hash_equal(&h, &one.sum));
	join_keys();
	CHECK_INT(shell("age -d -i rec.key -o plain 00000001.age"), 0);
	get_file("plain", &plain);
	AUTO(buf_done) struct buf unpacked = { 0 };
	buf_init(&unpacked, SEGMENT_FRAMES_MAX);
	struct rd r = buf_rd(&plain);
	uint8_t id[RECORDING_ID_LEN];
	uint32_t number;
	struct frame g;
	CHECK(segment_take_head(&r, id, &number, &unpacked) == SEGMENT_OK && number == 1);
	CHECK(memcmp(id, rec.id, sizeof(id)) == 0);
	for (size_t i = 0; i < ARRAY_LEN(f); i++) {
		CHECK(segment_take_frame(&r, &g) == SEGMENT_OK && g.kind == f[i].kind);
		CHECK_RD(g.bytes, f[i].bytes);
	}
	CHECK_U64(r.len, 0);
	end();
}

static uint64_t seal_bulk(struct sealer *s, struct rd bytes, size_t expected)
{
	struct frame f = { .kind = FRAME_TO_SUPPLIER, .bytes = bytes };
	struct sealed done;

	sealer_expect(s, expected);
	CHECK_INT(sealer_frame(s, &f), 0);
	CHECK_INT(sealer_commit(s, 1, &done), 0);
	CHECK_U64(done.bytes[FRAME_TO_SUPPLIER], bytes.len);
	return done.sealed_len;
}

/* Bulk is packed, and tools that are not ours unpack it; few bytes never are, and what does not get
 * smaller is tried now and then. */
TEST(bulk_is_packed)
{
	enum { N = 200000 };
	static uint8_t text[N], noise[N];
	AUTO(sealer_done) struct sealer s = { 0 };
	unsigned n_tried = 0;

	for (size_t i = 0; i < N; i++) {
		text[i] = (uint8_t)"lchan state ESTABLISHED\n"[i % 24];
		noise[i] = (uint8_t)test_random();
	}
	begin();
	sealer_init(&s, &rec, random_system());
	CHECK(sealer_reel(&s, 1, new_reel("00000001.tar")));
	CHECK(seal_bulk(&s, rd_of(text, N), N) < N / 8);
	CHECK(seal_bulk(&s, rd_of(text, N), 0) > N);
	CHECK(seal_bulk(&s, rd_of(text, 1000), 1000) > 1000);
	for (unsigned i = 0; i < 64; i++) {
		CHECK(seal_bulk(&s, rd_of(noise, N), N) > N);
		n_tried += s.n_unpacked == 15;
	}
	CHECK_U64(n_tried, 4);
	CHECK(seal_bulk(&s, rd_of(text, N), N) < N / 8);
	CHECK_INT(sealer_finish(&s), 0);
	put_file("text", rd_of(text, N), 0600);
	CHECK_INT(shell("tar -xf 00000001.tar"), 0);
	join_keys();
	CHECK_INT(shell("age -d -i rec.key 00000001.age | tail -c +46 | zstd -dc | tail -c +14 | cmp - text"), 0);
	CHECK_INT(shell("age -d -i rec.key 00000002.age | tail -c +41 | tail -c +14 | cmp - text"), 0);
	end();
}

/* Seals for ever, and tells through the pipe what is on the disk. */
NORETURN static void write_until_killed(int pipe_fd)
{
	struct sealer s;
	struct sealed done;
	static uint8_t noise[100000];

	sealer_init(&s, &rec, random_system());
	if (!sealer_reel(&s, 1, open(in_dir("reel.tar"), O_WRONLY | O_CREAT | O_EXCL | O_APPEND, 0600)))
		_exit(1);
	for (uint32_t i = 1;; i++) {
		struct frame f = { .kind = FRAME_TO_SUPPLIER, .bytes = rd_of(noise, (i * 7919) % sizeof(noise)) };
		if (sealer_frame(&s, &f) != 0 || sealer_commit(&s, 1, &done) != 0 ||
		    write(pipe_fd, &done.number, sizeof(done.number)) != sizeof(done.number))
			_exit(1);
	}
}

/* Whatever moment the writer dies at: what it said was on the disk is there, whole, for
 * tar and for age; at most the write that was cut is not. */
TEST(a_killed_writer_leaves_every_segment_that_it_announced)
{
	begin();
	for (int round = 0; round < 12; round++) {
		AUTO(reel_reader_done) struct reel_reader r = { .why = NULL };
		AUTO(buf_done) struct buf tar = { 0 };
		uint32_t told = 0, n;
		char line[256];
		int p[2], status;

		CHECK(pipe(p) == 0);
		pid_t pid = fork();
		if (pid == 0)
			write_until_killed(p[1]);
		(void)close(p[1]);
		CHECK(read(p[0], &told, sizeof(told)) == sizeof(told));
		usleep((useconds_t)test_below(20000));
		CHECK(kill(pid, SIGKILL) == 0 && waitpid(pid, &status, 0) == pid && WIFSIGNALED(status));
		while (read(p[0], &n, sizeof(n)) == sizeof(n))
			told = n;
		(void)close(p[0]);

		get_file("reel.tar", &tar);
		struct rd in = buf_rd(&tar), bytes;
		enum reel_result e;
		reel_reader_init(&r);
		while ((e = reel_read(&r, &in, &bytes)) != REEL_MORE)
			CHECK(e != REEL_BAD);
		CHECK(r.n_members == told || r.n_members == told + 1);
		(void)snprintf(line, sizeof(line), "mkdir out && { tar -C out -xf reel.tar 2>/dev/null || true; } && "
		    "test -s out/%08u.age && head -c 21 out/%08u.age | grep -q age-encryption", told, told);
		CHECK_INT(shell(line), 0);
		CHECK_INT(shell("rm -rf out reel.tar"), 0);
	}
	end();
}

/* Cuts of the last write at any byte, given to tar. */
TEST(tar_gives_what_is_whole_before_a_torn_tail)
{
	AUTO(sealer_done) struct sealer s = { 0 };
	AUTO(buf_done) struct buf tar = { 0 };
	struct frame f = frame(FRAME_TO_SUPPLIER, "text");
	struct sealed done;
	char line[256];
	size_t first;

	begin();
	sealer_init(&s, &rec, random_system());
	CHECK(sealer_reel(&s, 1, new_reel("reel.tar")));
	CHECK_INT(sealer_frame(&s, &f), 0);
	CHECK_INT(sealer_commit(&s, 1, &done), 0);
	get_file("reel.tar", &tar);
	first = tar.len;
	buf_done(&tar);
	CHECK_INT(sealer_frame(&s, &f), 0);
	CHECK_INT(sealer_commit(&s, 1, &done), 0);
	get_file("reel.tar", &tar);
	CHECK_INT(shell("mkdir want && tar -C want -xf reel.tar 00000001.age"), 0);
	for (int k = 0; k < 20; k++) {
		size_t n = first + test_below(tar.len - first);
		put_file("cut.tar", rd_of(buf_rd(&tar).p, n), 0600);
		(void)snprintf(line, sizeof(line), "rm -rf out && mkdir out && { tar -C out -xf cut.tar 2>/dev/null; "
		    "cmp out/00000001.age want/00000001.age; }");
		CHECK_INT(shell(line), 0);
	}
	end();
}

TEST(a_failed_write_ends_it)
{
	AUTO(sealer_done) struct sealer s = { 0 };
	struct frame f = frame(FRAME_TO_SUPPLIER, "text");
	struct rlimit was, tight;
	struct sealed done = { .number = 77 };

	begin();
	(void)signal(SIGXFSZ, SIG_IGN);
	CHECK(getrlimit(RLIMIT_FSIZE, &was) == 0);
	tight = (struct rlimit){ 1000, was.rlim_max };
	sealer_init(&s, &rec, random_system());
	CHECK(sealer_reel(&s, 1, new_reel("reel.tar")));
	CHECK_INT(sealer_frame(&s, &f), 0);
	CHECK(setrlimit(RLIMIT_FSIZE, &tight) == 0);
	CHECK_INT(sealer_commit(&s, 1, &done), -EFBIG);
	CHECK(setrlimit(RLIMIT_FSIZE, &was) == 0);
	CHECK_U64(done.number, 77);
	CHECK_INT(sealer_frame(&s, &f), -EIO);
	CHECK_INT(sealer_commit(&s, 1, &done), -EIO);
	CHECK_INT(sealer_finish(&s), -EIO);
	CHECK(!sealer_reel(&s, 2, new_reel("second.tar")));
	end();
}

TEST(a_large_group_is_several_segments_and_several_reels)
{
	AUTO(sealer_done) struct sealer s = { 0 };
	static uint8_t noise[FRAME_MAX];
	struct frame f = { .kind = FRAME_TO_SUPPLIER, .bytes = rd_of(noise, sizeof(noise)) };
	struct sealed done;
	uint64_t bytes = 0;
	unsigned n = 0;
	int r;

	begin();
	sealer_init(&s, &rec, random_system());
	CHECK(sealer_reel(&s, 1, new_reel("1.tar")));
	while (!sealer_wants_reel(&s)) {
		while ((r = sealer_frame(&s, &f)) == 0)
			n++;
		CHECK_INT(r, SEALER_FULL);
		CHECK_INT(sealer_commit(&s, 1, &done), 0);
		bytes += done.bytes[FRAME_TO_SUPPLIER];
	}
	CHECK_U64(bytes, (uint64_t)n * FRAME_MAX);
	CHECK(bytes < REEL_LEN_MAX && bytes > REEL_LEN_MAX / 10 * 9);
	CHECK(sealer_reel(&s, 2, new_reel("2.tar")));
	CHECK_INT(sealer_frame(&s, &f), 0);
	CHECK_INT(sealer_commit(&s, 1, &done), 0);
	CHECK(done.reel == 2 && done.number > 1);
	CHECK_INT(shell("tar -tf 1.tar >list && test $(wc -l <list) -gt 10"), 0);
	end();
}
