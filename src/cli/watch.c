/*
 * Is:        `slagboom watch`: what an engineer sees, while he sees it.
 * Is not:    a recording (play.c), and not a way to type.
 * Called by: slagboom.c.
 * Owns:      the descriptor that the desk gives.
 * Trust:     what comes is hostile: it goes through inspect/tame.h, so nothing in it reaches
 *            this terminal but text, colours and movement.
 */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <unistd.h>

#include "cli/command.h"
#include "cli/commands.h"
#include "cli/desk_client.h"
#include "evidence/recording.h"
#include "inspect/tame.h"
#include "os/fd.h"

enum { FRAME_HEAD = 5, FRAME_LEN_MAX = 1 << 20, PART = 4096 };

struct watcher { struct buf in, out; struct tame tame; bool failed; };

static bool is_shown(uint8_t kind)
{
	return kind == FRAME_TO_SUPPLIER || kind == FRAME_TO_SUPPLIER_STDERR;
}

static void show(struct watcher *w, struct rd bytes)
{
	struct rd part;

	while (bytes.len && rd_take(&bytes, bytes.len < PART ? bytes.len : PART, &part)) {
		if (!tame_put(&w->tame, part, &w->out) || fd_write_all(STDOUT_FILENO, buf_rd(&w->out)) < 0)
			w->failed = true;
		buf_reset(&w->out);
	}
}

/* Whole frames: u8 kind, u32 length, bytes. */
static void take_frames(struct watcher *w)
{
	struct rd all = buf_rd(&w->in), bytes;
	size_t before = all.len;
	uint8_t kind;

	for (;;) {
		struct rd r = all;
		if (!rd_u8(&r, &kind) || !rd_part32(&r, FRAME_LEN_MAX, &bytes))
			break;
		if (is_shown(kind))
			show(w, bytes);
		all = r;
	}
	buf_drop(&w->in, before - all.len);
}

static int follow(const struct args *a, int fd)
{
	struct watcher w = { .failed = false };
	struct pollfd p = { .fd = fd, .events = POLLIN };
	ssize_t n = 1;

	buf_init(&w.in, FRAME_HEAD + FRAME_LEN_MAX);
	buf_init(&w.out, (size_t)PART * TAME_GROWTH);
	tame_init(&w.tame);
	while (n > 0 && !w.failed) {
		if (poll(&p, 1, -1) < 0 && errno != EINTR)
			break;
		n = fd_read(fd, &w.in);
		take_frames(&w);
		if (n == -EAGAIN)
			n = 1;
	}
	buf_done(&w.in);
	buf_done(&w.out);
	(void)printf("%s\n", TAME_END);
	if (n == -ENOBUFS) {
		command_complain(a, NULL, "the gate sent what is no frame; watching ended");
		return EXIT_FAILED;
	}
	return EXIT_OK;
}

static int run(const struct args *a)
{
	AUTO(desk_answer_done) struct desk_answer answer = { .fd = -1 };
	const char *arg[] = { a->operand[0] };
	int r = desk_ask(a, VERB_WATCH, arg, 1, rd_of(NULL, 0), &answer);

	if (r != EXIT_OK)
		return r;
	if (answer.status != OFFICER_DONE || answer.fd < 0)
		return desk_print(a, &answer, NULL, 0, "");
	return follow(a, answer.fd);
}

const struct command command_watch = {
	.name = "watch",
	.operands = "SESSION",
	.operands_min = 1,
	.operands_max = 1,
	.summary = "see what an engineer sees, live",
	.description = "SESSION is a number of `slagboom sessions`, or its first six digits or more. What is released to the engineer "
		       "from now on is shown here too, without anything that could move, change or answer for this terminal. "
		       "That it was watched, and by whom, is in the record. Ctrl-C ends the watching, not the session.",
	.examples = "  slagboom watch 3f9a2c",
	.option = { OPTION_DIR, OPTION_KEY, { "--json", NULL, "print a refusal as canonical JSON" } },
	.run = run,
};
