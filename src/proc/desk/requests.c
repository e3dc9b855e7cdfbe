/*
 * Is:        requests, approvals and grants (contract in the header).
 * Is not:    the judgement.
 * Called by: sessions, officers, change.
 * Owns:      the tables request and approval.
 * Trust:     wishes and signatures are hostile.
 */
#include "proc/desk/requests.h"

#include <stdio.h>
#include <string.h>

#include "base/ascii.h"
#include "base/assert.h"
#include "base/text.h"
#include "base/vec.h"
#include "crypto/random.h"
#include "policy/compile.h"
#include "policy/decide.h"
#include "policy/explain.h"
#include "policy/request.h"
#include "policy/scalar.h"
#include "proc/desk/book.h"
#include "proc/desk/checks.h"
#include "proc/desk/db.h"
#include "proc/desk/desk_sessions.h"
#include "proc/desk/space.h"
#include "proc/desk/world.h"

enum { ID_RAW = 16, TICKET_DIGITS_MAX = 8, NAMES_SHOWN_MAX = 8, WAITING_EACH_MAX = 8, SIGNATURE_EVENT_MAX = 2048 };

/* An id as it came, as the 16 bytes of a record. */
static struct rd raw_id(struct rd id, uint8_t raw[ID_RAW])
{
	memset(raw, 0, ID_RAW);
	(void)!text_hex(id, raw, ID_RAW);
	return rd_of(raw, ID_RAW);
}

static struct rd cut(struct rd r, size_t max)
{
	struct rd out = r;

	while (!rd_slice(&r, 0, r.len > max ? max : r.len, &out) || !text_is_utf8(out))
		max--;
	return out;
}

/* Whom a record about this engineer and asset is about; by `actor`, or by him. */
static struct book_about about(const struct world *w, uint32_t engineer, uint32_t asset, struct rd actor)
{
	const struct engineer *e = &w->policy->engineers[engineer];
	const struct asset *a = &w->policy->assets[asset];

	return (struct book_about){ .actor = actor.len ? actor : e->name,
		.employer = actor.len ? rd_of(NULL, 0) : w->policy->suppliers[e->supplier].name, .asset = a->name,
		.log = a->intercept ? BOOK_INTERCEPT : BOOK_CORE };
}

/* The same from a row, whose engineer or asset may be gone from the policy. */
static struct book_about about_row(struct rd asset, struct rd actor)
{
	const struct world *w = world_now();

	return (struct book_about){ .actor = actor, .asset = asset,
		.log = world_is_intercept(w, asset) ? BOOK_INTERCEPT : BOOK_CORE };
}

/* Refusing. What he is told is the same for an asset that he may not have and for one that
 * does not exist: nobody learns from it what there is. So his papers are spoken of only where
 * a rule would let him in with them. */

static void tell_refusal(const struct world *w, const struct wish *wish, enum why why, struct buf *text)
{
	const bool may_know = world_may_reach(w, wish->engineer, wish->asset);
	static const char *const texts[] = {
		[WHY_NO_RULE] = "No rule of the operator lets you in there, now and from where you are.",
		[WHY_UNKNOWN_WHO] = "No rule of the operator lets you in there, now and from where you are.",
		[WHY_UNKNOWN_COMMAND] = "No rule of the operator lets you in there, now and from where you are.",
		[WHY_NOT_FIT] = "Your screening, NDA or training is missing or over. Your supplier can renew it.",
		[WHY_TRANSFER] = "No rule of the operator lets you in there, now and from where you are.",
		[WHY_DENY_RULE] = "No rule of the operator lets you in there, now and from where you are.",
		[WHY_ALLOW_RULE] = "No rule of the operator lets you in there, now and from where you are.",
	};

	(void)!buf_put_str(text, texts[may_know ? why : WHY_NO_RULE]);
}

