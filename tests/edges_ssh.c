/*
 * Is:        the test of the SSH edge against the real sshd, and against servers that misbehave.
 * Is not:    a test of libssh.
 * Called by: the test run; needs SLAGBOOM_BUILD, and openssh-server.
 * Owns:      what edge_rig.h owns.
 * Trust:     no input.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "edge_rig.h"
#include "edge_server.h"
#include "os/fd.h"
#include "os/ipc.h"
#include "testing/test.h"

enum { PATIENCE = 15000, MB = 1000 * 1000, PEAK_KIB = 48 * 1024 };

/* A sanitizer's shadow and quarantine are not the edge's memory. */
static bool is_sanitized(void)
{
	const char *is = getenv("SLAGBOOM_SANITIZED");

	return is && is[0];
}

static void begin(void)
{
	if (access("/usr/sbin/sshd", X_OK) < 0)
		test_skip("openssh-server is not installed");
	rig_begin(rig_user());
}

static void open_exec(const char *command)
{
	struct edge_open o = { .kind = EDGE_EXEC, .command = rd_str(command) };

	rig_open(&o);
}

/* Begins with an sshd and a command on its way. */
static void begin_exec(const char *command)
{
	begin();
	rig_sshd("");
	rig_edge("edge-ssh", rig.address, "ssh", "key", rig.pinned);
	open_exec(command);
	RIG_UNTIL(PATIENCE, rig.is_ready || rig.has_failed);
	if (rig.has_failed)
		test_fail(__FILE__, __LINE__, "%s", rig.text);
}

/* After the end nothing of it is left: no process, no link, no complaint. */
static void finish(void)
{
	RIG_UNTIL(PATIENCE, rig.is_gone);
	CHECK_STR(rig.refusal, "");
	rig_end();
}

TEST(ssh_exec_status_and_both_streams)
{
	begin_exec("echo out; echo err >&2; exit 7");
	RIG_UNTIL(PATIENCE, rig.has_exited);
	CHECK(!rig.by_signal && rig.status == 7 && rig.ended[0] && rig.ended[1]);
	CHECK_RD(buf_rd(&rig.out[0]), rd_str("out\n"));
	CHECK_RD(buf_rd(&rig.out[1]), rd_str("err\n"));
	CHECK(strstr(rig.text, "host key SHA256:") && strstr(rig.text, "SSH-2.0-OpenSSH") && strstr(rig.text, "aes256-gcm"));
	CHECK_INT(rig.n_used, 1);
	finish();
}

TEST(ssh_ended_by_a_signal)
{
	begin_exec("kill -TERM $$; sleep 10");
	RIG_UNTIL(PATIENCE, rig.has_exited);
	CHECK(rig.by_signal && rig.status == SIGTERM);
	finish();
}

TEST(ssh_signal_reaches_the_command)
{
	begin_exec("trap 'echo got; exit 3' INT; echo up; while :; do sleep 0.05; done");
	RIG_UNTIL(PATIENCE, rig_out_has(0, "up"));
	rig_signal(SIGINT);
	rig_signal(SIGWINCH); /* SSH has no name for it: dropped */
	RIG_UNTIL(PATIENCE, rig.has_exited);
	CHECK(rig_out_has(0, "got") && rig.status == 3);
	finish();
}

TEST(ssh_terminal)
{
	struct edge_open o = { .kind = EDGE_SHELL, .wants_tty = true, .cols = 99, .rows = 33 };

	o.term = rd_str("vt220");
	o.n_env = 2;
	o.env[0] = rd_str("LANG=xx_YY");
	o.env[1] = rd_str("NOT_ACCEPTED=1");
	begin();
	rig_sshd("");
	rig_edge("edge-ssh", rig.address, "ssh", "key", rig.pinned);
	rig_open(&o);
	RIG_UNTIL(PATIENCE, rig.is_ready);
	rig_input("stty size; echo $TERM $LANG n$NOT_ACCEPTED.\r");
	RIG_UNTIL(PATIENCE, rig_out_has(0, "33 99") && rig_out_has(0, "vt220 xx_YY n."));
	rig_resize(123, 45);
	rig_input("stty size\r");
	RIG_UNTIL(PATIENCE, rig_out_has(0, "45 123"));
	rig_input("exit 5\r");
	RIG_UNTIL(PATIENCE, rig.has_exited);
	CHECK(rig.status == 5);
	finish();
}

