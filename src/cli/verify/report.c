/*
 * Is:        what slagboom-verify says.
 * Is not:    the judgement.
 * Called by: run.c, main.c.
 * Owns:      nothing.
 * Trust:     names and origins are hostile until a policy has accepted them.
 */
#include "cli/verify/report.h"

#include <stdio.h>
#include <string.h>

#include "base/assert.h"
#include "base/buf.h"
#include "base/json.h"
#include "base/quote.h"
#include "base/timefmt.h"
#include "evidence/chain.h"
#include "evidence/erasure.h"
#include "evidence/hash_text.h"

enum { REPORT_MAX = 65536, REPORT_PACK_MAX = REPORT_MAX + PACK_SIGNED_MAX * 160, NAME_SHOWN = 200 };

static enum outcome outcome_of(const struct report *r)
{
	if (r->signed_how != TLOG_OK)
		return OUTCOME_NOT_SOUND;
	if (r->is_proof)
		return r->proof == PROOF_OK ? OUTCOME_SOUND : OUTCOME_NOT_SOUND;
	return r->fault.kind == VERIFY_SOUND && r->recordings.n_bad == 0 ? OUTCOME_SOUND : OUTCOME_NOT_SOUND;
}

/* Ranges that were erased; said only of a log that is sound. */
static size_t n_erased(const struct report *r)
{
	return r->erasure && r->fault.kind == VERIFY_SOUND ? r->erasure->told.n : 0;
}

static uint64_t erased_entries(const struct report *r)
{
	uint64_t n = 0;

	for (size_t i = 0; i < n_erased(r); i++) {
		const struct erasure_range *e = vec_at(&r->erasure->told, i);
		n += e->end - e->first;
	}
	return n;
}

/* A cosignature's time may be any number; beyond the years that nanoseconds can
 * count it is shown as it came. */
static void wr_seconds(struct wr *w, uint64_t s)
{
	if (s <= TIME_MAX_NS / NS_PER_S)
		wr_time(w, s * NS_PER_S);
	else
		wr_dec(w, s);
}

static void text_signers(struct wr *w, const struct report *r)
{
	const struct tlog_policy *p = r->policy;

	wr_str(w, "checkpoint  ");
	wr_str(w, tlog_verdict_text(r->signed_how));
	wr_str(w, "\n");
	if (r->signed_how != TLOG_OK && r->signed_how != TLOG_NO_QUORUM)
		return;
	for (size_t i = 0; i < p->n_witnesses; i++) {
		if (!(r->judgement.witnesses >> i & 1))
			continue;
		wr_str(w, "witness     ");
		wr_quoted(w, rd_str(p->witnesses[i].name), NAME_SHOWN);
		wr_str(w, " at ");
		wr_seconds(w, r->judgement.time_s[i]);
		wr_str(w, "\n");
	}
	if (p->n_witnesses == 0)
		wr_str(w, "witness     none asked for: a fork shown to others would not show here\n");
}

static void text_head(struct wr *w, const struct report *r)
{
	const struct checkpoint *c = &r->judgement.checkpoint;

	if (r->signed_how == TLOG_MALFORMED)
		return;
	wr_str(w, "log         ");
	wr_quoted(w, c->origin, NAME_SHOWN);
	wr_str(w, "\nentries     ");
	wr_dec(w, c->head.size);
	wr_str(w, "\nroot        ");
	wr_hash(w, &c->head.root);
	wr_str(w, "\n");
}

static void text_count(struct wr *w, const char *before, uint64_t n, const char *after)
{
	wr_str(w, before);
	wr_dec(w, n);
	wr_str(w, after);
}

