/*
 * Is:        the test of the line edge against scripted servers, and against a real osmo-hlr.
 * Is not:    a test of telnet (lane/line_lane.h).
 * Called by: the test run; needs SLAGBOOM_BUILD.
 * Owns:      what edge_rig.h owns.
 * Trust:     no input.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "edge_rig.h"
#include "os/ipc.h"
#include "testing/test.h"

enum { PATIENCE = 15000, MB = 1000 * 1000, PEAK_KIB = 24 * 1024 };

static bool is_sanitized(void)
{
	const char *is = getenv("SLAGBOOM_SANITIZED");

	return is && is[0];
}

static void begin_with(const char *preload, void (*play)(int fd), const char *credential)
{
	struct edge_open o = { .kind = EDGE_STREAM };
	char address[64];

	rig_begin("operator");
	(void)snprintf(address, sizeof(address), "127.0.0.1:%u", rig_play(play));
	rig_edge_with(preload, "edge-line", address, "telnet", credential, "");
	rig_open(&o);
	RIG_UNTIL(PATIENCE, rig.is_ready);
}

static void begin(void (*play)(int fd), const char *credential)
{
	begin_with(NULL, play, credential);
}

static void finish(void)
{
	RIG_UNTIL(PATIENCE, rig.is_gone);
	CHECK_STR(rig.refusal, "");
	rig_end();
}

static void play_echo(int fd)
{
	static char raw[65536];
	ssize_t n;

	while ((n = recv(fd, raw, sizeof(raw), 0)) > 0)
		if (send(fd, raw, (size_t)n, MSG_NOSIGNAL) != n)
			return;
	(void)send(fd, "bye", 3, MSG_NOSIGNAL);
}

/* Every byte as it is, telnet's options too. */
TEST(line_bytes_and_half_close)
{
	static const uint8_t raw[] = { 0, 255, 251, 1, '\r', '\n', 0x80 };

	begin(play_echo, "");
	rig_send(EDGE_INPUT, rd_of(raw, sizeof(raw)));
	RIG_UNTIL(PATIENCE, rig.n_out[0] == sizeof(raw));
	CHECK_RD(buf_rd(&rig.out[0]), rd_of(raw, sizeof(raw)));
	rig_send(EDGE_INPUT_END, rd_of(NULL, 0));
	RIG_UNTIL(PATIENCE, rig.has_exited);
	CHECK(rig_out_has(0, "bye") && rig.ended[0] && rig.status == 0);
	finish();
}

/* Parts of the credential, in their place among the keys; typed, and in nothing of ours. */
TEST(line_secrets)
{
	begin(play_echo, "password");
	rig_secret(AGENT_SECRET_USER, "\r\n");
	rig_input("[a]");
	rig_secret(AGENT_SECRET_PASSWORD, "\r");
	rig_secret(AGENT_SECRET_ENABLE, "");
	rig_input("[b]");
	RIG_UNTIL(PATIENCE, rig_out_has(0, "[b]"));
	CHECK_RD(buf_rd(&rig.out[0]), rd_str("operator\r\n[a]s3cret\ren4ble[b]"));
	CHECK_INT(rig.n_used, 2);
	rig_send(EDGE_CLOSE, rd_of(NULL, 0));
	finish();
}

TEST(line_secret_that_is_not_there)
{
	begin(play_echo, "");
	rig_secret(AGENT_SECRET_PASSWORD, "\r");
	RIG_UNTIL(PATIENCE, rig.has_failed);
	CHECK(rig.failure == EDGE_NO_CREDENTIAL);
	finish();
	begin(play_echo, "key");
	rig_secret(AGENT_SECRET_PASSWORD, "\r");
	RIG_UNTIL(PATIENCE, rig.has_failed);
	CHECK(rig.failure == EDGE_NO_CREDENTIAL && rig.n_out[0] == 0);
	finish();
}

TEST(line_bulk_both_ways)
{
	uint8_t got[32];
	char want[65], hex[65];

	begin(play_echo, "");
	rig_pour(20 * MB, false);
	RIG_UNTIL(60000, rig.n_out[0] == 20 * MB);
	rig_pattern_hash(20 * MB, want);
	sha256_final(&rig.hash, got);
	for (int i = 0; i < 32; i++)
		(void)snprintf(hex + 2 * i, 3, "%02x", got[i]);
	CHECK_STR(hex, want);
	if (!is_sanitized())
		CHECK(rig_peak_kib() < PEAK_KIB);
	rig_send(EDGE_CLOSE, rd_of(NULL, 0));
	finish();
}

static void play_flood(int fd)
{
	static char raw[65536];

	memset(raw, 'y', sizeof(raw));
	while (send(fd, raw, sizeof(raw), MSG_NOSIGNAL) > 0)
		;
}

TEST(line_slow_gate)
{
	uint64_t before;

	begin(play_flood, "");
	rig_hold(true);
	for (int i = 0; i < 300; i++)
		rig_turn();
	before = rig.n_out[0];
	CHECK(before < 3 * MB);
	if (!is_sanitized())
		CHECK(rig_peak_kib() < PEAK_KIB);
	rig_hold(false);
	RIG_UNTIL(PATIENCE, rig.n_out[0] > before + 10 * MB);
	rig_send(EDGE_CLOSE, rd_of(NULL, 0));
	finish();
}