/* He changes his window before the command is judged, and while the edge logs in. */
TEST(ssh_window_that_changes_early)
{
	struct edge_open o = { .kind = EDGE_SHELL, .wants_tty = true, .cols = 99, .rows = 33, .term = rd_str("vt220") };

	begin();
	rig_sshd("");
	rig_edge("edge-ssh", rig.address, "ssh", "key", rig.pinned);
	rig_resize(111, 44);
	rig_open(&o);
	rig_resize(123, 45);
	RIG_UNTIL(PATIENCE, rig.is_ready);
	rig_input("stty size; exit 5\r");
	RIG_UNTIL(PATIENCE, rig.has_exited);
	CHECK(rig_out_has(0, "45 123") && rig.status == 5);
	finish();
}

/* sshd sends it to a group of processes that need not be there yet, and then nobody gets it. */
static bool sshd_took_signal(void)
{
	return rig_shell("grep -q 'signal TERM, killpg' $D/element.log") == 0;
}

TEST(ssh_signal_that_comes_early)
{
	begin();
	rig_sshd("LogLevel DEBUG1\n");
	rig_edge("edge-ssh", rig.address, "ssh", "key", rig.pinned);
	rig_signal(SIGTERM);
	open_exec("cat"); /* which ends with the connection */
	RIG_UNTIL(PATIENCE, rig.has_exited || sshd_took_signal());
	CHECK(sshd_took_signal());
	CHECK(!rig.has_exited || (rig.by_signal && rig.status == SIGTERM));
	rig_end();
}

/* VINTR ^G, VERASE ^H, VKILL ^X, no flow control, UTF-8, TOSTOP, no ECHOKE, 19200 baud. */
static const uint8_t odd[] = { 1, 0, 0, 0, 7, 3, 0, 0, 0, 8, 4, 0, 0, 0, 0x18, 38, 0, 0, 0, 0, 42, 0, 0, 0, 1, 58, 0, 0, 0, 1,
	61, 0, 0, 0, 0, 128, 0, 0, 0x4b, 0, 129, 0, 0, 0x4b, 0, 0 };

static void begin_terminal(const char *preload, struct rd modes)
{
	struct edge_open o = { .kind = EDGE_EXEC, .wants_tty = true, .cols = 99, .rows = 33, .modes = modes };

	o.term = rd_str("vt220");
	o.command = rd_str("stty -a; stty size; echo term=$TERM.");
	begin();
	rig_sshd("");
	rig_edge_with(preload, "edge-ssh", rig.address, "ssh", "key", rig.pinned);
	rig_open(&o);
	RIG_UNTIL(PATIENCE, rig.has_exited || rig.has_failed);
	CHECK(rig.has_exited && rig.status == 0);
}

TEST(ssh_terminal_has_the_modes_that_were_asked_for)
{
	static const char *const want[] = { "intr = ^G;", "erase = ^H;", "kill = ^X;", " -ixon", " iutf8", " tostop", "-echoke",
		"speed 19200 baud", "werase = ^W;", " icanon", "term=vt220.", "33 99" };

	begin_terminal(NULL, rd_of(odd, sizeof(odd)));
	for (size_t i = 0; i < ARRAY_LEN(want); i++)
		if (!rig_out_has(0, want[i]))
			test_fail(__FILE__, __LINE__, "no %s", want[i]);
	CHECK(!rig.has_other_modes && !strstr(rig.text, "modes"));
	finish();
	begin_terminal(NULL, rd_of("", 0));
	CHECK(rig_out_has(0, "intr = ^C;") && rig_out_has(0, "erase = ^?;") && rig_out_has(0, " ixon") && rig_out_has(0, "-tostop"));
	CHECK(!rig.has_other_modes);
	finish();
}

