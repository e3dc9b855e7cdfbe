/*
 * Is:        a fuzz target: answers of witnesses and mirrors, to each kind of question.
 * Is not:    linked into the product.
 * Called by: libFuzzer, the test run.
 * Owns:      nothing.
 * Trust:     hostile bytes.
 *
 * The input: u16 status, u8 which type, the body.
 */
#include "proc/ship/answer.h"

#include <string.h>

#include "base/assert.h"
#include "evidence/witness.h"
#include "testing/fuzz.h"

/* A checkpoint of 20 records, and a cosigner's key. */
static const char note[] = "gate.example/core\n20\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n\n"
			   "\xe2\x80\x94 gate.example/core AAAAAEFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQQ==\n";

static void check(const struct ship_asked *q, const struct ship_answer *a, struct rd body)
{
	ASSERT(a->why && strlen(a->why) > 0);
	/* Nobody here has the key. */
	ASSERT(a->meaning != SHIP_SIGNED && a->lines.len == 0);
	if (a->meaning == SHIP_OTHER_SIZE)
		ASSERT(a->size <= q->size && a->info.next <= q->size && a->size != q->old);
	if (a->meaning == SHIP_TAKEN)
		ASSERT(a->info.next <= q->size && a->info.ticket_len <= body.len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const types[] = { WITNESS_SIZE_TYPE, MIRROR_INFO_TYPE, WITNESS_TEXT_TYPE, "" };
	static const struct ed25519_pub pub = { { 1, 2, 3 } };
	struct rd in = rd_of(data, size);
	struct ship_answer a;
	struct note_key key;
	uint16_t status;
	uint8_t type;

	if (!rd_u16(&in, &status) || !rd_u8(&in, &type))
		return 0;
	note_key_make(rd_str("witness.one"), NOTE_COSIGNATURE, &pub, &key);
	struct ship_asked q = { rd_str(note), &key, 5, 20 };
	struct ship_reply r = { status, types[type % ARRAY_LEN(types)], in };
	ship_answer_witness(&q, &r, &a);
	check(&q, &a, in);
	ship_answer_pending(&q, &r, &a);
	check(&q, &a, in);
	ship_answer_entries(&q, &r, &a);
	if (a.meaning == SHIP_OTHER_SIZE)
		a.size = 0; /* of a mirror it is in the info */
	check(&q, &a, in);
	return 0;
}
