/*
 * Is:        break-glass: codes that stand in for approvers who are all out of reach.
 * Is not:    a way past the policy: papers, places, hours, classes and limits hold as ever.
 * Called by: verbs.
 * Owns:      the table glass.
 * Trust:     codes come from any account of the machine.
 *
 * A glass is for one asset and two people. Each of them holds a code that only he can read
 * (sealed to his age recipient when it was made; the desk keeps hashes). Both codes together,
 * given for a request that waits, grant it. Once. Until two officers have closed it, what
 * happened under it is NOT WATCHED in every statement: nobody answered for it.
 */
#include <string.h>

#include "base/text.h"
#include "crypto/random.h"
#include "crypto/sha256.h"
#include "evidence/age.h"
#include "policy/scalar.h"
#include "proc/desk/book.h"
#include "proc/desk/db.h"
#include "proc/desk/officers.h"
#include "proc/desk/requests.h"
#include "proc/desk/verbs.h"
#include "proc/desk/world.h"

enum { CODE_RAW = 16, CODE_LEN = 2 * CODE_RAW, HASH_HEX = 2 * SHA256_LEN, SEALED_MAX = 4096 };

struct text33 { char text[CODE_LEN + 1]; };
struct text65 { char text[HASH_HEX + 1]; };

static void put_hex(char *out, struct rd raw)
{
	AUTO(buf_done) struct buf b = { 0 };
	struct rd r;

	buf_init(&b, HASH_HEX);
	struct wr w = wr_to(&b);
	wr_hex(&w, raw);
	r = buf_rd(&b);
	memset(out, 0, r.len + 1);
	(void)!rd_copy(&r, (uint8_t *)out, r.len);
}

static struct text33 make_code(void)
{
	uint8_t raw[CODE_RAW];
	struct text33 t;

	random_fill(random_system(), raw, sizeof(raw));
	put_hex(t.text, rd_of(raw, sizeof(raw)));
	return t;
}

static struct text65 hash_of(struct rd code)
{
	uint8_t raw[SHA256_LEN];
	struct text65 t;

	sha256_of(code, raw);
	put_hex(t.text, rd_of(raw, sizeof(raw)));
	return t;
}

static struct book_about about(struct rd asset, struct rd actor)
{
	return (struct book_about){ .actor = actor, .asset = asset,
		.log = world_is_intercept(world_now(), asset) ? BOOK_INTERCEPT : BOOK_CORE };
}

static struct rd raw_id(struct rd id, uint8_t raw[CODE_RAW])
{
	memset(raw, 0, CODE_RAW);
	(void)!text_hex(id, raw, CODE_RAW);
	return rd_of(raw, CODE_RAW);
}

/* Preparing. */

static bool seal_to(struct rd seal, struct rd text, struct buf *out)
{
	struct age_writer a;
	struct x25519_pub pub;
	bool ok;

	if (!age_recipient_parse(seal, &pub) || !age_write_start(&a, &pub, 1, random_system(), out))
		return false;
	ok = age_write(&a, text, out) && age_write_end(&a, out);
	age_writer_done(&a);
	return ok;
}

static bool put_sealed(struct question *q, const char *key, struct rd seal, struct rd code)
{
	AUTO(buf_done) struct buf sealed = { 0 };

	buf_init(&sealed, SEALED_MAX);
	if (!seal_to(seal, code, &sealed))
		return false;
	json_key(&q->json, key);
	json_base64(&q->json, buf_rd(&sealed));
	return true;
}

/* He stands in for an approver of this asset, so he is an officer who may see it; else NULL. */
static const struct officer *stand_in(struct rd name, struct rd asset)
{
	const struct world *w = world_now();
	int o = policy_officer(w->policy, name);
	uint32_t must = world_is_intercept(w, asset) ? 1u << ROLE_INTERCEPT : 0;

	return o >= 0 && (w->policy->officers[o].roles & must) == must && world_officer_is_current(w, o, world_clock()) ?
	    &w->policy->officers[o] : NULL;
}

static const struct officer *holder(struct rd name, struct rd asset)
{
	const struct officer *o = stand_in(name, asset);

	return o && o->seal.len ? o : NULL;
}

