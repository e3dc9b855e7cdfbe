/*
 * Is:        the file "split-view" and what an officer signs about it (contract in the header).
 * Is not:    the judgement of either.
 * Called by: evidenced, slagboom log.
 * Owns:      nothing.
 * Trust:     hostile bytes.
 */
#include "evidence/split_view.h"

#include "base/text.h"
#include "evidence/hash_text.h"

static const char first_line[] = "slagboom-log-reopen/1\n";

void wr_split_view(struct wr *w, struct rd theirs, struct rd ours)
{
	wr_str(w, "Our key signed both of these, and they are of two histories, or ours is older. Find out which key or disk was\n"
		  "misused. The log goes on when it contains theirs again (slagboom log reopen), or never: then begin a new one.\n");
	wr_str(w, "\nTheirs:\n\n");
	wr_bytes(w, theirs);
	wr_str(w, "\nOurs:\n\n");
	wr_bytes(w, ours);
}

bool split_view_theirs(struct rd file, struct rd *out_note)
{
	struct rd before, note;

	/* An empty line on both sides is the frame's. */
	if (!rd_line(&file, "Theirs:", &before) || !rd_word(&file, "\n") || !rd_line(&file, "Ours:", &note) || note.len < 2)
		return false;
	return rd_take(&note, note.len - 1, out_note);
}

static void put(struct wr *w, const char *key, struct rd value)
{
	wr_str(w, key);
	wr_bytes(w, value);
	wr_str(w, "\n");
}

void wr_reopen(struct wr *w, const struct reopen *r)
{
	wr_str(w, first_line);
	put(w, "log ", r->origin);
	wr_str(w, "theirs ");
	wr_dec(w, r->theirs.size);
	wr_str(w, " ");
	wr_hash(w, &r->theirs.root);
	wr_str(w, "\n");
	put(w, "by ", r->by);
	put(w, "at ", r->at);
	put(w, "why ", r->why);
}

static bool take(struct rd *text, const char *key, struct rd *out)
{
	return rd_word(text, key) && rd_until(text, '\n', out) && out->len > 0;
}

bool reopen_parse(struct rd text, struct reopen *out)
{
	struct rd theirs, size;
	struct reopen r;

	if (text.len > REOPEN_TEXT_MAX || !text_is_utf8(text) || !rd_word(&text, first_line) || !take(&text, "log ", &r.origin) ||
	    !take(&text, "theirs ", &theirs) || !rd_until(&theirs, ' ', &size) || !text_u64(size, &r.theirs.size) ||
	    !hash_parse(theirs, &r.theirs.root) || !take(&text, "by ", &r.by) || !take(&text, "at ", &r.at) ||
	    !take(&text, "why ", &r.why) || text.len)
		return false;
	*out = r;
	return true;
}
