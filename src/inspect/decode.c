/*
 * Is:        the tree of decoders (contract in decode.h): which stream feeds which,
 *            and the budget that bounds them all.
 * Is not:    any decoder itself.
 * Called by: session.c.
 * Owns:      the nodes.
 * Trust:     hostile bytes.
 */
#include "inspect/decode.h"

#include "base/assert.h"
#include "base/mem.h"
#include "inspect/decode_priv.h"
#include "inspect/masks.h"

enum { UNPACK_PIECE = 16384, TEXT_PIECE = 2048, TEXT_MAX = TEXT_PIECE * STRIP_GROWTH, EXPLAINED_STEP = 2048 };

static struct node *node_new(struct decode *d)
{
	struct node *n = mem_new(1, sizeof(*n));

	n->d = d;
	strip_init(&n->strip);
	traced_init(&n->text, TEXT_MAX, false);
	traced_init(&n->aside, TEXT_MAX, false);
	return n;
}

struct decode *decode_new(decode_fn *fn, void *ctx)
{
	struct decode *d = mem_new(1, sizeof(*d));

	d->fn = fn;
	d->ctx = ctx;
	d->root = node_new(d);
	d->root->placed = true;
	return d;
}

static bool within_budget(const struct decode *d, uint64_t more)
{
	return d->out + more <= d->in * DECODE_RATIO + DECODE_BASE;
}

struct node *node_open(struct node *n, enum decode_kind kind)
{
	struct decode *d = n->d;
	struct node *child;

	if (n->depth >= DECODE_DEPTH_MAX || !within_budget(d, 0))
		return NULL;
	for (unsigned i = 0; i < DECODE_STREAMS_MAX; i++) {
		if (d->stream[i])
			continue;
		child = node_new(d);
		child->parent = n;
		child->kind = kind;
		child->via = n->via | 1u << kind;
		child->depth = n->depth + 1;
		child->placed = n->placed;
		child->stream = i;
		d->stream[i] = child;
		return child;
	}
	return NULL;
}

static void give(struct node *n, struct rd text, bool last)
{
	struct derived v = {
		.kind = n->kind, .via = n->via, .depth = n->depth, .stream = n->stream,
		.last = last, .text = text,
	};

	if (n->depth > 0)
		n->d->fn(n->d->ctx, &v);
}

/* Where the line, or what a kind puts together from several, begins. */
static uint64_t begins_at(const struct node *n, enum decode_kind kind)
{
	if (n->depth > 0)
		return n->d->at;
	if (kind == DECODE_WORDS)
		return n->lines.words_from;
	return kind == DECODE_UPRIGHT ? n->lines.rows_from : n->lines.from;
}

void node_line(struct node *n, enum decode_kind kind, struct rd text)
{
	struct derived v = {
		.kind = kind, .via = n->via | 1u << kind, .depth = n->depth + 1,
		.stream = DECODE_STREAMS_MAX, .last = true, .text = text,
		.line = n == n->d->root ? rd_of(NULL, 0) : n->lines.at_hand,
		.placed = n->placed, .from = begins_at(n, kind), .to = n->d->at,
	};

	if (!within_budget(n->d, text.len)) {
		node_refused(n, text.len);
		return;
	}
	n->d->out += text.len;
	n->d->fn(n->d->ctx, &v);
}

void node_explained(struct node *n, uint64_t bytes)
{
	struct decode *d = n->d;
	const size_t at = (size_t)(d->at - d->taken);

	if (n != d->root)
		return;
	ASSERT(d->at >= d->taken);
	if (at >= d->explained_cap) {
		d->explained_cap = at + EXPLAINED_STEP;
		d->explained = mem_resize(d->explained, d->explained_cap, sizeof(*d->explained));
	}
	for (; d->explained_n <= at; d->explained_n++)
		d->explained[d->explained_n] = 0;
	d->explained[at] += (uint32_t)bytes;
	d->explained_all += bytes;
}

void node_refused(struct node *n, uint64_t bytes)
{
	n->d->refused += bytes;
}

