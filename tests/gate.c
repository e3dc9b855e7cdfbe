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
#include "os/fd.h"
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

static void records_of(struct buf *out)
{
	town_stop(&town);
	buf_init(out, 8 << 20);
	town_records(&town, out);
}

TEST(a_shell_goes_through_and_is_recorded)
{
	AUTO(buf_done) struct buf records = { 0 };

	town = (struct town){ 0 };
	begin(&shell);
	town.gives_receipt = true;
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
	CHECK(shows("receipt: signed"));
	eng->got.len -= strlen("receipt: signed\r\n"); /* ours, when the record is closed */
	town_stop(&town);
	check_recorded();
	buf_init(&records, 1 << 20);
	town_records(&town, &records);
	CHECK_U64(town_count(&records, "session.opened"), 1);
	CHECK_U64(town_count(&records, "session.closed"), 1);
	CHECK(town_count(&records, "session.segment") >= 2);
	CHECK(town_has(&records, "\"actor\":\"wei.zhang\""));
	/* The hash of the policy, and the number of the closing record, which is the log's last of it. */
	CHECK(town_has(&records, "706f6c6963792d686173682d6f662d7468697274792d74776f2d62797465732e"));
	char closing[64];
	(void)snprintf(closing, sizeof(closing), "\"seq\":%llu,", (unsigned long long)town.closing_seq);
	CHECK(town.closing_seq > 0 && town_count(&records, closing) == 1);
	if (!town_has(&records, "session.closed") || getenv("SLAGBOOM_SHOW"))
		printf("%.*s\n", (int)records.len, (const char *)buf_rd(&records).p);
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
	CHECK(shows("% refused: forbidden thing is bulk-export; your grant has read-config\r\n"));
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
	/* What the policy calls them, by which rule, and what he was told. */
	CHECK(town_has(&records, "\"class\":\"bulk-export\",\"text\":\"forbidden thing\""));
	CHECK(town_has(&records, "\"class\":\"read-config\",\"rule\":\"maintenance\""));
	CHECK(town_has(&records, "your grant has read-config\""));
	town_end(&town);
}

static void hlr_open(struct engineer *e)
{
	CHECK_INT(town_output(e, 0, rd_str("Welcome to the OsmoHLR VTY interface\r\n\r\nOsmoHLR> ")), 0);
}

static void hlr(struct engineer *e, struct rd bytes)
{
	CHECK_INT(town_output(e, 0, bytes), 0);
	CHECK_INT(town_output(e, 0, rd_str("\n% No subscriber\r\nOsmoHLR> ")), 0);
}

/* The editor is the gate's: what reaches the element is the whole command that was judged. */
TEST(an_osmocom_element_gets_canonical_commands)
{
	AUTO(buf_done) struct buf records = { 0 };

	town = (struct town){ .grant = { .protocol = "telnet", .dialect = "osmocom-vty", .most_opaque = UINT64_MAX } };
	struct town_hello h = shell;

	h.login = "wei.zhang+osmo-hlr-1.5.0";
	town_begin(&town);
	eng = town_come(&town, &h);
	eng->on_input = hlr;
	eng->on_open = hlr_open;
	CHECK(shows("OsmoHLR> "));
	town_type(eng, "sho subscrXX\x7f\x7f" "iber ims 901700000000001\r");
	if (!reaches("subscriber imsi 901700000000001"))
		test_fail(__FILE__, __LINE__, "input %.*s, got %.*s", (int)eng->input.len, (const char *)buf_rd(&eng->input).p,
		    (int)eng->got.len, (const char *)buf_rd(&eng->got).p);
	CHECK(shows("No subscriber"));
	town_type(eng, "there is no such thing\r");
	CHECK(shows("no such command here"));
	CHECK_U64(eng->n_judged, 1);
	town_type(eng, "\x04");
	CHECK(town_run(&town, exited, 8000));
	records_of(&records);
	check_recorded();
	CHECK(!town_has(&records, "901700000000001"));
	town_end(&town);
}

static bool forward_closed(struct town *t)
{
	return !eng->out_watch;
}

