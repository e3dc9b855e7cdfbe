/*
 * Is:        the layers of the inspector: one stream of bytes to four streams of text,
 *            and what a scanner finds in each.
 * Is not:    a judge of what was found (inspector_count.c).
 * Called by: inspector.c.
 * Owns:      the layers' state, in struct inspector.
 * Trust:     hostile bytes.
 */
#include "inspect/inspector_layer.h"

#include "base/assert.h"
#include "base/mem.h"
#include "inspect/grid.h"
#include "inspect/inspector_pending.h"
#include "inspect/masks.h"
#include "inspect/run.h"

enum { TEXT_MAX = PIECE_MAX * STRIP_GROWTH };

static unsigned scan_opts(const struct inspector *in)
{
	return (in->o.member ? SCAN_OPT_WEAK : 0) | (in->o.numbers ? SCAN_OPT_NUMBERS : 0);
}

/* The source of a place in the layer's stream. */
static uint32_t layer_source(const void *ctx, uint64_t offset)
{
	const struct layer *l = ctx;

	if (offset >= l->base)
		return l->text ? traced_src(l->text, (size_t)(offset - l->base))
			       : l->raw_at + 1 + (uint32_t)(offset - l->base);
	return l->base - offset <= BACK_MAX ? l->back[offset % BACK_MAX] : TRACED_OLD;
}

static void layer_found(void *ctx, const struct scan_finding *f)
{
	struct layer *l = ctx;
	const struct origin o = { .stream = l->stream, .kind = DECODE_KINDS, .source = layer_source, .ctx = l };

	pending_add(l->in, f, &o);
}

static void layer_init(struct layer *l, struct inspector *in, enum stream stream)
{
	l->in = in;
	l->stream = stream;
	scan_init(&l->scan, in->o.plan, scan_opts(in), layer_found, l);
}

static bool is_limited(const struct inspector *in)
{
	return in->o.mask || in->o.most_persons;
}

/* Where nothing is held, what the raw bytes say beyond their text is soon enough at a pause. */
static bool may_lag(const struct layer *l)
{
	return l->stream == STREAM_RAW && !is_limited(l->in);
}

/* Of what the scanner has not judged. */
static void weigh_open(struct layer *l)
{
	const struct rd open = scan_unjudged(&l->scan);

	if (!may_lag(l))
		l->weight = masks_weight(&open);
}

static void layer_feed_few(struct layer *l)
{
	const struct rd few = rd_of(l->few, l->n_few);

	if (!l->n_few)
		return;
	l->n_few = 0;
	scan_feed(&l->scan, few);
	weigh_open(l);
}

/* Single bytes are scanned some together, while they make no identifier with what is open. */
static bool may_wait(struct layer *l, const struct rd *bytes)
{
	if (bytes->len >= FEW_MAX - l->n_few || l->stream == STREAM_ASIDE)
		return false;
	if (may_lag(l))
		return true;
	l->weight += masks_weight(bytes);
	return l->weight < MASKS_WEIGHT_MIN && !l->in->o.numbers;
}

static void layer_feed(struct layer *l, struct rd bytes)
{
	const unsigned n = (unsigned)bytes.len;

	if (!n)
		return;
	if (may_wait(l, &bytes)) {
		ASSERT(rd_copy(&bytes, l->few + l->n_few, n));
		l->n_few += n;
		return;
	}
	layer_feed_few(l);
	scan_feed(&l->scan, bytes);
	weigh_open(l);
}

static void layer_put(struct layer *l, struct rd bytes)
{
	const size_t keep = bytes.len < BACK_MAX ? bytes.len : BACK_MAX, first = bytes.len - keep;

	layer_feed(l, bytes);
	if (l->in->o.mask && l->text)
		for (size_t i = first; i < bytes.len; i++)
			l->back[(l->base + i) % BACK_MAX] = l->text->src[i];
	else if (l->in->o.mask)
		for (size_t i = first; i < bytes.len; i++)
			l->back[(l->base + i) % BACK_MAX] = l->raw_at + 1 + (uint32_t)i;
	l->base += bytes.len;
}

static void layer_put_text(struct layer *l, const struct traced *t)
{
	l->text = t;
	layer_put(l, buf_rd(&t->text));
}

static void layer_put_raw(struct layer *l, struct rd bytes, uint32_t at)
{
	l->text = NULL;
	l->raw_at = at;
	layer_put(l, bytes);
}

static void layer_settle(struct layer *l, const uint8_t *mask, size_t n)
{
	const uint64_t first = l->base > BACK_MAX ? l->base - BACK_MAX : 0;

	for (uint64_t at = l->settled > first ? l->settled : first; l->in->o.mask && at < l->base; at++)
		l->back[at % BACK_MAX] = traced_settle(l->back[at % BACK_MAX], mask, n);
	l->settled = l->base;
}

