/*
 * Is:        the wire of tlog-mirror (contract in the header).
 * Is not:    HTTP, nor where a mirror keeps it.
 * Called by: evidenced, shipd, cli/mirror.
 * Owns:      nothing.
 * Trust:     hostile on both sides.
 */
#include "evidence/mirror.h"

#include "base/assert.h"
#include "base/buf.h"
#include "base/text.h"
#include "evidence/tile.h"

bool mirror_upload_parse(struct rd raw, struct mirror_upload *out)
{
	struct mirror_upload u;

	if (!rd_part16(&raw, MIRROR_ORIGIN_MAX, &u.origin) || u.origin.len == 0 || !rd_u64(&raw, &u.start) ||
	    !rd_u64(&raw, &u.end) || u.start > u.end || u.end > MERKLE_SIZE_MAX ||
	    !rd_part16(&raw, MIRROR_TICKET_MAX, &u.ticket))
		return false;
	u.packages = raw;
	*out = u;
	return true;
}

void wr_mirror_upload(struct wr *w, struct rd origin, uint64_t start, uint64_t end, struct rd ticket)
{
	wr_part16(w, origin);
	wr_u64(w, start);
	wr_u64(w, end);
	wr_part16(w, ticket);
}

struct merkle_range mirror_package_range(uint64_t at, uint64_t end)
{
	uint64_t begin = at - at % TILE_WIDTH;

	return (struct merkle_range){ begin, end - begin < TILE_WIDTH ? end : begin + TILE_WIDTH };
}

static bool read_proof(struct rd *r, struct merkle_proof *out)
{
	uint8_t n;

	out->n = 0;
	if (!rd_u8(r, &n) || n > MIRROR_PROOF_MAX)
		return false;
	while (out->n < n)
		if (!rd_copy(r, out->h[out->n++].b, sizeof(out->h[0].b)))
			return false;
	return true;
}

bool mirror_package_next(struct mirror_upload *upload, uint64_t *at, struct mirror_package *out)
{
	struct rd r = upload->packages, before = r, entry;
	struct mirror_package p = { .from = *at };

	if (*at >= upload->end || r.len == 0)
		return false;
	p.covers = mirror_package_range(*at, upload->end);
	for (uint64_t i = p.from; i < p.covers.end; i++)
		if (!rd_part16(&r, ENTRY_MAX, &entry))
			return false;
	if (!rd_slice(&before, 0, before.len - r.len, &p.entries) || !read_proof(&r, &p.proof))
		return false;
	upload->packages = r;
	*at = p.covers.end;
	*out = p;
	return true;
}

void wr_mirror_package(struct wr *w, struct rd entries, const struct merkle_proof *proof)
{
	ASSERT(proof->n <= MIRROR_PROOF_MAX);
	wr_bytes(w, entries);
	wr_u8(w, (uint8_t)proof->n);
	for (size_t i = 0; i < proof->n; i++)
		wr_bytes(w, rd_of(proof->h[i].b, sizeof(proof->h[i].b)));
}

static bool take_number(struct rd *text, uint64_t *out)
{
	struct rd line;

	return rd_until(text, '\n', &line) && text_u64(line, out) && *out <= MERKLE_SIZE_MAX;
}

bool mirror_info_parse(struct rd text, struct mirror_info *out)
{
	AUTO(buf_done) struct buf ticket = { 0 };
	struct mirror_info info = { .ticket_len = 0 };
	struct rd line;

	buf_init(&ticket, MIRROR_TICKET_MAX);
	if (text.len > MIRROR_INFO_MAX || !take_number(&text, &info.pending) || !take_number(&text, &info.next) ||
	    !rd_until(&text, '\n', &line) || text.len || !text_base64(line, BASE64_PADDED, &ticket))
		return false;
	line = buf_rd(&ticket);
	info.ticket_len = line.len;
	if (!rd_copy(&line, info.ticket, line.len))
		UNREACHABLE();
	*out = info;
	return true;
}

void wr_mirror_info(struct wr *w, const struct mirror_info *info)
{
	wr_dec(w, info->pending);
	wr_str(w, "\n");
	wr_dec(w, info->next);
	wr_str(w, "\n");
	wr_base64(w, rd_of(info->ticket, info->ticket_len), BASE64_PADDED);
	wr_str(w, "\n");
}
