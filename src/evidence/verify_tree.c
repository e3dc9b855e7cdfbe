/*
 * Is:        the tree above the spans of a log (contract in the header).
 * Is not:    the spans themselves.
 * Called by: slagboom-verify, evidenced when it starts, packs.
 * Owns:      nothing.
 * Trust:     hostile files.
 */
#include "evidence/verify_tree.h"

#include <errno.h>
#include <string.h>

#include "base/assert.h"
#include "base/text.h"
#include "evidence/erasure.h"
#include "evidence/hash_text.h"

static const char state_magic[] = "slagboom-verify-state@v1\n";

enum { SPAN_BITS = 16, TILE_BITS = 8 };

void verify_tree_init(struct verify_tree *t)
{
	t->n_spans = 0;
}

/* How many hashes of level k + 2 wait for their tile to become full. */
static size_t waiting(const struct verify_tree *t, unsigned k)
{
	return (t->n_spans >> (k * TILE_BITS)) % TILE_WIDTH;
}

/* The hashes `made` against the stored tile `index` of `level`. */
static int compare(struct verify_log *v, unsigned level, uint64_t index, const struct hash *made,
    uint16_t n, struct verify_fault *f)
{
	struct tile t = { index, n, (uint8_t)level };
	uint64_t first = index << ((level + 1) * TILE_BITS), step = (uint64_t)1 << (level * TILE_BITS);
	struct hash stored;
	uint16_t held;
	struct rd raw;
	int e = verify_read(v, t, TILE_MAX, &raw, &held);

	*f = (struct verify_fault){ .index = first, .tile = t };
	if (e == -ENOENT) {
		f->kind = VERIFY_MISSING;
		return 0;
	}
	if (e && e != -EFBIG)
		return e;
	if (e == -EFBIG || raw.len != (size_t)held * sizeof(stored.b)) {
		f->kind = VERIFY_MALFORMED;
		return 0;
	}
	for (uint16_t i = 0; i < n; i++) {
		if (!rd_copy(&raw, stored.b, sizeof(stored.b)))
			UNREACHABLE();
		if (!hash_equal(&stored, &made[i])) {
			f->kind = VERIFY_HASH;
			f->index = first + i * step;
			return 0;
		}
	}
	return 0;
}

int verify_tree_add(struct verify_tree *t, struct verify_log *v, const struct verify_span *s,
    struct verify_fault *f)
{
	struct hash h = s->root, copy[TILE_WIDTH];
	unsigned k = 0;

	ASSERT(s->n_leaves == VERIFY_SPAN);
	*f = (struct verify_fault){ VERIFY_SOUND };
	for (;;) {
		size_t n = waiting(t, k);
		t->hash[k][n] = h;
		if (n + 1 < TILE_WIDTH || k + 1 == VERIFY_LEVELS)
			break;
		uint64_t index = t->n_spans >> ((k + 1) * TILE_BITS);
		int e = compare(v, k + 2, index, t->hash[k], TILE_WIDTH, f);
		if (e || f->kind)
			return e;
		memcpy(copy, t->hash[k], sizeof(copy));
		tile_root(copy, TILE_WIDTH, &h);
		k++;
	}
	t->n_spans++;
	return 0;
}

int verify_tree_end(const struct verify_tree *t, struct verify_log *v, struct verify_fault *f)
{
	*f = (struct verify_fault){ VERIFY_SOUND };
	for (unsigned k = 0; k < VERIFY_LEVELS; k++) {
		size_t n = waiting(t, k);
		if (n == 0)
			continue;
		int e = compare(v, k + 2, t->n_spans >> ((k + 1) * TILE_BITS), t->hash[k],
		    (uint16_t)n, f);
		if (e || f->kind)
			return e;
	}
	return 0;
}

void verify_tree_root(const struct verify_tree *t, const struct verify_span *rest,
    struct merkle_head *out)
{
	struct hash copy[TILE_WIDTH];
	struct merkle m;

	merkle_init(&m);
	m.size = t->n_spans << SPAN_BITS;
	for (unsigned k = 0; k < VERIFY_LEVELS; k++)
		for (unsigned bit = 0; bit < TILE_BITS; bit++) {
			size_t n = waiting(t, k), at = n >> (bit + 1) << (bit + 1);
			if (!(n >> bit & 1))
				continue;
			memcpy(copy, t->hash[k], sizeof(copy));
			tile_root(&copy[at], (size_t)1 << bit,
			    &m.edge[SPAN_BITS + k * TILE_BITS + bit]);
		}
	if (rest) {
		ASSERT(rest->n_leaves < VERIFY_SPAN);
		m.size += rest->n_leaves;
		for (unsigned bit = 0; bit < SPAN_BITS; bit++)
			m.edge[bit] = rest->edge[bit];
	}
	out->size = m.size;
	merkle_root(&m, &out->root);
}

/* The text of a state:  magic, "spans <decimal>", one base64 line for each hash. */
void wr_verify_tree(struct wr *w, const struct verify_tree *t)
{
	wr_str(w, state_magic);
	wr_str(w, "spans ");
	wr_dec(w, t->n_spans);
	wr_str(w, "\n");
	for (unsigned k = 0; k < VERIFY_LEVELS; k++)
		for (size_t i = 0; i < waiting(t, k); i++) {
			wr_hash(w, &t->hash[k][i]);
			wr_str(w, "\n");
		}
}

