/*
 * Is:        the life of sessions (contract in the header).
 * Is not:    the judging of commands (judge.c), or the links to the gates.
 * Called by: rooms, officers, requests, deskd.
 * Owns:      its sessions.
 * Trust:     a gate may have been taken over.
 */
#include "proc/desk/desk_sessions.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/assert.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/text.h"
#include "base/timefmt.h"
#include "crypto/random.h"
#include "os/fd.h"
#include "os/ipc.h"
#include "policy/decide.h"
#include "policy/scalar.h"
#include "proc/desk/db.h"
#include "proc/desk/door.h"
#include "proc/desk/judge.h"
#include "proc/desk/keys.h"
#include "proc/desk/receipt.h"
#include "proc/desk/rooms.h"
#include "proc/desk/world.h"

enum { FILE_MAX_MIB = 16, ENDING_PATIENCE_S = 5, UNUSUAL_PERIOD_MIN = 1 };

static uint64_t idle_s = SESSIONS_IDLE_S;

static struct {
	struct list all;
	uint64_t last_serial;
} me;

static void copy_text(char *out, size_t size, struct rd r)
{
	memset(out, 0, size);
	while (r.len && (r.len >= size || !text_is_utf8(r)))
		r.len--;
	(void)!rd_copy(&r, (uint8_t *)out, r.len);
}

void sessions_init(void)
{
	int64_t now = world_clock();

	list_init(&me.all);
	/* They were lost with our former life: what they were allowed to show counts as shown. */
	(void)db_run("UPDATE session SET ended = ?1, by = 'desk', why = 'the desk was gone' WHERE ended = 0", "i", now);
}

struct list *sessions_all(void)
{
	return &me.all;
}

static struct session *find(const struct room *r, uint32_t n)
{
	LIST_EACH(it, &me.all) {
		struct session *s = CONTAINER_OF(it, struct session, node);
		if (s->room == r && s->n == n)
			return s;
	}
	return NULL;
}

struct session *sessions_by_serial(uint64_t serial)
{
	LIST_EACH(it, &me.all) {
		struct session *s = CONTAINER_OF(it, struct session, node);
		if (s->serial == serial)
			return s;
	}
	return NULL;
}

void sessions_id(const struct session *s, char out[2 * SESSION_ID_LEN + 1])
{
	AUTO(buf_done) struct buf b = { 0 };

	buf_init(&b, 2 * (size_t)SESSION_ID_LEN);
	struct wr w = wr_to(&b);
	wr_hex(&w, rd_of(s->id, SESSION_ID_LEN));
	copy_text(out, 2 * (size_t)SESSION_ID_LEN + 1, buf_rd(&b));
}

struct session *sessions_find(struct rd id_hex)
{
	struct session *found = NULL;
	char id[2 * SESSION_ID_LEN + 1];

	if (id_hex.len < 6 || id_hex.len > 2 * (size_t)SESSION_ID_LEN)
		return NULL;
	LIST_EACH(it, &me.all) {
		struct session *s = CONTAINER_OF(it, struct session, node);
		struct rd whole, start;
		sessions_id(s, id);
		whole = rd_str(id);
		if (s->state < SESSION_LIVE || !rd_slice(&whole, 0, id_hex.len, &start) || !rd_equal(&start, &id_hex))
			continue;
		if (found)
			return NULL; /* more than one begins so */
		found = s;
	}
	return found;
}

static void forget(struct session *s)
{
	list_remove(&s->node);
	s->room->n_sessions--;
	if (s->has_standing)
		standing_done(&s->standing);
	mem_free(&s);
}

struct book_about session_about(const struct session *s, struct rd actor)
{
	const struct world *w = world_now();
	int e = policy_engineer(w->policy, rd_str(s->room->engineer));

	/* Its own records are its gate's, which holds the chain of its session. */
	return (struct book_about){ .actor = actor.len ? actor : rd_str(s->room->engineer),
		.employer = actor.len || e < 0 ? rd_of(NULL, 0) : w->policy->engineers[e].supplier_name,
		.asset = rd_str(s->asset), .log = s->is_intercept ? BOOK_INTERCEPT : BOOK_CORE };
}

