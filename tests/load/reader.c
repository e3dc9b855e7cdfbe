/*
 * Is:        recordings opened with two keepers' keys, and what went to either side given out as
 *            bytes, up to the last segment that the record names.
 * Is not:    a player or a verifier.
 * Called by: tests/load/kills.
 * Owns:      nothing.
 * Trust:     recordings are judged as `slagboom play` judges them.
 *
 * usage: recording-reader KEY KEY: each line of input is "SEGMENTS DIRECTORY"; the answer is
 *        "LENGTH-TO-ENGINEER LENGTH-TO-ELEMENT WHY" LF and those bytes; WHY is "ok" when it opened.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/playback.h"
#include "crypto/start.h"

enum { STREAM_MAX = 1 << 28 };

struct streams {
	const struct playback *p;
	uint32_t last;
	struct buf to, from;
};

static bool take(void *ctx, const struct frame *f)
{
	struct streams *s = ctx;
	struct buf *into = f->kind == FRAME_TO_SUPPLIER ? &s->to : f->kind == FRAME_FROM_SUPPLIER ? &s->from : NULL;

	if (s->p->segment > s->last)
		return false;
	return !into || buf_put_rd(into, f->bytes);
}

static void answer(const char *dir, uint32_t segments, const char *const *keys)
{
	AUTO(playback_done) struct playback p = { .dir = -1 };
	struct streams s = { .p = &p, .last = segments };
	const char *why = "ok";

	buf_init(&s.to, STREAM_MAX);
	buf_init(&s.from, STREAM_MAX);
	if (playback_open(&p, dir, keys, 2) < 0 || playback_run(&p, take, &s) < 0)
		why = p.why;
	else if (p.segment < segments)
		why = "it ends before the last segment that the record names";
	(void)printf("%zu %zu %s\n", s.to.len, s.from.len, why);
	struct rd to = buf_rd(&s.to), from = buf_rd(&s.from);
	(void)!fwrite(to.p, 1, to.len, stdout);
	(void)!fwrite(from.p, 1, from.len, stdout);
	(void)fflush(stdout);
	buf_done(&s.to);
	buf_done(&s.from);
}

int main(int argc, char **argv)
{
	char line[4096];

	if (argc != 3)
		return 2;
	crypto_start();
	while (fgets(line, sizeof(line), stdin)) {
		char *dir = strchr(line, ' ');
		if (!dir)
			return 2;
		line[strcspn(line, "\n")] = '\0';
		const char *keys[] = { argv[1], argv[2] };
		answer(dir + 1, (uint32_t)strtoul(line, NULL, 10), keys);
	}
	return 0;
}