static void text_result(struct wr *w, const struct report *r)
{
	if (outcome_of(r) == OUTCOME_SOUND) {
		if (r->is_proof) {
			wr_text(w, "SOUND: the entry is number ");
			wr_dec(w, r->proof_index);
			wr_str(w, " of this log\n");
			return;
		}
		wr_str(w, n_erased(r) ? "SOUND: every entry that was not erased and every stored hash is what was signed" :
		    "SOUND: every entry and every stored hash is what was signed");
		if (r->resumed_from) {
			wr_str(w, "; the first ");
			wr_dec(w, r->resumed_from);
			wr_str(w, " were read by an earlier run");
		}
		wr_str(w, "\n");
		return;
	}
	wr_str(w, "NOT SOUND: ");
	if (r->signed_how != TLOG_OK) {
		wr_str(w, "the checkpoint is ");
		wr_str(w, tlog_verdict_text(r->signed_how));
	} else if (r->is_proof) {
		wr_str(w, "this entry is not at that index of this log");
	} else if (r->fault.kind != VERIFY_SOUND) {
		wr_verify_fault(w, &r->fault);
	} else {
		text_count(w, "", r->recordings.n_bad, " recordings are not what was recorded");
	}
	wr_str(w, "\n");
}

static void text_contents(struct wr *w, const struct report *r)
{
	const struct recordings_total *t = &r->recordings;

	if (r->has_sessions) {
		text_count(w, "sessions    ", r->n_sessions, "");
		text_count(w, ", ", r->n_lost, " lost");
		text_count(w, ", ", r->n_open, " open at the end\n");
	}
	if (r->n_headless || r->n_endless) {
		text_count(w, "            of ", r->n_headless, " the beginning was erased");
		text_count(w, ", of ", r->n_endless, " the end may have been\n");
	}
	if (!r->has_recordings)
		return;
	text_count(w, "recordings  ", t->n_recordings, "");
	text_count(w, ", ", t->n_whole, " whole");
	text_count(w, ", ", t->n_erased, " erased");
	text_count(w, ", ", t->n_bad, " bad");
	text_count(w, "; ", t->n_segments, " segments right\n");
	if (t->n_torn)
		text_count(w, "torn        ", t->n_torn, " recordings whose last segment a power cut tore; what was in it was not released\n");
	if (t->n_unrecorded)
		text_count(w, "unrecorded  ", t->n_unrecorded, " ends of reels that no record names: never released\n");
	if (t->n_leftover)
		text_count(w, "leftover    ", t->n_leftover, " recordings that a record says were erased are still there\n");
	for (size_t i = 0; i < r->n_bad; i++) {
		wr_str(w, "bad         ");
		wr_recording_fault(w, &r->bad[i]);
		wr_str(w, "\n");
	}
}

static void text_erased(struct wr *w, const struct report *r)
{
	for (size_t i = 0; i < n_erased(r) && i < REPORT_ERASED_MAX; i++) {
		const struct erasure_range *e = vec_at(&r->erasure->told, i);
		text_count(w, "erased      records ", e->first, "");
		text_count(w, " to ", e->end - 1, "");
		text_count(w, ", as record ", e->record, " says; their hashes are there and right\n");
	}
	if (n_erased(r) > REPORT_ERASED_MAX)
		text_count(w, "erased      ", erased_entries(r), " records in all\n");
}

static void text_of(struct buf *out, const struct report *r)
{
	struct wr w = wr_to(out);

	text_head(&w, r);
	text_signers(&w, r);
	text_erased(&w, r);
	text_contents(&w, r);
	text_result(&w, r);
	ASSERT(wr_ok(&w));
}

static void json_quoted(struct json *j, struct rd raw)
{
	char text[4 * NAME_SHOWN + 16];

	json_str(j, quote_text(text, sizeof(text), raw));
}

/* A size or time that somebody signed may be larger than what JSON readers keep
 * exact; it is then text. */
static void json_large(struct json *j, uint64_t v)
{
	AUTO(buf_done) struct buf b = { 0 };
	struct wr w;

	if (v <= (uint64_t)JSON_INT_MAX) {
		json_u64(j, v);
		return;
	}
	buf_init(&b, 32);
	w = wr_to(&b);
	wr_dec(&w, v);
	ASSERT(wr_ok(&w));
	json_text(j, buf_rd(&b));
}