static void record_refusal(const struct world *w, const struct wish *wish, const struct crossing *q)
{
	AUTO(buf_done) struct buf why = { 0 };
	struct decision d = decide(w->table, q);
	struct book_about a = about(w, wish->engineer, wish->asset, rd_of(NULL, 0));

	buf_init(&why, EVENT_TEXT_MAX);
	struct wr out = wr_to(&why);
	wr_str(&out, d.why == WHY_NOT_FIT ? "papers are missing or over; " : d.why == WHY_DENY_RULE ? "denied by " : "no rule; ");
	if (d.why == WHY_DENY_RULE)
		explain_rule_name(&out, w->policy, d.rule);
	wr_str(&out, "; over ");
	wr_str(&out, policy_channels[wish->channel]);
	wr_str(&out, ", from ");
	wr_bytes(&out, cut(wish->place_text, 500));
	struct event e = { .id = EVENT_REQUEST_REFUSED, .value = { { .bytes = buf_rd(&why) } } };
	(void)book_event(&a, &e);
}

/* Standing grants. */

void standing_done(struct standing *s)
{
	buf_done(&s->text);
}

/* The officers behind a grant who are officers still. */
static void load_approvals(const struct world *w, struct rd id, int64_t now, struct standing *s)
{
	struct sqlite3_stmt *q = db_query("SELECT officer FROM approval WHERE request = ?1", "t", id);

	s->n_approvals = 0;
	while (db_step(q)) {
		int o = policy_officer(w->policy, db_bytes(q, 0));
		if (s->n_approvals < APPROVALS_MAX && world_officer_is_current(w, o, now))
			s->approvals[s->n_approvals++] = w->policy->officers[o].roles;
	}
}

/* Two people broke a glass for it: that stands in for every officer whom the rule asks for. */
static bool is_by_glass(struct rd id)
{
	return db_number(0, "SELECT instr(why, 'breakglass ') = 1 FROM request WHERE id = ?1", "t", id) != 0;
}

static void add_glass(struct standing *s)
{
	for (s->n_approvals = 0; s->n_approvals < s->grant.approvals && s->n_approvals < APPROVALS_MAX; s->n_approvals++)
		s->approvals[s->n_approvals] = (1u << ROLE_N) - 1;
}

static bool is_after(struct standing *s, int64_t now)
{
	return grant_parse(buf_rd(&s->text), &s->grant) == 0 && now < s->grant.not_after;
}

bool requests_standing(struct rd id, int64_t now, struct standing *out)
{
	const struct world *w = world_now();

	*out = (struct standing){ .n_approvals = 0 };
	buf_init(&out->text, GRANT_MAX);
	if (!w || !db_get(&out->text, "SELECT text FROM request WHERE id = ?1 AND state = 'granted'", "t", id) ||
	    !is_after(out, now)) {
		standing_done(out);
		return false;
	}
	load_approvals(w, id, now, out);
	if (is_by_glass(id))
		add_glass(out);
	if (out->n_approvals >= out->grant.approvals)
		return true;
	standing_done(out);
	return false;
}

/* The crossing `q` with the grant's approvals is allowed, and the grant covers it. */
static bool stands_for(const struct world *w, const struct standing *s, const struct crossing *at)
{
	struct crossing q = *at;
	struct grant_use use = { .engineer = w->policy->engineers[q.engineer].name, .asset = w->policy->assets[q.asset].name,
		.cls = w->policy->classes[q.cls].name, .channel = rd_str(policy_channels[q.channel]), .now = q.now };

	q.n_approvals = s->n_approvals;
	for (uint32_t i = 0; i < s->n_approvals; i++)
		q.approvals[i] = s->approvals[i];
	return decide(w->table, &q).verdict == ALLOW && grant_covers(&s->grant, &use) == GRANT_OK;
}

static bool find_standing(const struct world *w, const struct crossing *at, struct rd rule, char id[REQUEST_ID_LEN + 1])
{
	struct sqlite3_stmt *q = db_query("SELECT id FROM request WHERE engineer = ?1 AND asset = ?2 AND state = 'granted'"
	    " AND not_after > ?3 ORDER BY not_after DESC, id", "tti", w->policy->engineers[at->engineer].name,
	    w->policy->assets[at->asset].name, at->now);
	bool found = false;

	while (!found && db_step(q)) {
		struct standing s;
		struct rd one = db_bytes(q, 0);
		if (one.len != REQUEST_ID_LEN || !requests_standing(one, at->now, &s))
			continue;
		found = (rule.len == 0 || rd_equal(&s.grant.rule, &rule)) && stands_for(w, &s, at);
		standing_done(&s);
		if (found) {
			(void)!rd_copy(&one, (uint8_t *)id, REQUEST_ID_LEN);
			db_end(q);
		}
	}
	return found;
}

