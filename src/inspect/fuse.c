/*
 * Is:        a binary fuse filter with 16-bit fingerprints.
 * Is not:    exact.
 * Called by: members.c.
 * Owns:      its fingerprints.
 * Trust:     see fuse.h.
 *
 * Each key has three slots in neighbouring segments; its fingerprint is the XOR of
 * the three. Building peels: a slot that only one key uses can be set last, so that
 * key is taken away, and so on until no key is left; then slots are set in reverse.
 */
#include "inspect/fuse.h"

#include "base/mem.h"

enum { TRIES = 10, SIZES = 8, SEGMENT_BITS_MAX = 18 };

static uint64_t mix(uint64_t x)
{
	x ^= x >> 33;
	x *= 0xff51afd7ed558ccdu;
	x ^= x >> 33;
	x *= 0xc4ceb9fe1a85ec53u;
	return x ^ x >> 33;
}

static uint16_t fingerprint(uint64_t h)
{
	return (uint16_t)(h ^ h >> 32);
}

static inline void slots(const struct fuse *f, uint64_t h, uint32_t s[3])
{
	const uint32_t segment = f->segment_mask + 1;

	s[0] = (uint32_t)((unsigned __int128)h * f->n_starts >> 64);
	s[1] = (s[0] + segment) ^ ((uint32_t)(h >> 18) & f->segment_mask);
	s[2] = (s[0] + 2 * segment) ^ ((uint32_t)h & f->segment_mask);
}

/* Sizes after the paper: segments of about 4.8 n^0.58, 12.5 % spare and more when
 * keys are few; `more` twentieths on top where that was too tight. */
static void choose_sizes(struct fuse *f, size_t n, unsigned more)
{
	unsigned bits = 2, log2 = 1;
	double x = 2.466; /* 3.33^(bits + 1 - 2.25), the least n for one bit more */

	while (bits < SEGMENT_BITS_MAX && x <= (double)n) {
		x *= 3.33;
		bits++;
	}
	while (log2 < 40 && (size_t)1 << (log2 + 1) <= n)
		log2++;
	double spare = 0.875 + 0.25 * 20.0 / log2;
	if (spare < 1.125)
		spare = 1.125;
	spare += 0.05 * more;
	const uint32_t segment = 1u << bits;
	uint32_t count = (uint32_t)((double)n * spare / segment) + 1;
	count = count > 3 ? count - 2 : 1;
	f->segment_mask = segment - 1;
	f->n_starts = count * segment;
	f->n_fp = f->n_starts + 2 * segment;
}

/* What building needs besides: how many keys use a slot and the XOR of their hashes;
 * keys in the order of peeling with the slot that each had alone. */
struct work {
	uint32_t *users, *queue, *alone;
	uint64_t *sum, *order;
	size_t n_order;
};

static void enter(struct fuse *f, struct work *w, const uint64_t *keys, size_t n)
{
	uint32_t s[3];

	for (size_t i = 0; i < f->n_fp; i++) {
		w->users[i] = 0;
		w->sum[i] = 0;
	}
	for (size_t i = 0; i < n; i++) {
		const uint64_t h = mix(keys[i] + f->seed);
		slots(f, h, s);
		for (int k = 0; k < 3; k++) {
			w->users[s[k]]++;
			w->sum[s[k]] ^= h;
		}
	}
}

static void peel(struct fuse *f, struct work *w)
{
	size_t n_queue = 0;
	uint32_t s[3];

	w->n_order = 0;
	for (uint32_t i = 0; i < f->n_fp; i++)
		if (w->users[i] == 1)
			w->queue[n_queue++] = i;
	while (n_queue > 0) {
		const uint32_t at = w->queue[--n_queue];
		if (w->users[at] != 1)
			continue;
		const uint64_t h = w->sum[at];
		w->order[w->n_order] = h;
		w->alone[w->n_order++] = at;
		slots(f, h, s);
		for (int k = 0; k < 3; k++) {
			w->sum[s[k]] ^= h;
			if (--w->users[s[k]] == 1)
				w->queue[n_queue++] = s[k];
		}
	}
}

static void assign(struct fuse *f, const struct work *w)
{
	uint32_t s[3];

	for (size_t i = w->n_order; i-- > 0;) {
		slots(f, w->order[i], s);
		f->fp[w->alone[i]] = 0;
		f->fp[w->alone[i]] = (uint16_t)(fingerprint(w->order[i]) ^ f->fp[s[0]] ^ f->fp[s[1]] ^ f->fp[s[2]]);
	}
}

/* Some seeds at one size. */
static bool build(struct fuse *f, const uint64_t *keys, size_t n)
{
	struct work w = { 0 };
	bool built = false;

	f->fp = mem_new(f->n_fp, sizeof(*f->fp));
	w.users = mem_new(f->n_fp, sizeof(*w.users));
	w.sum = mem_new(f->n_fp, sizeof(*w.sum));
	/* a slot is queued when its users become one: at the start or once after */
	w.queue = mem_new((size_t)f->n_fp * 2, sizeof(*w.queue));
	w.alone = mem_new(n + 1, sizeof(*w.alone));
	w.order = mem_new(n + 1, sizeof(*w.order));
	for (unsigned k = 0; k < TRIES && !built; k++) {
		f->seed = mix(f->seed + 0x9e3779b97f4a7c15u);
		enter(f, &w, keys, n);
		peel(f, &w);
		built = w.n_order == n;
	}
	if (built)
		assign(f, &w);
	mem_free(&w.users);
	mem_free(&w.sum);
	mem_free(&w.queue);
	mem_free(&w.alone);
	mem_free(&w.order);
	return built;
}

bool fuse_init(struct fuse *f, const uint64_t *keys, size_t n)
{
	*f = (struct fuse){ 0 };
	for (unsigned more = 0; more < SIZES; more++) {
		choose_sizes(f, n, more);
		if (build(f, keys, n))
			return true;
		fuse_done(f);
	}
	return false;
}

void fuse_done(struct fuse *f)
{
	if (f->fp)
		mem_wipe(f->fp, fuse_bytes(f));
	mem_free(&f->fp);
}

bool fuse_has(const struct fuse *f, uint64_t key)
{
	const uint64_t h = mix(key + f->seed);
	uint32_t s[3];

	slots(f, h, s);
	return (uint16_t)(f->fp[s[0]] ^ f->fp[s[1]] ^ f->fp[s[2]]) == fingerprint(h);
}

size_t fuse_bytes(const struct fuse *f)
{
	return (size_t)f->n_fp * sizeof(*f->fp);
}