static void put_text(struct node *n, struct rd text)
{
	give(n, text, false);
	if (n->depth >= DECODE_DEPTH_MAX)
		return;
	radix_put(n, text);
	lines_put(n, text);
}

/* Takes from `in` until the data ends: true. False when nothing more can be read of it. What nobody
 * reads is work as well, and bzip2 has done that of a block before anything comes out. */
static bool unpack_some(struct node *n, struct rd *in, bool *ended)
{
	uint8_t out[UNPACK_PIECE] UNCLEARED;
	size_t got = 0;
	int r;

	do {
		r = unpack_step(n->unpack, in, out, sizeof(out), &got);
		if (!within_budget(n->d, got)) {
			n->d->out += unpack_block(n->unpack);
			return false;
		}
		if (!n->unpacked)
			n->d->out += got;
		n->spoke |= got > 0;
		if (n->unpacked && got)
			node_put(n->unpacked, rd_of(out, got));
	} while (r == 0 && (in->len || got == sizeof(out)));
	*ended = r == 1;
	return r >= 0;
}

/* Bytes of packed data that may say anything: what they say has not come out yet. */
static uint64_t silent_bytes(const struct node *n)
{
	if (!n || !n->unpack || n->broken || n->blind)
		return 0;
	return n->silent + (n->spoke ? 0 : n->packed % UNPACK_BLOCK);
}

/* Bytes of one block. Where in it the data was damaged (or a bomb) only some libraries know: what
 * cannot be read goes on to the block's end, wherever they were cut. */
static void unpack_part(struct node *n, struct rd *in)
{
	const size_t before = in->len;
	bool ended = false;

	if (!n->broken && !unpack_some(n, in, &ended)) {
		n->broken = true;
		node_close(&n->unpacked);
		node_refused(n, n->blind ? 0 : n->packed);
	}
	if (n->broken)
		*in = rd_of(NULL, 0);
	if (n->broken || n->blind)
		node_refused(n, before - in->len);
	n->packed += before - in->len;
	if (n->packed % UNPACK_BLOCK == 0) {
		n->silent = n->spoke ? 0 : n->silent + UNPACK_BLOCK;
		n->spoke = false;
	}
	if (!ended && !(n->broken && n->packed % UNPACK_BLOCK == 0))
		return;
	unpack_free(&n->unpack);
	node_close(&n->unpacked);
}

/* Unpacks all of `in`, or until the data ends; what follows is given back. */
static void unpack_all(struct node *n, struct rd *in)
{
	while (n->unpack && in->len) {
		const size_t room = UNPACK_BLOCK - (size_t)(n->packed % UNPACK_BLOCK);
		struct rd part;
		size_t len;

		if (!rd_slice(in, 0, room < in->len ? room : in->len, &part))
			UNREACHABLE();
		len = part.len;
		unpack_part(n, &part);
		if (!rd_skip(in, len - part.len))
			UNREACHABLE();
	}
}

static void unpack_begin(struct node *n, enum decode_kind kind)
{
	n->unpack = unpack_new(kind);
	n->unpacked = node_open(n, kind);
	n->packed = n->silent = 0;
	n->spoke = false;
	n->blind = !n->unpacked;
	n->broken = !within_budget(n->d, 0);
	/* Raw bytes and the text have no places in common. */
	if (n->unpacked)
		n->unpacked->placed = false;
}

static void strip_text(struct node *n, struct rd in)
{
	struct rd piece;

	while (in.len && rd_take(&in, in.len < TEXT_PIECE ? in.len : TEXT_PIECE, &piece)) {
		traced_reset(&n->text);
		traced_reset(&n->aside);
		strip_put(&n->strip, piece, 0, &n->text, &n->aside);
		put_text(n, buf_rd(&n->text.text));
	}
}

