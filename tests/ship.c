/*
 * Is:        the test of witnesses and levels with real processes: what must stop, wait or be
 *            told when a witness is gone, lies or remembers more; then what is cosigned,
 *            copied and acknowledged when all is well.
 * Is not:    a test of the answers' grammar (proc/ship/test_answer.c), nor of the witness or the
 *            mirror alone (cli/).
 * Called by: the test run; needs SLAGBOOM_BUILD. RIG_SAYS=1 prints every event.
 * Owns:      what its rig owns.
 * Trust:     no input.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/timefmt.h"
#include "evidence/cosignature.h"
#include "evidence/split_view.h"
#include "evidence/tlog_policy.h"
#include "evidence/witness.h"
#include "os/clock.h"
#include "os/fd.h"
#include "os/spawn.h"
#include "proc/ship/rig.h"
#include "proc/talk/key_proto.h"
#include "proc/talk/retention_proto.h"
#include "proc/talk/ship_proto.h"
#include "testing/test.h"

enum { SOON_MS = 15000, ROUNDS = 40 };

static struct rig rig;
static char policy_text[2048];
static struct tlog_policy policy;
static unsigned wanted; /* of an event */
static uint64_t wanted_size;

/* Two witnesses, of whom `need` must sign ("all" or "any"). */
static void write_policy(struct rig *r, const char *need, unsigned port_of_second)
{
	struct tlog_policy_error err;

	(void)snprintf(policy_text, sizeof(policy_text),
	    "log %s\nwitness one %s http://127.0.0.1:%u/\nwitness two %s http://127.0.0.1:%u\ngroup g %s one two\nquorum g\n",
	    r->log_vkey, r->peer[0].vkey, r->peer[0].port, r->peer[1].vkey,
	    port_of_second ? port_of_second : r->peer[1].port, need);
	rig_write(r, "witnesses", policy_text);
	CHECK(tlog_policy_parse(rd_str(policy_text), &policy, &err));
}

static void begin(const char *need)
{
	rig_open(&rig);
	rig_peer_start(&rig, 0, "witness", "w.one");
	rig_peer_start(&rig, 1, "witness", "w.two");
	write_policy(&rig, need, 0);
	rig_write(&rig, "evidence.conf", "lag 1s\n");
}

/* The checkpoint that everybody reads; its size when the quorum signed it, else 0. */
static uint64_t cosigned_size(struct rig *r, const char *file)
{
	static struct tlog_judgement j;
	AUTO(buf_done) struct buf b = { 0 };
	char path[160];

	buf_init(&b, NOTE_MAX);
	(void)snprintf(path, sizeof(path), "%s/%s", r->log_dir, file);
	if (fd_read_file(AT_FDCWD, path, &b) < 0)
		return 0;
	return tlog_policy_judge(&policy, buf_rd(&b), &j) == TLOG_OK ? j.checkpoint.head.size : 0;
}

static bool has_event(struct rig *r)
{
	return r->count[wanted] > 0;
}

static void expect_event(enum event_id id)
{
	wanted = id;
	if (!rig_until(&rig, has_event, SOON_MS))
		test_fail(__FILE__, __LINE__, "nobody said %s", event_row(id)->name);
}

static bool is_cosigned(struct rig *r)
{
	return cosigned_size(r, "checkpoint") >= wanted_size;
}

static bool all_acknowledged(struct rig *r)
{
	return r->recorder.n_queue == 0;
}

static void expect_cosigned(uint64_t size)
{
	wanted_size = size;
	if (!rig_until(&rig, is_cosigned, SOON_MS))
		test_fail(__FILE__, __LINE__, "not cosigned at %llu, but at %llu", (unsigned long long)size,
		    (unsigned long long)cosigned_size(&rig, "checkpoint"));
}

static void expect_acknowledged(void)
{
	if (!rig_until(&rig, all_acknowledged, SOON_MS))
		test_fail(__FILE__, __LINE__, "%zu wait for ever", rig.recorder.n_queue);
}

/* A witness that does not answer well, in a process of its own. */

enum mischief { SILENT, GARBAGE, HUGE_BODY, HUGE_HEADER, DRIP, FALSE_SIGNATURE, REDIRECT, LARGE_SIZE, N_MISCHIEFS };

static void send_text(int fd, const char *text)
{
	if (write(fd, text, strlen(text)) < 0)
		_exit(0);
}

static void misbehave(int fd, enum mischief m, unsigned port)
{
	static char large[1 << 16];
	char text[256];

	memset(large, 'A', sizeof(large));
	switch (m) {
	case SILENT:
		pause();
		break;
	case GARBAGE:
		send_text(fd, "\xff\xfe\x01 not HTTP at all \r\n\r\n\r\n");
		break;
	case HUGE_BODY:
		send_text(fd, "HTTP/1.1 200 OK\r\n\r\n");
		while (write(fd, large, sizeof(large)) > 0)
			;
		break;
	case HUGE_HEADER:
		send_text(fd, "HTTP/1.1 200 OK\r\nX: ");
		while (write(fd, large, sizeof(large)) > 0)
			;
		break;
	case DRIP:
		send_text(fd, "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n");
		for (;;) {
			send_text(fd, "x");
			usleep(200000);
		}
		break;
	case FALSE_SIGNATURE:
		send_text(fd, "HTTP/1.1 200 OK\r\nContent-Length: 18\r\n\r\n\xe2\x80\x94 w.two AAAAAAA=\n");
		break;
	case REDIRECT: /* to the good one, whose answers must not pass for this one's */
		(void)snprintf(text, sizeof(text), "HTTP/1.1 307 Go\r\nLocation: http://127.0.0.1:%u/add-checkpoint\r\n"
		    "Content-Length: 0\r\n\r\n", port);
		send_text(fd, text);
		break;
	case LARGE_SIZE:
		send_text(fd, "HTTP/1.1 409 Conflict\r\nContent-Type: " WITNESS_SIZE_TYPE "\r\nContent-Length: 20\r\n\r\n"
			      "9223372036854775807\n");
		break;
	case N_MISCHIEFS:
		break;
	}
}