/* Witnesses in the order of the policy, which is the only order that they have. */
static void json_witnesses(struct json *j, const struct report *r)
{
	json_array(j);
	for (size_t i = 0; i < r->policy->n_witnesses; i++) {
		if (!(r->judgement.witnesses >> i & 1))
			continue;
		json_object(j);
		json_key(j, "name");
		json_quoted(j, rd_str(r->policy->witnesses[i].name));
		json_key(j, "time_s");
		json_large(j, r->judgement.time_s[i]);
		json_end(j);
	}
	json_end(j);
}

static void json_checkpoint(struct json *j, const struct report *r)
{
	const struct checkpoint *c = &r->judgement.checkpoint;

	json_object(j);
	if (r->signed_how != TLOG_MALFORMED) {
		json_key(j, "origin");
		json_quoted(j, c->origin);
		json_key(j, "root");
		json_base64(j, rd_of(c->head.root.b, sizeof(c->head.root.b)));
	}
	json_key(j, "signed");
	json_str(j, tlog_verdict_text(r->signed_how));
	if (r->signed_how != TLOG_MALFORMED) {
		json_key(j, "size");
		json_large(j, c->head.size);
	}
	json_key(j, "witnesses");
	json_witnesses(j, r);
	json_end(j);
}

static void json_fault(struct json *j, const struct verify_fault *f)
{
	char path[TILE_PATH_MAX];

	json_object(j);
	if (f->kind <= VERIFY_RECORD && f->kind != VERIFY_SOUND) {
		tile_path(f->tile, path);
		json_key(j, "file");
		json_str(j, path);
		json_key(j, "index");
		json_large(j, f->index);
	}
	json_key(j, "kind");
	json_str(j, verify_kind_word(f->kind));
	if (f->what) {
		json_key(j, "what");
		json_quoted(j, rd_str(f->what));
	}
	json_end(j);
}

static void json_count(struct json *j, const char *key, uint64_t n)
{
	json_key(j, key);
	json_large(j, n);
}

static void json_bad(struct json *j, const struct recording_fault *f)
{
	json_object(j);
	json_count(j, "index", f->index);
	json_key(j, "kind");
	json_str(j, recording_wrong_word(f->wrong));
	if (f->wrong == RECORDING_SWAPPED) {
		json_count(j, "other_index", f->other);
		json_key(j, "other_recording");
		json_hex(j, rd_of(f->other_recording, sizeof(f->other_recording)));
	}
	json_key(j, "recording");
	json_hex(j, rd_of(f->recording, sizeof(f->recording)));
	json_count(j, "reel", f->reel);
	json_count(j, "segment", f->segment);
	json_end(j);
}

static void json_recordings(struct json *j, const struct report *r)
{
	const struct recordings_total *t = &r->recordings;

	json_object(j);
	json_count(j, "bad", t->n_bad);
	json_count(j, "erased", t->n_erased);
	json_key(j, "faults");
	json_array(j);
	for (size_t i = 0; i < r->n_bad; i++)
		json_bad(j, &r->bad[i]);
	json_end(j);
	json_count(j, "leftover", t->n_leftover);
	json_count(j, "n", t->n_recordings);
	json_count(j, "segments", t->n_segments);
	json_count(j, "torn", t->n_torn);
	json_count(j, "unrecorded", t->n_unrecorded);
	json_count(j, "whole", t->n_whole);
	json_end(j);
}

static void json_sessions(struct json *j, const struct report *r)
{
	json_object(j);
	json_count(j, "endless", r->n_endless);
	json_count(j, "headless", r->n_headless);
	json_count(j, "lost", r->n_lost);
	json_count(j, "n", r->n_sessions);
	json_count(j, "open", r->n_open);
	json_end(j);
}