static uint32_t row_source(const void *ctx, uint64_t offset)
{
	const struct inspector *in = ctx;

	return traced_src(&in->rows.text, (size_t)offset);
}

static void row_found(void *ctx, const struct scan_finding *f)
{
	struct inspector *in = ctx;
	struct origin o = { .kind = DECODE_KINDS, .source = row_source, .ctx = in };

	o.stream = in->next_stream + rows_find(&in->rows, f->offset, &o.line);
	pending_add(in, f, &o);
}

static void rows_scan(struct inspector *in)
{
	if (in->rows.n == 0)
		return;
	scan_all(in->o.plan, scan_opts(in), buf_rd(&in->rows.text.text), row_found, in);
	in->next_stream += in->rows.n;
	rows_reset(&in->rows);
}

static void read_row(void *ctx, const struct traced *line)
{
	struct inspector *in = ctx;

	if (rows_put(&in->rows, line))
		return;
	rows_scan(in);
	if (!rows_put(&in->rows, line))
		UNREACHABLE();
}

static void derived_found(void *ctx, const struct scan_finding *f)
{
	struct derived_layer *d = ctx;
	const struct origin o = { .stream = d->stream, .kind = d->kind, .derived = d->whole };

	pending_add(d->in, f, &o);
}

static void read_derived_line(struct inspector *in, const struct derived *v)
{
	struct derived_layer d UNCLEARED;

	d.in = in;
	d.kind = v->kind;
	d.stream = in->next_stream++;
	d.whole = v;
	scan_all(in->o.plan, scan_opts(in), v->text, derived_found, &d);
}

static void read_derived(void *ctx, const struct derived *v)
{
	struct inspector *in = ctx;
	struct derived_layer *d;

	if (v->stream >= DECODE_STREAMS_MAX) {
		read_derived_line(in, v);
		return;
	}
	d = in->derived[v->stream];
	if (!d) {
		d = in->derived[v->stream] = mem_new(1, sizeof(*d));
		in->n_derived++;
		d->in = in;
		d->kind = v->kind;
		d->stream = in->next_stream++;
		opaque_init(&d->opaque);
		scan_init(&d->scan, in->o.plan, scan_opts(in), derived_found, d);
	}
	scan_feed(&d->scan, v->text);
	opaque_put(&d->opaque, v->text, 0);
	if (!v->last)
		return;
	scan_end(&d->scan);
	in->opaque_derived += opaque_total(&d->opaque);
	mem_free(&in->derived[v->stream]);
	in->n_derived--;
}

/* The word that ends at `at`, with what of its line is there already. */
static struct naming naming_of(struct inspector *in, uint64_t at)
{
	const struct rd text = buf_rd(&in->text.text);
	const uint64_t base = in->stripped.base - text.len;
	struct naming n = { .first = at, .at = at, .from = at, .to = at };
	size_t i = at > base ? (size_t)(at - base) : 0;

	if (!in->grid)
		return n;
	while (i > 0 && at - (base + i) < in->reach && text.p[i - 1] != '\n')
		i--;
	n.from = i > 0 ? base + i : in->line_at;
	n.from = n.from + in->reach < at ? at - in->reach : n.from;
	n.open = in->line_named = true;
	return n;
}

/* Those between which everything is near one of them, and in the same line, are as one. */
static void keep_naming(struct inspector *in, struct naming n)
{
	struct naming *last = in->n_context ? &in->context[(in->n_context - 1) % CONTEXT_MAX] : NULL;

	if (last && n.at - last->at <= 2 * CONTEXT_NEAR && (!in->grid || (last->open && n.from <= last->from))) {
		last->at = n.at;
		last->open = n.open;
		in->n_merged++;
		return;
	}
	in->context[in->n_context++ % CONTEXT_MAX] = n;
}

static void name_found(void *ctx, const struct literal_hit *h)
{
	struct inspector *in = ctx;

	if (h->word->names_number)
		keep_naming(in, naming_of(in, h->offset + h->len));
}

static void word_found(void *ctx, const struct literal_hit *h)
{
	struct inspector *in = ctx;

	name_found(in, h);
	if (h->word->data != DATA_NONE)
		count_value(in, h->word->data, DATA_CLASSES + h->word->data, rd_str(h->word->text));
}