static void refuse(struct session *s, struct rd text)
{
	rooms_send(s->room, DESK_REFUSED, s->n, "t", text);
	forget(s);
}

/* Admitting. */

/* Persons in the clear under the grant as a whole: the least limit of what the asset shows, nobody
 * where the transfer or the rule forbids it. */
static uint64_t clear_limit(struct session *s, const struct asset *a)
{
	uint64_t most = UINT32_MAX;

	for (int k = 0; k < KIND_N; k++)
		if (judge_kinds(a) >> k & 1 && s->standing.grant.clear[k] < most)
			most = s->standing.grant.clear[k];
	return most && judge_may_show_one(s) ? most : 0;
}

static bool is_masked(const struct session *s, const struct asset *a)
{
	const struct policy *p = world_now()->policy;

	for (uint32_t i = 0; i < p->n_rules; i++) {
		const struct rule_decl *r = &p->rules[i];
		if (!rd_equal(&r->name, &s->standing.grant.rule))
			continue;
		for (int k = 0; k < KIND_N; k++)
			if (a->holds >> k & 1 && !r->clear_shown[k])
				return true;
		return !(a->holds & ((1u << KIND_N) - 1));
	}
	return true;
}

static void put_keepers(struct desk_granted *g)
{
	const struct world *w = world_now();

	for (uint32_t i = 0; i < w->policy->n_officers && g->n_keepers < DESK_KEEPERS_MAX; i++) {
		const struct officer *o = &w->policy->officers[i];
		if (o->seal.len && o->roles >> ROLE_KEEPER & 1 && world_officer_is_current(w, (int)i, world_clock()))
			g->keeper[g->n_keepers++] = (struct desk_keeper){ o->name, o->seal };
	}
}

bool sessions_word(const char *word)
{
	struct rd r = rd_str(word);

	return rd_word(&r, "idle=") && scalar_number(r, SESSIONS_IDLE_MAX_S, &idle_s) && idle_s >= SESSIONS_IDLE_MIN_S;
}

static struct desk_granted granted_of(struct session *s, const struct asset *a)
{
	int64_t now = world_clock();
	struct desk_granted g = { .session = rd_of(s->id, SESSION_ID_LEN), .grant = s->standing.grant.id,
		.policy = rd_of(s->policy, sizeof(s->policy)),
		.rule = s->standing.grant.rule, .asset = a->name, .protocol = rd_str(policy_protocols[a->protocol]),
		.dialect = a->dialect, .is_intercept = a->intercept, .mask = is_masked(s, a),
		.holds_subscribers = (a->holds >> KIND_SUBSCRIBERS & 1) || (a->holds >> KIND_CUSTOMERS & 1),
		.most_clear = s->slice.persons, .most_opaque = s->slice.opaque, .all_clear = s->whole.persons,
		.all_opaque = s->whole.opaque, .file_max = (uint64_t)FILE_MAX_MIB << 20,
		.idle_ns = idle_s * NS_PER_S,
		.left_ns = s->deadline > now ? (uint64_t)(s->deadline - now) * NS_PER_S : 0 };

	put_keepers(&g);
	return g;
}

static bool send_granted(struct session *s, const struct asset *a, int fd)
{
	AUTO(buf_done) struct buf b = { 0 };
	struct desk_granted g = granted_of(s, a);

	buf_init(&b, IPC_BODY_MAX);
	struct wr w = wr_to(&b);
	wr_u32(&w, s->n);
	desk_granted_write(&w, &g);
	ASSERT(wr_ok(&w));
	return rooms_send_fd(s->room, DESK_GRANTED, buf_rd(&b), fd);
}

static void close_row(struct session *s, struct rd by, struct rd why)
{
	char id[2 * SESSION_ID_LEN + 1];

	sessions_id(s, id);
	s->ended = world_clock();
	slices_settle(rd_str(id), &(struct slice){ s->counts.persons, s->counts.opaque });
	(void)db_run("UPDATE session SET ended = ?2, by = ?3, why = ?4 WHERE id = ?1", "titt", rd_str(id), s->ended, by, why);
}

