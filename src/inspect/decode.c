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

enum { UNPACK_PIECE = 16384, TEXT_PIECE = 2048, TEXT_MAX = TEXT_PIECE * STRIP_GROWTH };

static const char *const names[DECODE_KINDS] = {
	[DECODE_BASE64] = "base64", [DECODE_BASE64URL] = "base64url", [DECODE_BASE32] = "base32",
	[DECODE_BASE85] = "base85", [DECODE_ASCII85] = "ascii85", [DECODE_Z85] = "z85",
	[DECODE_HEX] = "hex", [DECODE_DUMP] = "dump", [DECODE_GZIP] = "gzip", [DECODE_XZ] = "xz",
	[DECODE_ZSTD] = "zstd", [DECODE_BZIP2] = "bzip2", [DECODE_LETTERS] = "letters",
	[DECODE_WORDS] = "words", [DECODE_JOINED] = "joined", [DECODE_LIKENESS] = "likeness",
	[DECODE_NUMBER] = "number", [DECODE_UPRIGHT] = "upright",
};

const char *decode_kind_name(enum decode_kind k)
{
	ASSERT(k < DECODE_KINDS);
	return names[k];
}

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

void node_line(struct node *n, enum decode_kind kind, struct rd text)
{
	struct derived v = {
		.kind = kind, .via = n->via | 1u << kind, .depth = n->depth + 1,
		.stream = DECODE_STREAMS_MAX, .last = true, .text = text,
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
	if (n->depth == 0)
		n->d->explained += bytes;
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

/* Unpacks all of `in`, or until the data ends; what follows is given back. */
static void unpack_all(struct node *n, struct rd *in)
{
	uint8_t out[UNPACK_PIECE] UNCLEARED;
	size_t before = in->len, got = 0;
	int r;

	do {
		r = unpack_step(n->unpack, in, out, sizeof(out), &got);
		if (r < 0 || !within_budget(n->d, got)) {
			/* Damaged, or a bomb: the rest cannot be read. */
			node_refused(n, before);
			unpack_free(&n->unpack);
			node_close(&n->unpacked);
			*in = rd_of(NULL, 0);
			return;
		}
		if (n->unpacked && got)
			node_put(n->unpacked, rd_of(out, got));
	} while (r == 0 && (in->len || got == sizeof(out)));
	if (n->unpacked)
		node_explained(n, before - in->len);
	else
		node_refused(n, before - in->len);
	if (r == 1) {
		unpack_free(&n->unpack);
		node_close(&n->unpacked);
	}
}

static void unpack_begin(struct node *n, enum decode_kind kind)
{
	n->unpack = unpack_new(kind);
	n->unpacked = node_open(n, kind);
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

void decode_free(struct decode **dp)
{
	if (!*dp)
		return;
	node_close(&(*dp)->root);
	mem_free(dp);
}

void decode_text(struct decode *d, struct rd text)
{
	d->in += text.len;
	put_text(d->root, text);
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

/* A mark may be cut in two by the chunk's end: its bytes so far are kept. */
static void join_mark(struct decode *d, struct rd bytes)
{
	uint8_t joined[2 * MARK_MAX];
	unsigned old = d->n_mark, n = old;
	struct rd all, from;

	for (unsigned i = 0; i < old; i++)
		joined[i] = d->mark[i];
	while (n < old + MARK_MAX && rd_u8(&bytes, &joined[n]))
		n++;
	all = rd_of(joined, n);
	for (unsigned at = 0; at < old && !d->root->unpack; at++) {
		if (!begins(&all, at, d->raw - old) || !rd_slice(&all, at, old - at, &from))
			continue;
		unpack_begin(d->root, unpack_sniff(rd_of(joined + at, n - at)));
		unpack_all(d->root, &from);
		d->n_mark = 0;
		return;
	}
}

static void keep_mark(struct decode *d, const struct rd *bytes)
{
	size_t n = bytes->len < MARK_MAX ? bytes->len : MARK_MAX;
	unsigned old = d->n_mark + n > MARK_MAX ? (unsigned)(MARK_MAX - n) : d->n_mark;
	struct rd end;

	if (d->root->unpack || !rd_slice(bytes, bytes->len - n, n, &end)) {
		d->n_mark = 0;
		return;
	}
	for (unsigned i = 0; i < old; i++)
		d->mark[i] = d->mark[d->n_mark - old + i];
	if (rd_copy(&end, d->mark + old, n))
		d->n_mark = (uint8_t)(old + n);
	for (unsigned i = old; i < d->n_mark; i++)
		if (unpack_may_begin(d->mark[i]))
			d->may_begin = d->raw - (d->n_mark - i - 1);
}

void decode_raw(struct decode *d, struct rd bytes)
{
	struct node *n = d->root;
	struct rd whole = bytes;
	size_t n_raw = bytes.len;

	if (d->n_mark && d->may_begin + d->n_mark > d->raw && !n->unpack)
		join_mark(d, bytes);
	while (bytes.len) {
		size_t at = 0;

		if (n->unpack) {
			unpack_all(n, &bytes);
			whole = bytes;
			d->n_mark = 0;
			continue;
		}
		/* zlib's mark, at the very start, is not one of the others. */
		if (!begins(&bytes, 0, d->raw))
			at = masks_mark(&bytes, 0);
		while (at < bytes.len && !begins(&bytes, at, d->raw))
			at = masks_mark(&bytes, at + 1);
		if (!rd_skip(&bytes, at) || !bytes.len)
			break;
		unpack_begin(n, unpack_sniff(bytes));
	}
	d->raw += n_raw;
	keep_mark(d, &whole);
}

void decode_pause(struct decode *d)
{
	lines_pause(d->root);
	radix_pause(d->root);
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

uint64_t decode_take_explained(struct decode *d)
{
	uint64_t n = d->explained;

	d->explained = 0;
	return n;
}

uint64_t decode_refused(const struct decode *d)
{
	return d->refused;
}