static void json_erased(struct json *j, const struct report *r)
{
	json_object(j);
	json_count(j, "n", erased_entries(r));
	json_key(j, "ranges");
	json_array(j);
	for (size_t i = 0; i < n_erased(r) && i < REPORT_ERASED_MAX; i++) {
		const struct erasure_range *e = vec_at(&r->erasure->told, i);
		json_object(j);
		json_count(j, "first", e->first);
		json_count(j, "last", e->end - 1);
		json_count(j, "record", e->record);
		json_end(j);
	}
	json_end(j);
	json_end(j);
}

static void json_of(struct buf *out, const struct report *r)
{
	struct json j;

	json_init(&j, out);
	json_object(&j);
	json_key(&j, "checkpoint");
	json_checkpoint(&j, r);
	if (n_erased(r)) {
		json_key(&j, "erased");
		json_erased(&j, r);
	}
	if (r->has_fault && !r->is_proof) {
		json_key(&j, "files");
		json_fault(&j, &r->fault);
	}
	if (r->is_proof) {
		json_key(&j, "included");
		json_bool(&j, r->proof == PROOF_OK);
		json_key(&j, "index");
		json_large(&j, r->proof_index);
	}
	if (r->has_recordings) {
		json_key(&j, "recordings");
		json_recordings(&j, r);
	}
	if (r->resumed_from) {
		json_key(&j, "resumed_from");
		json_large(&j, r->resumed_from);
	}
	if (r->has_sessions) {
		json_key(&j, "sessions");
		json_sessions(&j, r);
	}
	json_key(&j, "sound");
	json_bool(&j, outcome_of(r) == OUTCOME_SOUND);
	json_end(&j);
	ASSERT(json_ok(&j));
	ASSERT(buf_put_str(out, "\n"));
}

enum outcome report_print(const struct report *r, bool json)
{
	AUTO(buf_done) struct buf b = { 0 };
	struct rd all;

	buf_init(&b, REPORT_MAX);
	if (json)
		json_of(&b, r);
	else
		text_of(&b, r);
	all = buf_rd(&b);
	/* An outcome that could not be told was not given. */
	if (fwrite(all.p, 1, all.len, stdout) != all.len || fflush(stdout) != 0)
		return OUTCOME_NOT_JUDGED;
	return outcome_of(r);
}

/* A pack may leave out what it likes; that a session is not whole in it is said. */
static void text_excerpt(struct wr *w, const struct chain *c)
{
	struct chain_rest rest = chain_rest(c);

	if (c->sessions.n == 0)
		return;
	text_count(w, "sessions    ", c->sessions.n, "");
	if (c->n_headless + c->n_gaps + rest.n_open == 0) {
		wr_str(w, ", with every record from opening to end\n");
		return;
	}
	if (c->n_headless)
		text_count(w, ", ", c->n_headless, " without the opening");
	if (c->n_gaps)
		text_count(w, ", records left out at ", c->n_gaps, c->n_gaps == 1 ? " place" : " places");
	if (rest.n_open)
		text_count(w, ", ", rest.n_open, " without the end");
	wr_str(w, "\n");
}

static void text_pack(struct buf *out, const struct pack_judge *p, const struct chain *sessions, bool is_sound, bool is_mine)
{
	const struct signed_approval *a;
	struct wr w = wr_to(out);

	if (p->next >= PACK_PROOF) {
		wr_str(&w, "log         ");
		wr_quoted(&w, p->judgement.checkpoint.origin, NAME_SHOWN);
		text_count(&w, "\nentries     ", p->judgement.checkpoint.head.size, "\n");
	}
	for (size_t at = 0; is_sound && p->n_approvals && (a = pack_signed_next(&p->signs, at, &at)); at++) {
		wr_text(&w, "approval    %s, record ", a->actor);
		text_count(&w, "", a->index, p->listener ? ": signed with a key of that officer\n" : ": its signature was not judged\n");
	}
	if (!is_mine)
		wr_str(&w, "policy      the pack's own: compare its keys with some that you trust\n");
	if (is_sound) {
		text_excerpt(&w, sessions);
		text_count(&w, "SOUND: ", p->n_done, " records, each in the log at its index\n");
	} else {
		wr_str(&w, "NOT SOUND: ");
		if (p->tar.m.name[0])
			wr_quoted(&w, rd_str(p->tar.m.name), NAME_SHOWN);
		else
			wr_str(&w, "at its beginning, so that it may be no pack at all");
		wr_text(&w, ": %s\n", p->why);
	}
	ASSERT(wr_ok(&w));
}