/* Its record is durable: one end of a pair to the gate, one to the door. */
static void on_admitted(uint64_t serial, uint64_t unused)
{
	struct session *s = sessions_by_serial(serial);
	const struct world *w = world_now();
	AUTO(buf_done) struct buf keys = { 0 };
	int pair[2], asset;

	(void)unused;
	if (!s || s->state != SESSION_ADMITTING)
		return;
	asset = policy_asset(w->policy, rd_str(s->asset));
	buf_init(&keys, KEYS_TEXT_MAX);
	if (asset < 0 || !judge_session(s, world_clock()) || !keys_of(rd_str(s->asset), &keys) || ipc_pair(pair) < 0) {
		close_row(s, rd_str("desk"), rd_str("it was over before it began"));
		refuse(s, rd_str("The grant ended before the session began."));
		return;
	}
	if (!door_edge(rd_str(s->room->name), &w->policy->assets[asset], buf_rd(&keys), pair[1])) {
		fd_close(&pair[0]);
		close_row(s, rd_str("desk"), rd_str("the door was not there"));
		refuse(s, rd_str("The gate cannot reach the element now: its door is down. Try again in a minute."));
		return;
	}
	s->state = SESSION_LIVE;
	if (!send_granted(s, &w->policy->assets[asset], pair[0]))
		door_cut(rd_str(s->room->name));
}

static void watch_frequency(struct session *s, const struct engineer *e)
{
	int64_t n;

	if (e->expected == 0)
		return;
	n = db_number(0, "SELECT count(*) FROM session WHERE engineer = ?1 AND began > ?2", "ti", e->name,
	    world_clock() - (int64_t)e->period_days * 86400);
	if ((uint64_t)n != (uint64_t)e->expected * 4 + 1)
		return; /* told once, when it becomes too many */
	struct book_about a = session_about(s, rd_of(NULL, 0));
	struct event v = { .id = EVENT_ENGINEER_UNUSUAL, .value = { { .number = e->period_days }, { .number = n } } };
	(void)book_event(&a, &v);
}

static void record_admission(struct session *s)
{
	uint8_t grant[REQUEST_ID_LEN / 2] = { 0 };
	struct book_about a = session_about(s, rd_of(NULL, 0));
	struct event e = { .id = EVENT_DESK_ADMITTED, .value = { { .bytes = rd_str(policy_channels[s->channel]) },
		{ .bytes = rd_of(grant, sizeof(grant)) }, { .bytes = rd_of(s->policy, sizeof(s->policy)) },
		{ .bytes = s->standing.grant.rule } } };

	(void)!text_hex(rd_str(s->request), grant, sizeof(grant));
	(void)!text_hex(rd_str(world_now()->hash), s->policy, sizeof(s->policy));
	book_then(a.log, book_event(&a, &e), on_admitted, s->serial, 0);
}

static void admit(struct session *s, int engineer, const struct asset *asset)
{
	const struct world *w = world_now();
	char id[2 * SESSION_ID_LEN + 1];

	s->has_standing = requests_standing(rd_str(s->request), world_clock(), &s->standing);
	if (!s->has_standing) {
		refuse(s, rd_str("The grant has just ended."));
		return;
	}
	random_fill(random_system(), s->id, sizeof(s->id));
	sessions_id(s, id);
	s->state = SESSION_ADMITTING;
	s->began = world_clock();
	s->deadline = s->began + s->standing.grant.session_max;
	if (s->standing.grant.not_after < s->deadline)
		s->deadline = s->standing.grant.not_after;
	s->whole = (struct slice){ clear_limit(s, asset), s->standing.grant.opaque };
	s->slice = slices_first(rd_str(s->request), &s->whole);
	(void)db_run("INSERT INTO session VALUES(?1, ?2, ?3, ?4, ?5, 0, ?6, ?7, '', '', '')", "ttttiii", rd_str(id),
	    rd_str(s->request), rd_str(s->room->engineer), rd_str(s->asset), s->began, (int64_t)s->slice.persons,
	    (int64_t)(s->slice.opaque & INT64_MAX));
	watch_frequency(s, &w->policy->engineers[engineer]);
	record_admission(s);
}

