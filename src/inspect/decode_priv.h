/*
 * Is:        what the files of the decoders share: the tree of open streams.
 * Is not:    for anybody else.
 * Called by: decode.c, decode_radix.c, decode_pack.c, decode_dump.c, decode_line.c.
 * Owns:      struct node.
 * Trust:     everything in a node was made from hostile bytes.
 */
#pragma once

#include "base/buf.h"
#include "inspect/decode.h"
#include "inspect/masks.h"
#include "inspect/strip.h"

enum { N_RADIX = 7, MARK_MAX = 7, UNPACK_BLOCK = 256, PROBE_LEN = 12, RUN_MIN = 16, UPRIGHT_ROWS = 24, UPRIGHT_COLS = 96 };

struct node;
struct unpack;

/* One base-N alphabet at work on the token at hand. */
struct radix_run {
	uint64_t acc;
	uint8_t n_acc;			/* characters in acc */
	uint8_t probe[PROBE_LEN];	/* the first bytes, until they are judged */
	uint8_t n_probe, junk;		/* junk: of the probe, neither text nor zero */
	bool bad, good;			/* judged */
	uint32_t len;			/* characters of the run */
	struct node *child;
};

struct radix {
	uint8_t head[RUN_MIN];		/* a token's beginning, until it is long enough */
	uint8_t n_head;
	bool in_token;			/* past its head */
	uint8_t open, dead;		/* a bit for each run that has begun; judged wrong */
	bool carry_on;			/* nothing but a line's end since the last run */
	/* The end of a token that came to nothing, before a line's end: as yet in no run. */
	uint64_t left_length;		/* see struct survey; 0: nothing is left */
	uint8_t left[RUN_MIN - 1];
	struct radix_run run[N_RADIX];
};

struct dump {
	struct node *child;
};

struct lines {
	uint8_t text[DECODE_LINE_MAX], scratch[DECODE_LINE_MAX];
	uint32_t n;
	uint64_t pos;			/* bytes before the line */
	struct rd at_hand;		/* the line that is read */
	uint64_t from, words_from, rows_from;	/* where it begins; where the words and the rows do */
	/* digit words and single digits, over line ends */
	uint8_t word_digits[32];
	uint8_t n_words;
	/* rows of digits, for columns */
	uint8_t row[UPRIGHT_ROWS][UPRIGHT_COLS];
	uint8_t row_len[UPRIGHT_ROWS];
	uint8_t n_rows;
};

struct node {
	struct decode *d;
	struct node *parent;
	enum decode_kind kind;
	uint32_t via;
	unsigned depth, stream;
	bool text_only, sniffed;	/* sniffed: its first bytes were judged */
	uint8_t magic[8];
	uint8_t n_magic;
	struct unpack *unpack;
	struct node *unpacked;
	uint64_t packed, silent;	/* bytes that went into it; blocks of them since something came out */
	bool spoke;			/* in this block something did */
	bool blind, broken;		/* nobody reads what comes out; nothing comes out any more */
	bool placed;			/* all of it comes from known places of the text */
	struct strip strip;
	struct traced text, aside;
	struct radix radix;
	struct dump dump;
	struct lines lines;
};

struct decode {
	decode_fn *fn;
	void *ctx;
	struct node *root, *aside;
	struct node *stream[DECODE_STREAMS_MAX];
	uint64_t in, out, refused;
	uint64_t text, at;		/* of the root: text before the piece at hand, and before the byte */
	uint32_t *explained;		/* for each byte of text since `taken` */
	size_t explained_cap, explained_n;	/* it has room for; that may not be 0 */
	uint64_t taken, explained_all;
	bool ungated;		/* for tests: nothing is skipped because it cannot matter */
	uint8_t mark[MARK_MAX], n_mark;	/* the end of the raw bytes so far */
	uint64_t raw;			/* raw bytes so far */
	uint64_t may_begin;		/* of them, up to the last one that a format may begin with */
};

/* A stream below `n`, or NULL when depth, number or budget forbid. */
MUST_USE struct node *node_open(struct node *n, enum decode_kind kind);
void node_put(struct node *n, struct rd bytes);
/* Ends it, and nulls the pointer. */
void node_close(struct node **n);
/* A derived line of `n`, without its newline. */
void node_line(struct node *n, enum decode_kind kind, struct rd text);
/* Bytes of `n` that were understood, or refused. */
void node_explained(struct node *n, uint64_t bytes);
void node_refused(struct node *n, uint64_t bytes);

/* decode_radix.c */
void radix_put(struct node *n, struct rd text);
void radix_pause(struct node *n);
void radix_done(struct node *n);
/* Whether decoded bytes begin like text, or like a compressed file. */
bool radix_is_plausible(struct rd bytes);

/* decode_dump.c: one line; true when it was a line of a dump. */
bool dump_line(struct node *n, struct rd line);
void dump_done(struct node *n);

/* decode_line.c */
void lines_put(struct node *n, struct rd text);
void lines_pause(struct node *n);

/* decode_pack.c */
/* The format that these bytes begin, or DECODE_KINDS. */
enum decode_kind unpack_sniff(struct rd begin);
/* True when some format begins with this byte. */
static inline bool unpack_may_begin(uint8_t c)
{
	return c == 0x1f || c == 0x28 || c == 0xfd || c == 'B' || c == 'x';
}
/* And with these two. */
static inline bool unpack_may_begin_so(uint8_t a, uint8_t b)
{
	return masks_is_mark(a, b) || (a == 'x' && (b == 0x01 || b == 0x5e || b == 0x9c || b == 0xda));
}
MUST_USE struct unpack *unpack_new(enum decode_kind kind);
/* Bytes that it may have unpacked without giving any out. */
size_t unpack_block(const struct unpack *u);
void unpack_free(struct unpack **u);
/* Takes bytes from `in`, gives at most `max` to `out` (reset first). 0: go on, call again
 * while `in` has bytes or the output was full; 1: the packed data ended; -EINVAL: damaged. */
MUST_USE int unpack_step(struct unpack *u, struct rd *in, uint8_t *out, size_t max, size_t *out_len);