/* Serves one after the other until it is killed. */
static pid_t start_hostile(enum mischief m, unsigned good_port, unsigned *out_port)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t n = sizeof(a);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), one;
	pid_t parent = getpid(), pid;

	CHECK(fd >= 0 && bind(fd, (struct sockaddr *)&a, n) == 0 && listen(fd, 16) == 0 &&
	    getsockname(fd, (struct sockaddr *)&a, &n) == 0);
	*out_port = ntohs(a.sin_port);
	pid = fork();
	CHECK(pid >= 0);
	if (pid > 0) {
		fd_close(&fd);
		return pid;
	}
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || getppid() != parent)
		_exit(1);
	while ((one = accept(fd, NULL, NULL)) >= 0) {
		char request[4096];
		if (fork() == 0) {
			(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
			if (read(one, request, sizeof(request)) > 0)
				misbehave(one, m, good_port);
			_exit(0);
		}
		fd_close(&one);
		(void)signal(SIGCHLD, SIG_IGN);
	}
	_exit(1);
}

/* Whatever the second one does, the first is enough, and the mischief is told. */
static void check_hostile(enum mischief m)
{
	unsigned port;
	pid_t pid;

	begin("any");
	pid = start_hostile(m, rig.peer[0].port, &port);
	write_policy(&rig, "any", port);
	rig_up(&rig, true);
	rig_push(&rig, 10);
	expect_cosigned(10);
	/* Four seconds of records: slow answers must not slow the others down for good. */
	for (int i = 0; i < 4; i++) {
		rig_push(&rig, 5);
		rig_run(&rig, 1000);
	}
	expect_cosigned(30);
	CHECK(rig.count[EVENT_PROCESS_CRASHED] + rig.count[EVENT_PROCESS_FAILED] + rig.count[EVENT_LINK_REFUSED] == 0);
	CHECK(rig.count[EVENT_LOG_SPLIT_VIEW] + rig.count[EVENT_LOG_ROLLED_BACK] == 0);
	if (m == SILENT || m == DRIP) /* those take their time to be noticed */
		expect_event(EVENT_WITNESS_UNREACHABLE);
	CHECK(rig.count[EVENT_WITNESS_UNREACHABLE] + rig.count[EVENT_WITNESS_REFUSES] + rig.count[EVENT_WITNESS_CONTRADICTS] > 0);
	CHECK_U64(rig.count[EVENT_QUORUM_LAGS], 0);
	CHECK(kill(pid, SIGKILL) == 0 && waitpid(pid, NULL, 0) == pid);
	rig_close(&rig);
}

TEST(hostile_garbage)
{
	check_hostile(GARBAGE);
}

TEST(hostile_huge_body)
{
	check_hostile(HUGE_BODY);
}

TEST(hostile_huge_header)
{
	check_hostile(HUGE_HEADER);
}

TEST(hostile_drip)
{
	check_hostile(DRIP);
}

TEST(hostile_silence)
{
	check_hostile(SILENT);
}

TEST(hostile_signature)
{
	check_hostile(FALSE_SIGNATURE);
}

TEST(hostile_redirect)
{
	check_hostile(REDIRECT);
	CHECK(rig.count[EVENT_WITNESS_REFUSES] > 0);
}

/* A claim without a proof is an alarm, and stops nobody. */
TEST(hostile_claim_of_more)
{
	check_hostile(LARGE_SIZE);
	CHECK(rig.count[EVENT_WITNESS_CONTRADICTS] > 0);
}

/* HTTPS: a proxy with TLS before the first witness. */

static const char tls_proxy[] =
    "import socket, ssl, sys, threading\n"
    "c = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)\n"
    "c.load_cert_chain(sys.argv[1] + '/tls.pem', sys.argv[1] + '/tls.key')\n"
    "s = socket.create_server(('127.0.0.1', 0))\n"
    "print(s.getsockname()[1], flush=True)\n"
    "def pump(a, b):\n"
    "    try:\n"
    "        while True:\n"
    "            d = a.recv(65536)\n"
    "            if not d: break\n"
    "            b.sendall(d)\n"
    "    except OSError: pass\n"
    "    b.close()\n"
    "while True:\n"
    "    a, _ = s.accept()\n"
    "    try: a = c.wrap_socket(a, server_side=True)\n"
    "    except OSError: continue\n"
    "    b = socket.create_connection(('127.0.0.1', int(sys.argv[2])))\n"
    "    threading.Thread(target=pump, args=(a, b), daemon=True).start()\n"
    "    threading.Thread(target=pump, args=(b, a), daemon=True).start()\n";

static pid_t start_tls(struct rig *r, unsigned *out_port)
{
	char port[16], line[32] = "";
	const char *argv[] = { "python3", "-c", tls_proxy, r->dir, port, NULL }, *envp[] = { NULL };
	int ends[2], pidfd;
	pid_t pid;

	CHECK_INT(rig_shell(r, "cd \"$1\" && openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 "
	    "-subj /CN=127.0.0.1 -addext subjectAltName=IP:127.0.0.1 -keyout tls.key -out tls.pem 2>/dev/null"), 0);
	(void)snprintf(port, sizeof(port), "%u", r->peer[0].port);
	CHECK(pipe2(ends, O_CLOEXEC) == 0);
	struct spawn_fd fds[] = { { ends[1], 1 } };
	struct spawn s = { "/usr/bin/python3", argv, envp, fds, 1 };
	CHECK_INT(spawn(&s, &pid, &pidfd), 0);
	fd_close(&pidfd);
	fd_close(&ends[1]);
	CHECK(read(ends[0], line, sizeof(line) - 1) > 0 && sscanf(line, "%u", out_port) == 1);
	fd_close(&ends[0]);
	return pid;
}

