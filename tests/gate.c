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

/* --- what both sides may do ---------------------------------------------------------------------- */

static void exec(const char *command)
{
	struct town_hello h = { SESSION_EXEC, false, "wei.zhang+hlr1", command, NULL };

	begin(&h);
}

static bool is_open(struct town *t)
{
	return eng->opened;
}

static bool input_ended(struct town *t)
{
	return eng->input_ended;
}

static void records_of(struct buf *out)
{
	town_stop(&town);
	buf_init(out, 8 << 20);
	town_records(&town, out);
}

TEST(a_command_with_its_errors_apart_and_its_status)
{
	AUTO(buf_done) struct buf records = { 0 }, frames = { 0 };

	town = (struct town){ 0 };
	exec("ls /etc");
	CHECK(town_run(&town, is_open, 8000));
	CHECK_INT(eng->open.kind, EDGE_EXEC);
	CHECK_RD(eng->open.command, rd_str("ls /etc"));
	CHECK(!eng->open.wants_tty);
	CHECK(town_output(eng, 1, rd_str("an error\n")) == 0);
	CHECK(town_output(eng, 0, rd_str("some output\n")) == 0);
	CHECK(shows("some output\n") && shows("an error\n"));
	CHECK(!town_has(&eng->got, "error") && !town_has(&eng->got_err, "output"));
	town_type(eng, "to the command");
	CHECK(reaches("to the command"));
	town_half_close(eng);
	CHECK(town_run(&town, input_ended, 8000));
	CHECK(town_output(eng, 0, rd_str("after the half-close\n")) == 0);
	town_exit(eng, 1, 15);
	CHECK(town_run(&town, exited, 8000));
	CHECK(town_has(&eng->got, "after the half-close\n"));
	CHECK_INT(eng->status, 128 + 15);
	records_of(&records);
	check_recorded();
	buf_init(&frames, 4096);
	town_frames(&town, FRAME_TO_SUPPLIER_STDERR, &frames);
	CHECK_RD(buf_rd(&frames), rd_str("an error\n"));
	CHECK(town_has(&records, "ls /etc") && town_has(&records, "session.command"));
	town_end(&town);
}

TEST(a_refused_command_never_reaches_the_element)
{
	AUTO(buf_done) struct buf records = { 0 };

	town = (struct town){ 0 };
	exec("forbidden --all");
	CHECK(town_run(&town, exited, 8000));
	CHECK(!eng->opened && eng->input.len == 0 && eng->status != 0);
	CHECK(town_has(&eng->got_err, "refused"));
	records_of(&records);
	CHECK(town_has(&records, "session.refused") && !town_has(&records, "session.command"));
	town_end(&town);
}

TEST(resize_and_signal_reach_the_element)
{
	static const uint8_t window[] = { 0, 132, 0, 43 }, term[] = { SIGTERM };

	town = (struct town){ 0 };
	begin(&shell);
	CHECK(town_run(&town, is_open, 8000));
	CHECK(ipc_send(eng->program, SESSION_RESIZE, rd_of(window, 4)) == 0);
	CHECK(ipc_send(eng->program, SESSION_SIGNAL, rd_of(term, 1)) == 0);
	town_type(eng, "x");
	CHECK(reaches("x"));
	CHECK_U64(eng->resized, 132 << 16 | 43);
	CHECK_INT(eng->signal, SIGTERM);
	town_end(&town);
}

TEST(he_is_asked_for_his_purpose_and_waits)
{
	town = (struct town){ .grant = { .protocol = "ssh", .dialect = "", .asks = true, .most_opaque = UINT64_MAX } };
	begin(&shell);
	CHECK(shows("purpose: "));
	town_type(eng, "a brokn\x7f\x7f" "ken link\r");
	CHECK(shows("ticket: "));
	town_type(eng, "T-1\r");
	CHECK(shows("Waiting for an approver."));
	CHECK(town_run(&town, is_open, 8000));
	town_end(&town);
}

