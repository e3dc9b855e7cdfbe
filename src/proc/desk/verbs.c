/*
 * Is:        what officers can ask for (contract in the header).
 * Is not:    the socket, or the policy's own verbs (change.c) and break-glass (glass.c).
 * Called by: officers.
 * Owns:      nothing.
 * Trust:     arguments are hostile text.
 */
#include "proc/desk/verbs.h"

#include <stdio.h>
#include <string.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/text.h"
#include "policy/approval.h"
#include "policy/scalar.h"
#include "proc/desk/book.h"
#include "proc/desk/db.h"
#include "proc/desk/door.h"
#include "proc/desk/keys.h"
#include "proc/desk/officers.h"
#include "proc/desk/otp.h"
#include "proc/desk/rooms.h"
#include "proc/desk/desk_sessions.h"
#include "proc/desk/world.h"

/* Who knows less of a number does not know it. */
enum { PREFIX_MIN = 6, SESSION_WHY_MAX = 255 };

static void put(struct question *q, const char *key, struct rd value)
{
	json_key(&q->json, key);
	json_text(&q->json, text_is_utf8(value) ? value : rd_str("?"));
}

static void put_instant(struct question *q, const char *key, int64_t at)
{
	AUTO(buf_done) struct buf b = { 0 };

	buf_init(&b, 64);
	json_key(&q->json, key);
	if (at > 0 && scalar_put_instant(&b, at))
		json_text(&q->json, buf_rd(&b));
	else
		json_null(&q->json);
}

static void put_number(struct question *q, const char *key, uint64_t n)
{
	json_key(&q->json, key);
	json_u64(&q->json, n < (uint64_t)JSON_INT_MAX ? n : (uint64_t)JSON_INT_MAX);
}

static void say(struct question *q, const char *text)
{
	(void)!buf_put_str(&q->text, text);
}

/* Why he does it: one line, as a record can have it. */
static bool takes_why(struct question *q, size_t max, struct rd *out)
{
	char text[80];

	*out = question_arg(q, 1);
	if (out->len && out->len <= max && scalar_is_clean(*out))
		return true;
	(void)snprintf(text, sizeof(text), "say why, in one line of at most %zu bytes: --why TEXT", max);
	question_refuse(q, text);
	return false;
}

/* The whole id of the one request that begins so, of those that he may see. Ids are hex digits: what
 * begins with some is a range of the key, and nobody reads the whole table for it. */
static bool request_of(struct question *q, const char *states, char out[REQUEST_ID_LEN + 1])
{
	struct rd start = question_arg(q, 0);
	struct sqlite3_stmt *s;
	int n = 0;

	question_names(q, start);
	if (start.len < PREFIX_MIN)
		start = rd_str("-"); /* no id begins so */
	s = db_query("SELECT id, asset FROM request WHERE id >= ?1 AND id < ?1 || 'g' AND instr(?2, state) > 0", "tt", start,
	    rd_str(states));
	while (db_step(s)) {
		struct rd id = db_bytes(s, 0);
		if (!question_may_see(q, db_bytes(s, 1)))
			continue;
		memset(out, 0, REQUEST_ID_LEN + 1);
		n += id.len == REQUEST_ID_LEN && rd_copy(&id, (uint8_t *)out, REQUEST_ID_LEN) ? 1 : 2;
		if (n == 1)
			question_about(q, db_bytes(s, 1));
	}
	if (n == 1)
		return true;
	question_refuse(q, "no request or grant, or more than one, begins with this number; give at least 6 digits of it: "
	    "slagboom requests, slagboom grants");
	return false;
}

#define REQUEST_COLUMNS "id, engineer, asset, ticket, state, why, place, requested, answer_by, not_after," \
	" (SELECT count(*) FROM approval WHERE request = id AND officer NOT IN (SELECT name FROM removed)), text"

