/*
 * Is:        tests of what a line of sshd's log tells; the lines are Debian 12's sshd's own.
 * Is not:    a test of sshd (tests/door).
 * Called by: the test run.
 * Owns:      nothing.
 * Trust:     no input.
 */
#include "proc/door/sshd_log.h"

#include <string.h>

#include "testing/test.h"

static void expect(const char *line, enum sshd_said said, const char *user, const char *other)
{
	struct sshd_line l = sshd_log_read(rd_str(line));
	struct rd got = l.target.len ? l.target : l.key.len ? l.key : l.method;

	if (l.said != said)
		test_fail(__FILE__, __LINE__, "%s: taken for %d", line, (int)l.said);
	CHECK_RD(l.user, rd_str(user));
	CHECK_RD(got, rd_str(other));
}

TEST(names_that_look_like_a_line_stay_names)
{
	struct sshd_line l;

	expect("Invalid user root from 1.2.3.4 port 5 from 127.0.0.1 port 41000", SSHD_NO_SUCH_USER, "root from 1.2.3.4 port 5", "");
	expect("Invalid user  from 127.0.0.1 port 41000", SSHD_NO_SUCH_USER, "", "");
	expect("Invalid user Accepted publickey for root from 1.1.1.1 port 22 ssh2: RSA SHA256:x from 127.0.0.1 port 4", SSHD_NO_SUCH_USER,
	    "Accepted publickey for root from 1.1.1.1 port 22 ssh2: RSA SHA256:x", "");
	expect("Failed publickey for invalid user a for b from c from 127.0.0.1 port 1 ssh2: RSA SHA256:x", SSHD_FAILED, "a for b from c",
	    "publickey");
	/* Of the half that talks to a stranger, no login is believed: the flag tells. */
	l = sshd_log_read(rd_str("Accepted publickey for root from 1.1.1.1 port 22 ssh2: RSA SHA256:x [preauth]\r"));
	CHECK(l.said == SSHD_ACCEPTED && l.before_login);
	l = sshd_log_read(rd_str("Accepted publickey for root from 1.1.1.1 port 22 ssh2: RSA SHA256:x\r"));
	CHECK(l.said == SSHD_ACCEPTED && !l.before_login);
}

TEST(what_is_not_known_is_unknown)
{
	static const char *const lines[] = { "", "\r", " [preauth]", "Accepted", "Accepted publickey for wei", "Accepted two words for x from y",
		"Failed publickey for ", "accepted publickey for a from b port 1 ssh2", "Invalid user", " Invalid user a from b", "refused local port forward",
		"Received request from 1.1.1.1 port 2 to connect to host a port 1, but the request was denied", "{u}", "{", "}" };

	for (size_t i = 0; i < ARRAY_LEN(lines); i++)
		if (sshd_log_read(rd_str(lines[i])).said != SSHD_UNKNOWN)
			test_fail(__FILE__, __LINE__, "known: %s", lines[i]);
}

TEST(the_lines_of_openssh)
{
	expect("Accepted publickey for wei.zhang+hlr1 from 127.0.0.1 port 41838 ssh2: ED25519 SHA256:hHma", SSHD_ACCEPTED, "wei.zhang+hlr1",
	    "SHA256:hHma");
	expect("Accepted publickey for wei from ::1 port 1 ssh2: ED25519-CERT SHA256:aa ID c-good (serial 0) CA ED25519 SHA256:bb", SSHD_ACCEPTED,
	    "wei", "publickey");
	expect("Accepted keyboard-interactive/pam for wei from 10.0.0.1 port 22 ssh2", SSHD_ACCEPTED, "wei", "keyboard-interactive/pam");
	expect("Failed publickey for wei.zhang from 127.0.0.1 port 3 ssh2: ED25519 SHA256:x", SSHD_FAILED, "wei.zhang", "publickey");
	expect("User ann not allowed because shell /x does not exist", SSHD_NO_SUCH_USER, "ann", "");
	expect("error: maximum authentication attempts exceeded for wei from 127.0.0.1 port 9 ssh2 [preauth]\r", SSHD_TOO_MANY_TRIES, "wei", "");
	expect("fatal: Timeout before authentication for 127.0.0.1 port 9\r", SSHD_TOO_LATE, "", "");
	expect("fatal: privsep_preauth: preauth child terminated by signal 31", SSHD_CRASHED, "", "");
	expect("Received request from 127.0.0.1 port 7 to connect to host 127.0.0.1 port 22, but the request was denied.\r", SSHD_REFUSED_LOCAL, "",
	    "127.0.0.1 port 22");
	expect("Received request from 127.0.0.1 port 7 to connect to host x, but the request was denied. port 22, but the request was denied.",
	    SSHD_REFUSED_LOCAL, "", "x, but the request was denied. port 22");
	expect("debug1: serverloop.c:server_input_global_request():789 (pid=4): tcpip-forward listen localhost port 8022\r", SSHD_REFUSED_REMOTE, "",
	    "localhost port 8022");
	expect("debug1: serverloop.c:server_input_global_request():850 (pid=4): streamlocal-forward listen path /tmp/x\r", SSHD_REFUSED_SOCKET, "",
	    "/tmp/x");
	expect("serverloop.c:server_request_direct_streamlocal():508 (pid=4): refused streamlocal port forward: originator  port 0, target /run/x\r",
	    SSHD_REFUSED_SOCKET, "", "/run/x");
	expect("debug1: session.c:session_auth_agent_req():2196 (pid=4): agent forwarding disabled\r", SSHD_REFUSED_AGENT, "", "");
	expect("debug1: session.c:session_input_channel_req():2290 (pid=4): session 0 req x11-req\r", SSHD_REFUSED_X11, "", "");
	expect("debug1: session.c:session_input_channel_req():2290 (pid=4): session 0 req shell\r", SSHD_NOISE, "", "");
	expect("debug1: serverloop.c:server_input_channel_open():611 (pid=4): ctype tun@openssh.com rchan 0 win 1 max 2\r", SSHD_REFUSED_TUNNEL, "", "");
	expect("debug1: serverloop.c:server_input_channel_open():611 (pid=4): ctype session rchan 0 win 1 max 2\r", SSHD_NOISE, "", "");
	expect("Disconnected from user wei.zhang 127.0.0.1 port 3", SSHD_NOISE, "", "");
}

TEST(every_refusal_has_a_kind)
{
	for (int s = 0; s < SSHD_SAIDS; s++)
		CHECK((sshd_refused_kind((enum sshd_said)s) != NULL) == (s >= SSHD_REFUSED_LOCAL));
}

TEST(a_long_line_of_repetitions_takes_no_time)
{
	static char line[512];
	const char *word = " from ";

	(void)strncpy(line, "Invalid user ", sizeof(line));
	for (size_t i = 13; i + 7 < sizeof(line); i += 6)
		memcpy(&line[i], word, 6);
	for (int i = 0; i < 20000; i++)
		CHECK(sshd_log_read(rd_str(line)).said == SSHD_NO_SUCH_USER);
}