void verb_glass_prepare(struct question *q)
{
	struct rd asset = question_arg(q, 0);
	const struct officer *first = holder(question_arg(q, 1), asset), *second = holder(question_arg(q, 2), asset);
	struct text33 id = make_code(), one = make_code(), two = make_code();
	struct text65 h1 = hash_of(rd_str(one.text)), h2 = hash_of(rd_str(two.text));
	uint8_t raw[CODE_RAW];

	if (policy_asset(world_now()->policy, asset) < 0) {
		question_refuse(q, "no asset of the policy is called so");
		return;
	}
	if (!question_may_see(q, asset)) {
		question_refuse(q, "what is of the intercept compartment its own officers prepare");
		return;
	}
	if (!first || !second || first == second) {
		question_refuse(q, "it takes two officers, each with a `seal` in the policy to which his code is sealed; for the "
		    "intercept compartment, two of its own");
		return;
	}
	question_about(q, asset);
	(void)db_run("INSERT INTO glass VALUES(?1, ?2, ?3, ?4, ?5, ?6, 'sealed', 0, '', '', 0)", "tttttt", rd_str(id.text), asset,
	    first->name, rd_str(h1.text), second->name, rd_str(h2.text));
	struct book_about a = about(asset, q->name);
	struct event e = { .id = EVENT_BREAKGLASS_PREPARED, .value = { { .bytes = asset }, { .bytes = first->name },
		{ .bytes = raw_id(rd_str(id.text), raw) }, { .bytes = second->name } } };
	(void)book_event(&a, &e);
	json_object(&q->json);
	bool ok = put_sealed(q, "first", first->seal, rd_str(one.text));
	json_key(&q->json, "first_seal");
	json_text(&q->json, first->seal);
	json_key(&q->json, "id");
	json_str(&q->json, id.text);
	ok = ok && put_sealed(q, "second", second->seal, rd_str(two.text));
	json_key(&q->json, "second_seal");
	json_text(&q->json, second->seal);
	json_end(&q->json);
	if (!ok)
		question_refuse(q, "the codes could not be sealed");
	explicit_bzero(&one, sizeof(one));
	explicit_bzero(&two, sizeof(two));
}

void verb_glass_list(struct question *q)
{
	static const char *const keys[] = { "asset", "closed_by", "first", "id", "second", "state" };
	struct sqlite3_stmt *s = db_query("SELECT asset, closed_by, first, id, second, state FROM glass ORDER BY rowid DESC LIMIT 1000",
	    "");

	json_array(&q->json);
	while (db_step(s)) {
		if (!question_may_see(q, db_bytes(s, 0)))
			continue;
		json_object(&q->json);
		for (int i = 0; i < (int)ARRAY_LEN(keys); i++) {
			json_key(&q->json, keys[i]);
			json_text(&q->json, db_bytes(s, i));
		}
		json_end(&q->json);
	}
	json_end(&q->json);
}

/* Breaking. */

static void refuse(struct question *q, struct rd id, struct rd asset, const char *why)
{
	uint8_t raw[CODE_RAW];
	struct book_about a = { .actor = q->name, .log = asset.len ? about(asset, q->name).log : BOOK_CORE };
	struct event e = { .id = EVENT_BREAKGLASS_REFUSED, .value = { { .bytes = raw_id(id, raw) }, { .bytes = rd_str(why) } } };

	(void)book_event(&a, &e);
	question_refuse(q, why);
}

/* Codes are written down, with hyphens for the eye. */
static struct rd plain_code(struct rd code, struct buf *out)
{
	uint8_t c;

	while (rd_u8(&code, &c))
		if (c != '-' && c != ' ' && c != '\n' && !buf_put_u8(out, c))
			buf_reset(out);
	return buf_rd(out);
}

struct glass { struct buf id, asset, state, half_by; bool is_first, has_both; };

static void glass_done(struct glass *g)
{
	buf_done(&g->id);
	buf_done(&g->asset);
	buf_done(&g->state);
	buf_done(&g->half_by);
}