static void follow_line(const struct inspector *in, struct naming *n)
{
	const struct rd text = buf_rd(&in->text.text);
	const uint64_t base = in->stripped.base - text.len;

	/* words that are as one stand in one line */
	n->to = n->to > n->at ? n->to : n->at;
	n->to = n->to > base ? n->to : base;
	while (n->to < in->stripped.base && n->to - n->at < in->reach && text.p[n->to - base] != '\n')
		n->to++;
	n->open = n->to == in->stripped.base && n->to - n->at < in->reach;
}

static void follow_lines(struct inspector *in)
{
	in->line_named = false;
	for (uint32_t k = 0; k < CONTEXT_MAX && k < in->n_context; k++) {
		if (in->context[k].open)
			follow_line(in, &in->context[k]);
		in->line_named |= in->context[k].open;
	}
}

/* Words in the piece of stripped text, which its scanner has had. */
static void find_words(struct inspector *in)
{
	literal_feed(&in->words, buf_rd(&in->text.text));
	if (!in->grid)
		return;
	if (in->line_named)
		follow_lines(in);
	if (in->strip.line_from)
		in->line_at = in->stripped.base - in->text.text.len + in->strip.line_from;
	in->strip.line_from = 0;
}

static void set_reach(struct inspector *in, unsigned cols)
{
	in->reach = (cols < GRID_COLS_MAX ? cols : GRID_COLS_MAX) + 2 * GRID_CONTEXT;
}

void layers_init(struct inspector *in)
{
	set_reach(in, in->o.cols);
	literal_init(&in->words, word_found, in);
	layer_init(&in->raw, in, STREAM_RAW);
	layer_init(&in->stripped, in, STREAM_STRIPPED);
	in->same = true;
	layer_init(&in->aside, in, STREAM_ASIDE);
	in->next_stream = STREAM_FIRST_OTHER;
	strip_init(&in->strip);
	traced_init(&in->text, TEXT_MAX, in->o.mask);
	traced_init(&in->beside, TEXT_MAX, in->o.mask);
	traced_init(&in->probe, TEXT_MAX, true);
	traced_init(&in->probe_beside, TEXT_MAX, false);
	if (in->o.screen)
		in->grid = grid_new(in->o.rows, in->o.cols, in->o.mask, read_row, in);
	rows_init(&in->rows, in->o.mask);
	in->tokens.max = in->grid ? PIECE_MAX * TOKENS_OF_BYTE : 0;
	in->tokens.t = in->grid ? mem_new(in->tokens.max, sizeof(*in->tokens.t)) : NULL;
	in->decode = decode_new(read_derived, in);
	opaque_init(&in->opaque);
}

void layers_done(struct inspector *in)
{
	decode_free(&in->decode);
	grid_free(&in->grid);
	mem_free(&in->tokens.t);
	pending_free(&in->pending);
	for (unsigned i = 0; i < DECODE_STREAMS_MAX; i++)
		mem_free(&in->derived[i]);
	traced_done(&in->text);
	traced_done(&in->beside);
	rows_done(&in->rows);
	traced_done(&in->probe);
	traced_done(&in->probe_beside);
}

/* The raw layer goes on from where the stripped one is. */
static void part_layers(struct inspector *in)
{
	struct layer *l = &in->raw;
	const uint64_t ahead = in->raw_ahead, end = in->stripped.base;

	*l = in->stripped;
	l->stream = STREAM_RAW;
	l->scan.ctx = l;
	l->base += ahead;
	l->settled += ahead;
	l->peeked += ahead;
	scan_move(&l->scan, ahead);
	for (uint64_t at = end > BACK_MAX ? end - BACK_MAX : 0; in->o.mask && at < end; at++)
		l->back[(at + ahead) % BACK_MAX] = in->stripped.back[at % BACK_MAX];
	in->same = false;
}

static void join_layers(struct inspector *in)
{
	const struct rd a = rd_of(in->raw.few, in->raw.n_few), b = rd_of(in->stripped.few, in->stripped.n_few);

	in->same = rd_equal(&a, &b) && scan_is_level(&in->raw.scan, &in->stripped.scan);
	in->raw_ahead = in->raw.base - in->stripped.base;
	if (in->same)
		in->raw.n_few = 0;
}

void layers_strip(struct inspector *in, struct rd piece, uint32_t at, bool lines, bool traced)
{
	traced_reset(&in->text);
	traced_reset(&in->beside);
	in->text.on = traced;
	if (in->grid && tokens_read(&in->strip.reader, &piece, 0, at, &in->tokens) != piece.len)
		UNREACHABLE();
	if (in->grid)
		strip_take(&in->strip, &in->tokens, &in->text, &in->beside);
	else if (lines)
		strip_put_lines(&in->strip, piece, at, &in->text, &in->beside);
	else
		strip_put(&in->strip, piece, at, &in->text, &in->beside);
}

