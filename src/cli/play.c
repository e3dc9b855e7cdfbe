/*
 * Is:        `slagboom play`: a recording shown again, at its own pace or as text, or
 *            exported as asciicast v2.
 * Is not:    a terminal: what was recorded goes through inspect/tame.h, so nothing in it
 *            reaches the terminal of whoever looks but text, colours and movement.
 * Called by: slagboom.c.
 * Owns:      nothing.
 * Trust:     the recording is hostile; the keys are the keepers'.
 */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/ascii.h"
#include "base/json.h"
#include "base/text.h"
#include "base/timefmt.h"
#include "cli/command.h"
#include "cli/commands.h"
#include "cli/desk_client.h"
#include "cli/log_source.h"
#include "cli/playback.h"
#include "crypto/start.h"
#include "inspect/strip.h"
#include "inspect/tame.h"
#include "os/fd.h"

/* A pause is shown as no longer than this. */
#define PAUSE_MAX_US 2000000u
enum { PART = 4096, LINE_MAX_LEN = (PART + STRIP_TAIL_MAX) * STRIP_GROWTH, COLS = 80, ROWS = 24 };

enum form { FORM_LIVE, FORM_TEXT, FORM_CAST, FORM_RAW };

struct player {
	enum form form;
	unsigned speed;
	uint64_t last_us;
	struct tame tame;
	struct strip strip;
	struct traced text, aside;
	struct buf out;  /* what is about to be written */
	bool has_header; /* of an asciicast */
	uint16_t cols, rows;
	bool failed;     /* standard output is gone */
};

static bool is_to_supplier(uint8_t kind)
{
	return kind == FRAME_TO_SUPPLIER || kind == FRAME_TO_SUPPLIER_STDERR;
}

static void flush(struct player *x)
{
	if (fd_write_all(STDOUT_FILENO, buf_rd(&x->out)) < 0)
		x->failed = true;
	buf_reset(&x->out);
}

static void wait_until(struct player *x, uint64_t time_us)
{
	uint64_t us = time_us > x->last_us ? time_us - x->last_us : 0;

	x->last_us = time_us;
	us = (us < PAUSE_MAX_US ? us : PAUSE_MAX_US) / x->speed;
	struct timespec t = { .tv_sec = (time_t)(us / 1000000), .tv_nsec = (long)(us % 1000000 * 1000) };
	if (us && nanosleep(&t, NULL) < 0)
		x->failed = errno != EINTR;
}

/* Live: as it was seen, within what may reach this terminal. */
static void show_live(struct player *x, const struct frame *f)
{
	struct rd rest = f->bytes, part;

	wait_until(x, f->time_us);
	if (!is_to_supplier(f->kind))
		return;
	while (rest.len && rd_take(&rest, rest.len < PART ? rest.len : PART, &part)) {
		if (!tame_put(&x->tame, part, &x->out))
			x->failed = true;
		flush(x);
	}
}

/* Text: lines without escapes, each correction on a line of its own, so that nothing that
 * was shown is overwritten. */
static void drain_text(struct player *x)
{
	/* tame once more: strip keeps the contents of text, not its intentions. */
	struct rd rest = buf_rd(&x->text.text), part;

	while (rest.len && rd_take(&rest, rest.len < PART ? rest.len : PART, &part)) {
		if (!tame_put(&x->tame, part, &x->out))
			x->failed = true;
		flush(x);
	}
	traced_reset(&x->text);
	traced_reset(&x->aside);
	strip_settle(&x->strip, NULL, 0);
}

static void say(struct player *x, uint64_t time_us, const char *what, struct rd text)
{
	struct wr w = wr_to(&x->out);
	struct tame t;

	strip_flush(&x->strip, &x->text);
	drain_text(x);
	wr_text(&w, "\n-- %llu.%03u s: %s", (unsigned long long)(time_us / 1000000), (unsigned)(time_us % 1000000 / 1000), what);
	tame_init(&t);
	if (!tame_put(&t, text, &x->out))
		x->failed = true;
	wr_str(&w, "\n");
	flush(x);
}

