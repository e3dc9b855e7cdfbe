/*
 * Is:        packages for the mirror (contract in the header).
 * Is not:    their form (evidence/mirror.h).
 * Called by: publish.
 * Owns:      as in the header.
 * Trust:     what shipd asks for was held against the tree before.
 */
#include "proc/evidenced/upload.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "evidence/mirror.h"
#include "evidence/subtree.h"
#include "evidence/tiler.h"
#include "proc/talk/ship_proto.h"

enum { PARTS_PER_TURN = 128 };

void upload_init(struct upload *u)
{
	*u = (struct upload){ 0 };
	buf_init(&u->parts, MIRROR_UPLOAD_MAX);
}

void upload_done(struct upload *u)
{
	buf_done(&u->parts);
}

void upload_forget(struct upload *u)
{
	buf_reset(&u->parts);
	u->is_open = false;
}

void upload_send(struct upload *u, struct ipc *link)
{
	AUTO(buf_done) struct buf b = { 0 };
	struct rd rest = buf_rd(&u->parts), part;

	/* Not all that fits: answers to other questions need their place too. */
	for (int n = 0; rest.len; n++) {
		if (n == PARTS_PER_TURN || !rd_take(&rest, rest.len < SHIP_PART_MAX ? rest.len : SHIP_PART_MAX, &part) ||
		    ipc_send(link, SHIP_ENTRIES, part) != 0)
			return;
		buf_drop(&u->parts, part.len);
		rest = buf_rd(&u->parts);
	}
	buf_init(&b, SHIP_RANGE_LEN);
	struct wr w = wr_to(&b);
	wr_ship_range(&w, u->from, u->until);
	if (ipc_send(link, SHIP_ENTRIES_END, buf_rd(&b)) == 0)
		u->is_open = false;
}

/* The entries [from, until) of one bundle, with the proof of what they complete. */
static int put_package(struct tiler *t, struct wr *w, uint64_t from, uint64_t to)
{
	AUTO(buf_done) struct buf bundle = { 0 };
	struct merkle_range covers = mirror_package_range(from, to);
	struct merkle_proof proof;
	struct rd all, entry, mine;
	size_t begin = 0;
	int r;

	buf_init(&bundle, BUNDLE_MAX);
	r = tiler_bundle(t, from, &bundle);
	if (r == 0)
		r = subtree_prove(&t->source, covers, to, &proof);
	all = buf_rd(&bundle);
	for (uint64_t i = covers.begin; r == 0 && i < covers.end; i++) {
		if (i == from)
			begin = bundle.len - all.len;
		if (!rd_part16(&all, ENTRY_MAX, &entry))
			r = -EUCLEAN;
	}
	mine = buf_rd(&bundle);
	if (r != 0 || !rd_slice(&mine, begin, bundle.len - all.len - begin, &mine))
		return r ? r : -EUCLEAN;
	wr_mirror_package(w, mine, &proof);
	return wr_ok(w) ? 0 : -ENOBUFS;
}

int upload_make(struct upload *u, struct tiler *t, uint64_t from, uint64_t to)
{
	struct wr w = wr_to(&u->parts);
	uint64_t at = from;
	int r = 0;

	for (int n = 0; r == 0 && at < to && n < MIRROR_PACKAGES_MAX && u->parts.len < MIRROR_ENTRIES_MAX; n++) {
		r = put_package(t, &w, at, to);
		at = mirror_package_range(at, to).end;
	}
	if (r == -ENOENT && !u->said_erased) {
		u->said_erased = true;
		(void)dprintf(STDERR_FILENO, "the mirror lacks records from %llu on, which were erased here: give it another mirror's copy\n",
		    (unsigned long long)from);
	}
	if (r != 0) {
		buf_reset(&u->parts);
		return r;
	}
	u->from = from;
	u->until = at;
	u->is_open = true;
	return 0;
}