/* Those in a state, or all, the newest first. */
static void list_requests(struct question *q, const char *state)
{
	struct sqlite3_stmt *s = state ? db_query("SELECT " REQUEST_COLUMNS " FROM request WHERE state = ?1 ORDER BY requested DESC"
	    " LIMIT 1000", "t", rd_str(state)) : db_query("SELECT " REQUEST_COLUMNS " FROM request ORDER BY requested DESC LIMIT 1000",
	    "");

	json_array(&q->json);
	while (db_step(s)) {
		struct grant g;
		if (!question_may_see(q, db_bytes(s, 2)) || grant_parse(db_bytes(s, 11), &g) != 0)
			continue;
		json_object(&q->json);
		put_instant(q, "answer_by", db_int(s, 8));
		put_number(q, "approvals", (uint64_t)db_int(s, 10));
		put_number(q, "approvals_needed", g.approvals);
		put(q, "asset", db_bytes(s, 2));
		put(q, "employer", g.employer);
		put(q, "engineer", db_bytes(s, 1));
		put(q, "id", db_bytes(s, 0));
		put_instant(q, "not_after", db_int(s, 9));
		put(q, "place", db_bytes(s, 6));
		put(q, "purpose", g.purpose);
		put_instant(q, "requested", db_int(s, 7));
		put(q, "rule", g.rule);
		put(q, "state", db_bytes(s, 4));
		put(q, "supplier", g.supplier);
		put(q, "ticket", db_bytes(s, 3));
		put(q, "why", db_bytes(s, 5));
		json_end(&q->json);
	}
	json_end(&q->json);
}

static void verb_requests(struct question *q)
{
	list_requests(q, "waiting");
}

static void verb_grants(struct question *q)
{
	struct rd all = question_arg(q, 0);

	list_requests(q, rd_is(&all, "all") ? NULL : "granted");
}

/* The text that is signed, and what stands beside it. */
static void verb_show(struct question *q)
{
	AUTO(buf_done) struct buf text = { 0 }, place = { 0 };
	char id[REQUEST_ID_LEN + 1];
	struct sqlite3_stmt *s;

	if (!request_of(q, "waiting granted denied over revoked", id))
		return;
	buf_init(&text, GRANT_MAX);
	buf_init(&place, DESK_TEXT_MAX);
	if (!db_get(&text, "SELECT text FROM request WHERE id = ?1", "t", rd_str(id)) ||
	    !db_get(&place, "SELECT place FROM request WHERE id = ?1", "t", rd_str(id)))
		return;
	json_object(&q->json);
	json_key(&q->json, "approvals");
	json_array(&q->json);
	s = db_query("SELECT officer, at, signature FROM approval WHERE request = ?1 ORDER BY at", "t", rd_str(id));
	while (db_step(s)) {
		json_object(&q->json);
		put_instant(q, "at", db_int(s, 1));
		put(q, "officer", db_bytes(s, 0));
		put(q, "signature", db_bytes(s, 2));
		json_end(&q->json);
	}
	json_end(&q->json);
	put(q, "grant", buf_rd(&text));
	put(q, "id", rd_str(id));
	put(q, "namespace", rd_str(APPROVAL_NAMESPACE));
	put(q, "place", buf_rd(&place));
	json_end(&q->json);
}

static void verb_approve(struct question *q)
{
	char id[REQUEST_ID_LEN + 1];
	enum answer a;

	if (!request_of(q, "waiting granted denied over revoked", id))
		return;
	a = requests_approve(q->officer, rd_str(id), question_arg(q, 1), &q->text, &q->event, &q->waits_for);
	if (a == ANSWER_LATER)
		return;
	q->waits_for = 0;
	q->is_refused = a == ANSWER_REFUSED;
	json_object(&q->json);
	json_key(&q->json, "granted");
	json_bool(&q->json, a == ANSWER_GRANTED);
	put(q, "id", rd_str(id));
	json_end(&q->json);
}

static void end_request(struct question *q, const char *states, const char *said)
{
	char id[REQUEST_ID_LEN + 1];
	struct rd why;

	if (!request_of(q, states, id) || !takes_why(q, EVENT_TEXT_MAX, &why))
		return;
	if (requests_end(rd_str(id), q->name, why, &q->event))
		say(q, said);
	else
		question_refuse(q, "it is over already");
}

