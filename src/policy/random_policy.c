/*
 * Is:        small random policies (see the header).
 * Is not:    evenly spread: it makes rules meet often.
 * Called by: tests.
 * Owns:      nothing.
 * Trust:     no input.
 */
#include "policy/random_policy.h"

#include <string.h>

#include "base/assert.h"
#include "base/wr.h"

static const char *const countries[] = { "NL", "CN", "BE" };
static const char *const suppliers[] = { "s0", "s1", "s2" };
static const char *const engineers[] = { "e0", "e1", "e2", "e3" };
static const char *const assets[] = { "a0", "a1", "a2", "a3" };
static const char *const classes[] = { "read-config", "trace", "bulk-export", "session", "any" };
static const char *const dates[] = { "2027-03-01", "2026-11-22", "2027-06-01", "2026-06-01" };

static uint32_t roll(const struct dice *d, uint64_t n)
{
	return (uint32_t)d->below(d->ctx, n);
}

static const char *one_of(const struct dice *d, const char *const *words, uint64_t n)
{
	return words[roll(d, n)];
}

#define ANY_OF(d, words) one_of(d, words, ARRAY_LEN(words))

static void put_subject(const struct dice *d, struct wr *w)
{
	switch (roll(d, 6)) {
	case 5: case 0: wr_str(w, "any"); break;
	case 1: wr_str(w, ANY_OF(d, suppliers)); break;
	case 2: wr_str(w, ANY_OF(d, engineers)); break;
	case 3: wr_text(w, "employed-under %s", ANY_OF(d, countries)); break;
	default: wr_text(w, "controlled-from %s", ANY_OF(d, countries)); break;
	}
}

static void put_object(const struct dice *d, struct wr *w)
{
	static const char *const wide[] = {
		"any", "compartment intercept", "compartment core", "holds subscribers",
		"holds customers", "group g0",
	};

	wr_str(w, roll(d, 2) ? ANY_OF(d, assets) : ANY_OF(d, wide));
}

static void put_list(const struct dice *d, struct wr *w,
    void (*put)(const struct dice *d, struct wr *w))
{
	put(d, w);
	while (roll(d, 3) == 0) {
		wr_str(w, ", ");
		put(d, w);
	}
}

static void put_place(const struct dice *d, struct wr *w)
{
	if (roll(d, 3) == 0)
		wr_text(w, "site %s", roll(d, 2) ? "u0" : "u1");
	else
		wr_str(w, ANY_OF(d, countries));
}

static void put_window(const struct dice *d, struct wr *w)
{
	static const char *const days[] = { "daily", "mon-fri", "sun", "sat-mon" };
	static const char *const hours[] = { "08:00-18:00", "22:00-06:00", "00:00-24:00", "18:00-00:00" };
	static const char *const zones[] = { "UTC", "Europe/Amsterdam" };

	wr_text(w, "%s %s %s", ANY_OF(d, days), ANY_OF(d, hours), ANY_OF(d, zones));
}

static void put_conditions(const struct dice *d, struct wr *w)
{
	if (roll(d, 3) == 0) {
		wr_str(w, "\n from ");
		put_list(d, w, put_place);
	}
	if (roll(d, 3) == 0) {
		wr_str(w, "\n during ");
		put_list(d, w, put_window);
	}
	if (roll(d, 8) == 0)
		wr_str(w, "\n between 2026-11-22 and 2026-12-24");
	if (roll(d, 4) == 0)
		wr_str(w, roll(d, 2) ? "\n over terminal" : "\n over file, data");
}

static void put_class(const struct dice *d, struct wr *w)
{
	wr_str(w, one_of(d, classes, ARRAY_LEN(classes) - 1));
}

static void put_classes(const struct dice *d, struct wr *w, const char *word)
{
	wr_text(w, "\n %s ", word);
	if (roll(d, 3) == 0)
		wr_str(w, "any");
	else
		put_list(d, w, put_class);
}

static void put_rule(const struct dice *d, struct wr *w, uint32_t i)
{
	bool allow = roll(d, 6) != 0;

	wr_text(w, "rule r%u\n %s ", i, allow ? "allow" : "deny");
	put_list(d, w, put_subject);
	wr_str(w, " to ");
	put_list(d, w, put_object);
	put_conditions(d, w);
	if (allow || roll(d, 2))
		put_classes(d, w, allow ? "may" : "doing");
	if (allow && roll(d, 2))
		wr_text(w, "\n show subscribers masked, at most %u clear", roll(d, 4));
	if (allow && roll(d, 3) == 0)
		wr_text(w, "\n show customers clear, at most %u", roll(d, 4));
	if (allow && roll(d, 3) == 0)
		wr_text(w, "\n opaque at most %u", roll(d, 3));
	if (allow && roll(d, 3) == 0)
		wr_text(w, "\n approved by %u of %s", roll(d, 3) + 1, roll(d, 2) ? "approver" : "approver, keeper");
	wr_str(w, "\n");
}