/* Behind the belts: no certificate is read from a file, and only those that were named count. */
TEST(https_counts_only_with_its_authority)
{
	char conf[256];
	unsigned port;
	pid_t pid;

	if (access("/usr/bin/python3", X_OK) != 0 || access("/usr/bin/openssl", X_OK) != 0)
		test_skip("needs Debian's python3 and openssl, for a proxy with TLS");
	rig_open(&rig);
	rig_peer_start(&rig, 0, "witness", "w.one");
	pid = start_tls(&rig, &port);
	struct tlog_policy_error err;
	(void)snprintf(policy_text, sizeof(policy_text), "log %s\nwitness one %s https://127.0.0.1:%u/\nquorum one\n", rig.log_vkey,
	    rig.peer[0].vkey, port);
	rig_write(&rig, "witnesses", policy_text);
	CHECK(tlog_policy_parse(rd_str(policy_text), &policy, &err));
	rig_up(&rig, true); /* the system's authorities do not know it */
	rig_push(&rig, 10);
	expect_event(EVENT_WITNESS_UNREACHABLE);
	rig_run(&rig, 1500);
	CHECK_U64(cosigned_size(&rig, "checkpoint"), 0);
	rig_down(&rig);
	(void)snprintf(conf, sizeof(conf), "authorities %s/tls.pem\n", rig.dir);
	rig_write(&rig, "evidence.conf", conf);
	rig_up(&rig, true);
	rig_push(&rig, 10);
	expect_cosigned(20);
	CHECK(kill(pid, SIGKILL) == 0 && waitpid(pid, NULL, 0) == pid);
	rig_push(&rig, 10);
	rig_run(&rig, 1500);
	CHECK_U64(rig.count[EVENT_PROCESS_CRASHED], 0);
	rig_close(&rig);
}

/* The disk holds an older copy, or another history. */

static void keep_copy(struct rig *r)
{
	CHECK_INT(rig_shell(r, "cp -a \"$1/evidence-core\" \"$1/older\""), 0);
}

static void restore_copy(struct rig *r)
{
	CHECK_INT(rig_shell(r, "rm -rf \"$1/evidence-core\" && cp -a \"$1/older\" \"$1/evidence-core\""), 0);
}

/* The second witness has forgotten everything, and would cosign any tree of the log. */
static void forget_second(struct rig *r)
{
	rig_peer_stop(r, 1, SIGTERM);
	CHECK_INT(rig_shell(r, "rm \"$1\"/peer1/witness.db*"), 0);
	rig_peer_start(r, 1, "witness", "w.two");
}

/* Nothing is cosigned any more, though one witness would, and one is enough. */
static void expect_halt(enum event_id id)
{
	uint64_t before;

	expect_event(id);
	rig_run(&rig, 500);
	before = cosigned_size(&rig, "checkpoint");
	rig_push(&rig, 100);
	rig_run(&rig, 2500);
	CHECK_U64(cosigned_size(&rig, "checkpoint"), before);
	/* An ordinary restart is no officer. */
	rig_down(&rig);
	rig.count[EVENT_LOG_HALTED] = 0;
	rig_up(&rig, true);
	expect_event(EVENT_LOG_HALTED);
	rig_push(&rig, 20);
	rig_run(&rig, 2500);
	CHECK_U64(cosigned_size(&rig, "checkpoint"), before);
	CHECK_INT(rig_shell(&rig, "grep -q 'two histories' \"$1/evidence-core/split-view\""), 0);
}

TEST(a_rolled_back_log_is_caught_by_its_witness)
{
	begin("any");
	rig_up(&rig, true);
	rig_push(&rig, 10);
	expect_cosigned(10);
	rig_down(&rig);
	keep_copy(&rig);
	rig_up(&rig, true);
	rig_push(&rig, 50);
	expect_cosigned(60);
	rig_down(&rig);
	/* The older copy, but what everybody reads was left. */
	CHECK_INT(rig_shell(&rig, "cp -a \"$1/evidence-core/checkpoint\" \"$1/newer\""), 0);
	restore_copy(&rig);
	CHECK_INT(rig_shell(&rig, "cp -a \"$1/newer\" \"$1/evidence-core/checkpoint\""), 0);
	rig_peer_stop(&rig, 0, SIGTERM);
	forget_second(&rig);
	rig_up(&rig, true);
	rig_push(&rig, 5);
	rig_run(&rig, 2500); /* cosigned by the one that forgot */
	CHECK_U64(cosigned_size(&rig, "checkpoint"), 60);
	rig_peer_start(&rig, 0, "witness", "w.one");
	expect_halt(EVENT_LOG_ROLLED_BACK);
	rig_close(&rig);
}

static bool is_signed(struct rig *r)
{
	AUTO(buf_done) struct buf b = { 0 };
	struct checkpoint c;
	char path[160];
	struct note n;

	buf_init(&b, NOTE_MAX);
	(void)snprintf(path, sizeof(path), "%s/checkpoint.signed", r->log_dir);
	return fd_read_file(AT_FDCWD, path, &b) == 0 && note_parse(buf_rd(&b), &n) && checkpoint_parse(n.text, &c) &&
	    c.head.size == wanted_size;
}

/* 35 records were cosigned, and the disk holds ten of them. Nothing is shipped yet. */
static void fall_back(void)
{
	rig_up(&rig, true);
	rig_push(&rig, 10);
	expect_cosigned(10);
	rig_down(&rig);
	keep_copy(&rig);
	rig_up(&rig, true);
	rig_push(&rig, 25);
	expect_cosigned(35);
	rig_down(&rig);
	restore_copy(&rig);
	rig_up(&rig, false);
}