/* Some notes are what the gate told its edge, in their own form. */
static bool is_plain(struct rd text)
{
	uint8_t c;

	if (text.len == 0 || !text_is_utf8(text))
		return false;
	while (rd_u8(&text, &c))
		if (c < ' ' && c != '\n')
			return false;
	return true;
}

static void show_text(struct player *x, const struct frame *f)
{
	struct rd rest = f->bytes, part;

	if (f->kind == FRAME_NOTE && f->bytes.len <= PART && is_plain(f->bytes))
		say(x, f->time_us, "", f->bytes);
	else if (f->kind == FRAME_WITHHELD || f->kind == FRAME_WITHHELD_FROM_SUPPLIER)
		say(x, f->time_us, f->kind == FRAME_WITHHELD ? "output of the element was withheld here"
		    : "input to the element was withheld here", rd_of(NULL, 0));
	if (!is_to_supplier(f->kind))
		return;
	while (rest.len && rd_take(&rest, rest.len < PART ? rest.len : PART, &part)) {
		strip_put(&x->strip, part, 0, &x->text, &x->aside);
		drain_text(x);
	}
}

/* asciicast v2 (docs.asciinema.org): a header, then [seconds, code, text] a line. */
static void cast_header(struct player *x)
{
	struct wr w = wr_to(&x->out);

	if (x->has_header)
		return;
	x->has_header = true;
	wr_text(&w, "{\"version\":2,\"width\":%u,\"height\":%u}\n", x->cols, x->rows);
}

static void cast_line(struct player *x, const struct frame *f, char code, struct rd text)
{
	struct wr w = wr_to(&x->out);
	struct json j;

	if (text.len == 0)
		return;
	cast_header(x);
	wr_text(&w, "[%llu.%06u,\"%c\",", (unsigned long long)(f->time_us / 1000000), (unsigned)(f->time_us % 1000000), code);
	json_init(&j, &x->out);
	json_text(&j, text);
	if (!json_ok(&j))
		x->failed = true;
	wr_str(&w, "]\n");
	flush(x);
}

static void cast_resize(struct player *x, const struct frame *f)
{
	AUTO(buf_done) struct buf b = { 0 };
	struct rd r = f->bytes;
	uint16_t cols, rows;

	if (!rd_u16(&r, &cols) || !rd_u16(&r, &rows) || r.len)
		return;
	if (!x->has_header) {
		x->cols = cols;
		x->rows = rows;
		return;
	}
	buf_init(&b, 32);
	struct wr w = wr_to(&b);
	wr_text(&w, "%ux%u", cols, rows);
	cast_line(x, f, 'r', buf_rd(&b));
}

static void show_cast(struct player *x, const struct frame *f)
{
	AUTO(buf_done) struct buf tamed = { 0 };
	struct rd rest = f->bytes, part;

	if (f->kind == FRAME_RESIZE)
		cast_resize(x, f);
	buf_init(&tamed, PART * TAME_GROWTH);
	while (is_to_supplier(f->kind) && rest.len && rd_take(&rest, rest.len < PART ? rest.len : PART, &part)) {
		buf_reset(&tamed);
		if (!tame_put(&x->tame, part, &tamed))
			x->failed = true;
		cast_line(x, f, 'o', buf_rd(&tamed));
	}
}

static bool on_frame(void *ctx, const struct frame *f)
{
	struct player *x = ctx;

	switch (x->form) {
	case FORM_LIVE:
		show_live(x, f);
		break;
	case FORM_TEXT:
		show_text(x, f);
		break;
	case FORM_CAST:
		show_cast(x, f);
		break;
	case FORM_RAW:
		if (is_to_supplier(f->kind) && fd_write_all(STDOUT_FILENO, f->bytes) < 0)
			x->failed = true;
		break;
	}
	return !x->failed;
}

