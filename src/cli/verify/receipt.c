/*
 * Is:        the receipt of a session judged: signed by the gate's key of receipts, in its one form
 *            (proc/desk/receipt.c writes it); and, when they are in the file, its closing record
 *            and the proof that this is in the log: that both say the same.
 * Is not:    a judgement of the log.
 * Called by: main.c.
 * Owns:      nothing.
 * Trust:     the file is hostile.
 *
 *     <signed note>
 *     ----- record
 *     <the record, one line>
 *     ----- proof
 *     <.tlog-proof, to the end>
 */
#include <fcntl.h>
#include <stdio.h>

#include "base/json.h"
#include "base/text.h"
#include "base/timefmt.h"
#include "cli/verify/files.h"
#include "cli/verify/run.h"
#include "evidence/note.h"
#include "evidence/proof.h"
#include "evidence/record.h"
#include "evidence/record_data.h"

enum { RECEIPT_MAX = 8192 + RECORD_MAX + PROOF_MAX, KEYS = 19, LATE_S = 600 };

enum key { GATE, LOG, SESSION, GRANT, ENGINEER, SUPPLIER, ASSET, CHANNEL, BEGAN, ENDED, PERSONS, CEILING, OPAQUE,
	FROM_SUPPLIER, TO_SUPPLIER, FILES, REFUSED, RECORD, ENDED_BY };

/* Every line, in this order. */
static const char *const keys[KEYS] = { "gate", "log", "session", "grant", "engineer", "supplier", "asset", "channel", "began",
	"ended", "persons", "ceiling", "opaque", "from-supplier", "to-supplier", "files", "refused", "record", "ended-by" };

/* What the file holds. */
struct parts {
	struct rd note, record, proof; /* the last two may be empty: then there are none */
};

struct judged {
	struct rd value[KEYS];
	bool is_proved;
	struct tlog_judgement judgement;
};

static bool take_parts(struct rd raw, struct parts *out)
{
	struct rd rest = raw, marker;

	*out = (struct parts){ .note = raw };
	if (!rd_line(&rest, "----- record", &out->note))
		return true;
	if (!rd_until(&rest, '\n', &out->record) || !rd_until(&rest, '\n', &marker) || !rd_is(&marker, "----- proof"))
		return false;
	out->proof = rest;
	return out->record.len && rest.len;
}

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
static const char *judge_note(struct rd raw, const struct note_key *key, struct rd value[KEYS])
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
	return rd_take(&name, value[GATE].len, &gate) && rd_equal(&gate, &value[GATE]) && rd_is(&name, "/receipts") ? NULL :
	    "the key is of another gate";
}

/* The record is at its index of the log of this gate. */
static const char *judge_proof(const struct parts *p, const struct tlog_policy *policy, struct judged *j)
{
	struct rd origin, gate = j->value[GATE], log = j->value[LOG], before;
	enum tlog_verdict why;
	struct proof proof;
	struct hash leaf;
	uint64_t index;

	if (!proof_parse(p->proof, &proof))
		return "its proof is none";
	hash_leaf(p->record, &leaf);
	switch (proof_judge(&proof, &leaf, policy, &why, &j->judgement)) {
	case PROOF_OK:
		break;
	case PROOF_BAD_CHECKPOINT:
		return tlog_verdict_text(why);
	case PROOF_NOT_INCLUDED:
		return "the record is not at that index of the log";
	}
	if (!text_u64(j->value[RECORD], &index) || index != proof.index)
		return "its proof is of another record than the one it names";
	origin = j->judgement.checkpoint.origin;
	return rd_take(&origin, gate.len, &before) && rd_equal(&before, &gate) && rd_word(&origin, "/") && rd_equal(&origin, &log) ?
	    NULL : "its proof is of another log";
}

static bool is_number(const struct judged *j, enum key k, uint64_t n)
{
	uint64_t mine;

	return text_u64(j->value[k], &mine) && mine == n;
}

/* Counted in the clear: as many as in the record, or none where all were masked. */
static bool is_persons(const struct judged *j, uint64_t n)
{
	return is_number(j, PERSONS, n) || is_number(j, PERSONS, 0);
}

/* Desk and record keep clocks of their own on one machine, and the record's is earlier. */
static bool is_when(const struct judged *j, uint64_t closed_ns)
{
	uint64_t began_ns, ended_ns;

	return time_parse(j->value[BEGAN], &began_ns) && time_parse(j->value[ENDED], &ended_ns) && began_ns <= ended_ns &&
	    ended_ns + (uint64_t)LATE_S * NS_PER_S >= closed_ns && ended_ns <= closed_ns + (uint64_t)LATE_S * NS_PER_S;
}