TEST(he_leaves_while_he_waits_and_is_told_how_without_a_terminal)
{
	town = (struct town){ .grant = { .protocol = "ssh", .dialect = "", .asks = true, .most_opaque = UINT64_MAX } };
	begin(&shell);
	CHECK(shows("purpose: "));
	town_type(eng, "\x03");
	CHECK(town_run(&town, exited, 8000));
	CHECK(!eng->opened && eng->status != 0);
	town_end(&town);
	exec("uptime");
	CHECK(town_run(&town, exited, 8000));
	CHECK(town_has(&eng->got_err, "SLAGBOOM_PURPOSE="));
	CHECK(!eng->opened && eng->status != 0);
	town_end(&town);
}

TEST(a_list_without_an_asset_and_a_refusal)
{
	struct town_hello h = { SESSION_SHELL, true, "wei.zhang", "", NULL };

	town = (struct town){ 0 };
	begin(&h);
	CHECK(town_run(&town, exited, 8000));
	CHECK(town_has(&eng->got, "the subscriber register"));
	CHECK_INT(eng->status, 0);
	town_end(&town);
	town = (struct town){ .grant = { .protocol = "ssh", .dialect = "", .refuses = true } };
	begin(&shell);
	CHECK(town_run(&town, exited, 8000));
	CHECK(town_has(&eng->got, "No rule lets you cross"));
	CHECK(eng->status != 0);
	town_end(&town);
}

/* --- the inspector -------------------------------------------------------------------------------- */

TEST(identifiers_are_masked_and_the_raw_bytes_are_in_the_recording)
{
	AUTO(buf_done) struct buf frames = { 0 };

	town = (struct town){ .grant = { .protocol = "ssh", .dialect = "", .mask = true, .most_opaque = UINT64_MAX } };
	begin(&shell);
	CHECK(town_run(&town, is_open, 8000));
	CHECK(town_output(eng, 0, rd_str("imsi 204081234567890 is here\r\n")) == 0);
	CHECK(shows("is here"));
	CHECK(!town_has(&eng->got, "204081234567890"));
	town_exit(eng, 0, 0);
	CHECK(town_run(&town, exited, 8000));
	CHECK_U64(eng->counts.persons, 1);
	town_stop(&town);
	check_recorded();
	buf_init(&frames, 1 << 20);
	town_frames(&town, FRAME_WITHHELD, &frames);
	CHECK(town_has(&frames, "204081234567890"));
	town_end(&town);
}

static bool was_asked(struct town *t)
{
	return eng->n_over > 0;
}

static void over_the_ceiling(int answer)
{
	town = (struct town){ .grant = { .protocol = "ssh", .dialect = "", .most_clear = 1, .most_opaque = UINT64_MAX,
		.over_answer = answer, .over_persons = 10, .over_opaque = UINT64_MAX } };
	begin(&shell);
	CHECK(town_run(&town, is_open, 8000));
	CHECK(town_output(eng, 0, rd_str("imsi 204081234567890 \r\n")) == 0);
	CHECK(shows("204081234567890"));
	CHECK(town_output(eng, 0, rd_str("imsi 204081234567891 \r\n")) == 0);
	CHECK(town_run(&town, was_asked, 8000));
	CHECK(town_has(&eng->over_detail, "more subscribers than granted"));
}

TEST(the_ceiling_holds_until_an_officer_answers)
{
	AUTO(buf_done) struct buf records = { 0 };

	over_the_ceiling(1);
	CHECK(shows("204081234567891"));
	CHECK(town_has(&eng->got, "held:"));
	CHECK(town_output(eng, 0, rd_str("and on\r\n")) == 0);
	CHECK(shows("and on"));
	town_exit(eng, 0, 0);
	CHECK(town_run(&town, exited, 8000));
	CHECK_U64(eng->counts.persons, 2);
	records_of(&records);
	CHECK(town_has(&records, "session.held") && town_has(&records, "session.resumed"));
	town_end(&town);
}