static void verb_deny(struct question *q)
{
	end_request(q, "waiting", "denied");
}

static void verb_revoke(struct question *q)
{
	end_request(q, "granted", "revoked; its sessions are ended");
}

static void verb_ticket_closed(struct question *q)
{
	struct sqlite3_stmt *s = db_query("SELECT asset FROM request WHERE ticket = ?1 AND state IN ('waiting', 'granted')", "t",
	    question_arg(q, 0));
	unsigned n_seen = 0;
	char text[80];

	question_names(q, question_arg(q, 0));
	while (db_step(s))
		n_seen += question_may_see(q, db_bytes(s, 0));
	(void)requests_end_ticket(question_arg(q, 0), q->name); /* those that he may not see too, untold */
	(void)snprintf(text, sizeof(text), "%u requests and grants ended", n_seen);
	say(q, text);
}

/* The roster. */

static void put_date(struct question *q, const char *key, int64_t day)
{
	AUTO(buf_done) struct buf b = { 0 };

	buf_init(&b, 32);
	json_key(&q->json, key);
	if (day != SCALAR_NO_DATE && day != INT64_MAX && scalar_put_date(&b, day))
		json_text(&q->json, buf_rd(&b));
	else
		json_null(&q->json);
}

/* The last session that he may know of. */
static int64_t last_session(const struct question *q, struct rd engineer)
{
	struct sqlite3_stmt *s = db_query("SELECT asset, max(began) FROM session WHERE engineer = ?1 GROUP BY asset", "t", engineer);
	int64_t last = 0;

	while (db_step(s))
		if (question_may_see(q, db_bytes(s, 0)) && db_int(s, 1) > last)
			last = db_int(s, 1);
	return last;
}

static void verb_roster(struct question *q)
{
	const struct policy *p = world_now()->policy;

	json_array(&q->json);
	for (uint32_t i = 0; i < p->n_engineers; i++) {
		const struct engineer *e = &p->engineers[i];
		json_object(&q->json);
		put(q, "employer", e->employer.len ? e->employer : p->suppliers[e->supplier].title);
		put_instant(q, "last_session", last_session(q, e->name));
		put(q, "name", e->name);
		put_date(q, "nda_until", e->until[ROSTER_NDA]);
		json_key(&q->json, "removed");
		json_bool(&q->json, world_is_removed(e->name));
		put_date(q, "screened_until", e->until[ROSTER_SCREENING]);
		put(q, "supplier", e->supplier_name);
		put_date(q, "trained_until", e->until[ROSTER_TRAINING]);
		json_end(&q->json);
	}
	json_end(&q->json);
}

static void verb_roster_remove(struct question *q)
{
	const struct world *w = world_now();
	struct rd name = question_arg(q, 0), why;

	question_names(q, name);
	if (policy_engineer(w->policy, name) < 0 && policy_officer(w->policy, name) < 0) {
		question_refuse(q, "no engineer or officer of the policy is called so: slagboom roster");
		return;
	}
	if (rd_equal(&name, &q->name)) {
		question_refuse(q, "nobody removes himself: another administrator does");
		return;
	}
	if (!takes_why(q, EVENT_TEXT_MAX, &why))
		return;
	(void)db_run("INSERT OR IGNORE INTO removed VALUES(?1, ?2, ?3, ?4)", "ttti", name, q->name, why, world_clock());
	struct book_about a = { .actor = q->name };
	struct event e = { .id = EVENT_ROSTER_REMOVED, .value = { { .bytes = name }, { .bytes = why } } };
	(void)book_event(&a, &e);
	(void)requests_end_person(name, q->name, rd_str("the person has left"));
	(void)otp_forget(name, q->name, "the person has left");
	requests_rejudge(world_clock());
	sessions_rejudge(world_clock());
	rooms_cut(name);
	door_policy_changed();
	say(q, "removed; sessions, grants and requests are ended. Take the name out of the policy too");
}