/* The same size, and another root: recorded while no witness could see it. */
TEST(equal_size_and_another_root_is_a_split_view)
{
	begin("any");
	fall_back();
	rig_push(&rig, 25);
	wanted_size = 35;
	CHECK(rig_until(&rig, is_signed, SOON_MS));
	forget_second(&rig);
	rig_add_ship(&rig);
	expect_halt(EVENT_LOG_SPLIT_VIEW);
	rig_close(&rig);
}

/* At level 2 nothing of another history is acknowledged; an officer's act alone is not
 * enough, as long as the disk holds it. */
TEST(a_split_view_at_level_2_acknowledges_nothing)
{
	uint64_t before;

	begin("any");
	rig_write(&rig, "evidence.conf", "level G2\n");
	rig_up(&rig, true);
	rig_push(&rig, 10);
	expect_acknowledged();
	rig_down(&rig);
	keep_copy(&rig);
	rig_up(&rig, true);
	rig_push(&rig, 25);
	expect_acknowledged();
	rig_down(&rig);
	restore_copy(&rig);
	before = rig_acknowledged(&rig);
	rig_up(&rig, true);
	rig_push(&rig, 60);
	rig_run(&rig, 2500);
	CHECK(rig.count[EVENT_LOG_SPLIT_VIEW] + rig.count[EVENT_LOG_ROLLED_BACK] > 0);
	CHECK_U64(rig_acknowledged(&rig), before);
	rig_down(&rig);
	CHECK_INT(rig_shell(&rig, "rm \"$1/evidence-core/split-view\""), 0);
	rig.count[EVENT_LOG_SPLIT_VIEW] = rig.count[EVENT_LOG_ROLLED_BACK] = 0;
	rig_up(&rig, true);
	rig_push(&rig, 5);
	rig_run(&rig, 2500);
	CHECK(rig.count[EVENT_LOG_SPLIT_VIEW] + rig.count[EVENT_LOG_ROLLED_BACK] > 0);
	CHECK_U64(rig_acknowledged(&rig), before);
	rig_close(&rig);
}

/* An officer's act. */

static char reopen_why[200];

/* Asks evidenced as `slagboom log reopen` does; what it says is in reopen_why. True when done. */
static bool reopen(const char *by, const char *text, struct rd signature)
{
	AUTO(buf_done) struct buf request = { 0 };
	uint8_t answer[512];
	struct rd r;
	uint16_t type;
	int pair[2];
	ssize_t n = 0;

	CHECK_INT(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair), 0);
	supervise_link(&rig.log, "retention", pair[1]);
	buf_init(&request, 16000);
	struct wr w = wr_to(&request);
	wr_u16(&w, RETENTION_REOPEN);
	wr_part8(&w, rd_str(by));
	wr_part16(&w, rd_str("restored"));
	wr_part16(&w, rd_str(text));
	wr_part16(&w, signature);
	CHECK(wr_ok(&w) && send(pair[0], buf_rd(&request).p, request.len, 0) == (ssize_t)request.len);
	for (int i = 0; i < 100 && n <= 0; i++) {
		rig_run(&rig, 50);
		n = recv(pair[0], answer, sizeof(answer), 0);
	}
	CHECK(close(pair[0]) == 0 && n > 2);
	r = rd_of(answer, (size_t)n);
	CHECK(rd_u16(&r, &type));
	(void)snprintf(reopen_why, sizeof(reopen_why), "%.*s", (int)r.len, (const char *)r.p);
	return type == RETENTION_DONE;
}

/* What the file says that the log must contain; `add` makes it of another size. */
static void reopen_text(uint64_t add, char out[1000])
{
	AUTO(buf_done) struct buf file = { 0 }, b = { 0 };
	struct checkpoint c;
	struct note n;
	struct rd raw;
	char path[160];

	buf_init(&file, SPLIT_VIEW_MAX);
	buf_init(&b, 999);
	(void)snprintf(path, sizeof(path), "%s/split-view", rig.log_dir);
	CHECK(fd_read_file(AT_FDCWD, path, &file) == 0);
	CHECK(split_view_theirs(buf_rd(&file), &raw) && note_parse(raw, &n) && checkpoint_parse_claim(n.text, &c));
	c.head.size += add;
	struct wr w = wr_to(&b);
	wr_reopen(&w, &(struct reopen){ .origin = c.origin, .by = rd_str("j.devries"), .at = rd_str("2026-11-22T08:00:00Z"),
		.why = rd_str("restored"), .theirs = c.head });
	CHECK(wr_ok(&w));
	(void)snprintf(out, 1000, "%.*s", (int)b.len, (const char *)buf_rd(&b).p);
}

/* Signed by ssh-keygen with a key of somebody. */
static void sign(const char *text, const char *name_space, struct buf *out)
{
	char line[200], path[160];

	rig_write(&rig, "text", text);
	(void)snprintf(line, sizeof(line), "cd \"$1\" && rm -f text.sig && { test -e officer || ssh-keygen -q -t ed25519 -N '' -f officer; } && "
	    "ssh-keygen -q -Y sign -n %s -f officer text", name_space);
	CHECK_INT(rig_shell(&rig, line), 0);
	(void)snprintf(path, sizeof(path), "%s/text.sig", rig.dir);
	buf_done(out);
	buf_init(out, 4096);
	CHECK(fd_read_file(AT_FDCWD, path, out) == 0);
}

/* Tries what must not do, then what an officer does; whether the log goes on is its answer. */
static bool officer_acts(void)
{
	AUTO(buf_done) struct buf signature = { 0 };
	char text[1000], other[1000];

	reopen_text(0, text);
	sign(text, "log@slagboom", &signature);
	CHECK(!reopen("eve", text, buf_rd(&signature)));
	CHECK_STR(reopen_why, "what was signed is not about this contradiction");
	CHECK(!reopen("j.devries", text, rd_str("no signature")));
	CHECK_STR(reopen_why, "the signature is not over this text, or not for this purpose");
	reopen_text(1, other);
	CHECK(!reopen("j.devries", other, buf_rd(&signature)));
	CHECK_STR(reopen_why, "what was signed is not about this contradiction");
	sign(text, "grant@slagboom", &signature);
	CHECK(!reopen("j.devries", text, buf_rd(&signature)));
	CHECK_STR(reopen_why, "the signature is not over this text, or not for this purpose");
	sign(text, "log@slagboom", &signature);
	return reopen("j.devries", text, buf_rd(&signature));
}