/* Asking. */

static uint32_t what_is_missing(struct session *s)
{
	if (s->purpose[0] && s->ticket[0])
		s->purpose[0] = s->ticket[0] = '\0'; /* they were not taken as they are */
	return (s->purpose[0] ? 0u : 1u) | (s->ticket[0] ? 0u : 2u);
}

/* Tries to cross, from the beginning; gives an answer in any case. */
static void try_open(struct session *s)
{
	AUTO(buf_done) struct buf text = { 0 }, place = { 0 };
	const struct world *w = world_now();
	int e = world_engineer(w, rd_str(s->room->engineer)), a = policy_asset(w->policy, rd_str(s->asset));

	buf_init(&text, DESK_TEXT_MAX);
	buf_init(&place, DESK_TEXT_MAX);
	if (e < 0 || a < 0) {
		refuse(s, rd_str("No rule of the operator lets you in there, now and from where you are."));
		return;
	}
	s->is_intercept = w->policy->assets[a].intercept;
	struct wish wish = { .engineer = (uint32_t)e, .asset = (uint32_t)a, .channel = s->channel,
		.at = world_place(w, rd_str(s->room->address), s->room->round_trip_us, &place), .purpose = rd_str(s->purpose),
		.ticket = rd_str(s->ticket), .rule = rd_str(s->rule), .now = world_clock() };
	wish.place_text = buf_rd(&place);
	switch (requests_wish(&wish, s->request, &text)) {
	case WISH_REFUSED:
		refuse(s, buf_rd(&text));
		return;
	case WISH_GRANTED:
		admit(s, e, &w->policy->assets[a]);
		return;
	case WISH_WAITS:
		s->state = SESSION_WAITING;
		(void)!buf_put_str(&text, "\nIt goes on by itself when approved. Ctrl-C leaves.");
		rooms_send(s->room, DESK_TEXT, s->n, "t", buf_rd(&text));
		return;
	case WISH_ASKS:
		s->state = SESSION_ASKING;
		rooms_send(s->room, DESK_TEXT, s->n, "t", buf_rd(&text));
		rooms_send(s->room, DESK_ASKS, s->n, "b", what_is_missing(s));
		return;
	}
}

int sessions_open(struct room *r, uint32_t n, const struct desk_open *o)
{
	static const enum channel channels[] = { [DESK_TERMINAL] = CHANNEL_TERMINAL, [DESK_EXEC] = CHANNEL_EXEC,
		[DESK_DATA] = CHANNEL_DATA, [DESK_FILE] = CHANNEL_FILE };
	struct session *s;

	if (!r->engineer[0] || find(r, n))
		return -EBADMSG;
	if (r->n_sessions == ROOM_SESSIONS_MAX) {
		rooms_send(r, DESK_REFUSED, n, "t", rd_str("Too many sessions in this connection."));
		return 0;
	}
	s = mem_new(1, sizeof(*s));
	s->room = r;
	s->n = n;
	s->serial = ++me.last_serial;
	s->channel = channels[o->channel];
	copy_text(s->asset, sizeof(s->asset), o->asset);
	copy_text(s->purpose, sizeof(s->purpose), o->purpose);
	copy_text(s->ticket, sizeof(s->ticket), o->ticket);
	copy_text(s->rule, sizeof(s->rule), o->rule);
	list_append(&me.all, &s->node);
	r->n_sessions++;
	try_open(s);
	return 0;
}

int sessions_purpose(struct room *r, uint32_t n, struct rd purpose, struct rd ticket)
{
	struct session *s = find(r, n);

	if (!s || s->state != SESSION_ASKING)
		return s ? -EBADMSG : 0;
	if (purpose.len)
		copy_text(s->purpose, sizeof(s->purpose), purpose);
	if (ticket.len)
		copy_text(s->ticket, sizeof(s->ticket), ticket);
	try_open(s);
	return 0;
}