/* Purpose and ticket. */

static bool is_line(struct rd r, size_t max)
{
	uint8_t a, z;

	return r.len && r.len <= max && rd_at(&r, 0, &a) && rd_at(&r, r.len - 1, &z) && a != ' ' && z != ' ' &&
	    scalar_is_clean(r);
}

static bool names_nobody(struct rd purpose)
{
	AUTO(buf_done) struct buf b = { 0 };
	struct rd r;

	buf_init(&b, EVENT_REDACTED_MAX);
	struct wr w = wr_to(&b);
	event_redact(&w, purpose);
	r = buf_rd(&b);
	return wr_ok(&w) && rd_equal(&r, &purpose);
}

static bool is_ticket(struct rd ticket)
{
	uint32_t digits = 0;
	uint8_t c;

	if (!is_line(ticket, 64) || !rd_at(&ticket, 0, &c) || is_digit(c))
		return false;
	while (rd_u8(&ticket, &c))
		digits += is_digit(c);
	return digits <= TICKET_DIGITS_MAX;
}

/* False: `text` says what is missing or cannot be taken. */
static bool words_ok(const struct wish *w, struct buf *text)
{
	const char *say = NULL;

	if (w->purpose.len && !is_line(w->purpose, 500))
		say = "The purpose is one line of at most 500 bytes.";
	else if (w->purpose.len && !names_nobody(w->purpose))
		say = "The purpose goes into a record for ever: leave numbers of subscribers out of it.";
	else if (w->ticket.len && !is_ticket(w->ticket))
		say = "A ticket is as in CHG-1234: it begins with a letter and has at most 8 digits.";
	else if (w->purpose.len == 0 || w->ticket.len == 0)
		say = "An officer decides by the purpose and the ticket.";
	if (say)
		(void)!buf_put_str(text, say);
	return !say;
}

/* Making a request. */

static void fill_classes(const struct policy *p, uint32_t rule, struct grant *g)
{
	for (uint32_t c = 1; c < p->n_classes; c++)
		if (p->rules[rule].classes >> c & 1)
			ASSERT(request_add(&g->classes, p->classes[c].name));
}

static void fill_grant(const struct world *w, const struct wish *wish, uint32_t rule, struct rd id, struct grant *g)
{
	const struct policy *p = w->policy;

	g->id = id;
	g->policy = rd_str(w->hash);
	fill_classes(p, rule, g);
	request_fill(p, rule, wish->engineer, g);
	ASSERT(request_add(&g->assets, p->assets[wish->asset].name));
	for (int c = 0; c < CHANNEL_N; c++)
		if (p->rules[rule].channels >> c & 1)
			ASSERT(request_add(&g->channels, rd_str(policy_channels[c])));
	g->requested = wish->now;
	g->answer_by = wish->now + REQUEST_ANSWER_S;
	g->not_before = wish->now;
	g->not_after = g->answer_by + g->session_max;
	if (p->rules[rule].to < g->not_after)
		g->not_after = p->rules[rule].to;
	if (g->answer_by > g->not_after)
		g->answer_by = g->not_after;
	g->purpose = wish->purpose;
	g->ticket = wish->ticket;
}

static void make_id(char id[REQUEST_ID_LEN + 1])
{
	AUTO(buf_done) struct buf b = { 0 };
	uint8_t raw[ID_RAW];
	struct rd r;

	buf_init(&b, REQUEST_ID_LEN);
	struct wr w = wr_to(&b);
	random_fill(random_system(), raw, sizeof(raw));
	wr_hex(&w, rd_of(raw, sizeof(raw)));
	r = buf_rd(&b);
	(void)!rd_copy(&r, (uint8_t *)id, REQUEST_ID_LEN);
	id[REQUEST_ID_LEN] = '\0';
}