static bool is_settled(void)
{
	return rig_shell(&rig, "test -s \"$1/evidence-core/split-view.settled\" && test ! -e \"$1/evidence-core/split-view\"") == 0;
}

/* An older disk: nobody's word lets it go on; with the newer one back it goes on where it was. */
TEST(an_officer_lets_a_restored_log_go_on_and_no_other)
{
	begin("any");
	rig_write(&rig, "evidence.conf", "level G2\n");
	rig_up(&rig, true);
	rig_push(&rig, 10);
	expect_acknowledged();
	rig_down(&rig);
	keep_copy(&rig);
	rig_up(&rig, true);
	rig_push(&rig, 50);
	expect_acknowledged();
	rig_down(&rig);
	CHECK_INT(rig_shell(&rig, "cp -a \"$1/evidence-core\" \"$1/newer\""), 0);
	restore_copy(&rig);
	rig_up(&rig, true);
	rig_push(&rig, 5);
	expect_event(EVENT_LOG_ROLLED_BACK);
	rig_run(&rig, 1500);
	CHECK(!officer_acts());
	CHECK_STR(reopen_why, "this log does not contain what a witness holds: restore it from its mirror, or begin a new log");
	CHECK(!is_settled());
	rig_down(&rig);
	/* The newer copy comes back; that it was contradicted is remembered. */
	CHECK_INT(rig_shell(&rig, "cp -a \"$1/evidence-core/split-view\" \"$1/newer/\" && rm -rf \"$1/evidence-core\" && "
	    "mv \"$1/newer\" \"$1/evidence-core\""), 0);
	rig.count[EVENT_LOG_HALTED] = 0;
	rig_up(&rig, true);
	expect_event(EVENT_LOG_HALTED);
	rig_push(&rig, 20);
	rig_run(&rig, 2000);
	uint64_t before = rig_acknowledged(&rig);
	CHECK(officer_acts());
	expect_acknowledged();
	CHECK(rig_acknowledged(&rig) >= before + 20);
	CHECK(is_settled());
	CHECK(!reopen("j.devries", "x", rd_str("x")));
	CHECK_STR(reopen_why, "nothing contradicts this log");
	rig_down(&rig);
	/* In every later life too, and on the record. */
	rig.count[EVENT_LOG_HALTED] = 0;
	rig_up(&rig, true);
	rig_push(&rig, 5);
	expect_acknowledged();
	CHECK_U64(rig.count[EVENT_LOG_HALTED], 0);
	CHECK_INT(rig_shell(&rig, "cat $(find \"$1/evidence-core/tile/entries\" -type f) | tr '}' '\\n' | grep -aq '\"event\":\"log.reopened\"'"), 0);
	rig_close(&rig);
}

/* Another history: no officer can let it go on. */
TEST(no_officer_makes_a_fork_acceptable)
{
	begin("any");
	fall_back();
	rig_push(&rig, 60);
	rig_run(&rig, 1500);
	rig_add_ship(&rig);
	expect_event(EVENT_LOG_SPLIT_VIEW);
	rig_run(&rig, 500);
	CHECK(!officer_acts());
	CHECK_STR(reopen_why, "this log does not contain what a witness holds: restore it from its mirror, or begin a new log");
	CHECK(!is_settled());
	rig_close(&rig);
}

/* Witnesses that are gone. */

TEST(two_of_two_lags_without_one)
{
	uint64_t before;

	begin("all");
	rig_up(&rig, true);
	rig_push(&rig, 10);
	expect_cosigned(10);
	CHECK(rig.count[EVENT_QUORUM_LAGS] == 0 && rig.count[EVENT_WITNESS_UNREACHABLE] == 0);
	rig_peer_stop(&rig, 1, SIGKILL);
	before = cosigned_size(&rig, "checkpoint");
	rig_push(&rig, 10);
	expect_event(EVENT_WITNESS_UNREACHABLE);
	expect_event(EVENT_QUORUM_LAGS);
	/* Level 0 goes on; what everybody reads keeps its quorum. */
	expect_acknowledged();
	CHECK_U64(cosigned_size(&rig, "checkpoint"), before);
	CHECK_U64(rig.count[EVENT_QUORUM_MET], 0);
	rig_peer_start(&rig, 1, "witness", "w.two");
	expect_cosigned(20);
	expect_event(EVENT_WITNESS_REACHABLE);
	expect_event(EVENT_QUORUM_MET);
	rig_close(&rig);
}

TEST(one_of_two_goes_on_without_one)
{
	begin("any");
	rig_peer_stop(&rig, 0, SIGTERM);
	rig_up(&rig, true);
	rig_push(&rig, 10);
	expect_cosigned(10);
	expect_event(EVENT_WITNESS_UNREACHABLE);
	rig_push(&rig, 10);
	expect_cosigned(20);
	CHECK_U64(rig.count[EVENT_QUORUM_LAGS], 0);
	rig_close(&rig);
}

/* Reader's view: sizes only grow, and a quorum never goes away, through restarts and kills. */
TEST(what_everybody_reads_never_goes_back)
{
	uint64_t last = 0;

	begin("all");
	rig_up(&rig, true);
	for (int i = 0; i < ROUNDS; i++) {
		rig_push(&rig, 1 + (unsigned)test_below(20));
		rig_run(&rig, (unsigned)test_below(200));
		uint64_t now = cosigned_size(&rig, "checkpoint");
		CHECK(now >= last);
		last = now;
		if (i % 10 == 9)
			CHECK(kill(i % 20 == 9 ? rig.log.pid : rig.ship.pid, SIGKILL) == 0);
	}
	expect_cosigned(rig.n_pushed - rig.recorder.n_queue);
	rig_close(&rig);
}