/* Sessions. */

static void put_session(struct question *q, const struct session *s)
{
	static const char *const states[] = { "asking", "waiting", "admitting", "live", "ending", "closing" };
	char id[2 * SESSION_ID_LEN + 1];

	sessions_id(s, id);
	json_object(&q->json);
	put(q, "address", rd_str(s->room->address));
	put(q, "asset", rd_str(s->asset));
	put_instant(q, "began", s->began);
	put(q, "channel", rd_str(policy_channels[s->channel]));
	put(q, "engineer", rd_str(s->room->engineer));
	put(q, "grant", rd_str(s->request));
	json_key(&q->json, "held");
	json_bool(&q->json, s->is_held);
	put(q, "id", s->state >= SESSION_ADMITTING ? rd_str(id) : rd_of(NULL, 0));
	put_number(q, "opaque", s->counts.opaque);
	json_key(&q->json, "over");
	if (s->is_over)
		json_str(&q->json, session_over_name(s->over));
	else
		json_null(&q->json);
	put(q, "over_detail", rd_str(s->is_over ? s->over_detail : ""));
	put_number(q, "persons", s->counts.persons);
	put(q, "state", rd_str(states[s->state]));
	put_number(q, "to_supplier", s->counts.to_supplier);
	put_instant(q, "until", s->deadline);
	json_end(&q->json);
}

static void verb_sessions(struct question *q)
{
	json_array(&q->json);
	LIST_EACH(it, sessions_all()) {
		const struct session *s = CONTAINER_OF(it, struct session, node);
		if (question_may_see(q, rd_str(s->asset)))
			put_session(q, s);
	}
	json_end(&q->json);
}

static struct session *session_of(struct question *q)
{
	struct session *s = sessions_find(question_arg(q, 0));

	question_names(q, question_arg(q, 0));
	if (s && question_may_see(q, rd_str(s->asset))) {
		question_about(q, rd_str(s->asset));
		return s;
	}
	question_refuse(q, "no live session, or more than one, begins with this number; give at least 6 digits of it: "
	    "slagboom sessions");
	return NULL;
}

static void verb_watch(struct question *q)
{
	struct session *s = session_of(q);
	int ends[2];

	if (!s)
		return;
	if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) < 0) {
		question_refuse(q, "the desk has no descriptor left for it: try again");
		return;
	}
	q->fd = ends[0];
	if (!sessions_watch(s, ends[1]))
		question_refuse(q, "its gate does not answer");
}

static void verb_hold(struct question *q)
{
	struct session *s = session_of(q);

	if (s) {
		sessions_hold(s, true, q->name);
		say(q, "held: nothing passes until it is resumed or ended");
	}
}

static void verb_resume(struct question *q)
{
	struct session *s = session_of(q);

	if (s) {
		sessions_hold(s, false, q->name);
		say(q, "goes on");
	}
}

static void verb_end(struct question *q)
{
	struct session *s = session_of(q);
	struct rd why;

	if (!s || !takes_why(q, SESSION_WHY_MAX, &why))
		return;
	sessions_end(s, q->name, why);
	say(q, "ended");
}

static void answer_limit(struct question *q, bool allow)
{
	struct session *s = session_of(q);

	if (!s)
		return;
	if (!s->is_over) {
		question_refuse(q, "it waits for no answer: slagboom sessions");
		return;
	}
	if (!sessions_answer(s, allow, q->name)) {
		question_refuse(q, "the rule has no more left for it: allow ID --no ends it, and in his next session everybody is masked");
		return;
	}
	say(q, allow ? "it goes on" : "it does not");
}

static void verb_allow(struct question *q)
{
	answer_limit(q, true);
}

static void verb_refuse(struct question *q)
{
	answer_limit(q, false);
}