static void record_request(const struct world *w, const struct wish *wish, const struct grant *g, struct rd text)
{
	AUTO(buf_done) struct buf roles = { 0 };
	struct book_about a = about(w, wish->engineer, wish->asset, rd_of(NULL, 0));
	uint8_t raw[ID_RAW];
	uint32_t bits = 0;

	buf_init(&roles, EVENT_TEXT_MAX);
	for (uint32_t i = 0; i < g->roles.n; i++)
		bits |= 1u << scalar_index(g->roles.at[i], policy_roles, ROLE_N);
	struct wr r = wr_to(&roles);
	explain_roles(&r, bits);
	struct event e = { .id = EVENT_REQUEST_MADE, .value = { { .bytes = rd_str(policy_channels[wish->channel]) },
		{ .bytes = raw_id(g->id, raw) }, { .number = g->approvals }, { .bytes = cut(wish->place_text, EVENT_TEXT_MAX) },
		{ .bytes = buf_rd(&roles) }, { .bytes = text } } };
	(void)book_event(&a, &e);
}

static enum wish_outcome file_request(const struct world *w, const struct wish *wish, uint32_t rule,
    char id[REQUEST_ID_LEN + 1], struct buf *why)
{
	AUTO(buf_done) struct buf text = { 0 };
	struct grant g = { .approvals = 0 };
	struct rd engineer = w->policy->engineers[wish->engineer].name;

	if (db_number(0, "SELECT count(*) FROM request WHERE engineer = ?1 AND state = 'waiting'", "t", engineer) >=
	    WAITING_EACH_MAX) {
		(void)!buf_put_str(why, "Too many of your requests wait already.");
		return WISH_REFUSED;
	}
	if (space_is_low()) {
		(void)!buf_put_str(why, "The operator's gate has no room left to keep a request. Try again later, and tell the operator.");
		return WISH_REFUSED;
	}
	make_id(id);
	buf_init(&text, REQUEST_TEXT_MAX);
	fill_grant(w, wish, rule, rd_str(id), &g);
	if (!grant_write(&g, &text)) {
		(void)!buf_put_str(why, "The rule's text is too long for a grant; the operator has to shorten it.");
		return WISH_REFUSED;
	}
	(void)db_run("INSERT INTO request VALUES(?1, ?2, ?3, ?4, ?5, 'waiting', '', ?6, ?7, ?8, ?9)", "tbttttiii", g.id,
	    buf_rd(&text), engineer, g.assets.at[0], g.ticket, cut(wish->place_text, 1000), g.requested, g.answer_by,
	    g.not_after);
	record_request(w, wish, &g, buf_rd(&text));
	return WISH_WAITS;
}

/* Whether a request of his that waits would do. */
static bool find_waiting(const struct world *w, const struct wish *wish, char id[REQUEST_ID_LEN + 1])
{
	AUTO(buf_done) struct buf b = { 0 };
	char line[64], by[16 + DESK_NAME_MAX];
	struct rd r;

	(void)snprintf(line, sizeof(line), "\nchannel %s\n", policy_channels[wish->channel]);
	(void)snprintf(by, sizeof(by), wish->rule.len ? "\nrule %.*s\n" : "\n", (int)wish->rule.len, (const char *)wish->rule.p);

	buf_init(&b, 64);
	if (!db_get(&b, "SELECT id FROM request WHERE engineer = ?1 AND asset = ?2 AND state = 'waiting' AND answer_by > ?3"
			" AND instr(text, ?4) > 0 AND instr(text, ?5) > 0 ORDER BY requested DESC, id LIMIT 1", "ttitt",
	        w->policy->engineers[wish->engineer].name, w->policy->assets[wish->asset].name, wish->now,
	        rd_str(line), rd_str(by)))
		return false;
	r = buf_rd(&b);
	return rd_copy(&r, (uint8_t *)id, REQUEST_ID_LEN);
}

/* By which rule: the one that he names, or else the strictest that would do. */
static bool choose_rule(const struct world *w, const struct crossing *q, struct rd name, uint32_t *rule)
{
	uint32_t approvals, roles;

	if (name.len == 0)
		return explain_needs(w->table, q, rule, &approvals, &roles);
	for (uint32_t i = 0; i < w->policy->n_rules; i++) {
		if (!rd_equal(&w->policy->rules[i].name, &name))
			continue;
		*rule = i;
		return explain_would_do(w->table, q, i);
	}
	return false;
}