int sessions_host_key(struct room *r, uint32_t n, struct rd key)
{
	const struct session *s = find(r, n);

	if (s && (s->state == SESSION_LIVE || s->state == SESSION_ENDING))
		keys_seen(rd_str(s->asset), key);
	return 0;
}

int sessions_leave(struct room *r, uint32_t n)
{
	struct session *s = find(r, n);

	if (!s || s->state >= SESSION_ADMITTING)
		return 0;
	struct book_about a = session_about(s, rd_of(NULL, 0));
	struct event e = { .id = EVENT_DESK_LEFT, .value = { { .bytes = rd_str(policy_channels[s->channel]) } } };
	(void)book_event(&a, &e);
	forget(s); /* the request stays: an approval may still come, for the next time */
	return 0;
}

/* Ends. */

void sessions_end(struct session *s, struct rd by, struct rd why)
{
	struct book_about a = session_about(s, by);
	struct event e = { .id = EVENT_DESK_ENDS, .value = { { .bytes = by }, { .bytes = why } } };

	if (s->state == SESSION_ENDING || s->state == SESSION_CLOSING)
		return;
	if (s->state < SESSION_ADMITTING) {
		refuse(s, why);
		return;
	}
	(void)book_event(&a, &e);
	copy_text(s->why, sizeof(s->why), why);
	copy_text(s->by, sizeof(s->by), by);
	/* First it is ended, then all else: nothing waits for a disk here. */
	rooms_send(s->room, DESK_END, s->n, "tt", why, by);
	s->state = SESSION_ENDING;
	s->deadline = world_clock() + ENDING_PATIENCE_S - 1;
}

static void on_request_changed(uint64_t serial, uint64_t unused)
{
	struct session *s = sessions_by_serial(serial);
	AUTO(buf_done) struct buf b = { 0 };
	struct rd state;

	(void)unused;
	if (!s || s->state != SESSION_WAITING)
		return;
	buf_init(&b, 64);
	if (!db_get(&b, "SELECT state FROM request WHERE id = ?1", "t", rd_str(s->request)))
		return;
	state = buf_rd(&b);
	if (rd_is(&state, "denied")) {
		refuse(s, rd_str("An officer denied the request."));
	} else if (rd_is(&state, "over")) {
		refuse(s, rd_str("The request is over: nobody answered in time, or the policy changed. Ask again."));
	} else if (rd_is(&state, "waiting")) {
		AUTO(buf_done) struct buf text = { 0 };
		buf_init(&text, DESK_TEXT_MAX);
		requests_progress(rd_str(s->request), &text);
		rooms_send(s->room, DESK_TEXT, s->n, "t", buf_rd(&text));
	} else {
		try_open(s);
	}
}

void sessions_request_changed(struct rd request, int64_t event, enum book_log log)
{
	bool stands = db_number(0, "SELECT state IN ('waiting', 'granted') FROM request WHERE id = ?1", "t", request) != 0;

	LIST_EACH(it, &me.all) {
		struct session *s = CONTAINER_OF(it, struct session, node);
		if (!rd_is(&request, s->request))
			continue;
		if (s->state == SESSION_WAITING)
			book_then(log, event, on_request_changed, s->serial, 0);
		else if (!stands && s->state >= SESSION_ADMITTING)
			sessions_end(s, rd_str("desk"), rd_str("the grant has ended"));
	}
}

/* The gate did not close what it was told to end: the room goes. */
static void check_ending(struct session *s, int64_t now)
{
	if (now >= s->deadline)
		door_cut(rd_str(s->room->name));
}

void sessions_rejudge(int64_t now)
{
	LIST_EACH(it, &me.all) {
		struct session *s = CONTAINER_OF(it, struct session, node);
		if (s->state == SESSION_ENDING)
			check_ending(s, now);
		if (s->state != SESSION_LIVE)
			continue;
		if (now >= s->deadline)
			sessions_end(s, rd_str("desk"), rd_str("the time granted is over"));
		else if (!judge_session(s, now))
			sessions_end(s, rd_str("desk"), rd_str("the policy does not allow it any more"));
	}
}

