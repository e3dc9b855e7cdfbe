/*
 * Is:        a fuzz target: signed notes and the checkpoints in them; what is accepted has
 *            one spelling.
 * Is not:    linked into the product.
 * Called by: libFuzzer, the test run.
 * Owns:      nothing.
 * Trust:     hostile bytes.
 */
#include "base/assert.h"
#include "base/buf.h"
#include "evidence/checkpoint.h"
#include "evidence/note.h"
#include "testing/fuzz.h"

/* The text and the lines, put together again, are what was read. */
static void check_note(const struct note *n, struct rd raw)
{
	AUTO(buf_done) struct buf b = { 0 };
	struct rd again;
	struct wr w;

	buf_init(&b, NOTE_MAX);
	w = wr_to(&b);
	wr_note(&w, n->text);
	for (size_t i = 0; i < n->n_sigs; i++)
		wr_bytes(&w, n->sigs[i].line);
	again = buf_rd(&b);
	ASSERT(wr_ok(&w) && rd_equal(&again, &raw));
}

static void check_checkpoint(const struct checkpoint *c, struct rd text)
{
	AUTO(buf_done) struct buf b = { 0 };
	struct rd again;
	struct wr w;

	buf_init(&b, NOTE_MAX);
	w = wr_to(&b);
	wr_checkpoint(&w, c->origin, &c->head);
	wr_bytes(&w, c->extensions);
	again = buf_rd(&b);
	ASSERT(wr_ok(&w) && rd_equal(&again, &text));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char vkey[] = "example.com/log/testdata+33d7b496+"
	    "AeHTu4Q3hEIMHNqc6fASMsq3rKNx280NI+oO5xCFkkSx";
	struct rd raw = rd_of(data, size);
	struct checkpoint c;
	struct note_key k;
	struct note n;
	uint64_t t;

	if (!note_parse(raw, &n))
		return 0;
	check_note(&n, raw);
	ASSERT(note_key_parse(rd_str(vkey), &k));
	(void)!note_check(&n, &k, &t);
	if (checkpoint_parse(n.text, &c))
		check_checkpoint(&c, n.text);
	return 0;
}