/* A libssh whose request is not the one that is known: the element's own modes hold, and it is said. */
TEST(ssh_terminal_whose_modes_cannot_be_put_in_says_so)
{
	begin_terminal("libssh_other.so", rd_of(odd, sizeof(odd)));
	CHECK(rig_out_has(0, "erase = ^?;") && rig_out_has(0, "34 99"));
	CHECK(rig.has_other_modes && strstr(rig.text, "without the terminal's modes"));
	finish();
}

/* libssh 0.11 and later have a call for it. */
TEST(ssh_terminal_by_the_call_of_later_libraries)
{
	begin_terminal("libssh_later.so", rd_of(odd, sizeof(odd)));
	CHECK(rig_out_has(0, "term=vt220-46-1-7."));
	CHECK(!rig.has_other_modes);
	finish();
}

TEST(ssh_half_close)
{
	begin_exec("wc -c; echo still here");
	rig_input("12345");
	rig_send(EDGE_INPUT_END, rd_of(NULL, 0));
	RIG_UNTIL(PATIENCE, rig.has_exited);
	CHECK_RD(buf_rd(&rig.out[0]), rd_str("5\nstill here\n"));
	finish();
}

TEST(ssh_subsystem)
{
	static const uint8_t init[] = { 0, 0, 0, 5, 1, 0, 0, 0, 3 };
	struct edge_open o = { .kind = EDGE_SUBSYSTEM };

	o.command = rd_str("sftp");
	begin();
	rig_sshd("");
	rig_edge("edge-ssh", rig.address, "ssh", "key", rig.pinned);
	rig_open(&o);
	RIG_UNTIL(PATIENCE, rig.is_ready);
	rig_send(EDGE_INPUT, rd_of(init, sizeof(init)));
	RIG_UNTIL(PATIENCE, rig.n_out[0] > 9);
	CHECK(buf_rd(&rig.out[0]).p[4] == 2); /* SSH_FXP_VERSION */
	rig_send(EDGE_INPUT_END, rd_of(NULL, 0));
	RIG_UNTIL(PATIENCE, rig.has_exited);
	finish();
}

/* Bulk. */

static void check_down(uint64_t n)
{
	uint8_t got[32];
	char want[65], hex[65];

	RIG_UNTIL(60000, rig.has_exited);
	CHECK_U64(rig.n_out[0], n);
	rig_pattern_hash(n, want);
	sha256_final(&rig.hash, got);
	for (int i = 0; i < 32; i++)
		(void)snprintf(hex + 2 * i, 3, "%02x", got[i]);
	CHECK_STR(hex, want);
}

