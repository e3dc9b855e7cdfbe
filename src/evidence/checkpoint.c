/*
 * Is:        the text of a checkpoint (contract in the header).
 * Is not:    its signatures.
 * Called by: the log, witnesses, proofs, the verifier.
 * Owns:      nothing.
 * Trust:     hostile bytes.
 */
#include "evidence/checkpoint.h"

#include "base/text.h"
#include "evidence/hash_text.h"

static bool extensions_ok(struct rd lines)
{
	struct rd line;

	while (lines.len)
		if (!rd_until(&lines, '\n', &line) || line.len == 0)
			return false;
	return true;
}

static bool empty_root_ok(const struct merkle_head *head)
{
	struct merkle empty;
	struct hash root;

	merkle_init(&empty);
	merkle_root(&empty, &root);
	return head->size != 0 || hash_equal(&head->root, &root);
}

bool checkpoint_parse_claim(struct rd text, struct checkpoint *out)
{
	struct checkpoint c = { .head = { .size = 0 } };
	struct rd size, root;

	if (!rd_until(&text, '\n', &c.origin) || c.origin.len == 0 ||
	    !rd_until(&text, '\n', &size) || !text_u64(size, &c.head.size) ||
	    c.head.size > MERKLE_SIZE_MAX || !rd_until(&text, '\n', &root) ||
	    !hash_parse(root, &c.head.root) || !extensions_ok(text))
		return false;
	c.extensions = text;
	*out = c;
	return true;
}

bool checkpoint_parse(struct rd text, struct checkpoint *out)
{
	struct checkpoint c;

	if (!checkpoint_parse_claim(text, &c) || !empty_root_ok(&c.head))
		return false;
	*out = c;
	return true;
}

void wr_checkpoint(struct wr *w, struct rd origin, const struct merkle_head *head)
{
	wr_bytes(w, origin);
	wr_str(w, "\n");
	wr_dec(w, head->size);
	wr_str(w, "\n");
	wr_hash(w, &head->root);
	wr_str(w, "\n");
}
