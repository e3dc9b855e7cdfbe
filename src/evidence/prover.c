/*
 * Is:        entries and proofs out of the public files of a log (contract in the header).
 * Is not:    a judgement of them.
 * Called by: slagboom prove.
 * Owns:      a buffer for one file.
 * Trust:     files may have decayed or change underneath.
 */
#include "evidence/prover.h"

#include <errno.h>

#include "base/assert.h"

/* The tile at `level` that holds hash number `at`, as wide as it is in this tree. */
static struct tile tile_at(const struct prover *p, unsigned level, uint64_t at)
{
	struct tile t = { .level = (uint8_t)level, .index = at >> 8, .width = TILE_WIDTH };
	uint64_t n = tile_hashes(level == TILE_ENTRIES ? 0 : level, p->log.size);

	if (t.index == n >> 8)
		t.width = (uint16_t)(n & 0xff);
	return t;
}

static int read_subtree(struct merkle_source *self, unsigned level, uint64_t index, struct hash *out)
{
	struct prover *p = CONTAINER_OF(self, struct prover, source);
	unsigned up = level / 8, n = 1u << (level % 8);
	uint64_t first;
	struct hash h[TILE_WIDTH];
	struct rd bytes, part;
	uint16_t held;
	int r;

	if (level >= 8 * TILE_LEVELS || index >= p->log.size >> level)
		return -ERANGE;
	first = index << (level % 8);
	r = verify_read(&p->log, tile_at(p, up, first), TILE_MAX, &bytes, &held);
	if (r)
		return r;
	if (!rd_slice(&bytes, (size_t)(first & 0xff) * sizeof(struct hash), n * sizeof(struct hash), &part))
		return -EBADMSG;
	for (unsigned i = 0; i < n; i++)
		ASSERT(rd_copy(&part, h[i].b, sizeof(h[i].b)));
	tile_root(h, n, out);
	return 0;
}

void prover_init(struct prover *p, struct disk *d, uint64_t size)
{
	*p = (struct prover){ .source = { .read = read_subtree } };
	verify_log_init(&p->log, d, size, NULL);
}

void prover_done(struct prover *p)
{
	verify_log_done(&p->log);
}

int prover_entry(struct prover *p, uint64_t index, struct buf *out)
{
	struct rd bundle, entry = { 0 };
	uint16_t held;
	int r;

	if (index >= p->log.size)
		return -ERANGE;
	r = verify_read(&p->log, tile_at(p, TILE_ENTRIES, index), BUNDLE_MAX, &bundle, &held);
	if (r)
		return r;
	for (uint64_t i = 0; i <= (index & 0xff); i++)
		if (!bundle_next(&bundle, &entry))
			return -EBADMSG;
	return buf_put_rd(out, entry) ? 0 : -ENOBUFS;
}

int prover_path(struct prover *p, uint64_t index, struct merkle_proof *out)
{
	if (index >= p->log.size)
		return -ERANGE;
	return merkle_prove_inclusion(&p->source, index, p->log.size, out);
}