/* Without the blanks around it, which nobody sees. */
static struct rd trim(struct rd r)
{
	uint8_t last;

	while (rd_word(&r, " "))
		;
	while (r.len && rd_at(&r, r.len - 1, &last) && last == ' ')
		r.len--;
	return r;
}

enum wish_outcome requests_wish(const struct wish *given, char id[REQUEST_ID_LEN + 1], struct buf *text)
{
	const struct world *w = world_now();
	struct wish trimmed = *given, *wish = &trimmed;
	struct crossing q;
	uint32_t rule;

	trimmed.purpose = trim(given->purpose);
	trimmed.ticket = trim(given->ticket);
	ASSERT(w && wish->rule.len <= DESK_NAME_MAX);
	memset(id, 0, REQUEST_ID_LEN + 1);
	world_crossing(w, wish->engineer, wish->asset, wish->channel, &wish->at, wish->now, &q);
	q.cls = (uint32_t)policy_class(w->policy, rd_str("session"));
	if (!choose_rule(w, &q, wish->rule, &rule)) {
		record_refusal(w, wish, &q);
		tell_refusal(w, wish, decide(w->table, &q).why, text);
		return WISH_REFUSED;
	}
	if (find_standing(w, &q, wish->rule, id))
		return WISH_GRANTED;
	if (find_waiting(w, wish, id)) {
		requests_progress(rd_str(id), text);
		return WISH_WAITS;
	}
	if (!words_ok(wish, text))
		return WISH_ASKS;
	enum wish_outcome o = file_request(w, wish, rule, id, text);
	if (o == WISH_WAITS)
		requests_progress(rd_str(id), text);
	return o;
}

/* Telling. */

static void put_officers(struct wr *w, const struct world *world, const struct grant *g, struct rd id)
{
	uint32_t n = 0, bits = 0, must = world_is_intercept(world, g->assets.at[0]) ? 1u << ROLE_INTERCEPT : 0;

	for (uint32_t i = 0; i < g->roles.n; i++)
		bits |= 1u << scalar_index(g->roles.at[i], policy_roles, ROLE_N);
	for (uint32_t i = 0; i < world->policy->n_officers && n <= NAMES_SHOWN_MAX; i++) {
		const struct officer *o = &world->policy->officers[i];
		if (!(o->roles & bits) || (o->roles & must) != must || !world_officer_is_current(world, (int)i, world_clock()) ||
		    db_number(0, "SELECT 1 FROM approval WHERE request = ?1 AND officer = ?2", "tt", id, o->name))
			continue;
		wr_str(w, n == 0 ? "" : ", ");
		if (n++ == NAMES_SHOWN_MAX)
			wr_str(w, "and others");
		else
			wr_bytes(w, o->name);
	}
	if (n == 0)
		wr_str(w, "nobody: the operator has no officer with the role that this needs");
}

void requests_progress(struct rd id, struct buf *text)
{
	AUTO(buf_done) struct buf b = { 0 };
	const struct world *world = world_now();
	struct grant g;
	struct wr w = wr_to(text);
	int64_t have;

	buf_init(&b, GRANT_MAX);
	if (!db_get(&b, "SELECT text FROM request WHERE id = ?1", "t", id) || grant_parse(buf_rd(&b), &g) != 0)
		return;
	have = db_number(0, "SELECT count(*) FROM approval WHERE request = ?1 AND officer NOT IN (SELECT name FROM removed)", "t", id);
	wr_text(&w, "Request %.8s: %lld of %u approvals. Asked: ", (const char *)id.p, (long long)have, g.approvals);
	put_officers(&w, world, &g, id);
	wr_str(&w, ". They answer until ");
	if (!w.failed && !scalar_put_instant(text, g.answer_by))
		w.failed = true;
	wr_str(&w, ".");
}

/* Approvals. */

struct ballot {
	struct buf text;
	struct buf signature[APPROVAL_MANY];
	struct approval approval[APPROVAL_MANY];
	uint32_t n;
};

static void ballot_done(struct ballot *b)
{
	buf_done(&b->text);
	for (uint32_t i = 0; i < b->n; i++)
		buf_done(&b->signature[i]);
}