static void json_approvers(struct json *j, const struct pack_judge *p)
{
	const struct signed_approval *a;

	json_key(j, "approvers");
	json_array(j);
	for (size_t at = 0; p->n_approvals && (a = pack_signed_next(&p->signs, at, &at)); at++) {
		json_object(j);
		json_count(j, "index", a->index);
		json_key(j, "officer");
		json_str(j, a->actor);
		json_end(j);
	}
	json_end(j);
}

static void json_excerpt(struct json *j, const struct chain *c)
{
	json_key(j, "sessions");
	json_object(j);
	json_count(j, "gaps", c->n_gaps);
	json_count(j, "n", c->sessions.n);
	json_count(j, "without_end", chain_rest(c).n_open);
	json_count(j, "without_opening", c->n_headless);
	json_end(j);
}

static void json_pack(struct buf *out, const struct pack_judge *p, const struct chain *sessions, bool is_sound, bool is_mine)
{
	struct json j;

	json_init(&j, out);
	json_object(&j);
	json_count(&j, "approvals", p->n_approvals_done);
	json_key(&j, "approvals_judged");
	json_bool(&j, p->listener != NULL);
	if (is_sound)
		json_approvers(&j, p);
	if (p->next >= PACK_PROOF)
		json_count(&j, "entries", p->judgement.checkpoint.head.size);
	if (!is_sound) {
		json_key(&j, "member");
		json_quoted(&j, rd_str(p->tar.m.name));
	}
	if (p->next >= PACK_PROOF) {
		json_key(&j, "origin");
		json_quoted(&j, p->judgement.checkpoint.origin);
	}
	json_key(&j, "own_policy");
	json_bool(&j, !is_mine);
	json_count(&j, "records", p->n_done);
	if (is_sound)
		json_excerpt(&j, sessions);
	json_key(&j, "sound");
	json_bool(&j, is_sound);
	if (!is_sound) {
		json_key(&j, "what");
		json_str(&j, p->why);
	}
	json_end(&j);
	ASSERT(json_ok(&j));
	ASSERT(buf_put_str(out, "\n"));
}

enum outcome report_pack(struct pack_judge *p, const struct chain *sessions, bool is_mine, bool json)
{
	AUTO(buf_done) struct buf b = { 0 };
	bool is_sound = pack_judge_end(p);
	struct rd all;

	buf_init(&b, REPORT_PACK_MAX);
	if (json)
		json_pack(&b, p, sessions, is_sound, is_mine);
	else
		text_pack(&b, p, sessions, is_sound, is_mine);
	all = buf_rd(&b);
	if (fwrite(all.p, 1, all.len, stdout) != all.len || fflush(stdout) != 0)
		return OUTCOME_NOT_JUDGED;
	return is_sound ? OUTCOME_SOUND : OUTCOME_NOT_SOUND;
}

enum outcome report_trouble(const char *what, const char *name, int e)
{
	char shown[1024];

	(void)fprintf(stderr, "slagboom-verify: %s%s%s%s%s\n", what, name ? " " : "",
	    name ? quote_text(shown, sizeof(shown), rd_str(name)) : "", e ? ": " : "",
	    e ? strerror(-e) : "");
	return OUTCOME_NOT_JUDGED;
}