/* `ssh -L` to an element of lines: the asset is the address that was called. */
TEST(a_forward_ends_in_the_lane_of_its_asset_alone)
{
	AUTO(buf_done) struct buf records = { 0 };

	town = (struct town){ .grant = { .protocol = "telnet", .dialect = "cisco-like", .most_opaque = UINT64_MAX } };
	town_begin(&town);
	eng = town_come(&town, &shell);
	eng->on_open = hlr_open;
	CHECK(town_run(&town, town_is_open, 8000));
	eng = town_forward(&town, "127.1.0.1");
	eng->on_open = hlr_open;
	eng->on_input = hlr;
	CHECK(shows("OsmoHLR> "));
	town_type(eng, "show version\r\n");
	CHECK(reaches("show version"));
	CHECK(shows("No subscriber"));
	CHECK(!town_has(&eng->input, "\xff\xfb")); /* the client's own negotiation ends here */
	town_type(eng, "\x04");
	CHECK(town_run(&town, forward_closed, 8000));
	eng = town_forward(&town, "127.1.0.2");
	CHECK(town_run(&town, forward_closed, 8000));
	CHECK(!eng->opened);
	records_of(&records);
	CHECK(town_has(&records, "\"channel\":\"forward\""));
	town_end(&town);
	town = (struct town){ .grant = { .protocol = "postgres", .dialect = "", .most_opaque = UINT64_MAX } };
	begin(&shell);
	CHECK(town_run(&town, exited, 8000));
	eng = town_forward(&town, "127.1.0.1");
	CHECK(town_run(&town, forward_closed, 8000));
	CHECK(!eng->opened && town_has(&eng->got, "does not speak"));
	town_end(&town);
}