static void finish(struct player *x)
{
	struct wr w = wr_to(&x->out);

	if (x->form == FORM_TEXT) {
		strip_flush(&x->strip, &x->text);
		drain_text(x);
	} else if (x->form == FORM_CAST) {
		cast_header(x);
	} else if (x->form == FORM_LIVE) {
		wr_str(&w, TAME_END "\r\n");
	}
	flush(x);
}

/* --- by a session's number ------------------------------------------------------------------------- */

static bool is_session_number(const char *text)
{
	struct rd r = rd_str(text);
	uint8_t c;

	if (r.len < 6 || r.len > 2 * (size_t)RECORD_ID_LEN)
		return false;
	while (rd_u8(&r, &c))
		if (!(is_digit(c) || (c >= 'a' && c <= 'f')))
			return false;
	return access(text, F_OK) != 0;
}

/* The desk records who, which and why, and only then says where. */
static int ask_desk(const struct args *a, struct desk_answer *answer)
{
	const char *arg[] = { a->operand[0], args_option(a, "--why") };
	int r;

	if (!arg[1]) {
		command_complain(a, "--why TEXT", "the record is owed a reason");
		return EXIT_USAGE;
	}
	r = desk_ask(a, VERB_PLAY, arg, ARRAY_LEN(arg), rd_of(NULL, 0), answer);
	if (r == EXIT_OK && answer->status != OFFICER_DONE) {
		command_complain(a, NULL, "%.*s", (int)answer->text.len, (const char *)buf_rd(&answer->text).p);
		r = EXIT_FAILED;
	}
	return r;
}

static int find_recording(const struct args *a, struct buf *out)
{
	AUTO(log_source_done) struct log_source s = { .disk = { .dirfd = -1 } };
	AUTO(desk_answer_done) struct desk_answer answer = { .fd = -1 };
	AUTO(buf_done) struct buf session = { 0 }, log = { 0 };
	struct log_session said;
	int r = ask_desk(a, &answer);

	if (r != EXIT_OK)
		return r;
	buf_init(&session, 64);
	buf_init(&log, 32);
	if (!desk_member(answer.result, "session", &session) || !desk_member(answer.result, "log", &log) || !buf_put_u8(&log, 0))
		return EXIT_FAILED;
	r = log_source_open(&s, a, (const char *)buf_rd(&log).p, NULL);
	if (r == EXIT_OK)
		r = log_source_session(&s, buf_rd(&session), &said);
	if (r)
		return r;
	struct wr w = wr_to(out);
	wr_str(&w, args_state_dir(a));
	wr_str(&w, "/evidence-");
	wr_str(&w, (const char *)buf_rd(&log).p);
	wr_str(&w, "/recordings/");
	wr_hex(&w, rd_of(said.recording, sizeof(said.recording)));
	wr_u8(&w, 0);
	return wr_ok(&w) ? EXIT_OK : EXIT_FAILED;
}

static int play(const struct args *a, struct player *x)
{
	AUTO(playback_done) struct playback p = { .dir = -1 };
	AUTO(buf_done) struct buf path = { 0 };
	const char *from = a->operand[0];
	int r;

	if (is_session_number(from)) {
		buf_init(&path, PATH_MAX);
		r = find_recording(a, &path);
		if (r != EXIT_OK)
			return r;
		from = (const char *)buf_rd(&path).p;
	}
	r = playback_open(&p, from, a->many, a->n_many);

	if (r == 0 && x->form == FORM_LIVE)
		(void)fprintf(stderr, "opened by %s and %s; Ctrl-C ends it\n", p.keepers[0], p.keepers[1]);
	if (r == 0)
		r = playback_run(&p, on_frame, x);
	finish(x);
	if (r < 0) {
		command_complain(a, "slagboom-verify --recordings", "%s", p.why[0] ? p.why : strerror(-r));
		return EXIT_FAILED;
	}
	if (r == 1)
		command_complain(a, NULL, "standard output was closed before the end");
	return r == 0 ? EXIT_OK : EXIT_FAILED;
}