/* Level 1. */

static void begin_mirrored(const char *conf)
{
	char text[1024];

	rig_open(&rig);
	rig_peer_start(&rig, 0, "mirror", "mirror.one");
	(void)snprintf(text, sizeof(text), "%s\nmirror %s http://127.0.0.1:%u\nlag 1s\n", conf, rig.peer[0].vkey, rig.peer[0].port);
	rig_write(&rig, "evidence.conf", text);
	rig_up(&rig, true);
}

/* The mirror's copy, judged as a log; how many records it has signed for. */
static void check_mirror(uint64_t at_least)
{
	char line[4800];

	/* As a stranger would: the copy alone, and the key. */
	(void)snprintf(line, sizeof(line),
	    "for d in \"$1\"/peer0/*/checkpoint; do n=$(sed -n 2p \"$d\"); [ \"$n\" -ge %llu ] || { echo \"only $n\" >&2; exit 1; };"
	    " \"%s/../cli/verify/slagboom-verify\" --records --key '%s' \"${d%%/*}\" >/dev/null || exit 1; done",
	    (unsigned long long)at_least, rig.libexec, rig.log_vkey);
	CHECK_INT(rig_shell(&rig, line), 0);
}

TEST(level_1_acknowledges_nothing_without_its_mirror)
{
	uint64_t before;

	begin_mirrored("level G1");
	rig_push(&rig, 100);
	expect_acknowledged();
	check_mirror(rig_acknowledged(&rig));
	rig_peer_stop(&rig, 0, SIGKILL);
	before = rig_acknowledged(&rig);
	rig_push(&rig, 100);
	expect_event(EVENT_MIRROR_GONE);
	expect_event(EVENT_QUORUM_LAGS);
	rig_run(&rig, 1000);
	CHECK_U64(rig_acknowledged(&rig), before);
	/* A restart of ours does not help either. */
	CHECK(kill(rig.log.pid, SIGKILL) == 0);
	rig_run(&rig, 1500);
	CHECK_U64(rig_acknowledged(&rig), before);
	rig_peer_start(&rig, 0, "mirror", "mirror.one");
	expect_acknowledged();
	expect_event(EVENT_MIRROR_BACK);
	check_mirror(rig.n_pushed);
	rig_close(&rig);
}

/* Killed on either side, at any moment: what was acknowledged is on the mirror. */
TEST(level_1_loses_nothing_to_kills)
{
	begin_mirrored("level G1");
	for (int i = 0; i < 12; i++) {
		rig_push(&rig, 200);
		rig_run(&rig, 20 + (unsigned)test_below(150));
		if (i % 3 == 0) {
			rig_peer_stop(&rig, 0, SIGKILL);
			uint64_t acknowledged = rig_acknowledged(&rig);
			/* Its copy alone is what a lost gate leaves. */
			rig_peer_start(&rig, 0, "mirror", "mirror.one");
			if (acknowledged)
				check_mirror(acknowledged);
		} else {
			CHECK(kill(i % 3 == 1 ? rig.log.pid : rig.ship.pid, SIGKILL) == 0);
		}
	}
	expect_acknowledged();
	check_mirror(rig.n_pushed);
	rig_close(&rig);
}

/* A mirror that starts late has the whole past to catch up with, in several uploads. */
TEST(a_mirror_catches_up)
{
	rig_open(&rig);
	rig_up(&rig, false);
	for (int i = 0; i < 20; i++) {
		rig_push(&rig, 1000);
		expect_acknowledged();
	}
	rig_down(&rig);
	char text[1024];
	rig_peer_start(&rig, 0, "mirror", "mirror.one");
	(void)snprintf(text, sizeof(text), "level G1\nmirror %s http://127.0.0.1:%u\n", rig.peer[0].vkey, rig.peer[0].port);
	rig_write(&rig, "evidence.conf", text);
	rig_up(&rig, true);
	rig_push(&rig, 1);
	expect_acknowledged();
	check_mirror(20001);
	rig_close(&rig);
}

/* At level 0 a mirror is a copy, and nobody waits for it. */
TEST(level_0_does_not_wait_for_a_mirror)
{
	begin_mirrored("level G0");
	rig_peer_stop(&rig, 0, SIGKILL);
	rig_push(&rig, 100);
	expect_acknowledged();
	expect_event(EVENT_MIRROR_GONE);
	rig_close(&rig);
}

/* Level 2. */

/* Each record that was acknowledged is under a checkpoint that the quorum has cosigned. */
static bool acknowledged_and_cosigned(struct rig *r)
{
	uint64_t acknowledged = rig_acknowledged(r), size = cosigned_size(r, "checkpoint");

	if (size < acknowledged)
		test_fail(__FILE__, __LINE__, "%llu acknowledged, %llu cosigned", (unsigned long long)acknowledged,
		    (unsigned long long)size);
	return all_acknowledged(r);
}

TEST(level_2_acknowledges_what_the_quorum_cosigned)
{
	uint64_t before;

	begin("all");
	rig_write(&rig, "evidence.conf", "level G2\nlag 1s\n");
	rig_up(&rig, true);
	for (int i = 0; i < ROUNDS; i++) {
		rig_push(&rig, 1 + (unsigned)test_below(100));
		CHECK(rig_until(&rig, acknowledged_and_cosigned, SOON_MS));
	}
	rig_peer_stop(&rig, 1, SIGKILL);
	before = rig_acknowledged(&rig);
	rig_push(&rig, 50);
	expect_event(EVENT_QUORUM_LAGS);
	rig_run(&rig, 1000);
	CHECK_U64(rig_acknowledged(&rig), before);
	rig_peer_start(&rig, 1, "witness", "w.two");
	CHECK(rig_until(&rig, acknowledged_and_cosigned, SOON_MS));
	expect_event(EVENT_QUORUM_MET);
	rig_close(&rig);
}