#define BIT(role) (1u << (role))
#define READERS (BIT(ROLE_APPROVER) | BIT(ROLE_WATCHER) | BIT(ROLE_AUDITOR) | BIT(ROLE_INTERCEPT) | BIT(ROLE_ADMIN))
#define APPROVERS (BIT(ROLE_APPROVER) | BIT(ROLE_INTERCEPT) | BIT(ROLE_ADMIN)) /* a rule says which of them count */
#define WATCHERS (BIT(ROLE_WATCHER) | BIT(ROLE_APPROVER) | BIT(ROLE_INTERCEPT))
#define ADMINS BIT(ROLE_ADMIN)
#define PLAYERS (BIT(ROLE_KEEPER) | BIT(ROLE_AUDITOR) | WATCHERS)

static void verb_host_key(struct question *q)
{
	const char *why = "";

	const uint32_t mine = world_now()->policy->officers[q->officer].roles;

	question_names(q, question_arg(q, 0));
	if (world_is_intercept(world_now(), question_arg(q, 0)) ? !question_may_see(q, question_arg(q, 0)) : !(mine & ADMINS)) {
		question_refuse(q, "your roles do not give you this");
		return;
	}
	question_about(q, question_arg(q, 0));
	if (keys_accept(question_arg(q, 0), question_arg(q, 2), question_arg(q, 1), q->name, &why, &q->event))
		say(q, "accepted: sessions to it check this key from now on");
	else
		question_refuse(q, why);
}

static void verb_receipt(struct question *q)
{
	AUTO(buf_done) struct buf receipt = { 0 };
	struct rd start = question_arg(q, 0);
	struct sqlite3_stmt *s;
	int n = 0;

	question_names(q, start);
	buf_init(&receipt, DESK_TEXT_MAX);
	if (start.len < PREFIX_MIN)
		start = rd_str("-");
	s = db_query("SELECT receipt, asset FROM session WHERE id >= ?1 AND id < ?1 || 'g'", "t", start);
	while (db_step(s)) {
		if (!question_may_see(q, db_bytes(s, 1)))
			continue;
		buf_reset(&receipt);
		n += buf_put_rd(&receipt, db_bytes(s, 0)) && receipt.len ? 1 : 2;
		question_about(q, db_bytes(s, 1));
	}
	if (n != 1) {
		question_refuse(q, "no closed session with a receipt, or more than one, begins with this number");
		return;
	}
	json_object(&q->json);
	put(q, "receipt", buf_rd(&receipt));
	json_end(&q->json);
}

/* The whole id of the one session, there or over, that begins so, of those that he may see. */
static bool any_session_of(struct question *q, char out[2 * SESSION_ID_LEN + 1])
{
	struct sqlite3_stmt *s;
	int n = 0;

	question_names(q, question_arg(q, 0));
	s = db_query("SELECT id, asset FROM session WHERE id >= ?1 AND id < ?1 || 'g'", "t", question_arg(q, 0));
	while (db_step(s)) {
		struct rd id = db_bytes(s, 0);
		if (!question_may_see(q, db_bytes(s, 1)))
			continue;
		memset(out, 0, 2 * (size_t)SESSION_ID_LEN + 1);
		n += id.len == 2 * (size_t)SESSION_ID_LEN && rd_copy(&id, (uint8_t *)out, id.len) ? 1 : 2;
		question_about(q, db_bytes(s, 1));
	}
	if (question_arg(q, 0).len >= PREFIX_MIN && n == 1)
		return true;
	question_refuse(q, "no session, or more than one, begins with this number; give at least 6 digits of it");
	return false;
}

/* Keepers open it, with their keys; that it is opened, and why, is a record before they can have asked for it. */
static void verb_play(struct question *q)
{
	char id[2 * SESSION_ID_LEN + 1];
	uint8_t raw[SESSION_ID_LEN];
	struct rd why;

	if (!any_session_of(q, id) || !takes_why(q, SESSION_WHY_MAX, &why))
		return;
	if (!text_hex(rd_str(id), raw, sizeof(raw))) {
		question_refuse(q, "its number is damaged");
		return;
	}
	struct book_about a = { .actor = q->name, .log = q->log };
	struct event e = { .id = EVENT_RECORDING_PLAYED,
		.value = { { .bytes = q->name }, { .bytes = rd_of(raw, sizeof(raw)) }, { .bytes = why } } };
	(void)book_event(&a, &e);
	json_object(&q->json);
	put(q, "log", rd_str(q->log == BOOK_INTERCEPT ? "intercept" : "core"));
	put(q, "session", rd_str(id));
	json_end(&q->json);
}

