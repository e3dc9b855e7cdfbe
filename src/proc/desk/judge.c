/*
 * Is:        the judging of sessions and commands (contract in the header).
 * Is not:    the decision.
 * Called by: sessions.
 * Owns:      nothing.
 * Trust:     commands and counters are hostile.
 */
#include "proc/desk/judge.h"

#include <string.h>

#include "base/text.h"
#include "policy/compile.h"
#include "policy/decide.h"
#include "policy/explain.h"
#include "proc/desk/rooms.h"
#include "proc/desk/desk_sessions.h"
#include "proc/desk/world.h"

enum { WISH_MAX = 80 };

/* The classes that a command is of; all must be allowed. */
struct needs { uint32_t cls[4]; uint32_t n; };

static void need(struct needs *n, const struct world *w, const char *name)
{
	n->cls[n->n++] = (uint32_t)policy_class(w->policy, rd_str(name));
}

/* Acts of lanes that are not a line of a dialect; docs/POLICY.md tells them. */
static const struct { const char *act, *cls; } act_classes[] = {
	{ "read-file", "file-get" }, { "list", "file-get" }, { "write-file", "file-put" }, { "remove", "file-put" },
	{ "rename", "file-put" }, { "set-attributes", "file-put" }, { "link", "file-put" }, { "make-dir", "file-put" },
	{ "shell", "shell-escape" }, { "opaque", "opaque" },
	{ "input", "shell-escape" }, /* what is typed into a command that runs */
};

/* "line", "exec" and "typed": what the dialect's patterns say of it. */
static bool classify_line(const struct world *w, const struct session *s, const struct desk_judge *j, struct needs *n)
{
	AUTO(buf_done) struct buf line = { 0 };
	int a = policy_asset(w->policy, rd_str(s->asset));
	struct class_of c;

	buf_init(&line, CLASSES_COMMAND_MAX);
	if (a < 0 || !classes_normalise(j->command, &line))
		return false;
	c = classes_of(w->classes, w->policy->assets[a].dialect, buf_rd(&line));
	n->cls[n->n++] = c.cls;
	if (c.also)
		n->cls[n->n++] = c.also;
	return true;
}

/* Typed at a shell, with keys behind which its lane does not know what the line holds. */
static bool is_half_seen(const struct desk_judge *j)
{
	return j->has_range && rd_is(&j->act, "typed");
}

static bool classify(const struct world *w, const struct session *s, const struct desk_judge *j, struct needs *n)
{
	if (rd_is(&j->act, "line") || rd_is(&j->act, "exec") || rd_is(&j->act, "typed")) {
		if (!classify_line(w, s, j, n))
			return false;
	}
	for (size_t i = 0; i < ARRAY_LEN(act_classes) && n->n == 0; i++)
		if (rd_is(&j->act, act_classes[i].act))
			need(n, w, act_classes[i].cls);
	if (n->n == 0)
		return false;
	if (j->is_switch)
		need(n, w, "target-switch");
	if (j->has_range)
		need(n, w, is_half_seen(j) ? "shell-escape" : "bulk-export");
	return true;
}

uint32_t judge_kinds(const struct asset *a)
{
	uint32_t kinds = a->holds & ((1u << KIND_N) - 1);

	return kinds ? kinds : 1u << KIND_SUBSCRIBERS;
}

static bool crossing_of(const struct world *w, const struct session *s, int64_t now, struct crossing *q)
{
	int e = world_engineer(w, rd_str(s->room->engineer)), a = policy_asset(w->policy, rd_str(s->asset));
	struct standing st;
	struct place at;

	if (e < 0 || a < 0 || !requests_standing(rd_str(s->request), now, &st))
		return false;
	at = world_place(w, rd_str(s->room->address), s->room->round_trip_us, NULL);
	world_crossing(w, (uint32_t)e, (uint32_t)a, s->channel, &at, now, q);
	q->n_approvals = st.n_approvals;
	for (uint32_t i = 0; i < st.n_approvals; i++)
		q->approvals[i] = st.approvals[i];
	standing_done(&st);
	q->age = now > s->began ? (uint32_t)(now - s->began) : 0;
	q->opaque = s->counts.opaque;
	for (int k = 0; k < KIND_N; k++)
		if (judge_kinds(&w->policy->assets[a]) >> k & 1)
			q->clear[k] = s->counts.persons > UINT32_MAX ? UINT32_MAX : (uint32_t)s->counts.persons;
	return true;
}

static enum grant_why covers(const struct world *w, const struct session *s, const struct crossing *q)
{
	struct grant_use use = { .engineer = w->policy->engineers[q->engineer].name, .asset = rd_str(s->asset),
		.cls = w->policy->classes[q->cls].name, .channel = rd_str(policy_channels[q->channel]), .now = q->now,
		.age = q->age, .opaque = q->opaque };

	for (int k = 0; k < KIND_N; k++)
		use.clear[k] = q->clear[k];
	return grant_covers(&s->standing.grant, &use);
}

bool judge_session(const struct session *s, int64_t now)
{
	const struct world *w = world_now();
	struct crossing q;

	if (!w || !crossing_of(w, s, now, &q))
		return false;
	q.cls = (uint32_t)policy_class(w->policy, rd_str("session"));
	return decide(w->table, &q).verdict == ALLOW && covers(w, s, &q) == GRANT_OK;
}