/* The pattern in a file, for downloads. */
static void write_pattern(uint64_t n)
{
	AUTO(fd_close) int fd = openat(rig.dir_fd, "file", O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
	static uint8_t raw[1 << 16];

	for (uint64_t at = 0; at < n;) {
		size_t k = n - at < sizeof(raw) ? (size_t)(n - at) : sizeof(raw);
		rig_pattern(raw, k, at);
		CHECK_INT(fd_write_all(fd, rd_of(raw, k)), 0);
		at += k;
	}
}

/* `command` runs in the case's directory. */
static void start_bulk(const char *config, const char *command)
{
	char line[256];

	rig_sshd(config);
	rig_edge("edge-ssh", rig.address, "ssh", "key", rig.pinned);
	(void)snprintf(line, sizeof(line), "cd %s && %s", rig.dir, command);
	open_exec(line);
	RIG_UNTIL(PATIENCE, rig.is_ready);
}

TEST(ssh_fifty_megabytes_down)
{
	begin();
	write_pattern(50 * MB);
	start_bulk("", "cat file");
	check_down(50 * MB);
	finish();
}

static void check_up(uint64_t n)
{
	char want[65];

	RIG_UNTIL(60000, rig.has_exited);
	rig_pattern_hash(n, want);
	CHECK(rig_out_has(0, want));
}

TEST(ssh_fifty_megabytes_up)
{
	begin();
	start_bulk("", "sha256sum");
	rig_pour(50 * MB, true);
	check_up(50 * MB);
	finish();
}

TEST(ssh_fifty_megabytes_both_ways_with_flat_memory)
{
	unsigned long peak = 0;

	begin();
	start_bulk("", "cat");
	rig_pour(50 * MB, true);
	RIG_UNTIL(60000, rig.n_out[0] > 49 * MB);
	peak = rig_peak_kib();
	check_down(50 * MB);
	if (!is_sanitized() && peak > PEAK_KIB)
		test_fail(__FILE__, __LINE__, "the edge took %lu KiB", peak);
	finish();
}

TEST(ssh_rekeys_under_load)
{
	begin();
	start_bulk("RekeyLimit 1M\\nLogLevel DEBUG1\\n", "cat");
	rig_pour(50 * MB, true);
	check_down(50 * MB);
	/* Both directions count: at least one for each two megabytes. */
	CHECK_INT(rig_shell("[ $(grep -c 'rekey in progress\\|set_newkeys: rekeying\\|SSH2_MSG_NEWKEYS received' $D/element.log) -ge 20 ]"), 0);
	finish();
}

/* A gate that does not read stops the element, not the memory. */
TEST(ssh_slow_gate)
{
	uint64_t before;
	unsigned long peak;

	begin();
	write_pattern(30 * MB);
	start_bulk("", "cat file");
	rig_hold(true);
	for (int i = 0; i < 500; i++)
		rig_turn();
	before = rig.n_out[0];
	peak = rig_peak_kib();
	CHECK(before < 5 * MB);
	if (!is_sanitized())
		CHECK(peak < PEAK_KIB);
	rig_hold(false);
	check_down(30 * MB);
	finish();
}

/* An element that does not read stops the gate. */
TEST(ssh_slow_element)
{
	begin();
	start_bulk("", "sleep 2; sha256sum");
	rig_pour(30 * MB, true);
	for (int i = 0; i < 300; i++)
		rig_turn();
	CHECK(rig.n_sent < 12 * MB);
	if (!is_sanitized())
		CHECK(rig_peak_kib() < PEAK_KIB);
	check_up(30 * MB);
	finish();
}

/* Refusals. */

static void check_failure(enum edge_failure want)
{
	RIG_UNTIL(PATIENCE, rig.has_failed || rig.is_ready || rig.has_exited);
	if (!rig.has_failed || rig.failure != want)
		test_fail(__FILE__, __LINE__, "want %d, got %d: %s", (int)want, rig.has_failed ? (int)rig.failure : -1,
		    rig.text);
	CHECK(strstr(rig.text, edge_failure_text(want)));
	finish();
}

TEST(ssh_unknown_host_key)
{
	begin();
	rig_sshd("");
	rig_edge("edge-ssh", rig.address, "ssh", "key", "");
	open_exec("true");
	RIG_UNTIL(PATIENCE, rig.has_failed);
	char line[256];
	const char *print = strstr(rig.text, "SHA256:");
	CHECK(print);
	(void)snprintf(line, sizeof(line), "ssh-keygen -lf $D/host.pub | grep -qF '%s'", print);
	CHECK_INT(rig_shell(line), 0);
	CHECK_INT(rig.n_used, 0);
	/* The key itself was told, for an officer to look at. */
	(void)snprintf(line, sizeof(line), "test \"$(cut -d' ' -f1-2 $D/host.pub)\" = '%.180s'", rig.key);
	CHECK_INT(rig_shell(line), 0);
	check_failure(EDGE_HOST_KEY_UNKNOWN);
}

TEST(ssh_changed_host_key)
{
	begin();
	rig_sshd("");
	rig_edge("edge-ssh", rig.address, "ssh", "key",
	    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f old\n");
	open_exec("true");
	RIG_UNTIL(PATIENCE, rig.has_failed);
	CHECK_INT(rig.n_used, 0);
	CHECK(strstr(rig.key, "ssh-ed25519 AAAA") == rig.key);
	check_failure(EDGE_HOST_KEY_CHANGED);
}

/* Of an element's keys the accepted one is asked for, wherever it stands in the list. */
TEST(ssh_pinned_type_is_asked_for)
{
	begin();
	rig_sshd("");
	rig_read_pinned("host-rsa.pub");
	rig_edge("edge-ssh", rig.address, "ssh", "key", rig.pinned);
	open_exec("true");
	RIG_UNTIL(PATIENCE, rig.has_exited);
	CHECK_INT(rig.status, 0);
	finish();
}

TEST(ssh_refused_credential)
{
	begin();
	CHECK_INT(fd_replace_file(rig.dir_fd, "keys", rd_str("# nobody\n"), 0644), 0);
	rig_sshd("");
	rig_edge("edge-ssh", rig.address, "ssh", "key", rig.pinned);
	open_exec("true");
	check_failure(EDGE_AUTH);
}

/* Begins with a keyd that is slower than everything else: what the engineer sends meanwhile,
 * and its end, must not lead the edge to the element without the credential. */
static void begin_without_keyd(void)
{
	begin();
	rig_sshd("");
	rig.keyd_waits = true;
	rig_edge("edge-ssh", rig.address, "ssh", "key", rig.pinned);
	open_exec("wc -c");
	rig_input("12345");
	rig_send(EDGE_INPUT_END, rd_of(NULL, 0));
}

TEST(ssh_keyd_that_is_slow)
{
	begin_without_keyd();
	for (uint64_t until = rig_now_ms() + 500; rig_now_ms() < until && !rig.has_failed;)
		rig_turn();
	rig_keyd();
	RIG_UNTIL(PATIENCE, rig.has_exited || rig.has_failed);
	if (rig.has_failed)
		test_fail(__FILE__, __LINE__, "%s", rig.text);
	CHECK_RD(buf_rd(&rig.out[0]), rd_str("5\n"));
	CHECK_INT(rig.n_used, 1);
	finish();
}

/* The next question of the edge's, which is answered with `answer`. */
static void keyd_answers(enum agent_request_kind kind, const struct buf *answer)
{
	AUTO(buf_done) struct buf asked = { 0 };
	struct agent_request q = { .kind = AGENT_OTHER };
	struct rd r;

	buf_init(&asked, AGENT_WIRE_MAX);
	do {
		CHECK(fd_read(rig.keyd_fd, &asked) > 0);
		r = buf_rd(&asked);
	} while (agent_request_take(&r, &q) == AGENT_MORE);
	CHECK(q.kind == kind);
	CHECK_INT(fd_write_all(rig.keyd_fd, buf_rd(answer)), 0);
}

/* It told the user, and is gone before it is asked for the key: the element refused nothing. */
TEST(ssh_keyd_that_leaves)
{
	AUTO(buf_done) struct buf user = { 0 }, failure = { 0 }, none = { 0 };

	begin_without_keyd();
	buf_init(&user, 256);
	buf_init(&failure, 16);
	buf_init(&none, 1);
	struct wr u = wr_to(&user), f = wr_to(&failure);
	agent_write_secret(&u, rd_str(rig_user()));
	agent_write_failure(&f);
	CHECK_INT(fd_set_nonblock(rig.keyd_fd, false), 0);
	keyd_answers(AGENT_SECRET, &user);
	keyd_answers(AGENT_SECRET, &failure);
	keyd_answers(AGENT_IDENTITIES, &none);
	fd_close(&rig.keyd_fd);
	RIG_UNTIL(PATIENCE, rig.has_failed);
	if (!strstr(rig.text, "keyd"))
		test_fail(__FILE__, __LINE__, "%s", rig.text);
	rig.keyd_waits = false;
	check_failure(EDGE_NO_CREDENTIAL);
}

TEST(ssh_password_that_sshd_does_not_take)
{
	begin();
	rig_sshd("PasswordAuthentication yes\\n");
	rig_edge("edge-ssh", rig.address, "ssh", "password", rig.pinned);
	open_exec("true");
	check_failure(EDGE_AUTH);
}

TEST(ssh_without_credential)
{
	begin();
	rig_sshd("");
	rig_edge("edge-ssh", rig.address, "ssh", "", rig.pinned);
	open_exec("true");
	check_failure(EDGE_NO_CREDENTIAL);
}

TEST(ssh_legacy_algorithms_by_name_alone)
{
	static const char old[] = "KexAlgorithms diffie-hellman-group14-sha1\\nCiphers aes128-cbc\\nMACs hmac-sha1\\n";

	begin();
	rig_sshd(old);
	rig_edge("edge-ssh", rig.address, "ssh", "key", rig.pinned);
	open_exec("true");
	check_failure(EDGE_PROTOCOL);
	begin();
	rig_sshd(old);
	rig_edge("edge-ssh", rig.address, "ssh-legacy", "key", rig.pinned);
	open_exec("true");
	RIG_UNTIL(PATIENCE, rig.has_exited);
	CHECK_INT(rig.status, 0);
	CHECK(strstr(rig.text, "aes128-cbc"));
	finish();
}

TEST(ssh_nobody_listens)
{
	begin();
	(void)snprintf(rig.address, sizeof(rig.address), "127.0.0.1:%u", rig_free_port());
	rig_edge("edge-ssh", rig.address, "ssh", "key", "");
	open_exec("true");
	check_failure(EDGE_REFUSED);
}

TEST(ssh_name_that_is_not_in_hosts)
{
	begin();
	rig_edge("edge-ssh", "no-such-element.example:22", "ssh", "key", "");
	open_exec("true");
	check_failure(EDGE_UNREACHABLE);
}

TEST(ssh_server_killed_in_the_middle)
{
	begin();
	start_bulk("", "cat /dev/zero");
	RIG_UNTIL(PATIENCE, rig.n_out[0] > 3 * MB);
	/* The listener, and all below it. */
	char line[256];
	(void)snprintf(line, sizeof(line), "all() { for p in $(ps -o pid= --ppid $1); do all $p; done; kill -KILL $1; }; all %d",
	    rig.element);
	CHECK_INT(rig_shell(line), 0);
	RIG_UNTIL(PATIENCE, rig.has_failed);
	check_failure(EDGE_LOST);
}

TEST(ssh_channel_refused)
{
	begin();
	rig_sshd("MaxSessions 0\\n");
	rig_edge("edge-ssh", rig.address, "ssh", "key", rig.pinned);
	open_exec("true");
	check_failure(EDGE_PROTOCOL);
}

TEST(ssh_stream_makes_no_sense)
{
	struct edge_open o = { .kind = EDGE_STREAM };

	begin();
	rig_sshd("");
	rig_edge("edge-ssh", rig.address, "ssh", "key", rig.pinned);
	rig_open(&o);
	check_failure(EDGE_PROTOCOL);
}

/* Passwords, at a server that takes them. */

static char key_file[128];
static enum edge_server_way way;

static void play_server(int fd)
{
	edge_server(fd, key_file, way);
}

static void begin_server(enum edge_server_way w, const char *credential)
{
	begin();
	CHECK_INT(rig_shell("ssh-keygen -q -t ed25519 -N '' -f $D/host"), 0);
	(void)snprintf(key_file, sizeof(key_file), "%s/host", rig.dir);
	way = w;
	(void)snprintf(rig.address, sizeof(rig.address), "127.0.0.1:%u", rig_play(play_server));
	rig_read_pinned("host.pub");
	rig_edge("edge-ssh", rig.address, "ssh", credential, rig.pinned);
	open_exec("show version");
}

TEST(ssh_password)
{
	static const enum edge_server_way ways[] = { EDGE_SERVER_PASSWORD, EDGE_SERVER_KBDINT };

	for (size_t i = 0; i < ARRAY_LEN(ways); i++) {
		begin_server(ways[i], "password");
		RIG_UNTIL(PATIENCE, rig.has_exited || rig.has_failed);
		CHECK_STR(rig.has_failed ? rig.text : "", "");
		CHECK_RD(buf_rd(&rig.out[0]), rd_str("ran show version"));
		CHECK_INT(rig.status, 4);
		CHECK_INT(rig.n_used, 1);
		finish();
	}
}

TEST(ssh_passwords_that_do_not_suffice)
{
	static const enum edge_server_way ways[] = { EDGE_SERVER_PROMPTS, EDGE_SERVER_PARTIAL };

	for (size_t i = 0; i < ARRAY_LEN(ways); i++) {
		begin_server(ways[i], "password");
		check_failure(EDGE_AUTH);
	}
	begin_server(EDGE_SERVER_PASSWORD, "key");
	check_failure(EDGE_AUTH);
}

/* An element has no business opening channels to us. */
TEST(ssh_server_that_opens_channels)
{
	begin_server(EDGE_SERVER_OPENS, "password");
	RIG_UNTIL(PATIENCE, rig.has_exited);
	CHECK_RD(buf_rd(&rig.out[0]), rd_str("took 0"));
	finish();
}

/* Servers that misbehave. */

static void play_silence(int fd)
{
	(void)sleep(600);
}

static void play_garbage(int fd)
{
	static const char raw[] = "\x7f\x45LF\x00\x01\xff\xfe\x80not ssh\r\n\r\n\x1b[2J";

	for (int i = 0; i < 4000; i++)
		if (send(fd, raw, sizeof(raw), MSG_NOSIGNAL) < 0)
			return;
}

/* One line without an end. */
static void play_huge_banner(int fd)
{
	static char raw[65536];

	memset(raw, 'A', sizeof(raw));
	memcpy(raw, "SSH-2.0-", 8);
	for (;;)
		if (send(fd, raw, sizeof(raw), MSG_NOSIGNAL) < 0)
			_exit(0);
}

static void play_hang_up(int fd)
{
	(void)send(fd, "SSH-2.0-OpenSSH_9.2\r\n", 21, MSG_NOSIGNAL);
}

/* A banner, then packets that are none. */
static void play_bad_packets(int fd)
{
	static char raw[4096];

	memset(raw, 0xff, sizeof(raw));
	(void)send(fd, "SSH-2.0-x\r\n", 11, MSG_NOSIGNAL);
	for (int i = 0; i < 1000; i++)
		if (send(fd, raw, sizeof(raw), MSG_NOSIGNAL) < 0)
			return;
	(void)sleep(600);
}

static void against(void (*play)(int fd))
{
	begin();
	(void)snprintf(rig.address, sizeof(rig.address), "127.0.0.1:%u", rig_play(play));
	rig_edge("edge-ssh", rig.address, "ssh", "key", "");
	open_exec("true");
}

TEST(ssh_server_that_never_answers)
{
	against(play_silence);
	RIG_UNTIL(30000, rig.has_failed);
	check_failure(EDGE_TIMEOUT);
}

TEST(ssh_hostile_servers)
{
	void (*const plays[])(int) = { play_garbage, play_huge_banner, play_hang_up, play_bad_packets };

	for (size_t i = 0; i < ARRAY_LEN(plays); i++) {
		against(plays[i]);
		RIG_UNTIL(30000, rig.has_failed);
		if (rig.failure != EDGE_PROTOCOL)
			test_fail(__FILE__, __LINE__, "server %zu: %s", i, rig.text);
		for (const char *c = rig.text; *c; c++)
			CHECK(*c >= ' ' && *c != 0x7f);
		finish();
	}
}

/* A gate that was taken over. */

TEST(ssh_gate_that_breaks_the_protocol)
{
	begin();
	rig_sshd("");
	rig_edge("edge-ssh", rig.address, "ssh", "key", rig.pinned);
	rig_input("before it was opened");
	RIG_UNTIL(PATIENCE, rig.is_gone);
	CHECK(strstr(rig.refusal, "not allowed in this state"));
	rig_end();
	begin();
	rig_sshd("");
	rig_edge("edge-ssh", rig.address, "ssh", "key", rig.pinned);
	rig_send(EDGE_OPEN, rd_str("\x09nonsense"));
	RIG_UNTIL(PATIENCE, rig.is_gone);
	CHECK(strstr(rig.refusal, "open"));
	rig_end();
}

TEST(ssh_gate_that_leaves)
{
	begin_exec("cat");
	ipc_free(&rig.gate);
	RIG_UNTIL(PATIENCE, rig.is_gone);
	CHECK_STR(rig.refusal, "");
	rig_end();
	begin_exec("cat");
	rig_send(EDGE_CLOSE, rd_of(NULL, 0));
	finish();
}

/* A key cannot be typed: the part that it does not have ends the channel. */
TEST(ssh_secret_of_a_key)
{
	begin_exec("cat");
	rig_secret(AGENT_SECRET_ENABLE, "\r");
	RIG_UNTIL(PATIENCE, rig.has_failed);
	CHECK(rig.failure == EDGE_NO_CREDENTIAL && rig.n_out[0] == 0);
	finish();
}
