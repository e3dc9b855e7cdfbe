/*
 * Is:        what a command given to `ssh host COMMAND` is, read conservatively.
 * Is not:    a shell. Where a shell would do anything but split words, the answer is
 *            SSHEXEC_SHELL, and nothing is claimed about what will run.
 * Called by: the exec lane, before anything is forwarded.
 * Owns:      its copy of the words.
 * Trust:     hostile text: the whole point is that it wants to look like something else.
 *
 * A transfer is recognised by the program's exact name and by options that are known in
 * full: `scp -t x; bash` is SHELL, `./scp -t x` and `scp -S sh -t x` are PLAIN.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/def.h"
#include "base/rd.h"

enum { SSHEXEC_LEN_MAX = 8192, SSHEXEC_WORDS_MAX = 128 };

enum sshexec_kind {
	SSHEXEC_BAD = 0,     /* empty, too long, not text, an unfinished quote */
	SSHEXEC_SHELL,       /* needs a shell to say what it is */
	SSHEXEC_PLAIN,       /* one program and its words */
	SSHEXEC_SCP_SINK,    /* scp -t: files come to the element */
	SSHEXEC_SCP_SOURCE,  /* scp -f: files leave the element */
	SSHEXEC_SFTP_SERVER, /* an sftp server without options */
	SSHEXEC_RSYNC,       /* rsync --server: opaque */
};

struct sshexec {
	enum sshexec_kind kind;
	bool recursive, preserve, to_directory; /* scp -r -p -d */
	bool expands;    /* a path has * ? [ ] { } or ~, unquoted: the element's shell chooses the files */
	unsigned n_words, first_path; /* scp: the paths are words[first_path ..] */
	struct rd words[SSHEXEC_WORDS_MAX];
	uint8_t text[SSHEXEC_LEN_MAX];
	uint32_t n_text;
};

/* Sets `out->kind`; the words borrow `out`. */
void sshexec_parse(struct sshexec *out, struct rd command);

/* A short word for records: "scp-upload", "plain", ... */
const char *sshexec_kind_name(enum sshexec_kind kind);