bool judge_may_show_one(const struct session *s)
{
	const struct world *w = world_now();
	struct crossing q;

	if (!crossing_of(w, s, world_clock(), &q))
		return false;
	q.cls = (uint32_t)policy_class(w->policy, rd_str("session"));
	for (int k = 0; k < KIND_N; k++)
		if (judge_kinds(&w->policy->assets[q.asset]) >> k & 1)
			q.clear[k] = 1;
	return decide(w->table, &q).verdict == ALLOW;
}

/* What he asked for, as he may see it again: printable, and not too much of it. */
static void put_wish(struct wr *w, const struct desk_judge *j)
{
	struct rd text = j->command.len ? j->command : j->path, before;
	uint32_t rune;
	size_t n = 0;

	if (j->command.len == 0) {
		wr_bytes(w, j->act);
		wr_str(w, text.len ? " " : "");
	}
	for (before = text; n < WISH_MAX && rd_rune(&text, &rune); n += before.len - text.len, before = text)
		wr_rune(w, rune < ' ' || (rune >= 0x7f && rune <= 0x9f) ? '?' : rune);
	if (text.len)
		wr_str(w, "...");
	if (is_half_seen(j))
		wr_str(w, ", with keys that the gate cannot follow (Tab, arrows, a paste),");
}

static bool has_class(const struct session *s, struct rd name)
{
	for (uint32_t i = 0; i < s->standing.grant.classes.n; i++)
		if (rd_equal(&s->standing.grant.classes.at[i], &name))
			return true;
	return false;
}

/* "; your grant has read-config, read-alarms" */
static void put_granted(struct wr *w, const struct session *s)
{
	const struct grant_names *c = &s->standing.grant.classes;

	const char *before = "; your grant has ";

	for (uint32_t i = 0; i < c->n; i++) {
		if (rd_is(&c->at[i], "session"))
			continue; /* to be there is no command */
		wr_str(w, before);
		before = ", ";
		if (w->b->len + c->at[i].len + strlen(", ...") > DESK_REASON_MAX) {
			wr_str(w, "...");
			return;
		}
		wr_bytes(w, c->at[i]);
	}
}

/* Why `q`'s class is not allowed, in one line. */
static void put_refusal(struct wr *out, const struct session *s, const struct crossing *q, const struct decision *d,
    enum grant_why g)
{
	struct rd name = world_now()->policy->classes[q->cls].name;

	if (d->verdict != ALLOW && d->why == WHY_UNKNOWN_COMMAND) {
		wr_str(out, ": no pattern of the policy knows it");
		put_granted(out, s);
		return;
	}
	wr_str(out, " is ");
	wr_bytes(out, name);
	if (!has_class(s, name)) {
		put_granted(out, s);
		return;
	}
	wr_str(out, ": ");
	wr_str(out, d->verdict == ALLOW ? grant_why_texts[g] :
	        d->why == WHY_DENY_RULE ? "a rule denies it" : "no rule allows it now");
}

static bool allows(const struct world *w, const struct session *s, const struct crossing *q, const struct desk_judge *j,
    struct buf *why)
{
	struct decision d = decide(w->table, q);
	enum grant_why g = d.verdict == ALLOW ? covers(w, s, q) : GRANT_OK;
	struct wr out = wr_to(why);

	buf_reset(why);
	if (d.verdict == ALLOW && g == GRANT_OK) {
		wr_bytes(&out, w->policy->rules[d.rule].name);
		return true;
	}
	put_wish(&out, j);
	put_refusal(&out, s, q, &d, g);
	return false;
}

static void put_class(const struct world *w, uint32_t cls, struct buf *out)
{
	struct rd name = w->policy->classes[cls].name;
	struct wr wr = wr_to(out);

	if (out->len + 1 + name.len > DESK_NAME_MAX)
		return; /* the first says enough */
	wr_str(&wr, out->len ? "+" : "");
	wr_bytes(&wr, name);
}

enum judge_verdict judge_command(const struct session *s, const struct desk_judge *j, int64_t now, struct buf *cls,
    struct buf *why)
{
	const struct world *w = world_now();
	struct wr out = wr_to(why);
	struct needs n = { .n = 0 };
	struct crossing q;

	if (!w || !crossing_of(w, s, now, &q)) {
		wr_str(&out, "the grant has ended");
		return JUDGE_DENY;
	}
	if (!classify(w, s, j, &n)) {
		put_class(w, 0, cls);
		put_wish(&out, j);
		wr_str(&out, ": nobody can tell what this does");
		return JUDGE_DENY;
	}
	for (uint32_t i = 0; i < n.n; i++) {
		q.cls = n.cls[i];
		if (!allows(w, s, &q, j, why)) {
			buf_reset(cls);
			put_class(w, q.cls, cls);
			return JUDGE_DENY;
		}
		put_class(w, q.cls, cls);
	}
	return JUDGE_ALLOW;
}

bool judge_counts_grow(const struct desk_counts *a, const struct desk_counts *b)
{
	return b->persons >= a->persons && b->opaque >= a->opaque && b->from_supplier >= a->from_supplier &&
	    b->to_supplier >= a->to_supplier && b->files >= a->files && b->refused >= a->refused && b->held >= a->held;
}