/* A log that the file of witnesses does not name is told, and at level 2 acknowledges nothing. */
TEST(an_unlisted_log_is_told)
{
	char *first;

	begin("any");
	first = strstr(policy_text, "test.example/gate/core+");
	CHECK(first);
	/* Another log's key: a witness's public key under another name. */
	(void)snprintf(policy_text, sizeof(policy_text), "log example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k\n"
	    "witness one %s http://127.0.0.1:%u\nquorum one\n", rig.peer[0].vkey, rig.peer[0].port);
	rig_write(&rig, "witnesses", policy_text);
	rig_write(&rig, "evidence.conf", "level G2\n");
	rig_up(&rig, true);
	rig_push(&rig, 10);
	expect_event(EVENT_LOG_UNLISTED);
	rig_run(&rig, 1500);
	CHECK_U64(rig_acknowledged(&rig), 0);
	rig_close(&rig);
}

/* shipd taken over: the test in its place. */

static struct fake {
	struct ipc *link;
	struct buf note;
	uint64_t size;
	unsigned n_rounds;
	bool is_closed;
} fake;
static struct ed25519_key fake_key[3]; /* both witnesses, and somebody */
static struct note_key fake_name[2];

static int on_round(void *ctx, struct ipc_in *in)
{
	struct checkpoint c;
	struct rd raw;
	struct note n;

	CHECK(rd_take(&in->body, in->body.len, &raw));
	buf_reset(&fake.note);
	CHECK(buf_put_rd(&fake.note, raw) && note_parse(buf_rd(&fake.note), &n) && checkpoint_parse(n.text, &c));
	fake.size = c.head.size;
	fake.n_rounds++;
	return 0;
}

static int on_anything(void *ctx, struct ipc_in *in)
{
	struct rd all;

	return rd_take(&in->body, in->body.len, &all) ? 0 : -EBADMSG;
}

static const struct ipc_row fake_rows[] = {
	{ SHIP_CHECKPOINT, "checkpoint", 1, false, 0, KEY_NOTE_MAX, on_round },
	{ SHIP_PROOF, "proof", 1, false, 0, SHIP_PROOF_LEN, on_anything },
	{ SHIP_NOT_NOW, "not-now", 1, false, 0, 0, on_anything },
	{ SHIP_HALT, "halt", 1, false, 0, 0, on_anything },
};
static const struct ipc_table fake_table = { "fake", fake_rows, ARRAY_LEN(fake_rows) };

static void on_fake_closed(void *ctx, int err)
{
	fake.is_closed = true;
	ipc_free(&fake.link);
}

/* A line under the name of `as` by the key of `by`, over `text`. */
static void put_line(struct wr *w, int as, int by, uint64_t time_s, struct rd text)
{
	AUTO(buf_done) struct buf message = { 0 };
	AUTO(buf_done) struct buf blob = { 0 };
	struct ed25519_sig sig;

	buf_init(&message, 8192);
	buf_init(&blob, COSIGNATURE_BLOB_LEN);
	struct wr m = wr_to(&message), b = wr_to(&blob);
	wr_cosignature_message(&m, time_s, text);
	ed25519_sign(&fake_key[by], buf_rd(&message), &sig);
	wr_cosignature_blob(&b, time_s, &sig);
	wr_note_sig(w, &fake_name[as], buf_rd(&blob));
	CHECK(wr_ok(&m) && wr_ok(&b));
}

static struct rd round_text(void)
{
	static struct note n;

	CHECK(note_parse(buf_rd(&fake.note), &n));
	return n.text;
}

static void send_lines(uint64_t size, void (*put)(struct wr *w))
{
	AUTO(buf_done) struct buf b = { 0 };

	buf_init(&b, IPC_BODY_MAX);
	struct wr w = wr_to(&b);
	wr_u64(&w, size);
	put(&w);
	CHECK(wr_ok(&w));
	CHECK_INT(ipc_send(fake.link, SHIP_COSIGNED, buf_rd(&b)), 0);
}

static void put_false(struct wr *w)
{
	put_line(w, 0, 2, 1700000000, round_text());
	put_line(w, 1, 0, 1700000000, round_text()); /* a good key under another's name */
}

static void put_other_tree(struct wr *w)
{
	put_line(w, 0, 0, 1700000000, rd_str("test.example/gate/core\n9\nAAAA\n"));
	put_line(w, 1, 1, 1700000000, rd_str(""));
}

static void put_one_twice(struct wr *w)
{
	put_line(w, 0, 0, 1700000000, round_text());
	put_line(w, 0, 0, 1700000001, round_text());
}

static void put_undated(struct wr *w)
{
	put_line(w, 1, 1, 0, round_text());
}

static void put_garbage(struct wr *w)
{
	wr_str(w, "\xff\xfe\n\n\xe2\x80\x94 w.two\n\n\xe2\x80\x94 w.two AAAA\n");
}

static void put_second(struct wr *w)
{
	put_line(w, 1, 1, 1700000000, round_text());
}

static void make_fake_keys(void)
{
	AUTO(buf_done) struct buf b = { 0 };
	struct tlog_policy_error err;

	buf_init(&b, sizeof(policy_text) - 1);
	struct wr w = wr_to(&b);
	wr_text(&w, "log %s\n", rig.log_vkey);
	for (int i = 0; i < 3; i++) {
		AUTO(secret_done) struct secret seed = { .p = NULL };
		uint8_t raw[32] = { (uint8_t)(i + 1) };
		secret_copy(&seed, rd_of(raw, sizeof(raw)));
		ed25519_key_init(&fake_key[i], &seed);
		if (i == 2)
			continue;
		note_key_make(rd_str(i ? "w.two" : "w.one"), NOTE_COSIGNATURE, &fake_key[i].pub, &fake_name[i]);
		wr_text(&w, "witness %s ", i ? "two" : "one");
		wr_note_key(&w, &fake_name[i]);
		wr_str(&w, "\n");
	}
	wr_str(&w, "group g all one two\nquorum g\n");
	CHECK(wr_ok(&w));
	(void)snprintf(policy_text, sizeof(policy_text), "%.*s", (int)b.len, (const char *)buf_rd(&b).p);
	rig_write(&rig, "witnesses", policy_text);
	rig_write(&rig, "evidence.conf", "level G2\n");
	CHECK(tlog_policy_parse(rd_str(policy_text), &policy, &err));
}