/* The first bytes of a stream say whether it is compressed. */
static void sniff(struct node *n, struct rd *in, bool more)
{
	enum decode_kind kind;
	struct rd begin;

	while (n->n_magic < sizeof(n->magic) && rd_u8(in, &n->magic[n->n_magic]))
		n->n_magic++;
	if (more && n->n_magic < sizeof(n->magic))
		return;
	n->sniffed = true;
	begin = rd_of(n->magic, n->n_magic);
	kind = unpack_sniff(begin);
	if (kind != DECODE_KINDS) {
		unpack_begin(n, kind);
		unpack_all(n, &begin);
	}
	if (begin.len)
		strip_text(n, begin);
}

void node_put(struct node *n, struct rd bytes)
{
	if (!within_budget(n->d, bytes.len)) {
		node_refused(n, bytes.len);
		return;
	}
	n->d->out += bytes.len;
	if (!n->sniffed)
		sniff(n, &bytes, true);
	if (n->unpack)
		unpack_all(n, &bytes);
	if (bytes.len)
		strip_text(n, bytes);
}

static void node_free(struct node **np)
{
	struct node *n = *np;

	if (n->depth > 0)
		n->d->stream[n->stream] = NULL;
	node_refused(n, silent_bytes(n)); /* its end is missing */
	unpack_free(&n->unpack);
	traced_done(&n->text);
	traced_done(&n->aside);
	mem_free(np);
}

static void finish(struct node *n)
{
	struct rd none = rd_of(NULL, 0);

	if (n->depth > 0 && !n->sniffed)
		sniff(n, &none, false);
	traced_reset(&n->text);
	strip_flush(&n->strip, &n->text);
	put_text(n, buf_rd(&n->text.text));
	lines_pause(n);
	radix_done(n);
	dump_done(n);
	node_close(&n->unpacked);
	give(n, none, true);
}

void node_close(struct node **n)
{
	if (!*n)
		return;
	finish(*n);
	node_free(n);
}

uint64_t decode_end(struct decode *d)
{
	node_close(&d->root);
	node_close(&d->aside);
	return d->refused;
}

void decode_free(struct decode **dp)
{
	if (!*dp)
		return;
	(void)!decode_end(*dp);
	mem_free(&(*dp)->explained);
	mem_free(dp);
}

void decode_text(struct decode *d, struct rd text)
{
	d->in += text.len;
	put_text(d->root, text);
	d->text += text.len;
	d->at = d->text;
}

void decode_aside(struct decode *d, struct rd text)
{
	d->in += text.len;
	if (!d->aside)
		d->aside = node_new(d);
	put_text(d->aside, text);
}

/* Compressed data may begin anywhere; zlib, whose mark is weak, only at the start. */
static bool begins(const struct rd *bytes, size_t at, uint64_t offset)
{
	uint8_t c = bytes->p[at];
	struct rd from;

	if (!unpack_may_begin(c))
		return false;
	if (c == 'x' && offset + at > 0)
		return false;
	return rd_slice(bytes, at, bytes->len - at, &from) && unpack_sniff(from) != DECODE_KINDS;
}

/* A mark is whole with its first `n` bytes; 0: these begin none. */
static size_t mark_len(struct rd bytes, size_t at, uint64_t offset)
{
	struct rd mark;

	if (!begins(&bytes, at, offset))
		return 0;
	for (size_t n = 2; n < MARK_MAX; n++)
		if (rd_slice(&bytes, at, n, &mark) && unpack_sniff(mark) != DECODE_KINDS)
			return n;
	return MARK_MAX;
}

/* Packed data begins with `mark`: with so little nothing comes out. */
static void begin_packed(struct decode *d, struct rd mark)
{
	unpack_begin(d->root, unpack_sniff(mark));
	unpack_all(d->root, &mark);
	d->n_mark = 0;
}

/* A mark may be cut in two by the chunk's end: its bytes so far are kept. The bytes of the mark that
 * are in `bytes`; 0: there is none. */
