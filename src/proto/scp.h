/*
 * Is:        the legacy SCP protocol, both directions at once: who sends what, counted
 *            to the byte.
 * Is not:    SCP over SFTP (sftp.h), and not the command line (sshexec.h).
 * Called by: the SCP lane, when sshexec says that a command is exactly scp -t or -f.
 * Owns:      nothing outside its struct.
 * Trust:     hostile bytes from both sides. Strict: what is not the protocol ends it.
 *
 *     source: C0644 SIZE NAME\n <ack> SIZE bytes \0 <ack>
 *             D0755 0 NAME\n <ack> ... E\n <ack>
 *             T MTIME 0 ATIME 0\n <ack>
 *             \1TEXT\n (warning), \2TEXT\n (fatal)
 *     sink:   \0 (ack, also to begin), \1TEXT\n (no, go on), \2TEXT\n (fatal)
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/def.h"
#include "base/rd.h"

enum { SCP_LINE_MAX = 4096, SCP_DEPTH_MAX = 64 };

enum scp_side { SCP_SOURCE, SCP_SINK };

enum scp_kind {
	SCP_FILE,    /* name, mode, size: its bytes follow as SCP_BYTES */
	SCP_BYTES,   /* bytes: the next of the file */
	SCP_FILE_END,/* all bytes came; `ok` is false when the source said that it could not read */
	SCP_DIR,     /* name, mode: one level down */
	SCP_UP,      /* one level up */
	SCP_TIMES,   /* mtime, atime: of what comes next */
	SCP_REFUSED, /* the sink said no to what the source announced; text */
	SCP_WARNING, /* either side: text */
	SCP_FATAL,   /* either side: text; the protocol is over */
};

/* Outcomes of scp_feed. */
enum { SCP_BAD = 1, SCP_STOP = 2 /* the callback asked for it */ };

struct scp_event {
	enum scp_kind kind;
	enum scp_side from;
	struct rd name, bytes, text; /* borrow the input or the struct until the callback returns */
	unsigned mode;
	uint64_t size, at;           /* SCP_BYTES: `at` is the offset in the file */
	uint64_t mtime, atime;
	bool ok;
};

/* False stops: scp_feed returns SCP_STOP and must not be called again. */
typedef bool (*scp_each)(void *arg, const struct scp_event *e);

struct scp {
	bool recursive;             /* -r: D and E are allowed */
	bool over;                  /* a fatal message: only that side's end may follow */
	bool begun;                 /* the sink's first ack */
	uint8_t source, sink;       /* states */
	bool waits;                 /* the source waits for an ack */
	uint8_t acked;              /* what the awaited ack answers: 'C', 'D', 'E', 'T', 'd' (data) */
	unsigned depth;
	uint64_t size, left;
	uint8_t n_source_kind, n_sink_kind;
	uint8_t source_line[SCP_LINE_MAX], sink_line[SCP_LINE_MAX];
	uint32_t n_source_line, n_sink_line;
	uint64_t n_files, n_bytes;  /* announced files that were accepted, and their bytes */
};

void scp_init(struct scp *s, bool recursive);

/* Reads all of `in`, which `from` sent. Bytes of the two sides must be given in the order
 * in which they were let through. Returns 0, SCP_BAD or SCP_STOP. */
MUST_USE int scp_feed(struct scp *s, enum scp_side from, struct rd in, scp_each each, void *arg);

/* True when the streams may end here: no file is half sent and all directories are left. */
bool scp_may_end(const struct scp *s);
