/*
 * Is:        the test of the release rule and of sessions through the real gate, evidenced and
 *            keyd, with scripted programs at both ends.
 * Is not:    a test of sshd, deskd or elements.
 * Called by: the test run; needs SLAGBOOM_BUILD.
 * Owns:      a temporary state directory per case.
 * Trust:     no input.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/timefmt.h"
#include "evidence/recording.h"
#include "gate_town.h"
#include "testing/test.h"

static struct town town;
static struct engineer *eng; /* of the case that runs */

static const struct town_hello shell = { SESSION_SHELL, true, "wei.zhang+hlr1", "", NULL };

static bool exited(struct town *t)
{
	return eng->exited;
}

static const char *wanted;

static bool shown(struct town *t)
{
	return town_has(&eng->got, wanted) || town_has(&eng->got_err, wanted);
}

static bool arrived(struct town *t)
{
	return town_has(&eng->input, wanted);
}

static bool shows(const char *text)
{
	wanted = text;
	return town_run(&town, shown, 8000);
}

static bool reaches(const char *text)
{
	wanted = text;
	return town_run(&town, arrived, 8000);
}

static void begin(const struct town_hello *h)
{
	town_begin(&town);
	eng = town_come(&town, h);
}

static void echo(struct engineer *e, struct rd bytes)
{
	CHECK_INT(town_output(e, 0, bytes), 0);
}

/* What was delivered is what was recorded, in both directions. */
static void check_recorded(void)
{
	AUTO(buf_done) struct buf frames = { 0 };
	struct rd got = buf_rd(&eng->got), input = buf_rd(&eng->input), rec, part;

	buf_init(&frames, TOWN_BYTES_MAX);
	town_frames(&town, FRAME_TO_SUPPLIER, &frames);
	rec = buf_rd(&frames);
	CHECK(got.len <= rec.len && rd_slice(&rec, 0, got.len, &part) && rd_equal(&part, &got));
	buf_reset(&frames);
	town_frames(&town, FRAME_FROM_SUPPLIER, &frames);
	rec = buf_rd(&frames);
	CHECK(input.len <= rec.len && rd_slice(&rec, 0, input.len, &part) && rd_equal(&part, &input));
}

TEST(a_shell_goes_through_and_is_recorded)
{
	AUTO(buf_done) struct buf records = { 0 };

	town = (struct town){ 0 };
	begin(&shell);
	eng->on_input = echo;
	CHECK(town_run(&town, town_is_open, 8000));
	CHECK_INT(eng->open.kind, EDGE_SHELL);
	CHECK(eng->open.wants_tty);
	CHECK(town_output(eng, 0, rd_str("welcome\r\n$ ")) == 0);
	CHECK(shows("welcome\r\n$ "));
	town_type(eng, "uptime\r");
	CHECK(reaches("uptime\r"));
	CHECK(shows("uptime\r"));
	town_exit(eng, 0, 7);
	CHECK(town_run(&town, exited, 8000));
	CHECK_INT(eng->status, 7);
	town_stop(&town);
	check_recorded();
	buf_init(&records, 1 << 20);
	town_records(&town, &records);
	CHECK_U64(town_count(&records, "session.opened"), 1);
	CHECK_U64(town_count(&records, "session.closed"), 1);
	CHECK(town_count(&records, "session.segment") >= 2);
	CHECK(town_has(&records, "\"actor\":\"wei.zhang\""));
	town_end(&town);
}

static void vty_open(struct engineer *e)
{
	CHECK_INT(town_output(e, 0, rd_str("Username: ")), 0);
}

static void vty(struct engineer *e, struct rd bytes)
{
	if (rd_is(&bytes, "*secret*\r") && e->secrets.len == 1)
		CHECK_INT(town_output(e, 0, rd_str("\r\nPassword: ")), 0);
	else if (rd_is(&bytes, "*secret*\r"))
		CHECK_INT(town_output(e, 0, rd_str("\r\nhlr1> ")), 0);
	else
		CHECK_INT(town_output(e, 0, rd_str("\r\nanswer of the register\r\nhlr1> ")), 0);
}

TEST(a_telnet_line_session_with_a_login_that_nobody_sees)
{
	AUTO(buf_done) struct buf records = { 0 };

	town = (struct town){ .grant = { .protocol = "telnet", .dialect = "cisco-like", .most_opaque = UINT64_MAX } };
	town_begin(&town);
	eng = town_come(&town, &shell);
	eng->on_input = vty;
	eng->on_open = vty_open;
	CHECK(shows("hlr1> "));
	CHECK_U64(eng->secrets.len, 2);
	CHECK_INT(eng->open.kind, EDGE_STREAM);
	town_type(eng, "show subscriber imsi 204081234567890\r");
	CHECK(shows("answer of the register"));
	town_type(eng, "forbidden thing\r");
	CHECK(shows("refused"));
	town_type(eng, "officer decides\r");
	CHECK(shows("waiting for an officer's approval"));
	CHECK(reaches("officer decides"));
	CHECK(!town_has(&eng->input, "forbidden"));
	CHECK(!town_has(&eng->input, "*secret*"));
	town_type(eng, "\x04");
	CHECK(town_run(&town, exited, 8000));
	CHECK_INT(eng->status, 0);
	town_stop(&town);
	check_recorded();
	buf_init(&records, 1 << 20);
	town_records(&town, &records);
	CHECK(town_has(&records, "show subscriber imsi {imsi}"));
	CHECK(!town_has(&records, "204081234567890"));
	CHECK_U64(town_count(&records, "session.refused"), 1);
	CHECK_U64(town_count(&records, "session.command"), 2);
	town_end(&town);
}

/* While evidenced is stopped no byte goes to either side; afterwards everything goes on. */
TEST(nothing_leaves_before_it_is_durable)
{
	town = (struct town){ 0 };
	begin(&shell);
	CHECK(town_run(&town, town_is_open, 8000));
	CHECK(town_output(eng, 0, rd_str("before")) == 0);
	CHECK(shows("before"));
	CHECK(kill(town.log.pid, SIGSTOP) == 0);
	CHECK(town_output(eng, 0, rd_str("secret of the element")) == 0);
	town_type(eng, "typed meanwhile");
	town_wait(&town, 2000);
	CHECK(!town_has(&eng->got, "secret"));
	CHECK_U64(eng->input.len, 0);
	CHECK(kill(town.log.pid, SIGCONT) == 0);
	CHECK(shows("secret of the element"));
	CHECK(reaches("typed meanwhile"));
	town_exit(eng, 0, 0);
	CHECK(town_run(&town, exited, 8000));
	town_stop(&town);
	check_recorded();
	town_end(&town);
}

/* No answer for five seconds: both sides end, he is told, and nothing was delivered. */
TEST(a_silent_record_ends_the_session)
{
	town = (struct town){ 0 };
	begin(&shell);
	CHECK(town_run(&town, town_is_open, 8000));
	CHECK(kill(town.log.pid, SIGSTOP) == 0);
	CHECK(town_output(eng, 0, rd_str("secret of the element")) == 0);
	town_type(eng, "typed meanwhile");
	CHECK(town_run(&town, exited, 7000));
	CHECK(town_has(&eng->got, "cannot be recorded"));
	CHECK(!town_has(&eng->got, "secret"));
	CHECK_U64(eng->input.len, 0);
	CHECK(eng->status != 0);
	CHECK(kill(town.log.pid, SIGCONT) == 0);
	town_end(&town);
}
