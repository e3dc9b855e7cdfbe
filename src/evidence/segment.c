/*
 * Is:        the segments of a recording: frames, sealed and hashed (contract in
 *            recording.h).
 * Is not:    the split of the key: recording.c.
 * Called by: the gate (writes), replay (reads).
 * Owns:      the payload's key, in the age writer.
 * Trust:     opened segments are hostile until they parse.
 */
#include "base/assert.h"
#include "evidence/packer.h"
#include "evidence/recording.h"

static const char plain_magic[] = "slagboom-segment@v1\n", packed_magic[] = "slagboom-segment-zstd@v1\n";

enum { PACKED_MAX = SEGMENT_FRAMES_MAX + (SEGMENT_FRAMES_MAX >> 6) }; /* more than zstd makes of as many bytes */

/* Hashes and counts what `out` got since it held `before` bytes. */
static bool account(struct segment_writer *s, const struct buf *out, size_t before, bool ok)
{
	struct rd all = buf_rd(out), fresh;

	if (!ok || !rd_slice(&all, before, all.len - before, &fresh))
		return false;
	sha256_update(&s->sum, fresh);
	s->sealed_len += fresh.len;
	return true;
}

static bool start(struct segment_writer *s, const struct recording *r, uint32_t number,
    struct random *rnd, struct buf *out)
{
	AUTO(buf_done) struct buf head = { 0 };
	struct wr w;

	buf_init(&head, sizeof(packed_magic) + SEGMENT_HEAD_LEN);
	w = wr_to(&head);
	wr_str(&w, s->packer ? packed_magic : plain_magic);
	wr_bytes(&w, rd_of(r->id, sizeof(r->id)));
	wr_u32(&w, number);
	ASSERT(wr_ok(&w));
	return age_write_start(&s->age, &r->recipient, 1, rnd, out) &&
	    age_write(&s->age, buf_rd(&head), out);
}

bool segment_start(struct segment_writer *s, const struct recording *r, uint32_t number,
    struct packer *packer, struct random *rnd, struct buf *out)
{
	size_t before = out->len;

	*s = (struct segment_writer){ .packer = packer };
	buf_init(&s->packed, PACKED_MAX);
	if (packer)
		packer_start(packer);
	sha256_init(&s->sum);
	return account(s, out, before, start(s, r, number, rnd, out));
}

/* Bytes of frames, as they are or packed. */
static bool put(struct segment_writer *s, struct rd bytes, bool last, struct buf *out)
{
	bool ok;

	if (!s->packer)
		return age_write(&s->age, bytes, out);
	ok = packer_put(s->packer, bytes, last, &s->packed) && age_write(&s->age, buf_rd(&s->packed), out);
	buf_reset(&s->packed);
	return ok;
}

bool segment_frame(struct segment_writer *s, const struct frame *f, struct buf *out)
{
	AUTO(buf_done) struct buf head = { 0 };
	size_t before = out->len;
	struct wr w;
	bool ok;

	ASSERT(f->bytes.len <= FRAME_MAX);
	buf_init(&head, FRAME_HEAD_LEN);
	w = wr_to(&head);
	wr_u8(&w, f->kind);
	wr_u64(&w, f->time_us);
	wr_u32(&w, (uint32_t)f->bytes.len);
	ASSERT(wr_ok(&w));
	ok = put(s, buf_rd(&head), false, out) && put(s, f->bytes, false, out);
	return account(s, out, before, ok);
}

bool segment_end(struct segment_writer *s, struct buf *out, struct hash *out_hash)
{
	size_t before = out->len;

	if (!account(s, out, before, put(s, rd_str(""), true, out) && age_write_end(&s->age, out)))
		return false;
	sha256_final(&s->sum, out_hash->b);
	return true;
}

void segment_writer_done(struct segment_writer *s)
{
	age_writer_done(&s->age);
	buf_wipe(&s->packed);
}

/* Which of the two magics begins `in`, or begins as `in` does: it is taken when all of it is there. */
static enum segment_result take_magic(struct rd *in, bool *out_packed)
{
	static const char *const magic[] = { plain_magic, packed_magic };

	for (size_t k = 0; k < ARRAY_LEN(magic); k++) {
		struct rd want = rd_str(magic[k]), got = *in;
		size_t n = in->len < want.len ? in->len : want.len;
		*out_packed = k == 1;
		if (rd_word(in, magic[k]))
			return SEGMENT_OK;
		if (n < want.len && rd_slice(&want, 0, n, &want) && rd_equal(&got, &want))
			return SEGMENT_MORE;
	}
	return SEGMENT_BAD;
}

enum segment_result segment_take_head(struct rd *in, uint8_t id[RECORDING_ID_LEN],
    uint32_t *out_number, struct buf *unpacked)
{
	struct rd look = *in;
	bool packed = false;
	enum segment_result r = take_magic(&look, &packed);

	if (r != SEGMENT_OK)
		return r;
	if (look.len < RECORDING_ID_LEN + 4)
		return SEGMENT_MORE;
	if (!rd_copy(&look, id, RECORDING_ID_LEN) || !rd_u32(&look, out_number))
		UNREACHABLE();
	if (packed) {
		if (!packer_open(look, unpacked))
			return SEGMENT_BAD;
		look = buf_rd(unpacked);
	}
	*in = look;
	return SEGMENT_OK;
}

enum segment_result segment_take_frame(struct rd *in, struct frame *out)
{
	struct rd look = *in;
	struct frame f;
	uint32_t len;

	if (!rd_u8(&look, &f.kind) || !rd_u64(&look, &f.time_us) || !rd_u32(&look, &len))
		return SEGMENT_MORE;
	if (len > FRAME_MAX)
		return SEGMENT_BAD;
	if (!rd_take(&look, len, &f.bytes))
		return SEGMENT_MORE;
	*out = f;
	*in = look;
	return SEGMENT_OK;
}