/* EXIT_OK, or the exit code of a complaint. */
static int choose(const struct args *a, struct player *x)
{
	const char *speed = args_option(a, "--speed");
	bool text = args_has(a, "--text"), cast = args_has(a, "--asciicast"), raw = args_has(a, "--raw");
	uint64_t n = 1;

	if (text + cast + raw > 1) {
		command_complain(a, NULL, "--text, --asciicast and --raw are three forms: choose one");
		return EXIT_USAGE;
	}
	if (speed && (!text_u64(rd_str(speed), &n) || n == 0 || n > 1000)) {
		command_complain(a, NULL, "--speed is a whole number from 1 to 1000, not \"%s\"", speed);
		return EXIT_USAGE;
	}
	if (raw && isatty(STDOUT_FILENO)) {
		command_complain(a, "slagboom play ... --raw > FILE", "raw bytes do not go to a terminal: they could take it over");
		return EXIT_USAGE;
	}
	x->speed = (unsigned)n;
	x->form = text ? FORM_TEXT : cast ? FORM_CAST : raw ? FORM_RAW : isatty(STDOUT_FILENO) ? FORM_LIVE : FORM_TEXT;
	return EXIT_OK;
}

static int run(const struct args *a)
{
	struct player x = { .cols = COLS, .rows = ROWS };
	int r = choose(a, &x);

	if (r != EXIT_OK)
		return r;
	crypto_start();
	tame_init(&x.tame);
	strip_init(&x.strip);
	traced_init(&x.text, LINE_MAX_LEN, false);
	traced_init(&x.aside, LINE_MAX_LEN, false);
	buf_init(&x.out, 2 * PART * TAME_GROWTH);
	r = play(a, &x);
	traced_done(&x.text);
	traced_done(&x.aside);
	buf_done(&x.out);
	return r;
}

const struct command command_play = {
	.name = "play",
	.operands = "SESSION",
	.operands_min = 1,
	.operands_max = 1,
	.summary = "show a recording again, with the keys of two keepers",
	.description = "SESSION is the number of a session, or its first six digits or more: the desk records who plays it and "
		       "why, and then it is opened. Or it is a directory of `recordings` below the evidence, or a copy of one: "
		       "whoever holds that needs no desk, and leaves no record. Nobody opens either alone; give the age identity "
		       "files of two different keepers.\n\n"
		       "In a terminal it plays at its own pace, with pauses cut to two seconds. Into a file or pipe it is "
		       "text: each line as it was shown, and corrections on lines of their own. What a recording holds was "
		       "written by somebody who may have meant it for whoever looks: escape sequences that set titles or "
		       "the clipboard, ask the terminal for an answer, or turn the direction of text never come out, in any "
		       "form but --raw, which refuses to write to a terminal.\n\n"
		       "Whether the recording is the one that was recorded, slagboom-verify says, without any key.",
	.examples = "  slagboom play 3f9a2c --as auditor.key --why 'complaint 12' \\\n"
		    "      --key ann.key --key ben.key\n"
		    "  slagboom play recordings/00112233445566778899aabbccddeeff \\\n"
		    "      --key ann.key --key ben.key\n"
		    "  slagboom play DIR --key ann.key --key ben.key --asciicast > session.cast",
	.option = { { "--key", "FILE", "a keeper's age identity file; twice", .repeats = true }, OPTION_DIR,
	    { "--as", "FILE", "an officer's private key, or the public one when an agent holds it: proves who plays it" },
	    { "--why", "TEXT", "why it is played, one line; it goes into the record" },
	    { "--speed", "N", "N times as fast as it was" },
	    { "--text", NULL, "lines of text without escapes" },
	    { "--asciicast", NULL, "asciicast v2, for asciinema's players" },
	    { "--raw", NULL, "the bytes as they were sent" } },
	.run = run,
};