static void add_signature(struct ballot *b, struct rd signature, int64_t at)
{
	if (b->n == APPROVAL_MANY)
		return;
	buf_init(&b->signature[b->n], SSHSIG_ARMOR_MAX);
	if (!buf_put_rd(&b->signature[b->n], signature))
		buf_reset(&b->signature[b->n]);
	b->approval[b->n] = (struct approval){ .text = buf_rd(&b->text), .signature = buf_rd(&b->signature[b->n]), .at = at };
	b->n++;
}

static bool load_ballot(const struct world *w, struct ballot *b, struct rd id)
{
	struct sqlite3_stmt *q;

	buf_init(&b->text, GRANT_MAX);
	if (!db_get(&b->text, "SELECT text FROM request WHERE id = ?1", "t", id))
		return false;
	/* Of those who are officers still: nobody who is gone helps to let somebody in. */
	q = db_query("SELECT signature, at, officer FROM approval WHERE request = ?1", "t", id);
	while (db_step(q))
		if (world_officer_is_current(w, policy_officer(w->policy, db_bytes(q, 2)), world_clock()))
			add_signature(b, db_bytes(q, 0), db_int(q, 1));
	return true;
}

static bool is_used(void *ctx, struct rd id)
{
	return db_number(1, "SELECT state <> 'waiting' FROM request WHERE id = ?1", "t", id) != 0;
}

static enum answer refuse_approval(const struct book_about *a, struct rd id, const char *why, struct rd signature,
    struct buf *text, int64_t *out_event)
{
	uint8_t raw[ID_RAW];
	struct event e = { .id = EVENT_APPROVAL_REFUSED, .value = { { .bytes = raw_id(id, raw) },
		{ .bytes = cut(text_is_utf8(signature) ? signature : rd_of(NULL, 0), SIGNATURE_EVENT_MAX) },
		{ .bytes = rd_str(why) } } };

	*out_event = book_event(a, &e);
	(void)!buf_put_str(text, why);
	return ANSWER_REFUSED;
}

static void record_approval(const struct book_about *a, struct rd id, const struct approval_result *r, struct rd signature)
{
	uint8_t raw[ID_RAW];
	struct event e = { .id = EVENT_APPROVAL_GIVEN, .value = { { .bytes = raw_id(id, raw) }, { .number = r->n_good },
		{ .number = r->n_needed }, { .bytes = signature } } };

	(void)book_event(a, &e);
}

/* The signature is good: kept, recorded, and perhaps enough. */
static enum answer take_approval(const struct book_about *a, struct rd id, struct ballot *b,
    const struct approval_result *r, struct buf *text, int64_t *out_event)
{
	const struct approval *last = &b->approval[b->n - 1];
	const struct officer *o = &world_now()->policy->officers[r->officer[b->n - 1]];
	uint8_t raw[ID_RAW];
	struct book_about by = *a;
	struct wr w = wr_to(text);

	by.actor = o->name; /* whoever brought it, he signed it */
	(void)db_run("INSERT INTO approval VALUES(?1, ?2, ?3, ?4)", "ttbi", id, o->name, last->signature, last->at);
	record_approval(&by, id, r, last->signature);
	wr_bytes(&w, o->name);
	wr_text(&w, " approved: %u of %u", r->n_good, r->n_needed);
	if (r->verdict != ALLOW) {
		struct event e = { .id = EVENT_OFFICER_ACTED, .value = { { .bytes = id }, { .bytes = rd_str("approve") } } };
		*out_event = book_event(a, &e);
		return ANSWER_TAKEN;
	}
	(void)db_run("UPDATE request SET state = 'granted' WHERE id = ?1", "t", id);
	struct event e = { .id = EVENT_GRANT_GIVEN, .value = { { .bytes = raw_id(id, raw) }, { .number = r->n_good } } };
	*out_event = book_event(a, &e);
	wr_str(&w, "; it is granted");
	return ANSWER_GRANTED;
}

/* Asks keyd about all signatures of a ballot; the one that waits longest is `*out_token`. */
static enum check_state check_all(const struct ballot *b, uint64_t *out_token)
{
	enum check_state least = CHECK_GOOD;

