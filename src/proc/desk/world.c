/*
 * Is:        the policy as the desk uses it (contract in the header).
 * Is not:    how it came to be in force.
 * Called by: every file of the desk.
 * Owns:      the policy in force.
 * Trust:     a bundle is hostile until it has parsed.
 */
#include "proc/desk/world.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "base/timefmt.h"
#include "crypto/sha256.h"
#include "evidence/age.h"
#include "evidence/event.h"
#include "os/clock.h"
#include "policy/compile.h"
#include "policy/net.h"
#include "policy/parse.h"
#include "proc/desk/db.h"
#include "proc/desk/local.h"

enum { DAY = 86400 };

static struct world *in_force;

struct part { struct rd written, path, text; };

struct bundle {
	struct rd rest;
	struct part part[DIAG_FILES_MAX];
	struct rd names[DIAG_FILES_MAX + 1];
	uint32_t n;
};

static bool take_part(struct rd *r, struct part *out)
{
	return rd_part32(r, WORLD_NAME_MAX, &out->written) && rd_part32(r, WORLD_NAME_MAX, &out->path) &&
	    rd_part32(r, PARSE_TEXT_MAX, &out->text);
}

/* The bundle was made by reading the same files in the same order. */
static bool open_part(void *ctx, struct rd name, struct rd from, char **out_text, size_t *out_len)
{
	struct bundle *b = ctx;
	struct part p;

	if (b->n == DIAG_FILES_MAX || !take_part(&b->rest, &p) || (b->n && !rd_equal(&p.written, &name)))
		return false;
	b->part[b->n] = p;
	b->names[b->n] = p.path;
	b->n++;
	*out_text = mem_new(p.text.len + 1, 1);
	*out_len = p.text.len;
	return rd_copy(&p.text, (uint8_t *)*out_text, p.text.len);
}

/* As policy_files_hash does: of the text, or of what sha256sum prints for the files. */
static void hash_bundle(const struct bundle *b, char out[WORLD_HASH_LEN + 1])
{
	AUTO(buf_done) struct buf list = { 0 }, hex = { 0 };
	uint8_t one[SHA256_LEN];
	struct rd r;

	buf_init(&list, DIAG_FILES_MAX * (WORLD_NAME_MAX + 80));
	buf_init(&hex, WORLD_HASH_LEN);
	struct wr w = wr_to(&list), h = wr_to(&hex);
	for (uint32_t i = 0; i < b->n; i++) {
		sha256_of(b->part[i].text, one);
		wr_hex(&w, rd_of(one, SHA256_LEN));
		wr_str(&w, "  ");
		wr_bytes(&w, b->part[i].path);
		wr_str(&w, "\n");
	}
	if (b->n > 1)
		sha256_of(buf_rd(&list), one);
	wr_hex(&h, rd_of(one, SHA256_LEN));
	r = buf_rd(&hex);
	(void)snprintf(out, WORLD_HASH_LEN + 1, "%.*s", (int)r.len, (const char *)r.p);
}

static bool complain(struct buf *why, struct rd name, const char *what)
{
	struct wr w = wr_to(why);

	wr_bytes(&w, name);
	wr_str(&w, what);
	return false;
}

/* Names go into records, and seals must open: the language alone does not see to it. */
static bool names_can_be_recorded(const struct policy *p, struct buf *why)
{
	static const char bad[] = ": a name with a run of more than six digits cannot stand in a record; rename it\n";
	struct x25519_pub pub;

	for (uint32_t i = 0; i < p->n_engineers; i++)
		if (!event_name_ok(p->engineers[i].name))
			return complain(why, p->engineers[i].name, bad);
	for (uint32_t i = 0; i < p->n_suppliers; i++)
		if (!event_name_ok(p->suppliers[i].name))
			return complain(why, p->suppliers[i].name, bad);
	for (uint32_t i = 0; i < p->n_assets; i++)
		if (!event_name_ok(p->assets[i].name))
			return complain(why, p->assets[i].name, bad);
	for (uint32_t i = 0; i < p->n_rules; i++)
		if (!event_name_ok(p->rules[i].name))
			return complain(why, p->rules[i].name, bad);
	for (uint32_t i = 0; i < p->n_officers; i++) {
		const struct officer *o = &p->officers[i];
		if (!event_name_ok(o->name))
			return complain(why, o->name, bad);
		if (o->seal.len && !age_recipient_parse(o->seal, &pub))
			return complain(why, o->name, ": his seal is no age recipient: its checksum is wrong\n");
	}
	return true;
}

struct world *world_new(struct rd bytes, struct buf *why)
{
	AUTO(mem_free) struct diags *d = mem_new(1, sizeof(*d));
	AUTO(mem_free) struct bundle *b = mem_new(1, sizeof(*b));
	AUTO(world_free) struct world *w = mem_new(1, sizeof(*w));
	struct parse_files files = { .open = open_part, .ctx = b };
	struct rd top = bytes, first;
	struct world *out;