static bool has_round(struct rig *r)
{
	return fake.size >= wanted_size;
}

static void begin_as_ship(void)
{
	rig_open(&rig);
	make_fake_keys();
	rig_up(&rig, false);
	fake = (struct fake){ .link = NULL };
	buf_init(&fake.note, 8192);
	CHECK_INT(ipc_new(rig.loop, rig_be_ship(&rig), &fake_table, NULL, on_fake_closed, &fake.link), 0);
	rig_push(&rig, 10);
	wanted_size = 1;
	CHECK(rig_until(&rig, has_round, SOON_MS));
}

static void end_as_ship(void)
{
	ipc_free(&fake.link);
	buf_done(&fake.note);
	for (int i = 0; i < 3; i++)
		ed25519_key_done(&fake_key[i]);
	rig_close(&rig);
}

/* Whatever it says, only two good signatures release anything. */
TEST(a_shipd_that_was_taken_over_cannot_release_anything)
{
	static void (*const bad[])(struct wr *w) = { put_false, put_other_tree, put_one_twice, put_undated, put_garbage };

	begin_as_ship();
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		send_lines(fake.size, bad[i]);
		rig_run(&rig, 300);
		CHECK(!fake.is_closed);
		CHECK_U64(rig_acknowledged(&rig), 0);
		CHECK_U64(cosigned_size(&rig, "checkpoint"), 0);
	}
	send_lines(fake.size + 1, put_second); /* of a round that is not */
	rig_run(&rig, 300);
	CHECK_U64(rig_acknowledged(&rig), 0);
	send_lines(fake.size, put_second); /* the first one's good line came with its double */
	wanted_size = fake.size;
	CHECK(rig_until(&rig, is_cosigned, SOON_MS));
	rig_run(&rig, 100);
	CHECK(rig_acknowledged(&rig) > 0 && rig_acknowledged(&rig) <= cosigned_size(&rig, "checkpoint"));
	end_as_ship();
}

/* Nor can it halt the log: a contradiction needs our own signature. */
TEST(a_shipd_that_was_taken_over_cannot_halt_the_log)
{
	AUTO(buf_done) struct buf b = { 0 };
	struct ed25519_sig sig;
	struct note_key log;

	begin_as_ship();
	buf_init(&b, IPC_BODY_MAX);
	struct wr w = wr_to(&b);
	struct rd text = rd_str("test.example/gate/core\n99999\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n");
	CHECK(note_key_parse(rd_str(rig.log_vkey), &log));
	wr_part8(&w, rd_str("w.one"));
	ed25519_sign(&fake_key[2], text, &sig);
	wr_note(&w, text);
	wr_note_sig(&w, &log, rd_of(sig.b, sizeof(sig.b)));
	CHECK(wr_ok(&w));
	CHECK_INT(ipc_send(fake.link, SHIP_EVIDENCE, buf_rd(&b)), 0);
	buf_reset(&b);
	wr_part8(&w, rd_str("w.one"));
	wr_bytes(&w, buf_rd(&fake.note)); /* our own, which contradicts nothing */
	CHECK(wr_ok(&w));
	CHECK_INT(ipc_send(fake.link, SHIP_EVIDENCE, buf_rd(&b)), 0);
	rig_run(&rig, 500);
	CHECK(!fake.is_closed && rig.count[EVENT_LOG_ROLLED_BACK] + rig.count[EVENT_LOG_SPLIT_VIEW] == 0);
	send_lines(fake.size, put_one_twice);
	send_lines(fake.size, put_second);
	wanted_size = fake.size;
	CHECK(rig_until(&rig, is_cosigned, SOON_MS));
	end_as_ship();
}

/* What its table forbids ends the link. */
TEST(a_shipd_that_breaks_its_protocol_is_cut_off)
{
	static const struct { uint16_t type; const char *body; size_t len; } bad[] = {
		{ SHIP_CHECKPOINT, "", 0 }, { SHIP_ASK_PROOF, "12345678", 8 }, { SHIP_ASK_PROOF, "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\1", 16 },
		{ SHIP_ASK_ENTRIES, "\0\0\0\0\0\0\0\2\0\0\0\0\0\0\0\1", 16 }, { SHIP_COSIGNED, "1234567", 7 },
		{ SHIP_COSIGNED, "12345678no end", 14 }, { SHIP_SETTLED, "123456789", 9 }, { SHIP_EVIDENCE, "\xff", 1 }, { 999, "", 0 },
	};

	begin_as_ship();
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		if (!fake.link)
			CHECK_INT(ipc_new(rig.loop, rig_be_ship(&rig), &fake_table, NULL, on_fake_closed, &fake.link), 0);
		rig_run(&rig, 50);
		fake.is_closed = false;
		CHECK_INT(ipc_send(fake.link, bad[i].type, rd_of(bad[i].body, bad[i].len)), 0);
		rig_run(&rig, 200);
		if (!fake.is_closed)
			test_fail(__FILE__, __LINE__, "message %zu was let pass", i);
	}
	CHECK_U64(rig.count[EVENT_LINK_REFUSED], ARRAY_LEN(bad));
	CHECK_U64(rig_acknowledged(&rig), 0);
	end_as_ship();
}