/* A line for a command that ends by itself, as Ansible's. */
TEST(a_command_for_an_element_of_lines_is_typed_for_him)
{
	struct town_hello h = { SESSION_EXEC, false, "wei.zhang", "osmo-hlr-1.5.0  show version", NULL };

	town = (struct town){ .grant = { .protocol = "telnet", .dialect = "osmocom-vty", .most_opaque = UINT64_MAX } };
	town_begin(&town);
	eng = town_come(&town, &h);
	eng->on_input = hlr;
	eng->on_open = hlr_open;
	CHECK(town_run(&town, exited, 8000));
	CHECK_INT(eng->status, 0);
	if (!town_has(&eng->input, "show version") || !town_has(&eng->got, "No subscriber"))
		test_fail(__FILE__, __LINE__, "input %.*s, got %.*s", (int)eng->input.len, (const char *)buf_rd(&eng->input).p,
		    (int)eng->got.len, (const char *)buf_rd(&eng->got).p);
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

static bool is_closed(struct town *t)
{
	return eng->n_closed > 0;
}

/* What the desk gives to others does not have in it what was shown since it was told last. What was
 * not read to its end may count for more. */
TEST(a_record_that_fails_leaves_the_count_of_persons_whole)
{
	town = (struct town){ .grant = { .protocol = "ssh", .dialect = "", .most_clear = 8, .most_opaque = UINT64_MAX } };
	begin(&shell);
	CHECK(town_run(&town, town_is_open, 8000));
	CHECK(town_output(eng, 0, rd_str("welcome\r\n")) == 0);
	CHECK(shows("welcome"));
	CHECK(town_output(eng, 0, rd_str("imsi 204081234567890 \r\nimsi 204081234567891 \r\n")) == 0);
	CHECK(shows("204081234567891"));
	CHECK(kill(town.log.pid, SIGKILL) == 0);
	CHECK(town_run(&town, is_closed, 8000));
	CHECK(eng->counts.persons >= 2);
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
	CHECK(eng->exit_kind == 1 && eng->status == SIGTERM);
	records_of(&records);
	check_recorded();
	buf_init(&frames, 4096);
	town_frames(&town, FRAME_TO_SUPPLIER_STDERR, &frames);
	CHECK_RD(buf_rd(&frames), rd_str("an error\n"));
	CHECK(town_has(&records, "ls /etc") && town_has(&records, "session.command"));
	CHECK(town_has(&records, "a signal ended it on the element: TERM"));
	town_end(&town);
}

/* What comes of a command is read by programs, on a terminal too. */
TEST(a_command_on_a_terminal_shows_no_receipt)
{
	struct town_hello h = { SESSION_EXEC, true, "wei.zhang+hlr1", "ls /etc", NULL };

	town = (struct town){ 0 };
	begin(&h);
	town.gives_receipt = true;
	CHECK(town_run(&town, is_open, 8000));
	CHECK(town_output(eng, 0, rd_str("some output\n")) == 0);
	town_exit(eng, 0, 0);
	CHECK(town_run(&town, exited, 8000));
	town_wait(&town, 100);
	CHECK_RD(buf_rd(&eng->got), rd_str("some output\n"));
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
	CHECK(shows("Nothing is granted yet: say why you come. Ctrl-C leaves.\r\npurpose: "));
	town_type(eng, "\r");
	CHECK(shows("purpose: \r\npurpose: "));
	town_type(eng, "  \r");
	CHECK(shows("purpose:   \r\npurpose: "));
	town_type(eng, "a brokn\x7f\x7f" "ken link\r");
	CHECK(shows("ticket: "));
	town_type(eng, "T-1\r");
	/* Each a line of its own, whether the desk ends it or not. */
	CHECK(shows("Waiting for an approver.\r\n1 of 2.\r\nGranted."));
	CHECK(town_run(&town, is_open, 8000));
	town_type(eng, "uptime\r");
	CHECK(reaches("uptime\r"));
	CHECK_RD(buf_rd(&eng->input), rd_str("uptime\r")); /* and nothing that was for us */
	town_end(&town);
}

static bool typed_it_all(struct town *t)
{
	return eng->input.len == strlen("id\r") + 1000;
}

/* His grant stands, and he does not wait for the element to be there. */
TEST(what_is_typed_ahead_reaches_the_element)
{
	char script[1000];

	for (size_t i = 0; i < sizeof(script); i++)
		script[i] = "uptime -p\r"[i % 10];
	town = (struct town){ 0 };
	begin(&shell);
	town_type(eng, "id\r");
	CHECK(fd_write_all(eng->in, rd_of(script, sizeof(script))) == 0);
	CHECK(reaches("id\ruptime -p\r"));
	CHECK(town_run(&town, typed_it_all, 8000));
	town_stop(&town);
	check_recorded();
	town_end(&town);
}

static bool put(struct buf *b, const char *bytes, size_t n)
{
	return buf_put(b, (const uint8_t *)bytes, n);
}

/* An upload waits until it is whole; what goes on is what was sealed and hashed. */
TEST(an_upload_is_quarantined_sealed_and_recorded)
{
	AUTO(buf_done) struct buf records = { 0 }, frames = { 0 }, keys = { 0 };

	town = (struct town){ 0 };
	exec("scp -t /tmp");
	CHECK(town_run(&town, is_open, 8000));
	CHECK(town_has(&eng->open_body, "scp -t"));
	CHECK(town_output(eng, 0, rd_of("\0", 1)) == 0);
	buf_init(&keys, 64);
	CHECK(put(&keys, "C0644 12 notes\n", 15) && fd_write_all(eng->in, buf_rd(&keys)) == 0);
	town_wait(&town, 200);
	CHECK(fd_write_all(eng->in, rd_of("what is new\n\0", 13)) == 0);
	CHECK(reaches("C0644 12 notes\n"));
	CHECK(town_output(eng, 0, rd_of("\0", 1)) == 0);
	CHECK(reaches("what is new\n"));
	CHECK(town_output(eng, 0, rd_of("\0", 1)) == 0);
	town_half_close(eng);
	town_wait(&town, 100);
	town_exit(eng, 0, 0);
	CHECK(town_run(&town, exited, 8000));
	records_of(&records);
	buf_init(&frames, 1 << 16);
	town_frames(&town, FRAME_FILE, &frames);
	CHECK(town_has(&frames, "what is new\n"));
	CHECK(town_has(&records, "session.file") && town_has(&records, "\"direction\":\"upload\""));
	CHECK(town_has(&records, "\"verdict\":\"passed\""));
	town_end(&town);
}

static size_t n_refusals;

static bool are_refused(struct town *t)
{
	return town_count(&eng->got, "slagboom: refused: ") >= n_refusals;
}

/* Of each the record has its own class and reason, not those of what was judged before. */
TEST(a_refusal_tells_of_itself_alone)
{
	AUTO(buf_done) struct buf records = { 0 };
	AUTO(buf_done) struct buf far = { 0 };
	struct wr w = wr_to(&far);
	char long_name[200], large[64];

	town = (struct town){ 0 };
	n_refusals = 0;
	buf_init(&far, DESK_PATH_MAX);
	wr_str(&w, "scp -rt ");
	while (far.len < DESK_PATH_MAX - 100)
		wr_str(&w, "/as-far-as-one-can-go-and-then-a-step-farther");
	wr_u8(&w, 0);
	CHECK(wr_ok(&w));
	exec((const char *)buf_rd(&far).p);
	CHECK(town_run(&town, is_open, 8000));
	CHECK(town_output(eng, 0, rd_of("\0", 1)) == 0);
	(void)snprintf(long_name, sizeof(long_name), "D0755 0 %0150d\n", 0);
	(void)snprintf(large, sizeof(large), "C0644 %llu notes\n", (unsigned long long)-1 >> 2);
	for (const char *const *say = (const char *const[]){ "C0644 1 forbidden\n", long_name, large, NULL }; *say; say++) {
		town_type(eng, *say);
		n_refusals++;
		CHECK(town_run(&town, are_refused, 8000));
	}
	town_exit(eng, 0, 0);
	CHECK(town_run(&town, exited, 8000));
	records_of(&records);
	CHECK_U64(town_count(&records, "session.refused"), 3);
	CHECK_U64(town_count(&records, "your grant has read-config\""), 1);
	CHECK_U64(town_count(&records, "\"class\":\"make-dir\""), 1);
	CHECK_U64(town_count(&records, "\"class\":\"file\""), 1);
	town_end(&town);
}

TEST(he_leaves_while_he_waits_and_is_told_how_without_a_terminal)
{
	town = (struct town){ .grant = { .protocol = "ssh", .dialect = "", .asks = true, .most_opaque = UINT64_MAX } };
	begin(&shell);
	CHECK(shows("purpose: "));
	town_type(eng, "\x03");
	CHECK(town_run(&town, exited, 8000));
	CHECK(!eng->opened && eng->status == 130);
	CHECK(town.n_left == 1);
	town_end(&town);
	town = (struct town){ .grant = { .protocol = "ssh", .dialect = "", .asks = true, .most_opaque = UINT64_MAX } };
	begin(&shell);
	CHECK(shows("purpose: "));
	town_type(eng, "x\x04\x7f\x04");
	CHECK(town_run(&town, exited, 8000));
	CHECK(!eng->opened && eng->status == 1);
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
	CHECK_U64(eng->counts.persons, 0); /* in the clear */
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
	CHECK_U64(town_count(&records, "\"event\":\"session.exposure\""), 2);
	CHECK(town_has(&records, "\"kinds\":\"imsi 1\"") && town_has(&records, "\"n_clear\":1"));
	CHECK(town_has(&records, "membership-unknown")); /* no tokend answered here */
	town_end(&town);
}

/* What the session's slice does not cover, and the grant does, nobody notices. */
TEST(the_desk_raises_a_slice_by_itself)
{
	AUTO(buf_done) struct buf records = { 0 };

	town = (struct town){ .grant = { .protocol = "ssh", .dialect = "", .most_clear = 1, .most_opaque = 100, .over_answer = 0,
		.all_clear = 3, .all_opaque = 1 << 20, .raises = true } };
	begin(&shell);
	CHECK(town_run(&town, is_open, 8000));
	CHECK(town_output(eng, 0, rd_str("imsi 204081234567890 \r\nimsi 204081234567891 \r\n")) == 0);
	CHECK(shows("204081234567891"));
	/* And what comes last, before the element ends it. */
	CHECK(town_output(eng, 0, rd_str("imsi 204081234567892")) == 0);
	town_exit(eng, 0, 0);
	CHECK(town_run(&town, exited, 8000));
	CHECK(town_has(&eng->got, "204081234567892") && !town_has(&eng->got, "held"));
	CHECK_U64(eng->counts.persons, 3);
	CHECK_U64(eng->n_over, 0);
	CHECK(eng->n_more >= 2);
	records_of(&records);
	CHECK(!town_has(&records, "session.held") && !town_has(&records, "session.resumed"));
	town_end(&town);
}

/* The desk has nothing left for it, as others have it: then it is as at the grant's own end. */
TEST(where_nothing_is_left_an_officer_is_asked)
{
	town = (struct town){ .grant = { .protocol = "ssh", .dialect = "", .most_clear = 1, .most_opaque = UINT64_MAX,
		.over_answer = 0, .all_clear = 3 } };
	begin(&shell);
	CHECK(town_run(&town, is_open, 8000));
	CHECK(town_output(eng, 0, rd_str("imsi 204081234567890 \r\nimsi 204081234567891 \r\n")) == 0);
	CHECK(town_run(&town, exited, 8000));
	CHECK_U64(eng->n_more, 1);
	CHECK_U64(eng->n_over, 1);
	CHECK(!town_has(&eng->got, "204081234567891"));
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

/* A program on a terminal sends the cells that change; no stream of bytes has the second number. */
TEST(a_command_on_a_terminal_is_read_on_its_screen)
{
	static const struct town_hello watch = { SESSION_EXEC, true, "wei.zhang+hlr1", "watch subscriber", NULL };

	town = (struct town){ .grant = { .protocol = "ssh", .dialect = "", .most_clear = 1, .most_opaque = UINT64_MAX,
		.over_answer = -1 } };
	begin(&watch);
	CHECK(town_run(&town, is_open, 8000));
	CHECK_INT(eng->open.kind, EDGE_EXEC);
	CHECK(eng->open.wants_tty);
	CHECK(town_output(eng, 0, rd_str("\033[H\033[Jimsi 204081234567890 \r\n")) == 0);
	CHECK(shows("204081234567890"));
	CHECK(town_output(eng, 0, rd_str("\033[1;20H7\033[2;1H")) == 0);
	CHECK(town_run(&town, was_asked, 8000));
	CHECK(town_has(&eng->over_detail, "more subscribers than granted"));
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

/* He may be quicker than the recording is ready: not a byte passes before he lets it go on. */
TEST(an_officer_holds_what_only_begins)
{
	AUTO(buf_done) struct buf records = { 0 };

	town = (struct town){ .grant = { .protocol = "ssh", .dialect = "", .most_opaque = UINT64_MAX, .holds = true } };
	begin(&shell);
	CHECK(town_run(&town, is_open, 8000));
	CHECK(town_output(eng, 0, rd_str("meanwhile")) == 0);
	town_type(eng, "keys");
	town_wait(&town, 500);
	CHECK(!town_has(&eng->got, "meanwhile"));
	CHECK_U64(eng->input.len, 0);
	order(DESK_HOLD, NULL, "j.devries", 0);
	CHECK(shows("meanwhile") && reaches("keys"));
	town_exit(eng, 0, 0);
	CHECK(town_run(&town, exited, 8000));
	records_of(&records);
	CHECK_U64(town_count(&records, "session.held"), 1);
	CHECK_U64(town_count(&records, "\"by\":\"j.devries\""), 2);
	town_end(&town);
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
	CHECK(town_has(&eng->got, "nothing was typed for too long") && eng->status == 1);
	town_end(&town);
	town = (struct town){ .grant = { .protocol = "ssh", .dialect = "", .most_opaque = UINT64_MAX, .left_ns = NS_PER_S } };
	begin(&shell);
	CHECK(town_run(&town, exited, 3000));
	CHECK(town_has(&eng->got, "the time granted is over") && eng->status == 1);
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

/* --- much, many, slow ------------------------------------------------------------------------------------- */

static uint64_t left; /* bytes that the element still gives */

/* As fast as the gate takes it. */
static void pour(struct engineer *e)
{
	static char line[15000];

	if (line[0] == '\0')
		for (size_t i = 0; i < sizeof(line); i++)
			line[i] = "y\n"[i % 2];
	while (left && e->edge) {
		size_t n = left < sizeof(line) ? (size_t)left : sizeof(line);
		if (town_output(e, 0, rd_of(line, n)) != 0)
			return;
		left -= n;
	}
	if (!left && e->edge && !e->edge_lost) {
		e->on_edge_drained = NULL;
		town_exit(e, 0, 0);
	}
}

/* Kilobytes of a process: what it holds, and the most that it held. */
static void memory(pid_t pid, long *now, long *most)
{
	char path[64], line[256];
	FILE *f;

	(void)snprintf(path, sizeof(path), "/proc/%d/status", pid);
	f = fopen(path, "r");
	CHECK(f);
	*now = *most = 0;
	while (fgets(line, sizeof(line), f)) {
		if (strncmp(line, "VmHWM:", 6) == 0)
			*most = strtol(line + 6, NULL, 10);
		if (strncmp(line, "VmRSS:", 6) == 0)
			*now = strtol(line + 6, NULL, 10);
	}
	(void)fclose(f);
}

static uint64_t env_number(const char *name, uint64_t otherwise)
{
	const char *given = getenv(name);

	return given ? strtoull(given, NULL, 10) : otherwise;
}

#ifdef __has_feature
#if __has_feature(address_sanitizer)
enum { is_sanitized = 1 };
#else
enum { is_sanitized = 0 };
#endif
#else
enum { is_sanitized = 0 };
#endif

/* SLAGBOOM_YES megabytes, as SLAGBOOM_YES=1024. */
TEST(yes_without_end_needs_no_more_memory)
{
	uint64_t total = env_number("SLAGBOOM_YES", 16) << 20, began;
	long now, most;

	town = (struct town){ 0 };
	begin(&shell);
	CHECK(town_run(&town, is_open, 8000));
	town.keeps_nothing = true;
	left = total;
	eng->on_edge_drained = pour;
	began = loop_now_ns(town.loop);
	pour(eng);
	CHECK(town_run(&town, exited, 280000));
	CHECK_U64(eng->n_got, total);
	memory(town.gate.pid, &now, &most);
	printf("%llu MB at %.0f MB/s; the gate held at most %ld MB\n", (unsigned long long)(total >> 20),
	    (double)total / 1e6 / ((double)(loop_now_ns(town.loop) - began) / 1e9), most >> 10);
	CHECK(is_sanitized || most < 64 << 10);
	town_end(&town);
}

/* Who reads nothing stops the element, and his own keys still arrive. */
TEST(a_slow_reader_stops_the_element_alone)
{
	long now, most;

	town = (struct town){ 0 };
	begin(&shell);
	CHECK(town_run(&town, is_open, 8000));
	eng->is_slow = true;
	left = 256ull << 20;
	eng->on_edge_drained = pour;
	pour(eng);
	town_wait(&town, 1500);
	CHECK(left > 200ull << 20);
	town_type(eng, "\x03");
	CHECK(reaches("\x03"));
	memory(town.gate.pid, &now, &most);
	printf("%llu MB waited; the gate held at most %ld MB\n", (unsigned long long)(((256ull << 20) - left) >> 20), most >> 10);
	eng->is_slow = false;
	CHECK(loop_rewatch(town.loop, eng->out_watch, 1) == 0);
	town.keeps_nothing = true;
	left = 1 << 20;
	CHECK(town_run(&town, exited, 30000));
	town_end(&town);
}

static bool all_have(struct town *t)
{
	for (size_t i = 0; i < t->n_engineers; i++)
		if (!town_has(&t->engineer[i].got, wanted))
			return false;
	return true;
}

TEST(twelve_channels_of_one_person)
{
	AUTO(buf_done) struct buf records = { 0 };

	town = (struct town){ 0 };
	town_begin(&town);
	for (int i = 0; i < 12; i++) {
		eng = town_come(&town, &shell);
		eng->on_input = echo;
		CHECK(town_run(&town, town_is_open, 8000));
	}
	for (int i = 0; i < 12; i++)
		town_type(&town.engineer[i], "uptime\r");
	wanted = "uptime\r";
	CHECK(town_run(&town, all_have, 8000));
	for (int i = 0; i < 12; i++)
		town_exit(&town.engineer[i], 0, (uint32_t)i);
	CHECK(town_run(&town, town_is_over, 8000));
	for (int i = 0; i < 12; i++)
		CHECK_INT(town.engineer[i].status, i);
	records_of(&records);
	CHECK_U64(town_count(&records, "session.opened"), 12);
	CHECK_U64(town_count(&records, "session.closed"), 12);
	town_end(&town);
}

static bool watch_ended;
static struct buf watched;

static void on_watched(void *ctx, uint32_t events)
{
	watch_ended |= fd_read(*(int *)ctx, &watched) == 0;
}

static bool watched_it(struct town *t)
{
	return town_has(&watched, "for all eyes");
}

TEST(an_officer_watches_and_a_slow_one_is_dropped)
{
	AUTO(buf_done) struct buf b = { 0 };
	struct loop_watch *w;
	int p[2];

	town = (struct town){ 0 };
	begin(&shell);
	CHECK(town_run(&town, is_open, 8000));
	CHECK(pipe(p) == 0 && fd_set_nonblock(p[0], true) == 0);
	buf_init(&watched, 64 << 20);
	watch_ended = false;
	CHECK(loop_watch(town.loop, p[0], 1, on_watched, &p[0], &w) == 0);
	buf_init(&b, 8);
	struct wr wr = wr_to(&b);
	wr_u32(&wr, eng->n);
	CHECK(ipc_send_fds(town.desk, DESK_WATCH, buf_rd(&b), &p[1], 1) == 0);
	CHECK(town_output(eng, 0, rd_str("for all eyes")) == 0);
	CHECK(town_run(&town, watched_it, 5000));
	CHECK(loop_rewatch(town.loop, w, 0) == 0);
	town.keeps_nothing = true;
	left = 4 << 20;
	eng->on_edge_drained = pour;
	pour(eng);
	CHECK(town_run(&town, exited, 30000)); /* it was not held up */
	CHECK(watched.len < 3 << 20);
	loop_unwatch(town.loop, &w);
	fd_close(&p[0]);
	buf_done(&watched);
	town_end(&town);
}

/* --- hostile programs --------------------------------------------------------------------------------------- */

static bool dropped(struct town *t)
{
	return eng->program_closed || eng->exited;
}

static bool edge_dropped(struct town *t)
{
	return eng->edge_lost;
}

/* What a session program may not say ends its session, and the others go on. */
TEST(a_hostile_session_program_ends_itself_alone)
{
	static const struct { uint16_t type; const char *body; size_t len; } bad[] = {
		{ SESSION_HELLO, "", 0 }, { SESSION_HELLO, "\0\0\0\0\0\0\xff\xff", 8 }, { SESSION_RESIZE, "\0", 1 },
		{ SESSION_RESIZE, "\0\1\0\1\0", 5 }, { SESSION_SIGNAL, "", 0 }, { SESSION_EXIT, "\0\0", 2 }, { 77, "", 0 },
	};
	struct engineer *good;

	town = (struct town){ 0 };
	town_begin(&town);
	good = eng = town_come(&town, &shell);
	CHECK(town_run(&town, is_open, 8000));
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		eng = town_come(&town, &shell);
		CHECK(town_run(&town, is_open, 8000));
		CHECK(ipc_send(eng->program, bad[i].type, rd_of(bad[i].body, bad[i].len)) == 0);
		CHECK(town_run(&town, dropped, 8000));
		CHECK(town_run(&town, edge_dropped, 8000));
	}
	eng = good;
	good->on_input = echo;
	town_type(good, "still here");
	CHECK(shows("still here"));
	CHECK(!town.gate_lost);
	town_end(&town);
}

TEST(a_signal_without_a_name_in_ssh_is_as_no_word)
{
	static const uint32_t unknown[] = { 0, SIGSTOP, SIGSYS, 256 + SIGTERM, UINT32_MAX };
	AUTO(buf_done) struct buf records = { 0 };

	for (size_t i = 0; i < ARRAY_LEN(unknown); i++) {
		town = (struct town){ 0 };
		exec("ls /etc");
		CHECK(town_run(&town, is_open, 8000));
		town_exit(eng, 1, unknown[i]);
		CHECK(town_run(&town, exited, 8000));
		CHECK(eng->exit_kind == 0 && eng->status == 255);
		records_of(&records);
		CHECK(town_has(&records, "a signal ended it on the element: one without a name in SSH"));
		town_end(&town);
	}
}

TEST(a_hostile_edge_ends_its_session_alone)
{
	static const struct { uint16_t type; const char *body; size_t len; } bad[] = {
		{ EDGE_READY, "\0\0\0", 3 }, { EDGE_FAILED, "\xff\0\0", 3 }, { EDGE_FAILED, "\0\xff\xff", 3 },
		{ EDGE_OUTPUT, "\2x", 2 }, { EDGE_OUTPUT, "", 0 }, { EDGE_OUTPUT_END, "\2", 1 }, { EDGE_OUTPUT_END, "", 0 },
		{ EDGE_EXIT, "\2\0\0\0\0", 5 }, { EDGE_EXIT, "\0\0", 2 }, { EDGE_OPEN, "", 0 }, { 99, "", 0 },
	};
	struct engineer *good;

	town = (struct town){ 0 };
	town_begin(&town);
	good = eng = town_come(&town, &shell);
	CHECK(town_run(&town, is_open, 8000));
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		eng = town_come(&town, &shell);
		CHECK(town_run(&town, is_open, 8000));
		CHECK(ipc_send(eng->edge, bad[i].type, rd_of(bad[i].body, bad[i].len)) == 0);
		CHECK(town_run(&town, exited, 8000));
		CHECK(eng->status != 0);
	}
	eng = good;
	good->on_input = echo;
	town_type(good, "still here");
	CHECK(shows("still here"));
	town_end(&town);
}

TEST(another_name_in_the_same_room_is_refused)
{
	struct town_hello h = shell;

	town = (struct town){ 0 };
	begin(&shell);
	CHECK(town_run(&town, is_open, 8000));
	h.login = "somebody.else+hlr1";
	eng = town_come(&town, &h);
	CHECK(town_run(&town, exited, 8000));
	CHECK(!eng->opened && eng->status != 0);
	town_end(&town);
}

/* --- the record fails ------------------------------------------------------------------------------------------- */

static bool gone_or_exited(struct town *t)
{
	return eng->exited || eng->program_closed;
}

/* Output and keys all the while, evidenced killed at a random moment: what was delivered is
 * in the recording. SLAGBOOM_KILLS says how often. */
static void kill_once(unsigned i)
{
	uint64_t after = test_below(60);

	town = (struct town){ 0 };
	begin(&shell);
	eng->on_input = echo;
	CHECK(town_run(&town, is_open, 8000));
	left = 512ull << 20;
	eng->on_edge_drained = pour;
	pour(eng);
	for (int k = 0; k < 4; k++) {
		town_type(eng, "keys keys keys ");
		town_wait(&town, (unsigned)(1 + after / 4));
	}
	CHECK(kill(town.log.pid, SIGKILL) == 0);
	CHECK(town_run(&town, gone_or_exited, 8000));
	CHECK(town_has(&eng->got, "cannot be recorded") || eng->program_closed);
	/* The text of ours at the end is the only thing that no recording has. */
	eng->got.len -= eng->got.len > 400 ? 400 : eng->got.len;
	check_recorded();
	town_end(&town);
}

TEST(killing_evidenced_leaves_nothing_delivered_unrecorded)
{
	uint64_t n = env_number("SLAGBOOM_KILLS", 8);

	for (unsigned i = 0; i < n; i++)
		kill_once(i);
}

/* The same with the gate: what it had delivered was in the recording before. */
TEST(killing_the_gate_leaves_nothing_delivered_unrecorded)
{
	uint64_t n = env_number("SLAGBOOM_KILLS", 8);

	for (unsigned i = 0; i < n; i++) {
		town = (struct town){ 0 };
		begin(&shell);
		eng->on_input = echo;
		CHECK(town_run(&town, is_open, 8000));
		left = 512ull << 20;
		eng->on_edge_drained = pour;
		pour(eng);
		town_type(eng, "keys");
		town_wait(&town, (unsigned)(1 + test_below(60)));
		CHECK(kill(town.gate.pid, SIGKILL) == 0);
		CHECK(town_run(&town, gone_or_exited, 8000));
		town_wait(&town, 50);
		check_recorded();
		town_end(&town);
	}
}
