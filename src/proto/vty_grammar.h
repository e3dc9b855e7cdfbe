/*
 * Is:        the compiled form of a VTY grammar, shared by the files vty*.c.
 * Is not:    for anybody else.
 * Called by: vty.c, vty_pattern.c, vty_xml.c, vty_list.c, vty_match.c, vty_word.c.
 * Owns:      see vty.h.
 * Trust:     bounded by the limits in vty.h.
 *
 * A command's pattern is a small automaton. A state is a token, a fork or an end; state 0
 * does not exist, so 0 means "none". Texts are offsets into one buffer.
 */
#pragma once

#include "base/vec.h"
#include "proto/vty.h"

/* In order of preference where two kinds fit, least first, as Osmocom ranks them. */
enum vty_kind {
	VTY_WORD, /* any one word */
	VTY_IPV4_PREFIX,
	VTY_IPV4,
	VTY_IPV6_PREFIX,
	VTY_IPV6,
	VTY_MAC,
	VTY_RANGE,
	VTY_REST, /* every word to the end of the line */
	VTY_KEYWORD,
};

enum vty_state_kind { VTY_TOKEN, VTY_FORK, VTY_FINAL };

struct vty_text {
	uint32_t off, len;
};

struct vty_state {
	enum vty_state_kind kind;
	enum vty_kind token;
	bool repeats;          /* the same place may take several words */
	struct vty_text text, doc;
	int64_t lo, hi;
	uint32_t next, alt;
};

struct vty_mode {
	struct vty_text name;
	struct vec starts; /* uint32_t: first state of each command */
	unsigned parent;   /* itself when it has none */
};

/* A command that the reference calls common. They are not on every mode: Osmocom leaves
 * `write` and `show running-config` out of view, and `end` out of view and enable. */
enum vty_reach { VTY_EVERYWHERE, VTY_NOT_IN_VIEW, VTY_CONFIG_ONLY };
struct vty_common {
	uint32_t start;
	enum vty_reach reach;
};

struct vty {
	enum vty_family family;
	size_t line_max;
	struct buf text;
	struct vec states; /* struct vty_state */
	struct vec modes;  /* struct vty_mode */
	struct vec common; /* struct vty_common: commands of many modes */
	unsigned n_commands, n_skipped;
};

static inline struct vty_state *vty_state(const struct vty *g, uint32_t i)
{
	return vec_at(&g->states, i);
}

static inline struct vty_mode *vty_mode_at(const struct vty *g, unsigned i)
{
	return vec_at(&g->modes, i);
}

/* vty.c: keeps a copy of `r`. */
MUST_USE bool vty_keep(struct vty *g, struct rd r, struct vty_text *out);
struct rd vty_text(const struct vty *g, struct vty_text t);
/* The mode called `name`, made if it is new; false at the limit. */
MUST_USE bool vty_mode_make(struct vty *g, struct rd name, unsigned *out_mode);
/* Sets every mode's parent, when all are known. */
void vty_link_modes(struct vty *g);

/* vty_pattern.c: compiles a pattern; `*out_start` is its first state. Returns 0,
 * VTY_BAD_FILE or VTY_TOO_BIG. */
MUST_USE int vty_compile(struct vty *g, struct rd pattern, uint32_t *out_start);

/* vty_word.c: does the typed word fit the token? PARTLY is a proper prefix. */
enum vty_fit { VTY_NO_FIT, VTY_PARTLY, VTY_FIT };
enum vty_fit vty_fit(const struct vty *g, const struct vty_state *s, struct rd word);