	for (uint32_t i = 0; i < b->n; i++) {
		AUTO(buf_done) struct buf scratch = { 0 };
		struct sshsig s;
		buf_init(&scratch, SSHSIG_ARMOR_MAX);
		if (sshsig_parse(b->approval[i].signature, &scratch, &s) != 0)
			continue; /* it is refused without a check */
		enum check_state one = checks_state(&s, b->approval[i].text, out_token);
		least = one < least ? one : least;
	}
	return least;
}

enum answer requests_approve(int officer, struct rd id, struct rd signature, struct buf *text, int64_t *out_event,
    uint64_t *out_token)
{
	AUTO(ballot_done) struct ballot b = { .n = 0 };
	const struct world *w = world_now();
	struct approval_world judge = { .policy = w->policy, .policy_hash = rd_str(w->hash), .now = world_clock(),
		.verify = checks_verify, .is_used = is_used };
	struct book_about a = { .actor = w->policy->officers[officer].name };
	struct approval_result r;
	struct grant g;
	int signer;

	if (!load_ballot(w, &b, id) || grant_parse(buf_rd(&b.text), &g) != 0)
		return refuse_approval(&a, id, "no request has this number", signature, text, out_event);
	a = about_row(g.assets.at[0], a.actor);
	if (signature.len > SSHSIG_ARMOR_MAX || b.n == APPROVAL_MANY)
		return refuse_approval(&a, id, "the signature is too long", signature, text, out_event);
	add_signature(&b, signature, judge.now);
	switch (check_all(&b, out_token)) {
	case CHECK_ASKED:
		return ANSWER_LATER;
	case CHECK_NOBODY:
		(void)!buf_put_str(text, "the process that checks signatures is not there: try again in a minute; slagboom status");
		return ANSWER_REFUSED;
	case CHECK_BAD: case CHECK_GOOD:
		break;
	}
	r = approval_judge(&judge, buf_rd(&b.text), b.approval, b.n);
	signer = r.officer[b.n - 1];
	if (r.why[b.n - 1] != APPROVAL_GOOD)
		return refuse_approval(&a, id, approval_why_texts[r.why[b.n - 1]], signature, text, out_event);
	if (r.grant_why != APPROVAL_GRANT_GOOD)
		return refuse_approval(&a, id, approval_grant_why_texts[r.grant_why], signature, text, out_event);
	if (!world_officer_is_current(w, signer, judge.now))
		return refuse_approval(&a, id, approval_why_texts[APPROVAL_NOT_CURRENT], signature, text, out_event);
	enum answer answer = take_approval(&a, id, &b, &r, text, out_event);
	sessions_request_changed(id, *out_event, a.log);
	return answer;
}

void requests_glass(struct rd id, struct rd glass, int64_t event, enum book_log log)
{
	AUTO(buf_done) struct buf why = { 0 };

	buf_init(&why, 128);
	struct wr w = wr_to(&why);
	wr_str(&w, "breakglass ");
	wr_bytes(&w, glass);
	(void)db_run("UPDATE request SET state = 'granted', why = ?2 WHERE id = ?1 AND state = 'waiting'", "tt", id, buf_rd(&why));
	sessions_request_changed(id, event, log);
}

/* Ends. */

static void end_one(struct rd id, struct rd asset, bool was_granted, const char *state, struct rd by, struct rd why,
    int64_t *out_event)
{
	uint8_t raw[ID_RAW];
	struct book_about a = about_row(asset, by);
	bool by_somebody = by.len != 0;
	struct event e = { .id = was_granted ? EVENT_GRANT_ENDED : by_somebody ? EVENT_REQUEST_DENIED : EVENT_REQUEST_OVER,
		.value = { { .bytes = raw_id(id, raw) }, { .bytes = cut(why, EVENT_TEXT_MAX) } } };

	(void)db_run("UPDATE request SET state = ?2, why = ?3 WHERE id = ?1", "ttt", id, rd_str(state), cut(why, EVENT_TEXT_MAX));
	*out_event = book_event(&a, &e);
	sessions_request_changed(id, *out_event, a.log);
}

struct ending { char id[REQUEST_ID_LEN + 1], asset[65]; bool was_granted; };

static void keep_text(char *out, size_t size, struct rd r)
{
	memset(out, 0, size);
	if (r.len < size)
		(void)!rd_copy(&r, (uint8_t *)out, r.len);
}

