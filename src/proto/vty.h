/*
 * Is:        the command grammar of a VTY element (Osmocom, FRR), loaded from what the
 *            element publishes, and the expansion of what an engineer typed to the one
 *            canonical command.
 * Is not:    a judge of commands (policy) and not a conversation (lane).
 * Called by: the telnet/VTY lane; the line editor for completion and help.
 * Owns:      the loaded grammar.
 * Trust:     hostile lines. The grammar is the operator's file, yet it is parsed as
 *            hostile: it may come from an element.
 *
 * The canonical text has every keyword in full and one space between words. It alone is
 * classified, recorded and sent, so an abbreviation cannot mean one thing to us and
 * another to the element: an element prefers exact keywords.
 *
 * Refused although an element may take it: what is not ASCII, control bytes, `?`,
 * numbers and addresses that are not written in full, and lines longer than the
 * element's buffer (Osmocom drops what exceeds 512 bytes, in silence).
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/def.h"
#include "base/rd.h"

enum vty_family { VTY_OSMO, VTY_FRR };

enum {
	VTY_WORDS_MAX = 128,     /* words of one line */
	VTY_MODES_MAX = 256,
	VTY_COMMANDS_MAX = 20000,
	VTY_STATES_MAX = 1000000,
	VTY_FILE_MAX = 16 << 20, /* bytes of one published reference */
	VTY_DEPTH_MAX = 8,       /* nested brackets in one command's pattern */
};

/* Outcomes of vty_expand; 0 is a command. */
enum {
	VTY_EMPTY = 1,      /* nothing typed, or a comment: nothing to send */
	VTY_UNKNOWN = 2,
	VTY_AMBIGUOUS = 3,
	VTY_INCOMPLETE = 4,
	VTY_BAD_TEXT = 5,   /* a byte that no command may hold; `?` among them */
	VTY_TOO_LONG = 6,   /* words, bytes, or effort */
	VTY_BAD_PIPE = 7,   /* `|` that is not the family's one safe filter */
};

/* Outcomes of loading. */
enum { VTY_BAD_FILE = 1, VTY_TOO_BIG = 2 };

struct vty;

/* What a line turned out to be. */
struct vty_command {
	unsigned mode;     /* where the command was found: the current mode, one above (FRR), or enable */
	bool is_do;        /* it began with `do` */
	bool is_filtered;  /* FRR: its output goes through `| include` */
	unsigned n_words;  /* words typed */
	unsigned at_word;  /* on failure: the word that was not understood, from 0 */
};

struct vty *vty_new(enum vty_family family);
/* Frees; accepts NULL. For AUTO. */
void vty_free(struct vty **g);

/* Adds what `osmo-* --vty-ref-xml` prints. Returns 0 or an outcome of loading with the
 * line in `*out_line`; after a failure the grammar must be freed. */
MUST_USE int vty_load_xml(struct vty *g, struct rd doc, uint32_t *out_line);

/* Adds what FRR's `list` prints in each mode: a line `mode NAME` (enable, config,
 * config-router, ...), then its commands, indented; `#` begins a comment. */
MUST_USE int vty_load_list(struct vty *g, struct rd text, uint32_t *out_line);

/* The mode called `name` (view, enable, config, config-hlr, ...). */
MUST_USE bool vty_mode(const struct vty *g, struct rd name, unsigned *out_mode);
/* The mode that a prompt such as `OsmoHLR(config-hlr)# ` shows. */
MUST_USE bool vty_mode_of_prompt(const struct vty *g, struct rd prompt, unsigned *out_mode);
struct rd vty_mode_name(const struct vty *g, unsigned mode);
unsigned vty_n_commands(const struct vty *g);
/* Commands of an XML reference left out because their pattern is malformed. */
unsigned vty_n_skipped(const struct vty *g);

/* Appends the canonical text of `line` as typed in `mode`; it is ASCII. Returns 0 or an outcome above;
 * `*out` is set in every case but VTY_EMPTY, and on failure nothing was appended. */
MUST_USE int vty_expand(const struct vty *g, unsigned mode, struct rd line, struct buf *canonical,
    struct vty_command *out);

/* Calls `each` for every word that may stand where `before` ends (a word begun, or a new
 * one after a space): keywords as they are, places as the reference names them (`IMSI`,
 * `<0-7>`). A word of two families of commands comes once. A place that ends a command
 * comes as `<cr>`. Returns how many; 0 when `before` fits no command. */
typedef void (*vty_each)(void *arg, struct rd word, struct rd doc, bool is_keyword);
unsigned vty_candidates(const struct vty *g, unsigned mode, struct rd before, vty_each each,
    void *arg);