enum { LAST_WORDS = 600000 };

static void play_last_words(int fd)
{
	static char raw[LAST_WORDS];

	(void)recv(fd, raw, 1, 0);
	(void)send(fd, raw, sizeof(raw), MSG_NOSIGNAL);
}

/* An officer may think for longer than a minute about a session that is held, whose element has
 * long finished: what it said waits for as long as the gate is there. */
TEST(line_gate_that_is_held_for_long)
{
	begin_with("libhasty_clock.so", play_last_words, "");
	rig_hold(true);
	rig_input("?");
	for (uint64_t until = rig_now_ms() + 1500; rig_now_ms() < until && rig.gate;) {
		rig_turn();
		if (rig.gate)
			rig_resize(80, 24); /* wakes it, and changes nothing */
		(void)usleep(20000);
	}
	CHECK(rig.gate && !rig.is_gone);
	rig_hold(false);
	RIG_UNTIL(PATIENCE, rig.has_exited);
	CHECK_INT((int)rig.n_out[0], LAST_WORDS);
	finish();
}

static void play_deaf(int fd)
{
	(void)sleep(600);
}

TEST(line_slow_element)
{
	begin(play_deaf, "");
	rig_pour(60 * MB, false);
	for (int i = 0; i < 300; i++)
		rig_turn();
	CHECK(rig.n_sent < 15 * MB);
	if (!is_sanitized())
		CHECK(rig_peak_kib() < PEAK_KIB);
	ipc_free(&rig.gate);
	finish();
}

/* A hang-up that the gate has no room to hear of yet. */
static void play_reset(int fd)
{
	static char raw[65536];
	struct linger now = { 1, 0 };

	(void)recv(fd, raw, 1, 0);
	for (int i = 0; i < 40; i++)
		(void)send(fd, raw, sizeof(raw), MSG_NOSIGNAL);
	(void)setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
	(void)close(fd);
}

TEST(line_reset)
{
	begin(play_reset, "");
	rig_hold(true);
	rig_input("x");
	for (int i = 0; i < 100; i++)
		rig_turn();
	rig_hold(false);
	RIG_UNTIL(PATIENCE, rig.has_failed);
	CHECK(rig.failure == EDGE_LOST);
	finish();
}

TEST(line_has_no_commands)
{
	struct edge_open o = { .kind = EDGE_EXEC };
	char address[64];

	o.command = rd_str("show");
	rig_begin("operator");
	(void)snprintf(address, sizeof(address), "127.0.0.1:%u", rig_play(play_echo));
	rig_edge("edge-line", address, "telnet", "", "");
	rig_open(&o);
	RIG_UNTIL(PATIENCE, rig.has_failed);
	CHECK(rig.failure == EDGE_PROTOCOL);
	finish();
}

TEST(line_nobody_listens)
{
	struct edge_open o = { .kind = EDGE_STREAM };
	char address[64];

	rig_begin("operator");
	(void)snprintf(address, sizeof(address), "[::1]:%u", rig_free_port());
	rig_edge("edge-line", address, "telnet", "", "");
	rig_open(&o);
	RIG_UNTIL(PATIENCE, rig.has_failed);
	CHECK(rig.failure == EDGE_REFUSED || rig.failure == EDGE_UNREACHABLE);
	finish();
}

TEST(line_osmo_hlr)
{
	struct edge_open o = { .kind = EDGE_STREAM };
	/* On an address that no other test's has. */
	char line[512], address[48], at[32], config[128], database[128];
	const char *argv[] = { "/usr/bin/osmo-hlr", "-c", config, "-l", database, NULL };

	if (access(argv[0], X_OK) < 0)
		test_skip("osmo-hlr is not installed");
	rig_begin("operator");
	(void)snprintf(database, sizeof(database), "%s/hlr.db", rig.dir);
	(void)snprintf(config, sizeof(config), "%s/hlr.cfg", rig.dir);
	(void)snprintf(at, sizeof(at), "127.88.%d.%d", (int)getpid() / 250 % 250, (int)getpid() % 250 + 1);
	(void)snprintf(address, sizeof(address), "%s:4258", at);
	(void)snprintf(line, sizeof(line), "printf 'line vty\\n no login\\n bind %s\\nctrl\\n bind %s\\nhlr\\n gsup\\n  bind ip %s\\n' >$D/hlr.cfg",
	    at, at, at);
	CHECK_INT(rig_shell(line), 0);
	rig_start(argv);
	rig_wait_at(at, 4258);
	rig_edge("edge-line", address, "telnet", "", "");
	rig_open(&o);
	RIG_UNTIL(PATIENCE, rig_out_has(0, "OsmoHLR>"));
	rig_input("show version\r\n");
	RIG_UNTIL(PATIENCE, rig_out_has(0, "OsmoHLR 1."));
	rig_input("exit\r\n");
	RIG_UNTIL(PATIENCE, rig.has_exited);
	finish();
}