/* Who may do what. */
static const struct verb verbs[] = {
	{ VERB_REQUESTS, "requests", READERS, false, verb_requests },
	{ VERB_SHOW, "show", READERS, false, verb_show },
	{ VERB_GRANTS, "grants", READERS, false, verb_grants },
	{ VERB_ROSTER, "roster", READERS, false, verb_roster },
	{ VERB_SESSIONS, "sessions", READERS, false, verb_sessions },
	{ VERB_POLICY_SHOW, "policy-show", READERS, false, verb_policy_show },
	{ VERB_RECEIPT, "receipt", READERS, false, verb_receipt },
	{ VERB_PLAY, "play", PLAYERS, false, verb_play },
	{ VERB_APPROVE, "approve", APPROVERS, true, verb_approve },
	{ VERB_DENY, "deny", APPROVERS, false, verb_deny },
	{ VERB_REVOKE, "revoke", APPROVERS | WATCHERS, false, verb_revoke },
	{ VERB_ALLOW, "allow", APPROVERS, false, verb_allow },
	{ VERB_REFUSE, "refuse", APPROVERS | WATCHERS, false, verb_refuse },
	{ VERB_REQUEST, "request", APPROVERS, true, verb_request },
	{ VERB_TICKET_CLOSED, "ticket-closed", APPROVERS, false, verb_ticket_closed },
	{ VERB_WATCH, "watch", WATCHERS, false, verb_watch },
	{ VERB_HOLD, "hold", WATCHERS, false, verb_hold },
	{ VERB_RESUME, "resume", WATCHERS, false, verb_resume },
	{ VERB_END, "end", WATCHERS, false, verb_end },
	{ VERB_ROSTER_REMOVE, "roster-remove", ADMINS, false, verb_roster_remove },
	{ VERB_POLICY_LOAD, "policy-load", ADMINS, true, verb_policy_load },
	{ VERB_POLICY_CONFIRM, "policy-confirm", ADMINS, true, verb_policy_confirm },
	{ VERB_POLICY_WITHDRAW, "policy-withdraw", ADMINS, false, verb_policy_withdraw },
	/* An administrator; of the intercept compartment, one of its own officers. */
	{ VERB_HOST_KEY, "host-key", ADMINS | BIT(ROLE_INTERCEPT), true, verb_host_key },
	{ VERB_HOST_KEYS, "host-keys", READERS, false, verb_host_keys },
	{ VERB_OTP_ENROL, "otp-enrol", ADMINS, true, verb_otp_enrol },
	{ VERB_OTP_REMOVE, "otp-remove", ADMINS, false, verb_otp_remove },
	{ VERB_OTP_LIST, "otp-list", READERS, false, verb_otp_list },
	{ VERB_GLASS_PREPARE, "glass-prepare", ADMINS, true, verb_glass_prepare },
	{ VERB_GLASS_LIST, "glass-list", READERS, false, verb_glass_list },
	{ VERB_GLASS_REPORT, "glass-report", READERS, false, verb_glass_report },
	{ VERB_GLASS_CLOSE, "glass-close", READERS, false, verb_glass_close },
	/* Two codes are who they are; officers may be out of reach. */
	{ VERB_GLASS_BREAK, "glass-break", VERB_ANYBODY, false, verb_glass_break },
};

const struct verb *verb_of(enum officer_verb v)
{
	for (size_t i = 0; i < ARRAY_LEN(verbs); i++)
		if (verbs[i].verb == v)
			return &verbs[i];
	return NULL;
}
