/*
 * Is:        the judge of places (contract in the header).
 * Is not:    a look-up.
 * Called by: deskd, explain.
 * Owns:      nothing.
 * Trust:     claims may lie.
 */
#include "policy/place.h"

#include "base/assert.h"
#include "base/wr.h"
#include "policy/net.h"

static const uint32_t weights[PLACE_SOURCE_N] = {
	[PLACE_BADGE] = 80, [PLACE_ATTESTED] = 80, [PLACE_NETWORK] = 60, [PLACE_ADDRESS] = 30,
	[PLACE_CONTRACT] = 20, [PLACE_LATENCY] = 30,
};

static const char *const source_names[PLACE_SOURCE_N] = {
	[PLACE_BADGE] = "badge", [PLACE_ATTESTED] = "attested device", [PLACE_NETWORK] = "network",
	[PLACE_ADDRESS] = "address", [PLACE_CONTRACT] = "contract", [PLACE_LATENCY] = "latency",
};

/* What one claim says: a site (or -1) and a country (or 0). */
struct says { int site; uint16_t country; };

static int site_of_address(const struct policy *p, struct rd address)
{
	for (uint32_t i = 0; i < p->n_sites; i++) {
		const struct span *s = &p->sites[i].networks;
		for (uint32_t k = 0; k < s->n; k++) {
			struct net net;
			if (net_parse(p->networks[s->at + k], &net) && net_has(&net, address))
				return (int)i;
		}
	}
	return -1;
}

static struct says what_it_says(const struct policy *p, const struct place_claim *c)
{
	struct says s = { .site = -1 };

	switch (c->source) {
	case PLACE_ADDRESS:
		s.country = c->country;
		return s;
	case PLACE_LATENCY:
		return s;
	case PLACE_NETWORK:
		s.site = site_of_address(p, c->address);
		break;
	case PLACE_BADGE: case PLACE_ATTESTED: case PLACE_CONTRACT: case PLACE_SOURCE_N:
		if (c->site >= 0 && (uint32_t)c->site < p->n_sites)
			s.site = c->site;
		break;
	}
	if (s.site >= 0)
		s.country = p->sites[s.site].country;
	return s;
}

struct far { uint32_t latency_ms, distance_km; };

/* What the policy says of a site, or else of its country; 0: nothing. */
static struct far how_far(const struct policy *p, const struct says *s)
{
	struct far f = { 0, 0 };

	if (s->site >= 0)
		f = (struct far){ p->sites[s->site].latency_ms, p->sites[s->site].distance_km };
	for (uint32_t i = 0; i < p->n_country_decls; i++) {
		const struct country_decl *c = &p->country_decls[i];
		if (c->country != s->country)
			continue;
		f.latency_ms = f.latency_ms ? f.latency_ms : c->latency_ms;
		f.distance_km = f.distance_km ? f.distance_km : c->distance_km;
	}
	return f;
}

/* Too long to be only there, or too short to have been there. */
static bool is_no_trip_from(const struct policy *p, const struct place_claim *trip, const struct says *s)
{
	struct far f = how_far(p, s);
	uint64_t longest_us = (uint64_t)(f.latency_ms ? f.latency_ms : PLACE_LATENCY_DEFAULT_MS) * 1000;

	return s->country && (trip->round_trip_us > longest_us ||
	    trip->round_trip_us < (uint64_t)f.distance_km * PLACE_US_PER_KM);
}

static bool contradict(const struct policy *p, const struct place_claim *a, const struct says *x,
    const struct place_claim *b, const struct says *y)
{
	if (a->confidence == 0 || b->confidence == 0)
		return false;
	if (a->source == PLACE_LATENCY)
		return is_no_trip_from(p, a, y);
	if (b->source == PLACE_LATENCY)
		return is_no_trip_from(p, b, x);
	if (x->country && y->country && x->country != y->country)
		return true;
	return x->site >= 0 && y->site >= 0 && x->site != y->site;
}