void sessions_room_gone(struct room *r)
{
	LIST_EACH(it, &me.all) {
		struct session *s = CONTAINER_OF(it, struct session, node);
		if (s->room != r)
			continue;
		if (s->state >= SESSION_ADMITTING && s->state < SESSION_CLOSING) {
			/* Nobody said what was shown: all that was allowed counts. */
			s->counts.persons = s->counts.persons > s->slice.persons ? s->counts.persons : s->slice.persons;
			s->counts.opaque = s->counts.opaque > s->slice.opaque ? s->counts.opaque : s->slice.opaque;
			close_row(s, rd_str(s->by[0] ? s->by : "gate"), rd_str(s->why[0] ? s->why : "the gate was gone"));
		}
		forget(s);
	}
}

int sessions_closed(struct room *r, uint32_t n, const struct desk_counts *c, struct rd why, struct rd by, uint64_t seq)
{
	struct session *s = find(r, n);

	if (!s)
		return 0;
	if (s->state != SESSION_LIVE && s->state != SESSION_ENDING)
		return -EBADMSG;
	if (!judge_counts_grow(&s->counts, c))
		return -EBADMSG;
	s->counts = *c;
	if (!s->why[0])
		copy_text(s->why, sizeof(s->why), why);
	if (!s->by[0])
		copy_text(s->by, sizeof(s->by), event_name_ok(by) ? by : rd_str("gate"));
	close_row(s, rd_str(s->by), rd_str(s->why));
	s->state = SESSION_CLOSING;
	if (!receipt_ask(s, seq))
		forget(s); /* keyd is not there: the receipt is missing, the record is not */
	return 0;
}

static void on_receipt_durable(uint64_t serial, uint64_t unused)
{
	AUTO(buf_done) struct buf text = { 0 };
	struct session *s = sessions_by_serial(serial);
	char id[2 * SESSION_ID_LEN + 1];

	(void)unused;
	if (!s)
		return;
	sessions_id(s, id);
	buf_init(&text, DESK_TEXT_MAX);
	if (db_get(&text, "SELECT receipt FROM session WHERE id = ?1", "t", rd_str(id)))
		rooms_send(s->room, DESK_RECEIPT, s->n, "t", buf_rd(&text));
	forget(s);
}

void sessions_receipt(uint64_t serial, struct rd signed_text)
{
	struct session *s = sessions_by_serial(serial);
	char id[2 * SESSION_ID_LEN + 1];

	if (!s || s->state != SESSION_CLOSING)
		return;
	if (signed_text.len == 0 || signed_text.len > DESK_TEXT_MAX) {
		forget(s);
		return;
	}
	sessions_id(s, id);
	(void)db_run("UPDATE session SET receipt = ?2 WHERE id = ?1", "tt", rd_str(id), signed_text);
	struct book_about a = session_about(s, rd_of(NULL, 0));
	struct event e = { .id = EVENT_DESK_RECEIPT, .value = { { .bytes = signed_text } } };
	book_then(a.log, book_event(&a, &e), on_receipt_durable, serial, 0);
}

/* While it lives. */

int sessions_counts(struct room *r, uint32_t n, const struct desk_counts *c)
{
	struct session *s = find(r, n);

	if (!s || s->state < SESSION_LIVE || s->state == SESSION_CLOSING)
		return 0;
	if (!judge_counts_grow(&s->counts, c))
		return -EBADMSG;
	s->counts = *c;
	if (s->state == SESSION_LIVE && (c->persons > s->slice.persons || c->opaque > s->slice.opaque))
		sessions_end(s, rd_str("desk"), rd_str("more was shown than the grant allows"));
	return 0;
}

int sessions_judge(struct room *r, uint32_t n, const struct desk_judge *j)
{
	struct session *s = find(r, n);
	AUTO(buf_done) struct buf why = { 0 }, cls = { 0 };
	uint32_t verdict = 0;

	buf_init(&why, 1024);
	buf_init(&cls, DESK_NAME_MAX);
	if (s && s->state == SESSION_LIVE && !s->is_held)
		verdict = (uint32_t)judge_command(s, j, world_clock(), &cls, &why);
	else
		(void)!buf_put_str(&why, "there is no such session, or it is held");
	rooms_send(r, DESK_VERDICT, n, "wbtt", j->id, verdict, buf_rd(&cls), buf_rd(&why));
	return 0;
}