static void put_people(const struct dice *d, struct wr *w)
{
	for (size_t i = 0; i < ARRAY_LEN(suppliers); i++) {
		wr_text(w, "supplier %s \"S\"", suppliers[i]);
		if (roll(d, 3))
			wr_text(w, " in %s", ANY_OF(d, countries));
		if (roll(d, 3))
			wr_text(w, " controlled-from %s", ANY_OF(d, countries));
		wr_str(w, roll(d, 4) ? "\n" : " transfer-basis \"x\"\n");
	}
	for (size_t i = 0; i < ARRAY_LEN(engineers); i++) {
		wr_text(w, "engineer %s of %s", engineers[i], ANY_OF(d, suppliers));
		if (roll(d, 4) == 0)
			wr_text(w, " employed-by \"E\" in %s", ANY_OF(d, countries));
		if (roll(d, 6))
			wr_text(w, " screened-until %s", ANY_OF(d, dates));
		if (roll(d, 2))
			wr_text(w, " nda-until %s trained-until %s", ANY_OF(d, dates), ANY_OF(d, dates));
		wr_str(w, "\n");
	}
}

void random_policy(const struct dice *d, struct buf *out)
{
	struct wr w = wr_to(out);
	uint32_t n = roll(d, 9);

	wr_str(&w, "operator \"K\" in NL");
	wr_str(&w, roll(d, 4) ? "" : " adequate NL, BE");
	wr_str(&w, roll(d, 4) ? "\n" : " requires nda\n");
	wr_str(&w, "site u0 in NL\nsite u1 in BE\n");
	put_people(d, &w);
	wr_str(&w, "asset a0 ssh h:1 holds subscribers group g0\nasset a1 ssh h:1 holds customers\n"
	    "asset a2 ssh h:1 compartment intercept holds subscribers\nasset a3 ssh h:1\n");
	for (uint32_t i = 0; i < n; i++)
		put_rule(d, &w, i);
	ASSERT(wr_ok(&w));
}

static uint32_t random_country(const struct dice *d)
{
	static const uint32_t known[] = { 0, 'N' << 8 | 'L', 'C' << 8 | 'N', 'B' << 8 | 'E', 'U' << 8 | 'S' };

	return known[roll(d, ARRAY_LEN(known))];
}

void random_crossing(const struct dice *d, const struct policy *p, struct crossing *q)
{
	static const char *const some[] = { "read-config", "trace", "bulk-export", "session" };
	static const int64_t extremes[] = { INT64_MIN, -1, 0, 86399, (int64_t)1 << 41, INT64_MAX };

	memset(q, 0, sizeof(*q));
	q->engineer = roll(d, p->n_engineers + (roll(d, 50) == 0));
	q->asset = roll(d, p->n_assets + (roll(d, 50) == 0));
	q->channel = roll(d, CHANNEL_N + (roll(d, 50) == 0));
	q->cls = (uint32_t)policy_class(p, rd_str(ANY_OF(d, some)));
	if (roll(d, 30) == 0)
		q->cls = roll(d, 70);
	q->country = random_country(d);
	q->site = roll(d, 4);
	/* Hours and half hours of the week from Thursday 2026-11-19. */
	q->now = 1795046400 + (int64_t)roll(d, 14 * 48) * 1800 - (roll(d, 4) == 0);
	if (roll(d, 40) == 0)
		q->now = extremes[roll(d, ARRAY_LEN(extremes))];
	for (uint32_t z = 0; z < p->n_zones; z++)
		q->offset[z] = roll(d, 10) == 0 ? OFFSET_UNKNOWN : (int32_t)roll(d, 3) * 3600;
	q->age = roll(d, 3) ? 0 : roll(d, 40000);
	q->clear[0] = roll(d, 3) ? 0 : roll(d, 5);
	q->clear[1] = roll(d, 3) ? 0 : roll(d, 5);
	q->opaque = roll(d, 3) ? 0 : roll(d, 4);
	q->n_approvals = 3 - roll(d, 4) + (roll(d, 50) == 0 ? 8 : 0);
	for (uint32_t i = 0; i < APPROVALS_MAX; i++)
		q->approvals[i] = (roll(d, 4) ? 1u << ROLE_APPROVER : 1u << roll(d, ROLE_N)) |
		    (roll(d, 2) ? 1u << ROLE_INTERCEPT : 0);
}
