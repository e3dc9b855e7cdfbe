/*
 * Is:        the witness as a log meets it: two of them, started as their users start
 *            them, spoken to over HTTP, killed, started again; and its memory alone.
 * Is not:    a test of every refusal (evidence/test_witness.c).
 * Called by: the test run.
 * Owns:      a temporary directory and the witnesses it started.
 * Trust:     no input.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/json.h"
#include "base/text.h"
#include "cli/command.h"
#include "cli/witness/store.h"
#include "crypto/sha256.h"
#include "evidence/checkpoint.h"
#include "evidence/test_fork.h"
#include "evidence/tlog_policy.h"
#include "os/fd.h"
#include "os/spawn.h"
#include "testing/test.h"

#define ORIGIN "gate.example/core"
enum { N_WITNESSES = 2, FORK = 12, PATIENCE_MS = 20000, ANSWER_MAX = 1 << 20 };

static char dir[] = "/tmp/slagboom-witness-XXXXXX";
static struct fork_log forked;
static struct ed25519_key log_secret;
static struct note_key log_key;
static char log_vkey[256];

static struct running {
	pid_t pid;
	int pidfd, out;
	uint16_t port;
	char vkey[256];
} witness[N_WITNESSES], other;

/* An answer as it came, and its parts. */
static struct answer {
	struct buf raw;
	unsigned status;
	struct rd head, body;
} answer;

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *f)
{
	return remove(path);
}