static uint32_t weight_of(const struct place_claim *c)
{
	return weights[c->source] * (c->confidence > 100 ? 100 : c->confidence) / 100;
}

/* Nothing contradicts: adds up. */
static void add_up(const struct policy *p, const struct place_claim *claims, const struct says *says, uint32_t n,
    struct place *out)
{
	uint32_t for_country = 0, for_site = 0, latency = 0;
	bool is_bounded = false;
	uint16_t country = 0;
	int site = -1;

	for (uint32_t i = 0; i < n; i++) {
		uint32_t weight = weight_of(&claims[i]);
		if (weight == 0)
			continue;
		if (claims[i].source == PLACE_LATENCY)
			latency = weight > latency ? weight : latency;
		if (says[i].country) {
			country = says[i].country;
			for_country += weight;
			is_bounded |= how_far(p, &says[i]).latency_ms != 0;
		}
		if (says[i].site >= 0) {
			site = says[i].site;
			for_site += weight;
		}
	}
	for_country += is_bounded ? latency : 0;
	out->confidence = for_country > 100 ? 100 : for_country;
	if (for_country < PLACE_ENOUGH)
		return;
	out->status = PLACE_KNOWN;
	out->country = country;
	if (site >= 0 && for_site >= PLACE_ENOUGH)
		out->site = SITE_FIRST + (uint32_t)site;
	else if (site < 0)
		out->site = SITE_NONE;
}

struct place place_judge(const struct policy *p, const struct place_claim *claims, uint32_t n)
{
	struct place out = { .status = PLACE_UNKNOWN, .against = { -1, -1 } };
	struct says says[PLACE_CLAIMS_MAX];

	if (n > PLACE_CLAIMS_MAX) {
		out.status = PLACE_INCONSISTENT;
		return out;
	}
	for (uint32_t i = 0; i < n; i++)
		says[i] = what_it_says(p, &claims[i]);
	for (uint32_t i = 0; i < n; i++)
		for (uint32_t k = i + 1; k < n; k++)
			if (contradict(p, &claims[i], &says[i], &claims[k], &says[k])) {
				out.status = PLACE_INCONSISTENT;
				out.against[0] = (int)i;
				out.against[1] = (int)k;
				return out;
			}
	add_up(p, claims, says, n, &out);
	return out;
}

static void put_country(struct wr *w, uint16_t c)
{
	if (c)
		wr_text(w, "%c%c", c >> 8, c & 0xff);
	else
		wr_str(w, "no country");
}

static void put_claim(struct wr *w, const struct policy *p, const struct place_claim *c)
{
	struct says s = what_it_says(p, c);

	ASSERT(c->source < PLACE_SOURCE_N);
	wr_text(w, "  %s: ", source_names[c->source]);
	if (c->source == PLACE_LATENCY)
		wr_text(w, "round trip of %u.%03u ms", c->round_trip_us / 1000, c->round_trip_us % 1000);
	else
		put_country(w, s.country);
	if (s.site >= 0) {
		wr_str(w, ", site ");
		wr_bytes(w, p->sites[s.site].name);
	}
	wr_text(w, " (confidence %u, says ", c->confidence);
	wr_bytes(w, c->by.len ? c->by : rd_str("the gate"));
	wr_str(w, ")\n");
}

bool place_render(const struct policy *p, const struct place_claim *claims, uint32_t n,
    const struct place *at, struct buf *out)
{
	struct wr w = wr_to(out);

	wr_str(&w, "place: ");
	if (at->status == PLACE_KNOWN)
		put_country(&w, at->country);
	else
		wr_str(&w, at->status == PLACE_UNKNOWN ? "unknown" : "inconsistent");
	if (at->site >= SITE_FIRST) {
		wr_str(&w, ", site ");
		wr_bytes(&w, p->sites[at->site - SITE_FIRST].name);
	}
	wr_text(&w, " (confidence %u)\n", at->confidence);
	for (uint32_t i = 0; i < n && i < PLACE_CLAIMS_MAX; i++)
		put_claim(&w, p, &claims[i]);
	return wr_ok(&w);
}
