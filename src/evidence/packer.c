/*
 * Is:        packing over libzstd (contracts in the header).
 * Is not:    more.
 * Called by: segment.c.
 * Owns:      see the header.
 * Trust:     see the header.
 */
#include "evidence/packer.h"

#include <zstd.h>

#include "base/assert.h"

/* The quickest level that gains on text; a window that a reader gives a hundred kilobytes for. */
enum { LEVEL = 1, WINDOW_LOG = 17, PIECE = 1 << 16 };

static void make(struct packer *p)
{
	p->zstd = ZSTD_createCCtx();
	if (!p->zstd)
		assert_no_memory();
	if (ZSTD_isError(ZSTD_CCtx_setParameter(p->zstd, ZSTD_c_compressionLevel, LEVEL)) ||
	    ZSTD_isError(ZSTD_CCtx_setParameter(p->zstd, ZSTD_c_windowLog, WINDOW_LOG)))
		UNREACHABLE();
}

void packer_start(struct packer *p)
{
	if (!p->zstd)
		make(p);
	if (ZSTD_isError(ZSTD_CCtx_reset(p->zstd, ZSTD_reset_session_only)))
		UNREACHABLE();
}

bool packer_put(struct packer *p, struct rd in, bool last, struct buf *out)
{
	ZSTD_inBuffer from = { in.p, in.len, 0 };
	size_t left;
	uint8_t *room;

	do {
		size_t n = buf_room(out) < PIECE ? buf_room(out) : PIECE;
		ZSTD_outBuffer to = { .size = n };
		if (n == 0 || !buf_space(out, n, &room))
			return false;
		to.dst = room;
		left = ZSTD_compressStream2(p->zstd, &to, &from, last ? ZSTD_e_end : ZSTD_e_continue);
		if (ZSTD_isError(left))
			UNREACHABLE();
		buf_grew(out, to.pos);
	} while (from.pos < from.size || (last && left > 0));
	return true;
}

void packer_done(struct packer *p)
{
	(void)ZSTD_freeCCtx(p->zstd);
	p->zstd = NULL;
}

/* Until the frame ends. Each step takes or gives something: with nothing left to take it is cut. */
static bool unpack(ZSTD_DCtx *d, ZSTD_inBuffer *from, struct buf *out)
{
	uint8_t *room;
	size_t left;

	do {
		size_t n = buf_room(out) < PIECE ? buf_room(out) : PIECE, taken = from->pos;
		ZSTD_outBuffer to = { .size = n };
		if (n && !buf_space(out, n, &room))
			return false;
		to.dst = n ? room : NULL;
		left = ZSTD_decompressStream(d, &to, from);
		if (ZSTD_isError(left) || (left && to.pos == 0 && from->pos == taken))
			return false;
		buf_grew(out, to.pos);
	} while (left);
	return true;
}

bool packer_open(struct rd in, struct buf *out)
{
	ZSTD_inBuffer from = { in.p, in.len, 0 };
	ZSTD_DCtx *d = ZSTD_createDCtx();
	bool ok;

	if (!d)
		assert_no_memory();
	if (ZSTD_isError(ZSTD_DCtx_setParameter(d, ZSTD_d_windowLogMax, WINDOW_LOG)))
		UNREACHABLE();
	ok = unpack(d, &from, out) && from.pos == from.size;
	(void)ZSTD_freeDCtx(d);
	return ok;
}