bool verify_tree_parse(struct rd text, struct verify_tree *out)
{
	struct rd line;

	verify_tree_init(out);
	if (text.len > VERIFY_STATE_MAX || !rd_word(&text, state_magic) ||
	    !rd_word(&text, "spans ") || !rd_until(&text, '\n', &line) ||
	    !text_u64(line, &out->n_spans) || out->n_spans > MERKLE_SIZE_MAX >> SPAN_BITS)
		return false;
	for (unsigned k = 0; k < VERIFY_LEVELS; k++)
		for (size_t i = 0; i < waiting(out, k); i++)
			if (!rd_until(&text, '\n', &line) || !hash_parse(line, &out->hash[k][i]))
				return false;
	return text.len == 0;
}

/* The beginning of the tree at the size of the known checkpoint, which lies in the
 * span that comes next, against that checkpoint. */
static int check_known(struct verify_job *j, struct verify_fault *f)
{
	uint64_t rest = j->known->size % VERIFY_SPAN;
	struct merkle_head made;
	struct verify_span s;
	int e = 0;

	if (rest) {
		/* Its entries are all of this tree: only the beginning is read again. */
		e = verify_leaves(&j->log, j->tree.n_spans, rest, &s);
		if (e)
			return e;
		if (s.fault.kind) {
			*f = s.fault;
			return 0;
		}
	}
	verify_tree_root(&j->tree, rest ? &s : NULL, &made);
	if (made.size != j->known->size || !hash_equal(&made.root, &j->known->root))
		*f = (struct verify_fault){ .kind = VERIFY_FORK, .index = j->known->size };
	return 0;
}

static bool known_is_next(const struct verify_job *j)
{
	return j->known && j->known->size / VERIFY_SPAN == j->tree.n_spans;
}

static bool bit(const uint8_t bits[VERIFY_BITS], uint64_t at)
{
	return bits[at / 8] >> at % 8 & 1;
}

/* Notes which of its bundles are gone, and which may say why. */
static void note_erasure(struct verify_job *j, const struct verify_span *s)
{
	uint64_t bundle = j->tree.n_spans * TILE_WIDTH;

	for (uint64_t at = 0; j->erasure && at < TILE_WIDTH; at++, bundle++) {
		if (bit(s->gone, at))
			erasure_gone_add(&j->erasure->gone, bundle * TILE_WIDTH, (bundle + 1) * TILE_WIDTH);
		if (bit(s->marked, at))
			*(uint64_t *)vec_push(&j->erasure->marked) = bundle;
	}
}

/* What is gone must have been erased on the record. */
static int judge_erasure(struct verify_job *j, struct verify_fault *f)
{
	uint64_t index;
	int e;

	if (!j->erasure || j->erasure->gone.ranges.n == 0)
		return 0;
	e = erasure_read(j->erasure, &j->log);
	if (e || erasure_judge(j->erasure, &index))
		return e;
	*f = (struct verify_fault){ .kind = VERIFY_MISSING, .index = index,
		.tile = { index / TILE_WIDTH, TILE_WIDTH, TILE_ENTRIES }, .what = "no record says that it was erased" };
	return 0;
}

/* One full span: its outcome, its place in the tree. */
static int add_span(struct verify_job *j, struct verify_fault *f)
{
	struct verify_span s;
	int e = j->source ? j->source->next(j->source, &j->log, j->tree.n_spans, &s) :
	    verify_span(&j->log, j->tree.n_spans, &s);

	if (e)
		return e;
	*f = s.fault;
	if (f->kind)
		return 0;
	note_erasure(j, &s);
	return verify_tree_add(&j->tree, &j->log, &s, f);
}

/* The shorter span at the end, the tiles above it, and the root. */
static int finish(struct verify_job *j, struct verify_fault *f)
{
	bool is_ragged = j->log.size % VERIFY_SPAN != 0;
	struct merkle_head made;
	struct verify_span s;
	int e = 0;

	if (is_ragged) {
		e = verify_span(&j->log, j->tree.n_spans, &s);
		if (e)
			return e;
		*f = s.fault;
		if (f->kind)
			return 0;
		note_erasure(j, &s);
	}
	e = verify_tree_end(&j->tree, &j->log, f);
	if (e || f->kind)
		return e;
	verify_tree_root(&j->tree, is_ragged ? &s : NULL, &made);
	if (made.size != j->head.size || !hash_equal(&made.root, &j->head.root))
		*f = (struct verify_fault){ .kind = VERIFY_ROOT };
	return 0;
}

/* Everything but who erased what is gone. */
static int verify_tree_and_root(struct verify_job *j, struct verify_fault *f)
{
	uint64_t n_full = j->log.size / VERIFY_SPAN;
	int e;

	*f = (struct verify_fault){ VERIFY_SOUND };
	if (j->known && j->known->size > j->head.size) {
		*f = (struct verify_fault){ .kind = VERIFY_ROLLBACK, .index = j->head.size };
		return 0;
	}
	if (j->tree.n_spans > n_full ||
	    (j->known && j->known->size / VERIFY_SPAN < j->tree.n_spans))
		return -EINVAL;
	while (j->tree.n_spans < n_full) {
		e = known_is_next(j) ? check_known(j, f) : 0;
		if (e || f->kind)
			return e;
		e = add_span(j, f);
		if (e || f->kind)
			return e;
		e = j->progress ? j->progress->span(j->progress, &j->tree, j->log.size) : 0;
		if (e)
			return e;
	}
	/* What is wrong with a file is said before what it makes of the root. */
	e = finish(j, f);
	if (e || (f->kind && f->kind != VERIFY_ROOT) || !known_is_next(j))
		return e;
	struct verify_fault fork = { VERIFY_SOUND };
	e = check_known(j, &fork);
	if (fork.kind)
		*f = fork;
	return e;
}

int verify_all(struct verify_job *j, struct verify_fault *f)
{
	int e;

	ASSERT(j->log.may_be_gone == (j->erasure != NULL));
	e = verify_tree_and_root(j, f);
	return e || f->kind ? e : judge_erasure(j, f);
}