static bool find_glass(struct rd code, struct glass *g)
{
	AUTO(buf_done) struct buf b = { 0 };
	struct text65 h;
	struct sqlite3_stmt *s;
	bool found;

	buf_init(&b, 128);
	h = hash_of(plain_code(code, &b));
	buf_init(&g->id, 128);
	buf_init(&g->asset, 128);
	buf_init(&g->state, 128);
	buf_init(&g->half_by, 256);
	s = db_query("SELECT id, asset, state, half_by, first_hash = ?1, first, second FROM glass WHERE first_hash = ?1 OR second_hash = ?1", "t",
	    rd_str(h.text));
	found = db_step(s);
	if (!found)
		return false;
	found = buf_put_rd(&g->id, db_bytes(s, 0)) && buf_put_rd(&g->asset, db_bytes(s, 1)) &&
	    buf_put_rd(&g->state, db_bytes(s, 2)) && buf_put_rd(&g->half_by, db_bytes(s, 3));
	g->is_first = db_int(s, 4) != 0;
	g->has_both = stand_in(db_bytes(s, 5), db_bytes(s, 1)) && stand_in(db_bytes(s, 6), db_bytes(s, 1));
	db_end(s);
	return found;
}

static void break_it(struct question *q, const struct glass *g, struct rd request)
{
	uint8_t raw[CODE_RAW];
	struct book_about a = about(buf_rd(&g->asset), q->name);
	struct event e = { .id = EVENT_BREAKGLASS_OPENED, .value = { { .bytes = buf_rd(&g->asset) },
		{ .bytes = raw_id(buf_rd(&g->id), raw) } } };
	int64_t event = book_event(&a, &e);

	(void)db_run("UPDATE glass SET state = 'broken', opened = ?2 WHERE id = ?1", "ti", buf_rd(&g->id), world_clock());
	requests_glass(request, buf_rd(&g->id), event, a.log);
	q->event = event;
	(void)!buf_put_str(&q->text, "the glass is broken: the request is granted. Two officers have to close it: slagboom breakglass");
}

void verb_glass_break(struct question *q)
{
	AUTO(glass_done) struct glass g = { .is_first = false };
	AUTO(buf_done) struct buf mine = { 0 }, other = { 0 }, request = { 0 };
	struct rd start = question_arg(q, 0), state, half, want;

	buf_init(&mine, 128);
	buf_init(&other, 128);
	buf_init(&request, 128);
	if (!find_glass(question_arg(q, 1), &g)) {
		refuse(q, rd_str(""), rd_str(""), "no glass has this code");
		return;
	}
	question_about(q, buf_rd(&g.asset));
	state = buf_rd(&g.state);
	if (!rd_is(&state, "sealed") && !rd_is(&state, "half")) {
		refuse(q, buf_rd(&g.id), buf_rd(&g.asset), "this glass was broken before: a code works once");
		return;
	}
	if (!g.has_both) {
		refuse(q, buf_rd(&g.id), buf_rd(&g.asset), "one of the two whom this glass was made for is no officer any more");
		return;
	}
	if (start.len < 6 || !db_get(&request, "SELECT id FROM request WHERE id >= ?1 AND id < ?1 || 'g' AND state = 'waiting'"
	    " AND asset = ?2", "tt", start, buf_rd(&g.asset))) {
		refuse(q, buf_rd(&g.id), buf_rd(&g.asset), "no request of this number waits for the asset that the glass is for");
		return;
	}
	struct wr m = wr_to(&mine), o = wr_to(&other);
	wr_str(&m, g.is_first ? "first " : "second ");
	wr_bytes(&m, buf_rd(&request));
	wr_str(&o, g.is_first ? "second " : "first ");
	wr_bytes(&o, buf_rd(&request));
	half = buf_rd(&g.half_by);
	want = buf_rd(&other);
	if (rd_equal(&half, &want)) {
		break_it(q, &g, buf_rd(&request));
		return;
	}
	(void)db_run("UPDATE glass SET state = 'half', half_by = ?2 WHERE id = ?1", "tt", buf_rd(&g.id), buf_rd(&mine));
	(void)!buf_put_str(&q->text, "taken; now the other one's code, for the same request");
}

