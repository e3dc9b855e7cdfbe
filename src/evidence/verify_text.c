/*
 * Is:        outcomes of a verification as bytes between processes and as text for
 *            people (contracts in verify.h).
 * Is not:    the verification.
 * Called by: slagboom-verify, packs.
 * Owns:      nothing.
 * Trust:     bytes of our own other process; a worker reads hostile files, so its
 *            answers are checked all the same.
 */
#include "base/text.h"
#include "evidence/verify.h"

enum { WHAT_MAX = 255 };

static const struct {
	const char *word, *text;
	bool has_file, has_index;
} kinds[] = {
	[VERIFY_SOUND] = { "sound", "nothing is wrong", false, false },
	[VERIFY_MISSING] = { "missing", "is missing", true, true },
	[VERIFY_MALFORMED] = { "malformed", "has the wrong length", true, true },
	[VERIFY_ENTRY] = { "entry", "holds an entry that is not the one in the tree", true, true },
	[VERIFY_HASH] = { "hash", "holds a hash that is not the one of its leaves", true, true },
	[VERIFY_RECORD] = { "record", "holds an entry that is no sound record", true, true },
	[VERIFY_ROOT] = { "root", "the files agree with one another and not with the checkpoint",
	    false, false },
	[VERIFY_ROLLBACK] = { "rollback", "the checkpoint is smaller than the one known before",
	    false, false },
	[VERIFY_FORK] = { "fork", "the checkpoint known before is not the beginning of this log",
	    false, false },
};

const char *verify_kind_word(enum verify_kind k)
{
	return kinds[k].word;
}

void wr_verify_fault(struct wr *w, const struct verify_fault *f)
{
	if (kinds[f->kind].has_file) {
		wr_tile_path(w, f->tile);
		wr_str(w, " ");
	}
	wr_str(w, kinds[f->kind].text);
	if (kinds[f->kind].has_index) {
		wr_str(w, ", from index ");
		wr_dec(w, f->index);
		wr_str(w, " on");
	}
	if (f->what) {
		wr_str(w, ": ");
		wr_str(w, f->what);
	}
}

/* u64 leaves, root[32], gone[32], marked[32], u8 kind, u64 index, u64 tile index, u16 width, u8 level, and
 * the word with a 1-byte length. */
void wr_verify_span(struct wr *w, const struct verify_span *s)
{
	wr_u64(w, s->n_leaves);
	wr_bytes(w, rd_of(s->root.b, sizeof(s->root.b)));
	wr_bytes(w, rd_of(s->gone, sizeof(s->gone)));
	wr_bytes(w, rd_of(s->marked, sizeof(s->marked)));
	wr_u8(w, (uint8_t)s->fault.kind);
	wr_u64(w, s->fault.index);
	wr_u64(w, s->fault.tile.index);
	wr_u16(w, s->fault.tile.width);
	wr_u8(w, s->fault.tile.level);
	wr_part8(w, rd_str(s->fault.what ? s->fault.what : ""));
}

bool verify_span_parse(struct rd *in, struct verify_span *out)
{
	static char what[WHAT_MAX + 1];
	struct verify_span s = { .n_leaves = 0 };
	struct rd look = *in, text;
	uint8_t kind;

	if (!rd_u64(&look, &s.n_leaves) || !rd_copy(&look, s.root.b, sizeof(s.root.b)) ||
	    !rd_copy(&look, s.gone, sizeof(s.gone)) || !rd_copy(&look, s.marked, sizeof(s.marked)) ||
	    !rd_u8(&look, &kind) || kind > VERIFY_FORK || !rd_u64(&look, &s.fault.index) ||
	    !rd_u64(&look, &s.fault.tile.index) || !rd_u16(&look, &s.fault.tile.width) ||
	    !rd_u8(&look, &s.fault.tile.level) || !rd_part8(&look, WHAT_MAX, &text))
		return false;
	s.fault.kind = (enum verify_kind)kind;
	if (kinds[kind].has_file && (s.fault.tile.width == 0 || s.fault.tile.width > TILE_WIDTH))
		return false;
	if (text.len) {
		what[text.len] = '\0';
		s.fault.what = what;
		if (!rd_copy(&text, (uint8_t *)what, text.len))
			return false;
	}
	*in = look;
	*out = s;
	return true;
}