TEST(what_an_officer_denies_is_not_shown)
{
	AUTO(buf_done) struct buf frames = { 0 };

	over_the_ceiling(0);
	CHECK(town_run(&town, exited, 8000));
	CHECK(!town_has(&eng->got, "204081234567891"));
	town_stop(&town);
	check_recorded();
	buf_init(&frames, 1 << 20);
	town_frames(&town, FRAME_WITHHELD, &frames);
	CHECK(town_has(&frames, "204081234567891"));
	town_end(&town);
}

TEST(while_nobody_answers_nothing_more_is_shown)
{
	over_the_ceiling(-1);
	CHECK(town_output(eng, 0, rd_str("after the hold\r\n")) == 0);
	town_exit(eng, 0, 0);
	town_wait(&town, 1000);
	CHECK(!eng->exited);
	CHECK(!town_has(&eng->got, "204081234567891") && !town_has(&eng->got, "after the hold"));
	town_end(&town);
}

/* --- officers ------------------------------------------------------------------------------------------ */

static void order(uint16_t type, const char *why, const char *by, int hold)
{
	AUTO(buf_done) struct buf b = { 0 };

	buf_init(&b, 512);
	struct wr w = wr_to(&b);
	wr_u32(&w, eng->n);
	if (hold >= 0)
		wr_u8(&w, (uint8_t)hold);
	if (why)
		wr_part16(&w, rd_str(why));
	wr_part16(&w, rd_str(by));
	town_to_gate(&town, type, buf_rd(&b));
}

TEST(an_officer_holds_and_ends)
{
	AUTO(buf_done) struct buf records = { 0 };

	town = (struct town){ 0 };
	begin(&shell);
	CHECK(town_run(&town, is_open, 8000));
	order(DESK_HOLD, NULL, "j.devries", 1);
	CHECK(shows("held by an officer"));
	CHECK(town_output(eng, 0, rd_str("meanwhile")) == 0);
	town_type(eng, "keys");
	town_wait(&town, 500);
	CHECK(!town_has(&eng->got, "meanwhile"));
	CHECK_U64(eng->input.len, 0);
	order(DESK_HOLD, NULL, "j.devries", 0);
	CHECK(shows("meanwhile") && reaches("keys"));
	order(DESK_END, "wrong element", "j.devries", -1);
	CHECK(town_run(&town, exited, 1000));
	CHECK(town_has(&eng->got, "wrong element"));
	CHECK(eng->closed || eng->edge_lost);
	records_of(&records);
	CHECK(town_has(&records, "\"by\":\"j.devries\""));
	town_end(&town);
}

TEST(time_ends_a_session)
{
	town = (struct town){ .grant = { .protocol = "ssh", .dialect = "", .most_opaque = UINT64_MAX, .idle_ns = NS_PER_S } };
	begin(&shell);
	CHECK(town_run(&town, exited, 3000));
	CHECK(town_has(&eng->got, "nothing was typed for too long"));
	town_end(&town);
	town = (struct town){ .grant = { .protocol = "ssh", .dialect = "", .most_opaque = UINT64_MAX, .left_ns = NS_PER_S } };
	begin(&shell);
	CHECK(town_run(&town, exited, 3000));
	CHECK(town_has(&eng->got, "the grant's time is over"));
	town_end(&town);
}

TEST(a_desk_that_does_not_answer_ends_the_session)
{
	town = (struct town){ 0 };
	exec("unanswered question");
	CHECK(town_run(&town, exited, 8000));
	CHECK(!eng->opened && eng->status != 0);
	town_end(&town);
}

TEST(an_edge_that_goes_is_told)
{
	town = (struct town){ 0 };
	begin(&shell);
	CHECK(town_run(&town, is_open, 8000));
	ipc_free(&eng->edge);
	CHECK(town_run(&town, exited, 3000));
	CHECK(town_has(&eng->got, "the element closed the connection"));
	town_end(&town);
}
