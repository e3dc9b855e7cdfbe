/*
 * Is:        the wire between evidenced and shipd (contract in the header).
 * Is not:    a way to be believed.
 * Called by: publish.c, ship/log.c.
 * Owns:      nothing.
 * Trust:     either may have been taken over.
 */
#include "proc/talk/ship_proto.h"

void wr_ship_range(struct wr *w, uint64_t from, uint64_t to)
{
	wr_u64(w, from);
	wr_u64(w, to);
}

bool rd_ship_range(struct rd *r, uint64_t *from, uint64_t *to)
{
	return rd_u64(r, from) && rd_u64(r, to) && *from <= *to && *to <= MERKLE_SIZE_MAX;
}

bool rd_ship_hashes(struct rd *r, struct merkle_proof *out)
{
	out->n = 0;
	while (r->len)
		if (out->n == MERKLE_PROOF_MAX || !rd_copy(r, out->h[out->n++].b, sizeof(out->h[0].b)))
			return false;
	return true;
}
