/*
 * Is:        a program that writes a recording as a gate does, from a script.
 * Is not:    linked into any program of the product.
 * Called by: tests/play.
 * Owns:      the recording in the directory given.
 * Trust:     no input.
 *
 * usage: recording-writer DIR NAME=RECIPIENT NAME=RECIPIENT [NAME=RECIPIENT] < SCRIPT
 *
 * A script's line is "KIND MICROSECONDS TEXT", KIND the number of a frame's kind
 * (evidence/recording.h) and TEXT with \xHH for bytes; "end" ends a segment, "reel" a reel.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/wr.h"
#include "crypto/random.h"
#include "crypto/start.h"
#include "evidence/recording.h"
#include "evidence/reel.h"
#include "os/fd.h"

enum { ROOM = 1 << 20 };

static struct recording recording;
static struct segment_writer segment;
static struct buf sealed;
static uint32_t n_segments, n_reels;
static int dir, reel = -1;

static void must(bool ok, const char *what)
{
	if (ok)
		return;
	(void)fprintf(stderr, "recording-writer: %s\n", what);
	exit(1);
}

static void write_file(const char *name, struct rd bytes)
{
	AUTO(fd_close) int fd = openat(dir, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	must(fd >= 0 && fd_write_all(fd, bytes) == 0, name);
}

static void write_shares(const struct recording_keeper *keepers, size_t n)
{
	struct buf shares[RECORDING_KEEPERS_MAX] = { { 0 } };

	for (size_t i = 0; i < n; i++)
		buf_init(&shares[i], RECORDING_SHARE_MAX);
	must(recording_start(&recording, keepers, n, random_system(), shares), "the keepers cannot be used");
	for (size_t i = 0; i < n; i++) {
		char name[128];
		(void)snprintf(name, sizeof(name), "share-%.*s.age", (int)keepers[i].name.len, (const char *)keepers[i].name.p);
		write_file(name, buf_rd(&shares[i]));
		buf_done(&shares[i]);
	}
}

static void end_segment(void)
{
	AUTO(buf_done) struct buf member = { 0 };
	struct reel_member m = { .segment = n_segments, .time_s = 1 };
	struct hash hash;

	must(segment_end(&segment, &sealed, &hash), "the segment does not end");
	segment_writer_done(&segment);
	m.len = sealed.len;
	buf_init(&member, 2 * ROOM);
	struct wr w = wr_to(&member);
	wr_reel_head(&w, &m);
	wr_bytes(&w, buf_rd(&sealed));
	wr_reel_pad(&w, m.len);
	must(wr_ok(&w) && fd_write_all(reel, buf_rd(&member)) == 0, "the reel cannot be written");
	buf_reset(&sealed);
}

static void next_reel(void)
{
	char name[32];

	fd_close(&reel);
	(void)snprintf(name, sizeof(name), "%08u.tar", ++n_reels);
	reel = openat(dir, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	must(reel >= 0, name);
}

/* \xHH in place; the length that is left. */
static size_t unescape(char *s)
{
	char *to = s;

	for (const char *at = s; *at; to++) {
		char hex[3] = { 0 };
		if (at[0] == '\\' && at[1] == 'x' && at[2] && at[3]) {
			hex[0] = at[2];
			hex[1] = at[3];
			*to = (char)strtoul(hex, NULL, 16);
			at += 4;
		} else {
			*to = *at++;
		}
	}
	return (size_t)(to - s);
}

static void take_line(char *line, bool *open)
{
	unsigned kind;
	unsigned long long us;
	int used = 0;

	line[strcspn(line, "\n")] = '\0';
	if (strcmp(line, "reel") == 0) {
		next_reel();
	} else if (strcmp(line, "end") == 0) {
		must(*open, "no segment is open");
		end_segment();
		*open = false;
	} else {
		must(sscanf(line, "%u %llu %n", &kind, &us, &used) == 2 && used, line);
		if (!*open)
			must(segment_start(&segment, &recording, ++n_segments, NULL, random_system(), &sealed), "segment_start");
		*open = true;
		struct frame f = { .kind = (uint8_t)kind, .time_us = us };
		f.bytes = rd_of(line + used, unescape(line + used));
		must(segment_frame(&segment, &f, &sealed), "segment_frame");
	}
}

int main(int argc, char **argv)
{
	struct recording_keeper keepers[RECORDING_KEEPERS_MAX];
	size_t n = 0;
	bool open_segment = false;
	char line[8192];

	crypto_start();
	for (int i = 2; i < argc && n < RECORDING_KEEPERS_MAX; i++, n++) {
		char *equals = strchr(argv[i], '=');
		must(equals != NULL, "usage: recording-writer DIR NAME=RECIPIENT...");
		keepers[n].name = rd_of(argv[i], (size_t)(equals - argv[i]));
		must(age_recipient_parse(rd_str(equals + 1), &keepers[n].recipient), argv[i]);
	}
	must(n >= 2 && mkdir(argv[1], 0700) == 0, "usage: recording-writer NEW-DIR NAME=RECIPIENT...");
	dir = open(argv[1], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	must(dir >= 0, argv[1]);
	buf_init(&sealed, ROOM);
	write_shares(keepers, n);
	next_reel();
	while (fgets(line, sizeof(line), stdin))
		take_line(line, &open_segment);
	must(!open_segment, "the last segment has no end");
	fd_close(&reel);
	fd_close(&dir);
	buf_done(&sealed);
	return 0;
}