/* What ends a line in the raw bytes may end none in the text, where a sequence before it did. */
static void end_raw_line(struct inspector *in, const struct rd *piece, uint32_t at)
{
	const struct rd text = buf_rd(&in->text.text);
	struct rd first;

	if (masks_ends_line(piece->p[0]) && !(text.len && text.p[0] == '\n') && rd_slice(piece, 0, 1, &first))
		layer_put_raw(&in->raw, first, at);
}

/* Gives both layers a piece. Where nothing but lines of printable text stands, the raw bytes say
 * nothing that the stripped ones do not: such pieces are put to both as text, and once the two
 * have read the same for long enough to find the same from here on, one scan does for both. */
static void put_layers(struct inspector *in, struct rd piece, uint32_t at)
{
	const bool lines = !in->ahead && !in->apart && strip_is_own_text(&in->strip, &piece);

	if (in->same && !lines)
		part_layers(in);
	if (!lines)
		layer_put_raw(&in->raw, piece, at);
	if (!in->ahead)
		layers_strip(in, piece, at, lines, in->o.mask);
	in->ahead = false;
	if (lines && !in->same) {
		end_raw_line(in, &piece, at);
		layer_put_text(&in->raw, &in->text);
	}
	layer_put_text(&in->stripped, &in->text);
	if (lines && !in->same)
		join_layers(in);
}

/* Weighs the text that the decoders had last, all of which is of packed data, or none. */
static void weigh(struct inspector *in, struct rd text, bool packed)
{
	const struct explained e = decode_take_explained(in->decode);

	if (packed)
		opaque_put_understood(&in->opaque, text);
	else if (e.of)
		opaque_put_explained(&in->opaque, text, e.of, e.n);
	else
		opaque_put(&in->opaque, text, 0);
}

/* A piece that is packed all of it, or not at all. */
static void put_piece(struct inspector *in, struct rd piece, uint32_t at, bool packed)
{
	put_layers(in, piece, at);
	find_words(in);
	if (in->beside.text.len) {
		layer_put_text(&in->aside, &in->beside);
		decode_aside(in->decode, buf_rd(&in->beside.text));
	}
	if (in->grid) {
		grid_spare_told(in->grid, !in->every_row);
		grid_take(in->grid, &in->tokens);
		rows_scan(in);
	}
	decode_text(in->decode, buf_rd(&in->text.text));
	weigh(in, buf_rd(&in->text.text), packed);
}

/* What waits is no identifier, nor part of one: see may_wait. */
static void layer_peek(struct layer *l)
{
	const struct rd open = scan_unjudged(&l->scan);

	if (l->n_few || l->peeked == l->base)
		return;
	l->peeked = l->base;
	if (masks_may_identify(&open) || l->in->o.numbers)
		scan_peek(&l->scan, layer_found, l);
}

/* Judges what waits for more text, and what stands on the screen. */
static void peek(struct inspector *in)
{
	if (!in->same)
		layer_peek(&in->raw);
	layer_peek(&in->stripped);
	if (in->aside.base)
		layer_peek(&in->aside);
	if (in->grid) {
		grid_flush(in->grid);
		rows_scan(in);
	}
}

static void clear_mask(struct inspector *in, size_t n)
{
	for (size_t i = 0; i < n; i++)
		in->mask[i] = 0;
	in->any_mask = in->cannot_mask = false;
}

void layers_put(struct inspector *in, struct rd chunk)
{
	uint32_t at = 0;
	struct rd piece;

	ASSERT(chunk.len <= CHUNK_MAX);
	clear_mask(in, chunk.len);
	while (chunk.len && rd_slice(&chunk, 0, chunk.len < PIECE_MAX ? chunk.len : PIECE_MAX, &piece)) {
		bool packed;
		const size_t n = decode_raw(in->decode, piece, &packed);

		if (!rd_take(&chunk, n, &piece))
			UNREACHABLE();
		put_piece(in, piece, at, packed);
		at += (uint32_t)n;
	}
	/* What is to be masked or held must be judged before it goes; for counting alone a
	 * pause is soon enough, and no number is cut in two by a chunk's end. */
	if (is_limited(in))
		peek(in);
	pending_settle(in);
}

/* A value: its bytes are its text, and it is the whole of a line. */
struct value_ctx {
	struct inspector *in;
	struct rd value;
};

static uint32_t value_source(const void *ctx, uint64_t offset)
{
	const struct value_ctx *v = ctx;

	return 1 + (uint32_t)(offset - v->in->value_at);
}