static void clean_up(void)
{
	for (int i = 0; i < N_WITNESSES; i++)
		if (witness[i].pid)
			(void)kill(witness[i].pid, SIGKILL);
	if (other.pid)
		(void)kill(other.pid, SIGKILL);
	(void)nftw(dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static void setup(void)
{
	static const uint8_t raw[32] = "a key that protects only a test";
	AUTO(secret_done) struct secret seed = { .p = NULL };
	AUTO(buf_done) struct buf b = { 0 };
	struct wr w;

	if (log_vkey[0])
		return;
	CHECK(mkdtemp(dir) && atexit(clean_up) == 0);
	secret_copy(&seed, rd_of(raw, sizeof(raw)));
	ed25519_key_init(&log_secret, &seed);
	note_key_make(rd_str(ORIGIN), NOTE_ED25519, &log_secret.pub, &log_key);
	buf_init(&b, sizeof(log_vkey) - 1);
	w = wr_to(&b);
	wr_note_key(&w, &log_key);
	CHECK(wr_ok(&w));
	(void)snprintf(log_vkey, sizeof(log_vkey), "%.*s", (int)b.len, (const char *)buf_rd(&b).p);
	fork_init(&forked, FORK);
	buf_init(&answer.raw, ANSWER_MAX);
}

/* The program with its arguments; its exit status, or -1 when it stays. */

static void start_raw(struct running *r, const char *const *argv)
{
	static const char *const envp[] = { "PATH=/usr/bin:/bin", NULL };
	int ends[2];

	CHECK(pipe2(ends, O_CLOEXEC) == 0);
	struct spawn_fd fds[] = { { ends[1], 1 }, { STDERR_FILENO, 2 } };
	struct spawn s = { SLAGBOOM_PROGRAM, argv, envp, fds, ARRAY_LEN(fds) };
	CHECK_INT(spawn(&s, &r->pid, &r->pidfd), 0);
	fd_close(&ends[1]);
	r->out = ends[0];
}

static int wait_for_end(struct running *r)
{
	struct pollfd p = { .fd = r->pidfd, .events = POLLIN };
	int status;

	CHECK_INT(poll(&p, 1, PATIENCE_MS), 1);
	CHECK(waitpid(r->pid, &status, 0) == r->pid);
	fd_close(&r->pidfd);
	fd_close(&r->out);
	r->pid = 0;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static void start(int i, struct running *r, const char *name)
{
	char listen[32], path[128];

	/* Again at the same port, as a real one. */
	(void)snprintf(listen, sizeof(listen), "127.0.0.1:%u", r->port);
	(void)snprintf(path, sizeof(path), "%s/w%d", dir, i);
	start_raw(r, (const char *const[]){ "slagboom", "witness", "--json", "--listen", listen, "--dir", path, "--name",
	    name, "--log", log_vkey, NULL });
}

/* The next line of its output. */
static void read_line(struct running *r, char *out, size_t size)
{
	size_t n = 0;
	char c = 0;

	while (n + 1 < size && c != '\n') {
		struct pollfd p = { .fd = r->out, .events = POLLIN };
		CHECK_INT(poll(&p, 1, PATIENCE_MS), 1);
		CHECK_INT(read(r->out, &c, 1), 1);
		out[n++] = c;
	}
	out[n - 1] = '\0';
}

static void get_ready(struct running *r)
{
	char line[1024];
	unsigned port;
	char vkey[sizeof(r->vkey)];

	read_line(r, line, sizeof(line));
	CHECK_INT(sscanf(line, "{\"url\":\"http://127.0.0.1:%u/\",\"vkey\":\"%255[^\"]\"}", &port, vkey), 2);
	CHECK(!r->vkey[0] || strcmp(r->vkey, vkey) == 0); /* its key is the one it had */
	(void)snprintf(r->vkey, sizeof(r->vkey), "%s", vkey);
	r->port = (uint16_t)port;
}

static void begin(void)
{
	setup();
	for (int i = 0; i < N_WITNESSES; i++) {
		if (witness[i].pid)
			continue;
		start(i, &witness[i], i ? "witness.two" : "witness.one");
		get_ready(&witness[i]);
	}
}

static void stop(struct running *r, int sig)
{
	CHECK_INT(kill(r->pid, sig), 0);
	CHECK_INT(wait_for_end(r), sig == SIGKILL ? 128 + SIGKILL : EXIT_OK);
}

/* HTTP, by hand. */

static int open_connection(const struct running *r)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons(r->port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	CHECK(fd >= 0 && connect(fd, (struct sockaddr *)&a, sizeof(a)) == 0);
	return fd;
}

static void read_answer(int fd)
{
	ssize_t n;
	struct rd r;

	buf_reset(&answer.raw);
	do {
		struct pollfd p = { .fd = fd, .events = POLLIN };
		CHECK_INT(poll(&p, 1, PATIENCE_MS), 1);
		n = fd_read(fd, &answer.raw);
		CHECK(n >= 0 || n == -ECONNRESET);
	} while (n > 0);
	r = buf_rd(&answer.raw);
	answer.status = 0;
	if (r.len == 0)
		return;
	CHECK(rd_word(&r, "HTTP/1.1 "));
	for (int i = 0; i < 3; i++) {
		uint8_t c;
		CHECK(rd_u8(&r, &c));
		answer.status = 10 * answer.status + (unsigned)(c - '0');
	}
	const char *end = memmem(r.p, r.len, "\r\n\r\n", 4);
	CHECK(end);
	CHECK(rd_take(&r, (size_t)((const uint8_t *)end - r.p), &answer.head) && rd_skip(&r, 4));
	answer.body = r;
}

static unsigned http(struct running *r, const char *method, const char *path, struct rd body)
{
	AUTO(buf_done) struct buf b = { 0 };
	int fd = open_connection(r);
	struct wr w;

	buf_init(&b, ANSWER_MAX);
	w = wr_to(&b);
	wr_text(&w, "%s %s HTTP/1.1\r\nHost: w\r\nConnection: close\r\n", method, path);
	if (body.len)
		wr_text(&w, "Content-Length: %zu\r\n", body.len);
	wr_str(&w, "\r\n");
	wr_bytes(&w, body);
	CHECK(wr_ok(&w));
	(void)!fd_write_all(fd, buf_rd(&b)); /* it may refuse before it has read all */
	read_answer(fd);
	fd_close(&fd);
	return answer.status;
}

static bool head_has(const char *line)
{
	return memmem(answer.head.p, answer.head.len, line, strlen(line)) != NULL;
}

/* A log with two histories. */

static void write_checkpoint(struct buf *note, const char *origin, unsigned history, uint64_t size)
{
	AUTO(buf_done) struct buf text = { 0 };
	struct merkle_head head;
	struct ed25519_sig sig;
	struct wr w;

	fork_head(&forked, history, size, &head);
	buf_init(&text, 1000);
	w = wr_to(&text);
	wr_checkpoint(&w, rd_str(origin), &head);
	CHECK(wr_ok(&w));
	ed25519_sign(&log_secret, buf_rd(&text), &sig);
	w = wr_to(note);
	wr_note(&w, buf_rd(&text));
	wr_note_sig(&w, &log_key, rd_of(sig.b, sizeof(sig.b)));
	CHECK(wr_ok(&w));
}

/* Asks for a cosignature; the checkpoint is left in `note`. */
static unsigned ask(struct running *r, unsigned history, uint64_t old, uint64_t size, struct buf *note)
{
	AUTO(buf_done) struct buf body = { 0 };
	struct merkle_proof proof;
	struct wr w;

	fork_prove(&forked, history, old, size, &proof);
	write_checkpoint(note, ORIGIN, history, size);
	buf_init(&body, WITNESS_REQUEST_MAX);
	w = wr_to(&body);
	wr_witness_request(&w, old, &proof, buf_rd(note));
	CHECK(wr_ok(&w));
	return http(r, "POST", "/add-checkpoint", buf_rd(&body));
}

static unsigned ask_only(struct running *r, unsigned history, uint64_t old, uint64_t size)
{
	AUTO(buf_done) struct buf note = { 0 };

	buf_init(&note, NOTE_MAX);
	return ask(r, history, old, size, &note);
}

static const char *monitor_path(void)
{
	static char path[96];
	AUTO(buf_done) struct buf hex = { 0 };
	uint8_t digest[SHA256_LEN];
	struct wr w;

	sha256_of(rd_str(ORIGIN), digest);
	buf_init(&hex, 64);
	w = wr_to(&hex);
	wr_hex(&w, rd_of(digest, sizeof(digest)));
	CHECK(wr_ok(&w));
	(void)snprintf(path, sizeof(path), "/%.*s/checkpoint", (int)hex.len, (const char *)buf_rd(&hex).p);
	return path;
}

TEST(what_is_no_question_is_refused)
{
	AUTO(buf_done) struct buf big = { 0 };
	static const char *const paths[] = { "/", "/checkpoint", "/add-checkpoint/", "//checkpoint", "/../witness.seed",
		"/0000000000000000000000000000000000000000000000000000000000000000/checkpoint" };

	begin();
	for (size_t i = 0; i < ARRAY_LEN(paths); i++)
		CHECK_U64(http(&witness[0], "GET", paths[i], rd_str("")), 404);
	CHECK_U64(http(&witness[0], "GET", monitor_path(), rd_str("")), 404); /* known, and never cosigned */
	CHECK_U64(http(&witness[0], "GET", "/add-checkpoint", rd_str("")), 405);
	CHECK_U64(http(&witness[0], "PUT", "/add-checkpoint", rd_str("x")), 405);
	CHECK_U64(http(&witness[0], "POST", monitor_path(), rd_str("x")), 405);
	CHECK_U64(http(&witness[0], "POST", "/add-checkpoint", rd_str("x")), 400);
	CHECK_U64(http(&witness[0], "POST", "/add-checkpoint", rd_str("")), 400);
	buf_init(&big, WITNESS_REQUEST_MAX + 1);
	while (buf_room(&big))
		CHECK(buf_put_u8(&big, '\n'));
	CHECK_U64(http(&witness[0], "POST", "/add-checkpoint", buf_rd(&big)), 413);
	CHECK_U64(http(&witness[0], "GET", monitor_path(), rd_str("")), 404);
}

TEST(statuses_over_http)
{
	AUTO(buf_done) struct buf note = { 0 };
	AUTO(buf_done) struct buf body = { 0 };
	struct merkle_proof none = { .n = 0 };
	struct running *r = &witness[0];
	struct wr w;
	char line[1024];

	begin();
	buf_init(&note, NOTE_MAX);
	buf_init(&body, WITNESS_REQUEST_MAX);
	write_checkpoint(&note, "gate.example/other", 0, 5);
	w = wr_to(&body);
	wr_witness_request(&w, 0, &none, buf_rd(&note));
	CHECK(wr_ok(&w));
	CHECK_U64(http(r, "POST", "/add-checkpoint", buf_rd(&body)), 404);
	CHECK_U64(ask_only(r, 0, 6, 5), 400);
	read_line(r, line, sizeof(line));
	CHECK_STR(line, "{\"asked\":5,\"latest\":0,\"log\":\"" ORIGIN "\",\"status\":400,"
			"\"why\":\"the old size is beyond the checkpoint's\"}");
	CHECK_U64(ask_only(r, 0, 0, 5), 200);
	CHECK_U64(ask_only(r, 0, 0, 9), 409);
	CHECK(head_has("Content-Type: " WITNESS_SIZE_TYPE));
	CHECK_RD(answer.body, rd_str("5\n"));
	CHECK_U64(ask_only(r, 0, 5, 20), 200);
	CHECK_U64(ask_only(r, 0, 20, 20), 200);
	CHECK_U64(ask_only(r, 1, 20, 20), 422);
	CHECK_U64(ask_only(r, 1, 20, 22), 422);
	CHECK_U64(answer.body.len, 0);
	for (int i = 0; i < 4; i++)
		read_line(r, line, sizeof(line)); /* cosigned first, 409, 422, 422 */
	CHECK(strstr(line, "\"status\":422"));
}

/* What leaves two witnesses makes a quorum of two, and of none but them. */
TEST(two_witnesses_make_a_quorum)
{
	AUTO(buf_done) struct buf note = { 0 };
	AUTO(buf_done) struct buf text = { 0 };
	static struct tlog_policy policy;
	static struct tlog_judgement j;
	struct tlog_policy_error err;
	struct wr w;

	begin();
	buf_init(&text, 4096);
	w = wr_to(&text);
	wr_text(&w, "log %s\nwitness a %s\nwitness b %s\ngroup g all a b\nquorum g\n", log_vkey, witness[0].vkey, witness[1].vkey);
	CHECK(wr_ok(&w) && tlog_policy_parse(buf_rd(&text), &policy, &err));
	buf_init(&note, NOTE_MAX);
	CHECK_U64(ask(&witness[0], 0, 20, 25, &note), 200);
	CHECK(buf_put_rd(&note, answer.body));
	CHECK_INT(tlog_policy_judge(&policy, buf_rd(&note), &j), TLOG_NO_QUORUM);
	CHECK_U64(ask_only(&witness[1], 0, 0, 25), 200);
	CHECK(buf_put_rd(&note, answer.body));
	CHECK_INT(tlog_policy_judge(&policy, buf_rd(&note), &j), TLOG_OK);
	CHECK_U64(j.checkpoint.head.size, 25);
	/* Whoever asks a witness gets the same. */
	CHECK_U64(http(&witness[1], "GET", monitor_path(), rd_str("")), 200);
	CHECK(head_has("Content-Type: " WITNESS_TEXT_TYPE));
	CHECK_INT(tlog_policy_judge(&policy, answer.body, &j), TLOG_NO_QUORUM);
	CHECK_U64(j.witnesses, 1 << 1);
}

/* A log that lost its newest tree asks for an older one: both remember. */
TEST(a_witness_that_was_killed_remembers)
{
	begin();
	stop(&witness[0], SIGKILL);
	stop(&witness[1], SIGTERM);
	begin();
	for (int i = 0; i < N_WITNESSES; i++) {
		CHECK_U64(ask_only(&witness[i], 0, 9, 12), 409);
		CHECK_RD(answer.body, rd_str("25\n"));
		CHECK_U64(ask_only(&witness[i], 1, 25, 25), 422);
		CHECK_U64(ask_only(&witness[i], 0, 25, 26), 200);
		CHECK_U64(http(&witness[i], "GET", monitor_path(), rd_str("")), 200);
	}
}

/* Killed while it answers, again and again: what it answered it remembers. */
TEST(killed_at_any_moment)
{
	begin();
	for (int round = 0; round < 12; round++) {
		uint64_t latest = 0;
		uint64_t size = 26 + test_below(30 - 26);
		AUTO(buf_done) struct buf note = { 0 };
		buf_init(&note, NOTE_MAX);
		(void)ask(&witness[0], 0, 1, 1, &note); /* 409 tells the latest */
		struct rd line;
		CHECK(answer.status == 409 && rd_until(&answer.body, '\n', &line) && text_u64(line, &latest));
		if (size < latest)
			size = latest;
		unsigned status = ask_only(&witness[0], 0, latest, size);
		CHECK_U64(status, 200);
		stop(&witness[0], SIGKILL);
		begin();
		CHECK_U64(ask_only(&witness[0], 0, 1, 1), 409);
		uint64_t now = 0;
		CHECK(rd_until(&answer.body, '\n', &line) && text_u64(line, &now));
		CHECK_U64(now, size);
	}
}

TEST(the_key_is_made_once_and_is_ours_alone)
{
	char path[128];
	struct stat st;

	begin();
	(void)snprintf(path, sizeof(path), "%s/w0/witness.seed", dir);
	CHECK(stat(path, &st) == 0);
	CHECK_U64(st.st_mode & 07777, 0400);
	CHECK_U64(st.st_size, 32);
	/* A second one on the same directory; another name on it. */
	start(0, &other, "witness.one");
	CHECK_INT(wait_for_end(&other), EXIT_RUNNING);
	stop(&witness[0], SIGTERM);
	start(0, &other, "witness.other");
	CHECK_INT(wait_for_end(&other), EXIT_FAILED);
	CHECK(chmod(path, 0444) == 0);
	start(0, &other, "witness.one");
	CHECK_INT(wait_for_end(&other), EXIT_FAILED);
	CHECK(chmod(path, 0400) == 0);
	begin();
}

TEST(command_lines_that_are_wrong)
{
	char path[128];
	const char *bad[][12] = {
		{ "slagboom", "witness" },
		{ "slagboom", "witness", "--listen", "127.0.0.1:0", "--dir", path, "--name", "w" },
		{ "slagboom", "witness", "--listen", "localhost:0", "--dir", path, "--name", "w", "--log", log_vkey },
		{ "slagboom", "witness", "--listen", "127.0.0.1:66000", "--dir", path, "--name", "w", "--log", log_vkey },
		{ "slagboom", "witness", "--listen", "[::1]", "--dir", path, "--name", "w", "--log", log_vkey },
		{ "slagboom", "witness", "--listen", "127.0.0.1:0", "--dir", path, "--name", "w w", "--log", log_vkey },
		{ "slagboom", "witness", "--listen", "127.0.0.1:0", "--dir", path, "--name", "w", "--log", "x" },
		{ "slagboom", "witness", "--listen", "127.0.0.1:0", "--dir", path, "--name", "w", "--log", NULL },
	};

	begin();
	(void)snprintf(path, sizeof(path), "%s/bad", dir);
	bad[ARRAY_LEN(bad) - 1][9] = witness[0].vkey; /* a witness's key is no log's */
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		start_raw(&other, bad[i]);
		CHECK_INT(wait_for_end(&other), EXIT_USAGE);
	}
}

/* The belts of a running one. */
TEST(it_is_confined)
{
	char path[64];
	AUTO(buf_done) struct buf b = { 0 };

	begin();
	buf_init(&b, 1 << 16);
	(void)snprintf(path, sizeof(path), "/proc/%d/status", (int)witness[1].pid);
	CHECK_INT(fd_read_file(AT_FDCWD, path, &b), 0);
	CHECK(memmem(buf_rd(&b).p, b.len, "Seccomp:\t2\n", 11));
	CHECK(memmem(buf_rd(&b).p, b.len, "NoNewPrivs:\t1\n", 14));
}

/* A slow client holds up nobody else. */
TEST(a_half_request_holds_up_nobody)
{
	int fd;

	begin();
	fd = open_connection(&witness[1]);
	CHECK_INT(fd_write_all(fd, rd_str("POST /add-checkpoint HTTP/1.1\r\nHost: w\r\nContent-Length: 100\r\n\r\nold")), 0);
	CHECK_U64(http(&witness[1], "GET", monitor_path(), rd_str("")), 200);
	fd_close(&fd);
	CHECK_U64(http(&witness[1], "GET", monitor_path(), rd_str("")), 200);
}

/* Where a body ends is said once, or the connection ends without an answer. */
TEST(a_body_with_two_ends_is_none)
{
	static const char *const heads[] = { "Content-Length: 3\r\nContent-Length: 0\r\n", "Content-Length: 3\r\nContent-Length: 3\r\n",
		"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n", "transfer-encoding: chunked\r\ncontent-length: 3\r\n" };

	begin();
	for (size_t i = 0; i < ARRAY_LEN(heads); i++) {
		int fd = open_connection(&witness[1]);
		CHECK_INT(fd_write_all(fd, rd_str("POST /add-checkpoint HTTP/1.1\r\nHost: w\r\n")), 0);
		CHECK_INT(fd_write_all(fd, rd_str(heads[i])), 0);
		CHECK_INT(fd_write_all(fd, rd_str("\r\n")), 0);
		read_answer(fd);
		CHECK_U64(answer.status, 0);
		fd_close(&fd);
	}
	CHECK_U64(http(&witness[1], "GET", monitor_path(), rd_str("")), 200);
}

/* Its memory alone. */

TEST(the_memory_compares_and_swaps)
{
	AUTO(buf_done) struct buf b = { 0 };
	struct merkle_head empty, a = { .size = 3 }, got;
	struct store s, second;
	char path[128];

	setup();
	(void)snprintf(path, sizeof(path), "%s/store.db", dir);
	CHECK_INT(store_open(&s, path, "w", &log_key, 1), 0);
	CHECK_INT(s.witness.latest(&s.witness, rd_str(ORIGIN), &empty), 0);
	CHECK_U64(empty.size, 0);
	buf_init(&b, 100);
	CHECK_INT(store_checkpoint(&s, rd_str(ORIGIN), &b), STORE_NONE);
	CHECK_INT(s.witness.advance(&s.witness, rd_str(ORIGIN), &empty, &a, rd_str("note")), 0);
	CHECK_INT(s.witness.advance(&s.witness, rd_str(ORIGIN), &empty, &a, rd_str("later")), 1);
	got = a;
	got.root.b[0] ^= 1;
	CHECK_INT(s.witness.advance(&s.witness, rd_str(ORIGIN), &got, &a, rd_str("later")), 1);
	CHECK_INT(s.witness.advance(&s.witness, rd_str("no such log"), &empty, &a, rd_str("later")), 1);
	CHECK_INT(s.witness.latest(&s.witness, rd_str(ORIGIN), &got), 0);
	CHECK(got.size == 3 && hash_equal(&got.root, &a.root));
	CHECK_INT(store_checkpoint(&s, rd_str(ORIGIN), &b), 0);
	CHECK_RD(buf_rd(&b), rd_str("note"));
	CHECK_INT(store_open(&second, path, "w", &log_key, 1), -EBUSY);
	store_close(&second);
	store_close(&s);
	CHECK_INT(store_open(&s, path, "other", &log_key, 1), -EPERM);
	store_close(&s);
	CHECK_INT(store_open(&s, path, "w", &log_key, 1), 0); /* what it knows stays */
	CHECK_INT(s.witness.latest(&s.witness, rd_str(ORIGIN), &got), 0);
	CHECK_U64(got.size, 3);
	store_close(&s);
}

TEST(a_damaged_memory_is_refused)
{
	struct store s;
	char path[128], junk[512];
	int fd;

	setup();
	(void)snprintf(path, sizeof(path), "%s/damaged.db", dir);
	CHECK_INT(store_open(&s, path, "w", &log_key, 1), 0);
	store_close(&s);
	memset(junk, 0xa5, sizeof(junk));
	fd = open(path, O_WRONLY | O_CLOEXEC);
	CHECK(fd >= 0 && pwrite(fd, junk, sizeof(junk), 4096) == sizeof(junk));
	fd_close(&fd);
	CHECK_INT(store_open(&s, path, "w", &log_key, 1), -EBADMSG);
	store_close(&s);
}