static const char *compare_counts(const struct judged *j, struct rd data)
{
	uint64_t persons, ceiling, opaque, from, to, errors;

	if (!record_data_u64(data, "n_persons", &persons) || !record_data_u64(data, "ceiling", &ceiling) ||
	    !record_data_u64(data, "opaque_bytes", &opaque) || !record_data_u64(data, "from_supplier_bytes", &from) ||
	    !record_data_u64(data, "to_supplier_bytes", &to) || !record_data_u64(data, "to_supplier_stderr_bytes", &errors))
		return "its record lacks a counter";
	if (!is_persons(j, persons))
		return "its persons are not those of the record";
	if (!is_number(j, CEILING, ceiling))
		return "its ceiling is not that of the record";
	if (!is_number(j, OPAQUE, opaque))
		return "its opaque bytes are not those of the record";
	if (!is_number(j, FROM_SUPPLIER, from))
		return "its bytes from the supplier are not those of the record";
	return is_number(j, TO_SUPPLIER, to + errors) ? NULL : "its bytes to the supplier are not those of the record";
}

/* Both say the same. */
static const char *compare(const struct parts *p, const struct judged *j)
{
	struct record_view v;

	if (!record_read(p->record, &v) || !is_number(j, RECORD, v.seq))
		return "its record is none, or of another number";
	if (!rd_is(&v.event, "session.closed") || !rd_equal(&v.session, &j->value[SESSION]))
		return "its record does not close this session";
	if (!rd_equal(&v.actor, &j->value[ENGINEER]) || !rd_equal(&v.employer, &j->value[SUPPLIER]) ||
	    !rd_equal(&v.asset, &j->value[ASSET]))
		return "its record is of somebody else, or of another asset";
	if (!is_when(j, v.wall_ns))
		return "its record is of another time";
	return compare_counts(j, v.data);
}

static void print_text(const char *why, const struct judged *j)
{
	(void)printf("receipt: %s\n", why ? why : j->is_proved ? "sound, and its record is in the log" : "sound");
	for (size_t i = 0; !why && i < KEYS; i++)
		(void)printf("  %-14s %.*s\n", keys[i], (int)j->value[i].len, (const char *)j->value[i].p);
	if (!why && !j->is_proved)
		(void)printf("no proof is in the file: that the record is in the log, its signer alone says\n");
}

static void print_json(const char *why, const struct judged *r)
{
	AUTO(buf_done) struct buf b = { 0 };
	struct json j;

	buf_init(&b, 65536);
	json_init(&j, &b);
	json_object(&j);
	json_key(&j, "proved");
	json_bool(&j, !why && r->is_proved);
	json_key(&j, "receipt");
	json_array(&j);
	for (size_t i = 0; !why && i < KEYS; i++) {
		json_array(&j);
		json_str(&j, keys[i]);
		json_text(&j, r->value[i]);
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

/* NULL, or what is wrong; `policy` where there is a proof. */
static const char *judge(const struct parts *p, const struct note_key *key, const struct tlog_policy *policy, struct judged *j)
{
	const char *why = judge_note(p->note, key, j->value);

	if (why || p->proof.len == 0)
		return why;
	why = judge_proof(p, policy, j);
	if (!why)
		why = compare(p, j);
	j->is_proved = !why;
	return why;
}

enum outcome run_receipt(const struct options *o)
{
	static struct tlog_policy policy; /* large */
	static struct judged j;
	AUTO(buf_done) struct buf raw = { 0 }, text = { 0 };
	const char *why = "it is cut short";
	struct note_key key;
	struct parts p;
	int e;

	buf_init(&raw, RECEIPT_MAX);
	buf_init(&text, TLOG_POLICY_MAX);
	if (!note_key_parse(rd_str(o->key), &key))
		return report_trouble("this is not a vkey (the line in a file such as receipts.vkey: --key \"$(cat FILE)\"):", o->key, 0);
	e = file_read(AT_FDCWD, o->receipt, &raw);
	if (e)
		return report_trouble("cannot read the receipt", o->receipt, e);
	if (take_parts(buf_rd(&raw), &p)) {
		if (p.proof.len && !o->policy && !o->log_key)
			return report_trouble("a proof is in the receipt: give --policy or --log-key, whose signature it needs", NULL, 0);
		if (p.proof.len && !run_policy(o->policy, o->log_key, &text, &policy))
			return OUTCOME_NOT_JUDGED;
		why = judge(&p, &key, &policy, &j);
	}
	if (o->json)
		print_json(why, &j);
	else
		print_text(why, &j);
	return fflush(stdout) != 0 ? OUTCOME_NOT_JUDGED : why ? OUTCOME_NOT_SOUND : OUTCOME_SOUND;
}