/* The one glass whose number begins so, in a state, of those that he may see. */
static bool glass_of(struct question *q, const char *states, struct buf *id, struct buf *asset)
{
	struct rd start = question_arg(q, 0);
	struct sqlite3_stmt *s;
	int n = 0;

	s = db_query("SELECT id, asset FROM glass WHERE id >= ?1 AND id < ?1 || 'g' AND instr(?2, state) > 0", "tt", start,
	    rd_str(states));
	while (db_step(s)) {
		if (!question_may_see(q, db_bytes(s, 1)))
			continue;
		buf_reset(id);
		buf_reset(asset);
		n += buf_put_rd(id, db_bytes(s, 0)) && buf_put_rd(asset, db_bytes(s, 1)) ? 1 : 2;
	}
	if (start.len < 6 || n != 1)
		return false;
	question_about(q, buf_rd(asset));
	return true;
}

/* Closing: two officers, neither twice. */
void verb_glass_close(struct question *q)
{
	AUTO(buf_done) struct buf id = { 0 }, asset = { 0 }, by = { 0 };
	struct rd why = question_arg(q, 1), before;
	uint8_t raw[CODE_RAW];

	buf_init(&id, 128);
	buf_init(&asset, 128);
	buf_init(&by, 256);
	if (!glass_of(q, "broken", &id, &asset) || !db_get(&by, "SELECT closed_by FROM glass WHERE id = ?1", "t", buf_rd(&id))) {
		question_refuse(q, "no broken glass begins with this number: slagboom breakglass");
		return;
	}
	if (why.len == 0 || why.len > EVENT_TEXT_MAX || !scalar_is_clean(why)) {
		question_refuse(q, "say what happened, in one line: --why TEXT");
		return;
	}
	before = buf_rd(&by);
	if (rd_equal(&before, &q->name)) {
		question_refuse(q, "you have closed it already: a second officer has to");
		return;
	}
	(void)db_run(before.len ? "UPDATE glass SET state = 'closed', closed_by = closed_by || ', ' || ?2 WHERE id = ?1" :
	        "UPDATE glass SET closed_by = ?2 WHERE id = ?1", "tt", buf_rd(&id), q->name);
	struct book_about a = about(buf_rd(&asset), q->name);
	struct event e = { .id = EVENT_BREAKGLASS_CLOSED, .value = { { .bytes = raw_id(buf_rd(&id), raw) },
		{ .number = before.len ? 2 : 1 }, { .bytes = why } } };
	q->event = book_event(&a, &e);
	(void)!buf_put_str(&q->text, before.len ? "closed" : "one of two has closed it");
}

/* It was used while the desk was down (the secret in the safe): from now on it counts as
 * broken, and has to be closed. What was done in that time went past the gate, so the record says
 * from when to when: nobody watched it, whoever closes the glass. */
void verb_glass_report(struct question *q)
{
	AUTO(buf_done) struct buf id = { 0 }, asset = { 0 };
	int64_t from = 0, until = 0, now = world_clock();
	uint8_t raw[CODE_RAW];

	buf_init(&id, 128);
	buf_init(&asset, 128);
	if (!scalar_instant(question_arg(q, 1), &from) || !scalar_instant(question_arg(q, 2), &until) || from >= until || until > now) {
		question_refuse(q, "say from when to when it was used: --from 2026-11-23T02:10:00Z --until 2026-11-23T03:40:00Z");
		return;
	}
	if (!glass_of(q, "sealed half", &id, &asset)) {
		question_refuse(q, "no unbroken glass begins with this number: slagboom breakglass");
		return;
	}
	(void)db_run("UPDATE glass SET state = 'broken', opened = ?2 WHERE id = ?1", "ti", buf_rd(&id), from);
	struct book_about a = about(buf_rd(&asset), q->name);
	struct event e = { .id = EVENT_BREAKGLASS_REPORTED, .value = { { .bytes = buf_rd(&asset) }, { .number = from },
		{ .bytes = raw_id(buf_rd(&id), raw) }, { .number = until } } };
	q->event = book_event(&a, &e);
	(void)!buf_put_str(&q->text, "recorded as broken: two officers have to close it. What was done in that time is NOT WATCHED");
}