	b->rest = bytes;
	if (bytes.len > WORLD_BUNDLE_MAX || !rd_part32(&top, WORLD_NAME_MAX, &first) ||
	    policy_load(first, &files, d, &w->policy) != 0 || b->rest.len) {
		if (d->n_errors == 0 || !diag_render(d, b->names, b->n, why))
			(void)complain(why, rd_str("the bundle"), " is not one of a policy's files\n");
		return NULL;
	}
	hash_bundle(b, w->hash);
	b->names[b->n] = rd_str("classes.tsv");
	w->classes = classes_new(w->policy, local_pack(), b->n, d);
	if (!w->classes) {
		(void)!diag_render(d, b->names, b->n + 1, why);
		return NULL;
	}
	if (!names_can_be_recorded(w->policy, why))
		return NULL;
	w->table = table_new(w->policy);
	out = w;
	w = NULL;
	return out;
}

void world_free(struct world **pw)
{
	struct world *w = *pw;

	if (!w)
		return;
	classes_free(&w->classes);
	table_free(&w->table);
	policy_free(&w->policy);
	mem_free(pw);
}

const struct world *world_now(void)
{
	return in_force;
}

void world_set(struct world *w)
{
	world_free(&in_force);
	in_force = w;
}

int64_t world_clock(void)
{
	return (int64_t)(clock_wall_ns() / NS_PER_S);
}

struct place world_place(const struct world *w, struct rd address, uint32_t round_trip_us, struct buf *text)
{
	struct place_claim claims[3] = { { .source = PLACE_NETWORK, .confidence = 100, .by = rd_str("door") },
		{ .source = PLACE_ADDRESS, .confidence = 100, .by = rd_str("country.mmdb") } };
	const struct place_claim trip = { .source = PLACE_LATENCY, .confidence = 100, .by = rd_str("door"),
		.round_trip_us = round_trip_us };
	struct net net;
	uint32_t n = 0;
	struct place at;

	if (net_parse_address(address, &net)) {
		claims[0].address = rd_of(net.bytes, net.n_bytes);
		claims[1].country = local_country(claims[0].address);
		n = claims[1].country ? 2 : 1;
	}
	if (round_trip_us)
		claims[n++] = trip;
	at = place_judge(w->policy, claims, n);
	if (text && !place_render(w->policy, claims, n, &at, text))
		buf_reset(text);
	return at;
}

void world_crossing(const struct world *w, uint32_t engineer, uint32_t asset, enum channel channel,
    const struct place *at, int64_t now, struct crossing *q)
{
	struct space_zones zones = local_zones();

	*q = (struct crossing){ .engineer = engineer, .asset = asset, .channel = channel, .country = at->country,
		.site = at->site };
	space_set_time(w->policy, &zones, now, q);
}

bool world_is_removed(struct rd name)
{
	return db_number(0, "SELECT 1 FROM removed WHERE name = ?1", "t", name) != 0;
}

bool world_officer_is_current(const struct world *w, int officer, int64_t now)
{
	const struct officer *o;

	if (officer < 0)
		return false;
	o = &w->policy->officers[officer];
	return o->supplier < 0 && (o->until == INT64_MAX || now < o->until + DAY) && !world_is_removed(o->name);
}

int world_officer(const struct world *w, uint32_t uid, int64_t now)
{
	if (!w || uid == 0)
		return MODEL_NONE;
	for (uint32_t i = 0; i < w->policy->n_officers; i++) {
		const struct officer *o = &w->policy->officers[i];
		uid_t his;
		if (o->login.len && local_account(o->login, &his) && his == uid &&
		    world_officer_is_current(w, (int)i, now))
			return (int)i;
	}
	return MODEL_NONE;
}

int world_engineer(const struct world *w, struct rd name)
{
	int e = policy_engineer(w->policy, name);

	return e >= 0 && world_is_removed(name) ? MODEL_NONE : e;
}

bool world_is_intercept(const struct world *w, struct rd asset)
{
	int a = policy_asset(w->policy, asset);

	return a < 0 || w->policy->assets[a].intercept;
}

bool world_may_reach(const struct world *w, uint32_t engineer, uint32_t asset)
{
	const struct table *t = w->table;
	const struct table_view *who = &t->subjects[t->people[engineer].view], *what = &t->objects[t->assets[asset].view];

	for (uint32_t i = 0; i < who->n_list; i++) {
		uint32_t rule = who->list[i];
		if (t->rules[rule].effect == ALLOW && who->match[rule] == YES && what->match[rule] == YES)
			return true;
	}
	return false;
}