static void value_found(void *ctx, const struct scan_finding *f)
{
	struct value_ctx *v = ctx;
	const struct origin o = { .stream = STREAM_VALUES, .kind = DECODE_KINDS, .source = value_source, .ctx = v, .line = v->value };
	struct scan_finding moved = *f;

	moved.offset += v->in->value_at;
	pending_add(v->in, &moved, &o);
}

static void peek_derived(struct inspector *in)
{
	decode_pause(in->decode);
	for (unsigned i = 0; in->n_derived && i < DECODE_STREAMS_MAX; i++)
		if (in->derived[i])
			scan_peek(&in->derived[i]->scan, derived_found, in->derived[i]);
}

void layers_put_value(struct inspector *in, struct rd value, bool decode)
{
	uint8_t line[PIECE_MAX + 1] UNCLEARED;
	const struct rd whole = rd_of(line, value.len + 1);
	struct value_ctx v = { in, value };
	struct rd raw = value, rest = value;
	bool packed;

	ASSERT(value.len <= PIECE_MAX && rd_copy(&rest, line, value.len));
	line[value.len] = '\n';
	clear_mask(in, value.len);
	if (masks_may_identify(&value) || in->o.numbers)
		scan_all(in->o.plan, scan_opts(in), value, value_found, &v);
	literal_feed(&in->words, whole);
	while (raw.len && rd_skip(&raw, decode_raw(in->decode, raw, &packed)))
		;
	decode_text(in->decode, whole);
	if (decode)
		peek_derived(in);
	weigh(in, value, false);
	pending_settle(in);
	in->value_at += value.len + 1;
}

void layers_pause(struct inspector *in)
{
	traced_reset(&in->text);
	strip_flush(&in->strip, &in->text);
	layer_put_text(&in->stripped, &in->text);
	find_words(in);
	literal_peek(&in->words, name_found, in);
	decode_text(in->decode, buf_rd(&in->text.text));
	layer_feed_few(&in->raw);
	layer_feed_few(&in->stripped);
	peek(in);
	peek_derived(in);
	weigh(in, buf_rd(&in->text.text), false);
	pending_settle(in);
}

void layers_resize(struct inspector *in, unsigned rows, unsigned cols)
{
	grid_resize(in->grid, rows, cols);
	rows_scan(in);
	set_reach(in, cols);
}

bool layers_catch_up(struct inspector *in)
{
	const struct rd few = rd_of(in->raw.few, in->raw.n_few), open = scan_unjudged(&in->raw.scan);

	if (few.len == 0 && in->stripped.n_few == 0)
		return false;
	/* What waits in the stripped layer makes no identifier: see may_wait. */
	if (masks_weight(&few) + masks_weight(&open) >= MASKS_WEIGHT_MIN || in->o.numbers)
		layer_feed_few(&in->raw);
	pending_settle(in);
	return true;
}

void layers_separate(struct inspector *in)
{
	static const char newline[] = "\n";

	if (in->same)
		part_layers(in);
	layer_put_raw(&in->raw, rd_str(newline), CHUNK_MAX); /* outside of every chunk */
	traced_reset(&in->text);
	traced_reset(&in->beside);
	strip_put(&in->strip, rd_str(newline), CHUNK_MAX, &in->text, &in->beside);
	layer_put_text(&in->stripped, &in->text);
	find_words(in);
	decode_text(in->decode, buf_rd(&in->text.text));
	pending_settle(in);
}

void layers_end(struct inspector *in)
{
	literal_end(&in->words);
	in->opaque_derived += decode_end(in->decode);
	decode_free(&in->decode);
	in->decode = decode_new(read_derived, in);
	pending_settle(in);
	literal_init(&in->words, word_found, in);
}

void layers_settle(struct inspector *in, size_t n)
{
	const uint8_t *mask = in->any_mask ? in->mask : NULL;

	strip_settle(&in->strip, mask, n);
	if (!in->o.mask)
		return; /* of the others nobody asks for a source */
	if (!in->same)
		layer_settle(&in->raw, mask, n);
	layer_settle(&in->stripped, mask, n);
	layer_settle(&in->aside, mask, n);
	if (in->grid)
		grid_settle(in->grid, mask, n);
}

uint64_t layers_opaque(const struct inspector *in)
{
	uint64_t n = opaque_total(&in->opaque) + in->opaque_derived + tokens_opaque(&in->strip.reader) +
	    decode_refused(in->decode);

	for (unsigned i = 0; in->n_derived && i < DECODE_STREAMS_MAX; i++)
		if (in->derived[i])
			n += opaque_total(&in->derived[i]->opaque);
	return n;
}