/* Rows {id, asset, is granted} of a query, kept before they change. */
static void collect(struct sqlite3_stmt *q, struct vec *out)
{
	vec_init(out, sizeof(struct ending));
	while (db_step(q)) {
		struct ending *e = vec_push(out);
		keep_text(e->id, sizeof(e->id), db_bytes(q, 0));
		keep_text(e->asset, sizeof(e->asset), db_bytes(q, 1));
		e->was_granted = db_int(q, 2) != 0;
	}
}

static uint32_t end_all(struct vec *v, struct rd by, struct rd why)
{
	uint32_t n = (uint32_t)v->n;

	for (size_t i = 0; i < v->n; i++) {
		const struct ending *e = vec_at(v, i);
		int64_t event;
		end_one(rd_str(e->id), rd_str(e->asset), e->was_granted, !by.len ? "over" : e->was_granted ? "revoked" : "denied",
		    by, why, &event);
	}
	vec_done(v);
	return n;
}

bool requests_end(struct rd id, struct rd by, struct rd why, int64_t *out_event)
{
	struct vec v;
	struct ending e;

	collect(db_query("SELECT id, asset, state = 'granted' FROM request WHERE id = ?1 AND state IN ('waiting', 'granted')",
	    "t", id), &v);
	if (v.n == 0) {
		vec_done(&v);
		return false;
	}
	e = *(struct ending *)vec_at(&v, 0);
	vec_done(&v);
	end_one(rd_str(e.id), rd_str(e.asset), e.was_granted, e.was_granted ? "revoked" : "denied", by, why, out_event);
	return true;
}

uint32_t requests_end_ticket(struct rd ticket, struct rd by)
{
	struct vec v;

	collect(db_query("SELECT id, asset, state = 'granted' FROM request WHERE ticket = ?1 AND state IN"
			 " ('waiting', 'granted')", "t", ticket), &v);
	return end_all(&v, by, rd_str("its ticket was closed"));
}

uint32_t requests_end_person(struct rd name, struct rd by, struct rd why)
{
	struct vec v;

	collect(db_query("SELECT id, asset, state = 'granted' FROM request WHERE engineer = ?1 AND state IN"
			 " ('waiting', 'granted')", "t", name), &v);
	return end_all(&v, by, why);
}

void requests_expire(int64_t now)
{
	struct vec v;

	collect(db_query("SELECT id, asset, 1 FROM request WHERE state = 'granted' AND not_after <= ?1", "i", now), &v);
	(void)end_all(&v, rd_of(NULL, 0), rd_str("its time is over"));
	collect(db_query("SELECT id, asset, 0 FROM request WHERE state = 'waiting' AND answer_by <= ?1", "i", now), &v);
	(void)end_all(&v, rd_of(NULL, 0), rd_str("nobody answered in time"));
}

/* Whether a grant would be usable at all under the policy as it is now. Place and hours are
 * judged when it is used. */
static bool still_stands(struct rd id, int64_t now)
{
	const struct world *w = world_now();
	struct standing s;
	bool ok;

	if (!requests_standing(id, now, &s))
		return false;
	ok = world_engineer(w, s.grant.engineer) >= 0 && policy_asset(w->policy, s.grant.assets.at[0]) >= 0;
	standing_done(&s);
	return ok;
}

void requests_rejudge(int64_t now)
{
	struct vec v;

	collect(db_query("SELECT id, asset, 0 FROM request WHERE state = 'waiting' AND instr(text, ?1) = 0", "t",
	    rd_str(world_now()->hash)), &v);
	(void)end_all(&v, rd_of(NULL, 0), rd_str("the policy has changed since the request"));
	collect(db_query("SELECT id, asset, 1 FROM request WHERE state = 'granted'", ""), &v);
	for (size_t i = 0; i < v.n; i++) {
		const struct ending *e = vec_at(&v, i);
		int64_t event;
		if (!still_stands(rd_str(e->id), now))
			end_one(rd_str(e->id), rd_str(e->asset), true, "over", rd_of(NULL, 0),
			    rd_str("its person, its asset or too many of its officers are gone"), &event);
	}
	vec_done(&v);
}
