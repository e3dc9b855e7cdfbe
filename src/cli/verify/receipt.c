/*
 * Is:        the receipt of a session judged: signed by the gate's key of receipts, and in its
 *            one form (proc/desk/receipt.c writes it).
 * Is not:    a proof that the record which it names is in the log: --proof judges that.
 * Called by: main.c.
 * Owns:      nothing.
 * Trust:     the file is hostile.
 */
#include <fcntl.h>
#include <stdio.h>

#include "base/json.h"
#include "cli/verify/files.h"
#include "cli/verify/run.h"
#include "evidence/note.h"

enum { RECEIPT_MAX = 8192, KEYS = 19 };

/* Every line, in this order. */
static const char *const keys[KEYS] = { "gate", "log", "session", "grant", "engineer", "supplier", "asset", "channel", "began",
	"ended", "persons", "ceiling", "opaque", "from-supplier", "to-supplier", "files", "refused", "record", "ended-by" };

static bool take_lines(struct rd text, struct rd value[KEYS])
{
	if (!rd_word(&text, "slagboom-receipt/1\n"))
		return false;
	for (size_t i = 0; i < KEYS; i++)
		if (!rd_word(&text, keys[i]) || !rd_word(&text, " ") || !rd_until(&text, '\n', &value[i]) || value[i].len == 0)
			return false;
	return text.len == 0;
}

/* Signed by this key, whose name is that of the gate in the text. */
static const char *judge(struct rd raw, const struct note_key *key, struct rd value[KEYS])
{
	struct rd name = rd_str(key->name), gate;
	struct note n;
	uint64_t time;

	if (!note_parse(raw, &n))
		return "it is no signed note: something in it was changed, or it is not a receipt";
	if (note_check(&n, key, &time) != NOTE_SIGNED)
		return "this key did not sign it";
	if (!take_lines(n.text, value))
		return "what is signed is no receipt";
	return rd_take(&name, value[0].len, &gate) && rd_equal(&gate, &value[0]) && rd_is(&name, "/receipts") ? NULL :
	    "the key is of another gate";
}

static void print_text(const char *why, struct rd value[KEYS])
{
	(void)printf("receipt: %s\n", why ? why : "sound");
	for (size_t i = 0; !why && i < KEYS; i++)
		(void)printf("  %-14s %.*s\n", keys[i], (int)value[i].len, (const char *)value[i].p);
}

static void print_json(const char *why, struct rd value[KEYS])
{
	AUTO(buf_done) struct buf b = { 0 };
	struct json j;

	buf_init(&b, 4 * RECEIPT_MAX);
	json_init(&j, &b);
	json_object(&j);
	json_key(&j, "receipt");
	json_array(&j);
	for (size_t i = 0; !why && i < KEYS; i++) {
		json_array(&j);
		json_str(&j, keys[i]);
		json_text(&j, value[i]);
		json_end(&j);
	}
	json_end(&j);
	json_key(&j, "sound");
	json_bool(&j, !why);
	json_key(&j, "why");
	json_str(&j, why ? why : "");
	json_end(&j);
	if (json_ok(&j))
		(void)printf("%.*s\n", (int)b.len, (const char *)buf_rd(&b).p);
}

enum outcome run_receipt(const struct options *o)
{
	AUTO(buf_done) struct buf raw = { 0 };
	struct rd value[KEYS] = { { NULL, 0 } };
	struct note_key key;
	const char *why;
	int e;

	buf_init(&raw, RECEIPT_MAX);
	if (!note_key_parse(rd_str(o->key), &key))
		return report_trouble("this is not a vkey:", o->key, 0);
	e = file_read(AT_FDCWD, o->receipt, &raw);
	if (e)
		return report_trouble("cannot read the receipt", o->receipt, e);
	why = judge(buf_rd(&raw), &key, value);
	if (o->json)
		print_json(why, value);
	else
		print_text(why, value);
	return fflush(stdout) != 0 ? OUTCOME_NOT_JUDGED : why ? OUTCOME_NOT_SOUND : OUTCOME_SOUND;
}