static size_t join_mark(struct decode *d, struct rd bytes)
{
	uint8_t joined[2 * MARK_MAX];
	unsigned old = d->n_mark, n = old;
	struct rd all, mark;

	for (unsigned i = 0; i < old; i++)
		joined[i] = d->mark[i];
	while (n < old + MARK_MAX && rd_u8(&bytes, &joined[n]))
		n++;
	all = rd_of(joined, n);
	for (unsigned at = 0; at < old; at++) {
		const size_t len = mark_len(all, at, d->raw - old);

		if (at + len <= old || !rd_slice(&all, at, len, &mark))
			continue;
		begin_packed(d, mark);
		return at + len - old;
	}
	return 0;
}

static void keep_mark(struct decode *d, const struct rd *bytes)
{
	size_t n = bytes->len < MARK_MAX ? bytes->len : MARK_MAX;
	unsigned old = d->n_mark + n > MARK_MAX ? (unsigned)(MARK_MAX - n) : d->n_mark;
	struct rd end;

	if (!rd_slice(bytes, bytes->len - n, n, &end)) {
		d->n_mark = 0;
		return;
	}
	for (unsigned i = 0; i < old; i++)
		d->mark[i] = d->mark[d->n_mark - old + i];
	if (rd_copy(&end, d->mark + old, n))
		d->n_mark = (uint8_t)(old + n);
	for (unsigned i = old; i < d->n_mark; i++)
		if (unpack_may_begin(d->mark[i]))
			d->may_begin = d->raw + bytes->len - (d->n_mark - i - 1);
}

/* Up to where packed data begins: all bytes when it does not. */
static size_t skip_unpacked(struct decode *d, struct rd bytes)
{
	size_t at = 0, n = 0;
	struct rd mark;

	if (d->n_mark && d->may_begin + d->n_mark > d->raw)
		n = join_mark(d, bytes);
	if (n)
		return n;
	/* zlib's mark, at the very start, is not one of the others. */
	if (!begins(&bytes, 0, d->raw))
		at = masks_mark(&bytes, 0);
	while (at < bytes.len && !begins(&bytes, at, d->raw))
		at = masks_mark(&bytes, at + 1);
	if (at < bytes.len && rd_slice(&bytes, at, mark_len(bytes, at, d->raw), &mark)) {
		begin_packed(d, mark);
		return at + mark.len;
	}
	keep_mark(d, &bytes);
	return bytes.len;
}

bool decode_takes_all(const struct decode *d, const struct rd *bytes)
{
	return !d->root->unpack && !(d->n_mark && d->may_begin + d->n_mark > d->raw) && d->raw && masks_mark(bytes, 0) == bytes->len;
}

size_t decode_raw(struct decode *d, struct rd bytes, bool *packed)
{
	struct rd rest = bytes;
	size_t n;

	*packed = d->root->unpack && !d->root->blind;
	if (d->root->unpack) {
		unpack_all(d->root, &rest);
		n = bytes.len - rest.len;
	} else {
		n = skip_unpacked(d, bytes);
	}
	d->raw += n;
	return n;
}

void decode_pause(struct decode *d)
{
	lines_pause(d->root);
	radix_pause(d->root);
	if (d->aside) {
		lines_pause(d->aside);
		radix_pause(d->aside);
	}
	for (unsigned i = 0; i < DECODE_STREAMS_MAX; i++) {
		/* A stream may end another one here; look again each time. */
		struct node *n = d->stream[i];
		struct rd none = rd_of(NULL, 0);

		if (!n || n->depth >= DECODE_DEPTH_MAX)
			continue;
		if (!n->sniffed && n->n_magic)
			sniff(n, &none, false);
		lines_pause(n);
		radix_pause(n);
	}
}

struct explained decode_take_explained(struct decode *d)
{
	const struct explained e = { d->explained_all, d->explained_all ? d->explained : NULL, d->explained_n };

	d->taken = d->text;
	d->explained_n = 0;
	d->explained_all = 0;
	return e;
}

uint64_t decode_refused(const struct decode *d)
{
	return d->refused + decode_silent(d);
}

uint64_t decode_silent(const struct decode *d)
{
	uint64_t n = silent_bytes(d->root);

	for (unsigned i = 0; i < DECODE_STREAMS_MAX; i++)
		n += silent_bytes(d->stream[i]);
	return n;
}
