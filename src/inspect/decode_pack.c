/*
 * Is:        gzip, zlib, xz, zstd and bzip2 behind one step function.
 * Is not:    a file format reader; members after the first are sniffed anew.
 * Called by: decode.c.
 * Owns:      the libraries' state.
 * Trust:     hostile bytes: memory is capped (zstd window 8 MiB, xz 32 MiB), output
 *            by the caller, step by step.
 */
#include <errno.h>

#include <bzlib.h>
#include <lzma.h>
#include <zlib.h>
#include <zstd.h>

#include "base/assert.h"
#include "base/mem.h"
#include "inspect/decode_priv.h"

enum { ZSTD_WINDOW_LOG = 23, ZSTD_BLOCK_HEADER = 3, XZ_MEMORY = 32 << 20, BZIP2_BLOCK = 900000 };

struct unpack {
	enum decode_kind kind;
	union {
		z_stream gz;
		lzma_stream xz;
		bz_stream bz;
		struct zstd {
			ZSTD_DStream *stream;
			size_t part;	/* it takes next at most */
			bool full;	/* output may wait */
		} zstd;
	} u;
};

enum decode_kind unpack_sniff(struct rd begin)
{
	uint8_t second = 0;
	struct rd r = begin;

	if (begin.len < 2 || !unpack_may_begin_so(begin.p[0], begin.p[1]))
		return DECODE_KINDS;
	if (rd_word(&r, "\x1f\x8b\x08"))
		return DECODE_GZIP;
	if (rd_word(&r, "\x28\xb5\x2f\xfd"))
		return DECODE_ZSTD;
	if (rd_word(&r, "\xfd" "7zXZ"))
		return DECODE_XZ;
	if (rd_word(&r, "BZh") && rd_u8(&r, &second) && second >= '1' && second <= '9' && rd_word(&r, "1AY"))
		return DECODE_BZIP2;
	/* zlib: deflate with a 32 KiB window, the header a multiple of 31. */
	return begin.p[0] == 'x' ? DECODE_GZIP : DECODE_KINDS;
}

static bool open_zstd(struct zstd *z)
{
	z->stream = ZSTD_createDStream();
	z->part = 1;
	return z->stream && !ZSTD_isError(ZSTD_DCtx_setParameter(z->stream, ZSTD_d_windowLogMax, ZSTD_WINDOW_LOG));
}

struct unpack *unpack_new(enum decode_kind kind)
{
	struct unpack *u = mem_new(1, sizeof(*u));
	bool ok = false;

	u->kind = kind;
	if (kind == DECODE_GZIP)
		ok = inflateInit2(&u->u.gz, 15 + 32) == Z_OK;
	else if (kind == DECODE_BZIP2)
		ok = BZ2_bzDecompressInit(&u->u.bz, 0, 1) == BZ_OK;
	else if (kind == DECODE_XZ)
		ok = lzma_stream_decoder(&u->u.xz, XZ_MEMORY, 0) == LZMA_OK;
	else
		ok = open_zstd(&u->u.zstd);
	if (!ok)
		assert_no_memory();
	return u;
}

size_t unpack_block(const struct unpack *u)
{
	return u->kind == DECODE_BZIP2 ? BZIP2_BLOCK : 0;
}

void unpack_free(struct unpack **up)
{
	struct unpack *u = *up;

	if (!u)
		return;
	if (u->kind == DECODE_GZIP)
		(void)inflateEnd(&u->u.gz);
	else if (u->kind == DECODE_BZIP2)
		(void)BZ2_bzDecompressEnd(&u->u.bz);
	else if (u->kind == DECODE_XZ)
		lzma_end(&u->u.xz);
	else
		(void)ZSTD_freeDStream(u->u.zstd.stream);
	mem_free(up);
}

/* Moves `in` on to what a library left over. */
static void took(struct rd *in, size_t left)
{
	bool ok = rd_skip(in, in->len - left);

	ASSERT(ok);
}

static int step_gzip(z_stream *z, struct rd *in, uint8_t *out, size_t max, size_t *out_len)
{
	int r;

	z->next_in = (z_const Bytef *)in->p;
	z->avail_in = (uInt)in->len;
	z->next_out = out;
	z->avail_out = (uInt)max;
	r = inflate(z, Z_NO_FLUSH);
	*out_len = max - z->avail_out;
	took(in, z->avail_in);
	if (r == Z_STREAM_END)
		return 1;
	return r == Z_OK || r == Z_BUF_ERROR ? 0 : -EINVAL;
}

static int step_bzip2(bz_stream *z, struct rd *in, uint8_t *out, size_t max, size_t *out_len)
{
	int r;

	z->next_in = (char *)(uintptr_t)in->p;
	z->avail_in = (unsigned)in->len;
	z->next_out = (char *)out;
	z->avail_out = (unsigned)max;
	r = BZ2_bzDecompress(z);
	*out_len = max - z->avail_out;
	took(in, z->avail_in);
	if (r == BZ_STREAM_END)
		return 1;
	return r == BZ_OK ? 0 : -EINVAL;
}

static int step_xz(lzma_stream *z, struct rd *in, uint8_t *out, size_t max, size_t *out_len)
{
	lzma_ret r;

	z->next_in = in->p;
	z->avail_in = in->len;
	z->next_out = out;
	z->avail_out = max;
	r = lzma_code(z, LZMA_RUN);
	*out_len = max - z->avail_out;
	took(in, z->avail_in);
	if (r == LZMA_STREAM_END)
		return 1;
	return r == LZMA_OK || r == LZMA_BUF_ERROR ? 0 : -EINVAL;
}

static int take_zstd(struct zstd *z, size_t most, struct rd *in, uint8_t *out, size_t max, size_t *out_len)
{
	ZSTD_inBuffer i = { in->p, in->len < most ? in->len : most, 0 };
	ZSTD_outBuffer o = { out, max, 0 };
	const size_t r = ZSTD_decompressStream(z->stream, &o, &i);

	*out_len = o.pos;
	took(in, in->len - i.pos);
	if (ZSTD_isError(r))
		return -EINVAL;
	z->full = o.pos == max;
	z->part = r > ZSTD_BLOCK_HEADER ? r - ZSTD_BLOCK_HEADER : 1;
	return r == 0 ? 1 : 0;
}

/* What an error finds in the output of the same call is lost, so that what came out would hang on how
 * the data was cut. A call gets no more than one part of the frame has left (its header, a block or the
 * header of one, the checksum), and nothing while output waits. The library says how much it wants: of
 * a header or a block, the next block's header as well. */
static int step_zstd(struct zstd *z, struct rd *in, uint8_t *out, size_t max, size_t *out_len)
{
	const int r = z->full ? take_zstd(z, 0, in, out, max, out_len) : 0;

	return r == 0 && *out_len == 0 ? take_zstd(z, z->part, in, out, max, out_len) : r;
}

int unpack_step(struct unpack *u, struct rd *in, uint8_t *out, size_t max, size_t *out_len)
{
	size_t before = in->len;
	int r;

	*out_len = 0;
	if (u->kind == DECODE_GZIP)
		r = step_gzip(&u->u.gz, in, out, max, out_len);
	else if (u->kind == DECODE_BZIP2)
		r = step_bzip2(&u->u.bz, in, out, max, out_len);
	else if (u->kind == DECODE_XZ)
		r = step_xz(&u->u.xz, in, out, max, out_len);
	else
		r = step_zstd(&u->u.zstd, in, out, max, out_len);
	/* No progress on bytes that are there: the library is stuck. */
	if (r == 0 && before && in->len == before && *out_len == 0)
		return -EINVAL;
	return r;
}