static void on_raised(uint64_t serial, uint64_t what)
{
	struct session *s = sessions_by_serial(serial);

	if (s && s->state == SESSION_LIVE)
		rooms_send(s->room, DESK_RAISED, s->n, "bqq", (uint32_t)what, s->slice.persons, s->slice.opaque);
}

int sessions_more(struct room *r, uint32_t n, enum desk_more what, const struct slice *need)
{
	struct session *s = find(r, n);
	char id[2 * SESSION_ID_LEN + 1];

	if (!s || s->state != SESSION_LIVE)
		return 0;
	sessions_id(s, id);
	/* Who began masked stays so. Not raised, it asks an officer, or goes without. */
	if (s->slice.persons || need->persons == 0)
		(void)!slices_raise(rd_str(s->request), rd_str(id), &s->whole, need, &s->slice);
	book_then(session_about(s, rd_of(NULL, 0)).log, 0, on_raised, s->serial, what);
	return 0;
}

int sessions_over(struct room *r, uint32_t n, enum desk_over what, const struct slice *need, struct rd detail)
{
	struct session *s = find(r, n);

	if (!s || s->state != SESSION_LIVE)
		return 0;
	if (s->is_over)
		return -EBADMSG;
	s->is_over = true;
	s->over = what;
	s->over_need = *need;
	copy_text(s->over_detail, sizeof(s->over_detail), detail);
	return 0;
}

const char *session_over_name(enum desk_over what)
{
	static const char *const names[] = { [DESK_OVER_PERSONS] = "persons", [DESK_OVER_OPAQUE] = "opaque",
		[DESK_OVER_FILE] = "file", [DESK_OVER_COMMAND] = "command" };

	return names[what];
}

static void on_answered(uint64_t serial, uint64_t allowed)
{
	struct session *s = sessions_by_serial(serial);

	if (s && s->state == SESSION_LIVE)
		rooms_send(s->room, DESK_LIMITS, s->n, "bqq", (uint32_t)allowed, s->slice.persons, s->slice.opaque);
}

/* What waits at a ceiling, as far as the rule has as much left: others may have given back what they did not
 * use. Beyond the rule nothing can be granted; one file or one command passes. */
static bool has_left(struct session *s)
{
	char id[2 * SESSION_ID_LEN + 1];

	if (s->over == DESK_OVER_FILE || s->over == DESK_OVER_COMMAND)
		return true;
	sessions_id(s, id);
	return slices_raise(rd_str(s->request), rd_str(id), &s->whole, &s->over_need, &s->slice);
}

bool sessions_answer(struct session *s, bool allow, struct rd by)
{
	if (allow && !has_left(s))
		return false;
	struct book_about a = session_about(s, by);
	uint8_t grant[REQUEST_ID_LEN / 2] = { 0 };
	struct event e = { .id = EVENT_DESK_LIMIT, .value = { { .number = allow }, { .bytes = by },
		{ .bytes = rd_of(grant, sizeof(grant)) }, { .number = (int64_t)s->slice.persons },
		{ .number = s->slice.opaque < (uint64_t)JSON_INT_MAX ? (int64_t)s->slice.opaque : JSON_INT_MAX }, { .bytes = rd_str(session_over_name(s->over)) } } };

	(void)!text_hex(rd_str(s->request), grant, sizeof(grant));
	s->is_over = false;
	book_then(a.log, book_event(&a, &e), on_answered, s->serial, allow);
	return true;
}

void sessions_hold(struct session *s, bool hold, struct rd by)
{
	s->is_held = hold;
	rooms_send(s->room, DESK_HOLD, s->n, "bt", (uint32_t)hold, by);
}

bool sessions_watch(struct session *s, int fd)
{
	AUTO(buf_done) struct buf b = { 0 };

	buf_init(&b, 8);
	struct wr w = wr_to(&b);
	wr_u32(&w, s->n);
	return rooms_send_fd(s->room, DESK_WATCH, buf_rd(&b), fd);
}
