/*
 * Is:        the decision, with its contracts (see the header).
 * Is not:    dependent on anything but the table and the crossing.
 * Called by: deskd, gate, explain, can, diff.
 * Owns:      nothing.
 * Trust:     any crossing; a checked table. Proved with Frama-C WP.
 */
#include "policy/decide.h"

/*@ // ---- the memory of a table: compile.c allocates it so ----
    predicate view_mem(struct table_view *v, integer n) =
      \valid_read(v->match + (0 .. n - 1)) && \valid_read(v->list + (0 .. v->n_list - 1));

    predicate table_mem(struct table *t) =
      \valid_read(t) && t->n_rules <= 4096 &&
      \valid_read(t->rules + (0 .. t->n_rules - 1)) &&
      \valid_read(t->places + (0 .. t->n_places - 1)) &&
      \valid_read(t->windows + (0 .. t->n_windows - 1)) &&
      \valid_read(t->subjects + (0 .. t->n_subjects - 1)) &&
      \valid_read(t->objects + (0 .. t->n_objects - 1)) &&
      \valid_read(t->people + (0 .. t->n_people - 1)) &&
      \valid_read(t->assets + (0 .. t->n_assets - 1)) &&
      \valid_read(t->adequate + (0 .. t->n_adequate - 1)) &&
      (\forall integer i; 0 <= i < t->n_subjects ==> view_mem(t->subjects + i, t->n_rules)) &&
      (\forall integer i; 0 <= i < t->n_objects ==> view_mem(t->objects + i, t->n_rules));

    // ---- its numbers: table_check establishes them ----
    predicate listed(struct table_view *v, integer i) =
      \exists integer k; 0 <= k < v->n_list && v->list[k] == i;

    predicate view_sound(struct table_view *v, integer n) =
      (\forall integer k; 0 <= k < v->n_list ==> v->list[k] < n) &&
      (\forall integer i; 0 <= i < n && v->match[i] != 0 ==> listed(v, i));

    predicate rule_sound(struct table *t, struct table_rule *r) =
      r->place_at + r->n_places <= t->n_places && r->window_at + r->n_windows <= t->n_windows;

    predicate table_sound(struct table *t) =
      (\forall integer i; 0 <= i < t->n_rules ==> rule_sound(t, t->rules + i)) &&
      (\forall integer i; 0 <= i < t->n_subjects ==> view_sound(t->subjects + i, t->n_rules)) &&
      (\forall integer i; 0 <= i < t->n_objects ==> view_sound(t->objects + i, t->n_rules)) &&
      (\forall integer i; 0 <= i < t->n_people ==> t->people[i].view < t->n_subjects) &&
      (\forall integer i; 0 <= i < t->n_assets ==> t->assets[i].view < t->n_objects);

    // ---- the conditions of a rule, said once more in logic ----
    predicate class_yes(struct table_rule *r, struct crossing *q) =
      0 < q->cls < 64 && r->may[q->cls] == 1;

    predicate channel_yes(struct table_rule *r, struct crossing *q) =
      q->channel < 4 && r->over[q->channel] == 1;

    predicate between_yes(struct table_rule *r, struct crossing *q) = r->from <= q->now < r->to;

    logic integer place_tri(struct table_place *p, struct crossing *q) =
      p->site != 0 ? (q->site == 0 ? 1 : (q->site == p->site ? 2 : 0))
                   : (q->country == 0 ? 1 : (q->country == p->country ? 2 : 0));

    predicate place_yes(struct table *t, struct table_rule *r, struct crossing *q) =
      r->n_places == 0 || (\exists integer i; r->place_at <= i < r->place_at + r->n_places &&
        place_tri(t->places + i, q) == 2);

    predicate place_no(struct table *t, struct table_rule *r, struct crossing *q) =
      r->n_places > 0 && (\forall integer i; r->place_at <= i < r->place_at + r->n_places ==>
        place_tri(t->places + i, q) == 0);

    predicate clock_ok(struct table_window *w, struct crossing *q) =
      w->zone < 16 && 86400 <= q->now <= 1099511627776 &&
      -86400 <= q->offset[w->zone] <= 86400;

    logic integer local_minute(struct table_window *w, struct crossing *q) =
      (q->now + q->offset[w->zone]) / 60;

    predicate in_window(struct table_window *w, integer day, integer minute) =
      w->from <= w->to
        ? (w->day[day] == 1 && w->from <= minute < w->to)
        : ((w->day[day] == 1 && w->from <= minute) ||
           (w->day[(day + 6) % 7] == 1 && minute < w->to));

    predicate one_in(struct table_window *w, struct crossing *q) =
      clock_ok(w, q) &&
      in_window(w, (local_minute(w, q) / 1440 + 3) % 7, local_minute(w, q) % 1440);

    predicate one_out(struct table_window *w, struct crossing *q) =
      clock_ok(w, q) &&
      !in_window(w, (local_minute(w, q) / 1440 + 3) % 7, local_minute(w, q) % 1440);

    predicate window_yes(struct table *t, struct table_rule *r, struct crossing *q) =
      r->n_windows == 0 || (\exists integer i; r->window_at <= i < r->window_at + r->n_windows &&
        one_in(t->windows + i, q));

    predicate window_no(struct table *t, struct table_rule *r, struct crossing *q) =
      r->n_windows > 0 && (\forall integer i; r->window_at <= i < r->window_at + r->n_windows ==>
        one_out(t->windows + i, q));

    predicate limits_yes(struct table_rule *r, struct crossing *q) =
      q->age <= r->session_max && q->opaque <= r->opaque_max &&
      q->clear[0] <= r->clear_max[0] && q->clear[1] <= r->clear_max[1];

    // ---- whose approval counts: a role of the rule; and what is of the intercept
    // compartment only its own officers (16 = APPROVAL_OF_INTERCEPT) ----
    logic integer must(struct table *t, struct crossing *q) =
      q->asset < t->n_assets && t->assets[q->asset].intercept == 0 ? 0 : 16;

    logic integer counted(integer roles, integer of_rule, integer must) =
      (roles & of_rule) != 0 && (roles & must) == must ? 1 : 0;

    logic integer held{L}(struct crossing *q, integer roles, integer must, integer n) =
      n <= 0 ? 0 : held(q, roles, must, n - 1) + counted(q->approvals[n - 1], roles, must);

    logic integer given(struct crossing *q) = q->n_approvals <= 8 ? q->n_approvals : 0;

    logic integer needed(struct table *t, struct table_rule *r, struct crossing *q) =
      \max(r->approvals, (q->cls < 64 && t->two_person[q->cls] == 0) ? 1 : 2);

    predicate approved(struct table *t, struct table_rule *r, struct crossing *q) =
      held(q, r->roles, must(t, q), given(q)) >= needed(t, r, q);

    // ---- a deny rule applies unless something is NO, an allow rule if all is YES ----
    predicate denies(struct table *t, struct crossing *q, struct table_view *s,
        struct table_view *o, integer i) =
      t->rules[i].effect != 1 && s->match[i] != 0 && o->match[i] != 0 &&
      class_yes(t->rules + i, q) && channel_yes(t->rules + i, q) &&
      between_yes(t->rules + i, q) &&
      !place_no(t, t->rules + i, q) && !window_no(t, t->rules + i, q);

    predicate allows(struct table *t, struct crossing *q, struct table_view *s,
        struct table_view *o, integer i) =
      t->rules[i].effect == 1 && s->match[i] == 2 && o->match[i] == 2 &&
      class_yes(t->rules + i, q) && channel_yes(t->rules + i, q) &&
      between_yes(t->rules + i, q) && place_yes(t, t->rules + i, q) &&
      window_yes(t, t->rules + i, q) && limits_yes(t->rules + i, q) &&
      approved(t, t->rules + i, q);

    // ---- what stands before the rules ----
    predicate adequate(struct table *t, struct crossing *q) =
      q->country != 0 &&
      (\exists integer i; 0 <= i < t->n_adequate && t->adequate[i] == q->country);

    predicate transfer_ok(struct table *t, struct crossing *q) =
      (q->clear[0] == 0 && q->clear[1] == 0) || t->people[q->engineer].transfer == 0 ||
      (t->people[q->engineer].transfer == 1 && adequate(t, q));

    predicate fit(struct table *t, struct crossing *q) =
      q->now < t->people[q->engineer].fit_core &&
      (t->assets[q->asset].intercept == 0 || q->now < t->people[q->engineer].fit_intercept);

    predicate gate_open(struct table *t, struct crossing *q) =
      q->engineer < t->n_people && q->asset < t->n_assets && 0 < q->cls < 64 &&
      fit(t, q) && transfer_ok(t, q);
*/

/*@ requires view_mem(v, n) && \valid_read(v) && n <= 4096;
    assigns \nothing;
    ensures \result ==> view_sound(v, n);
*/
static bool view_check(const struct table_view *v, uint32_t n)
{
	uint32_t k = 0;

	/*@ loop invariant 0 <= i <= n && 0 <= k <= v->n_list;
	    loop invariant \forall integer j; 0 <= j < k ==> v->list[j] < i;
	    loop invariant \forall integer j; 0 <= j < i && v->match[j] != 0 ==> listed(v, j);
	    loop assigns i, k;
	    loop variant n - i;
	*/
	for (uint32_t i = 0; i < n; i++) {
		if (v->match[i] == NO)
			continue;
		if (k == v->n_list || v->list[k] != i)
			return false;
		//@ assert here: v->list[k] == i;
		k++;
		//@ assert listed(v, i);
	}
	return k == v->n_list;
}

/*@ requires \valid_read(v + (0 .. n - 1)) && n_rules <= 4096;
    requires \forall integer i; 0 <= i < n ==> view_mem(v + i, n_rules);
    assigns \nothing;
    ensures \result ==> \forall integer i; 0 <= i < n ==> view_sound(v + i, n_rules);
*/
static bool views_check(const struct table_view *v, uint32_t n, uint32_t n_rules)
{
	/*@ loop invariant 0 <= i <= n;
	    loop invariant \forall integer j; 0 <= j < i ==> view_sound(v + j, n_rules);
	    loop assigns i;
	    loop variant n - i;
	*/
	for (uint32_t i = 0; i < n; i++)
		if (!view_check(&v[i], n_rules))
			return false;
	return true;
}

/*@ requires table_mem(t);
    assigns \nothing;
    ensures \result ==> \forall integer i; 0 <= i < t->n_rules ==> rule_sound(t, t->rules + i);
*/
static bool rules_check(const struct table *t)
{
	/*@ loop invariant 0 <= i <= t->n_rules;
	    loop invariant \forall integer j; 0 <= j < i ==> rule_sound(t, t->rules + j);
	    loop assigns i;
	    loop variant t->n_rules - i;
	*/
	for (uint32_t i = 0; i < t->n_rules; i++) {
		const struct table_rule *r = &t->rules[i];
		if (r->place_at > t->n_places || r->n_places > t->n_places - r->place_at)
			return false;
		if (r->window_at > t->n_windows || r->n_windows > t->n_windows - r->window_at)
			return false;
	}
	return true;
}

/*@ requires table_mem(t);
    assigns \nothing;
    ensures \result ==> table_sound(t);
*/
bool table_check(const struct table *t)
{
	if (!rules_check(t) || !views_check(t->subjects, t->n_subjects, t->n_rules) ||
	    !views_check(t->objects, t->n_objects, t->n_rules))
		return false;
	/*@ loop invariant 0 <= i <= t->n_people;
	    loop invariant \forall integer j; 0 <= j < i ==> t->people[j].view < t->n_subjects;
	    loop assigns i;
	    loop variant t->n_people - i;
	*/
	for (uint32_t i = 0; i < t->n_people; i++)
		if (t->people[i].view >= t->n_subjects)
			return false;
	/*@ loop invariant 0 <= i <= t->n_assets;
	    loop invariant \forall integer j; 0 <= j < i ==> t->assets[j].view < t->n_objects;
	    loop assigns i;
	    loop variant t->n_assets - i;
	*/
	for (uint32_t i = 0; i < t->n_assets; i++)
		if (t->assets[i].view >= t->n_objects)
			return false;
	return true;
}

/*@ requires \valid_read(r) && \valid_read(q);
    assigns \nothing;
    ensures \result == 0 || \result == 2;
    ensures \result == 2 <==> class_yes(r, q);
*/
enum tri decide_class(const struct table_rule *r, const struct crossing *q)
{
	if (q->cls == CLASS_UNKNOWN || q->cls >= CLASS_MAX)
		return NO;
	return r->may[q->cls] == 1 ? YES : NO;
}

/*@ requires \valid_read(r) && \valid_read(q);
    assigns \nothing;
    ensures \result == 0 || \result == 2;
    ensures \result == 2 <==> channel_yes(r, q);
*/
enum tri decide_channel(const struct table_rule *r, const struct crossing *q)
{
	if (q->channel >= CHANNEL_N)
		return NO;
	return r->over[q->channel] == 1 ? YES : NO;
}

/*@ requires \valid_read(r) && \valid_read(q);
    assigns \nothing;
    ensures \result == 0 || \result == 2;
    ensures \result == 2 <==> between_yes(r, q);
*/
enum tri decide_between(const struct table_rule *r, const struct crossing *q)
{
	return r->from <= q->now && q->now < r->to ? YES : NO;
}

/*@ requires \valid_read(p) && \valid_read(q);
    assigns \nothing;
    ensures \result == place_tri(p, q);
    ensures \result == 0 || \result == 1 || \result == 2;
*/
static enum tri one_place(const struct table_place *p, const struct crossing *q)
{
	if (p->site != 0)
		return q->site == SITE_UNKNOWN ? MAYBE : q->site == p->site ? YES : NO;
	return q->country == 0 ? MAYBE : q->country == p->country ? YES : NO;
}

/*@ requires table_mem(t) && \valid_read(r) && rule_sound(t, r) && \valid_read(q);
    assigns \nothing;
    ensures \result == 0 || \result == 1 || \result == 2;
    ensures \result == 2 <==> place_yes(t, r, q);
    ensures \result == 0 <==> place_no(t, r, q);
*/
enum tri decide_place(const struct table *t, const struct table_rule *r, const struct crossing *q)
{
	uint32_t end = r->place_at + r->n_places;
	enum tri best = r->n_places == 0 ? YES : NO;

	/*@ loop invariant r->place_at <= i <= end;
	    loop invariant best == 0 || best == 1 || best == 2;
	    loop invariant best == 2 <==> (r->n_places == 0 ||
	        \exists integer j; r->place_at <= j < i && place_tri(t->places + j, q) == 2);
	    loop invariant best == 0 <==> (r->n_places > 0 &&
	        \forall integer j; r->place_at <= j < i ==> place_tri(t->places + j, q) == 0);
	    loop assigns i, best;
	    loop variant end - i;
	*/
	for (uint32_t i = r->place_at; i < end; i++) {
		enum tri one = one_place(&t->places[i], q);
		if (one > best)
			best = one;
	}
	return best;
}

/*@ requires \valid_read(w) && \valid_read(q);
    assigns \nothing;
    ensures \result == 2 <==> one_in(w, q);
    ensures \result == 0 <==> one_out(w, q);
    ensures \result == 0 || \result == 1 || \result == 2;
*/
static enum tri one_window(const struct table_window *w, const struct crossing *q)
{
	int64_t local, minute, day;
	bool in;

	if (w->zone >= ZONES_MAX || q->now < 86400 || q->now > 1099511627776 ||
	    q->offset[w->zone] < -86400 || q->offset[w->zone] > 86400)
		return MAYBE;
	local = (q->now + q->offset[w->zone]) / 60;
	//@ assert local == local_minute(w, q) && local >= 0;
	minute = local % 1440;
	day = (local / 1440 + 3) % 7; /* 1970-01-01 was a Thursday */
	if (w->from <= w->to)
		in = w->day[day] == 1 && w->from <= minute && minute < w->to;
	else
		in = (w->day[day] == 1 && w->from <= minute) ||
		    (w->day[(day + 6) % 7] == 1 && minute < w->to);
	return in ? YES : NO;
}

/*@ requires table_mem(t) && \valid_read(r) && rule_sound(t, r) && \valid_read(q);
    assigns \nothing;
    ensures \result == 0 || \result == 1 || \result == 2;
    ensures \result == 2 <==> window_yes(t, r, q);
    ensures \result == 0 <==> window_no(t, r, q);
*/
enum tri decide_window(const struct table *t, const struct table_rule *r, const struct crossing *q)
{
	uint32_t end = r->window_at + r->n_windows;
	enum tri best = r->n_windows == 0 ? YES : NO;

	/*@ loop invariant r->window_at <= i <= end;
	    loop invariant best == 0 || best == 1 || best == 2;
	    loop invariant best == 2 ==> (r->n_windows == 0 ||
	        \exists integer j; r->window_at <= j < i && one_in(t->windows + j, q));
	    loop invariant best != 2 ==> (r->n_windows > 0 &&
	        \forall integer j; r->window_at <= j < i ==> !one_in(t->windows + j, q));
	    loop invariant best == 0 <==> (r->n_windows > 0 &&
	        \forall integer j; r->window_at <= j < i ==> one_out(t->windows + j, q));
	    loop assigns i, best;
	    loop variant end - i;
	*/
	for (uint32_t i = r->window_at; i < end; i++) {
		enum tri one = one_window(&t->windows[i], q);
		//@ assert in: one == 2 ==> one_in(t->windows + i, q);
		//@ assert not_in: one != 2 ==> !one_in(t->windows + i, q);
		if (one > best)
			best = one;
	}
	return best;
}

/*@ requires \valid_read(r) && \valid_read(q);
    assigns \nothing;
    ensures \result <==> limits_yes(r, q);
*/
bool decide_limits(const struct table_rule *r, const struct crossing *q)
{
	return q->age <= r->session_max && q->opaque <= r->opaque_max &&
	    q->clear[KIND_SUBSCRIBERS] <= r->clear_max[KIND_SUBSCRIBERS] &&
	    q->clear[KIND_CUSTOMERS] <= r->clear_max[KIND_CUSTOMERS];
}

/*@ requires \valid_read(t) && \valid_read(r) && \valid_read(q);
    assigns \nothing;
    ensures \result == needed(t, r, q);
    ensures \result >= 1;
*/
uint32_t decide_approvals_needed(const struct table *t, const struct table_rule *r,
    const struct crossing *q)
{
	uint32_t least = q->cls < CLASS_MAX && t->two_person[q->cls] == 0 ? 1 : 2;

	return r->approvals > least ? r->approvals : least;
}

/*@ requires table_mem(t) && \valid_read(q);
    assigns \nothing;
    ensures \result == must(t, q);
*/
static uint32_t role_it_must_have(const struct table *t, const struct crossing *q)
{
	return q->asset < t->n_assets && t->assets[q->asset].intercept == 0 ? 0 : APPROVAL_OF_INTERCEPT;
}

/*@ requires table_mem(t) && \valid_read(r) && \valid_read(q);
    assigns \nothing;
    ensures \result == held(q, r->roles, must(t, q), given(q));
    ensures \result <= 8;
*/
uint32_t decide_approvals_held(const struct table *t, const struct table_rule *r, const struct crossing *q)
{
	uint32_t must = role_it_must_have(t, q);
	uint32_t n = q->n_approvals <= APPROVALS_MAX ? q->n_approvals : 0;
	uint32_t held = 0;

	/*@ loop invariant 0 <= i <= n && 0 <= held <= i;
	    loop invariant held == held(q, r->roles, must, i);
	    loop assigns i, held;
	    loop variant n - i;
	*/
	for (uint32_t i = 0; i < n; i++)
		if ((q->approvals[i] & r->roles) != 0 && (q->approvals[i] & must) == must)
			held++;
	return held;
}

/*@ requires table_mem(t) && \valid_read(q);
    assigns \nothing;
    ensures \result <==> adequate(t, q);
*/
static bool is_adequate(const struct table *t, const struct crossing *q)
{
	if (q->country == 0)
		return false;
	/*@ loop invariant 0 <= i <= t->n_adequate;
	    loop invariant \forall integer j; 0 <= j < i ==> t->adequate[j] != q->country;
	    loop assigns i;
	    loop variant t->n_adequate - i;
	*/
	for (uint32_t i = 0; i < t->n_adequate; i++)
		if (t->adequate[i] == q->country)
			return true;
	return false;
}

/*@ requires table_mem(t) && \valid_read(q);
    assigns \nothing;
    ensures \result == 0 <==> gate_open(t, q);
    ensures 0 <= \result <= 4;
*/
enum why decide_gate(const struct table *t, const struct crossing *q)
{
	const struct table_person *p;

	if (q->engineer >= t->n_people || q->asset >= t->n_assets)
		return WHY_UNKNOWN_WHO;
	if (q->cls == CLASS_UNKNOWN || q->cls >= CLASS_MAX)
		return WHY_UNKNOWN_COMMAND;
	p = &t->people[q->engineer];
	if (q->now >= p->fit_core ||
	    (t->assets[q->asset].intercept != 0 && q->now >= p->fit_intercept))
		return WHY_NOT_FIT;
	if (q->clear[KIND_SUBSCRIBERS] == 0 && q->clear[KIND_CUSTOMERS] == 0)
		return WHY_NO_RULE;
	if (p->transfer == TRANSFER_FREE)
		return WHY_NO_RULE;
	return p->transfer == TRANSFER_IF_PLACE && is_adequate(t, q) ? WHY_NO_RULE : WHY_TRANSFER;
}

/* A deny rule that applies. */
/*@ requires table_mem(t) && table_sound(t) && i < t->n_rules;
    requires \valid_read(q) && \valid_read(s) && \valid_read(o);
    requires view_mem(s, t->n_rules) && view_mem(o, t->n_rules);
    assigns \nothing;
    ensures \result <==> denies(t, q, s, o, i);
*/
static bool rule_denies(const struct table *t, const struct crossing *q,
    const struct table_view *s, const struct table_view *o, uint32_t i)
{
	const struct table_rule *r = &t->rules[i];

	return r->effect != ALLOW && s->match[i] != NO && o->match[i] != NO &&
	    decide_class(r, q) != NO && decide_channel(r, q) != NO && decide_between(r, q) != NO &&
	    decide_place(t, r, q) != NO && decide_window(t, r, q) != NO;
}

/* An allow rule that holds. */
/*@ requires table_mem(t) && table_sound(t) && i < t->n_rules;
    requires \valid_read(q) && \valid_read(s) && \valid_read(o);
    requires view_mem(s, t->n_rules) && view_mem(o, t->n_rules);
    assigns \nothing;
    ensures \result <==> allows(t, q, s, o, i);
*/
static bool rule_allows(const struct table *t, const struct crossing *q,
    const struct table_view *s, const struct table_view *o, uint32_t i)
{
	const struct table_rule *r = &t->rules[i];

	return r->effect == ALLOW && s->match[i] == YES && o->match[i] == YES &&
	    decide_class(r, q) == YES && decide_channel(r, q) == YES &&
	    decide_between(r, q) == YES && decide_place(t, r, q) == YES &&
	    decide_window(t, r, q) == YES && decide_limits(r, q) &&
	    decide_approvals_held(t, r, q) >= decide_approvals_needed(t, r, q);
}

/* The first rule of `v`'s list that denies, or n_rules. */
/*@ requires table_mem(t) && table_sound(t) && \valid_read(q);
    requires \valid_read(s) && \valid_read(o) && \valid_read(v) && (v == s || v == o);
    requires view_mem(s, t->n_rules) && view_mem(o, t->n_rules);
    requires view_sound(s, t->n_rules) && view_sound(o, t->n_rules);
    assigns \nothing;
    ensures found: \result < t->n_rules ==> denies(t, q, s, o, \result);
    ensures none: \result >= t->n_rules ==>
        \forall integer i; 0 <= i < t->n_rules ==> !denies(t, q, s, o, i);
*/
static uint32_t first_deny(const struct table *t, const struct crossing *q,
    const struct table_view *s, const struct table_view *o, const struct table_view *v)
{
	/*@ loop invariant 0 <= k <= v->n_list;
	    loop invariant \forall integer j; 0 <= j < k ==> !denies(t, q, s, o, v->list[j]);
	    loop assigns k;
	    loop variant v->n_list - k;
	*/
	for (uint32_t k = 0; k < v->n_list; k++)
		if (rule_denies(t, q, s, o, v->list[k]))
			return v->list[k];
	//@ assert \forall integer i; 0 <= i < t->n_rules && v->match[i] != 0 ==> listed(v, i);
	//@ assert \forall integer i; 0 <= i < t->n_rules && listed(v, i) ==> !denies(t, q, s, o, i);
	return t->n_rules;
}

/* The first rule of `v`'s list that allows, or n_rules. */
/*@ requires table_mem(t) && table_sound(t) && \valid_read(q);
    requires \valid_read(s) && \valid_read(o) && \valid_read(v) && (v == s || v == o);
    requires view_mem(s, t->n_rules) && view_mem(o, t->n_rules);
    requires view_sound(s, t->n_rules) && view_sound(o, t->n_rules);
    assigns \nothing;
    ensures found: \result < t->n_rules ==> allows(t, q, s, o, \result);
    ensures none: \result >= t->n_rules ==>
        \forall integer i; 0 <= i < t->n_rules ==> !allows(t, q, s, o, i);
*/
static uint32_t first_allow(const struct table *t, const struct crossing *q,
    const struct table_view *s, const struct table_view *o, const struct table_view *v)
{
	/*@ loop invariant 0 <= k <= v->n_list;
	    loop invariant \forall integer j; 0 <= j < k ==> !allows(t, q, s, o, v->list[j]);
	    loop assigns k;
	    loop variant v->n_list - k;
	*/
	for (uint32_t k = 0; k < v->n_list; k++)
		if (rule_allows(t, q, s, o, v->list[k]))
			return v->list[k];
	//@ assert \forall integer i; 0 <= i < t->n_rules && v->match[i] != 0 ==> listed(v, i);
	//@ assert \forall integer i; 0 <= i < t->n_rules && listed(v, i) ==> !allows(t, q, s, o, i);
	return t->n_rules;
}

/*@ requires table_mem(t) && table_sound(t) && \valid_read(q);
    assigns \nothing;
    ensures total: \result.verdict == 0 || \result.verdict == 1;
    ensures gated: !gate_open(t, q) ==> \result.verdict == 0;
    ensures default_deny: gate_open(t, q) ==>
        (\forall integer i; 0 <= i < t->n_rules ==>
          !allows(t, q, t->subjects + t->people[q->engineer].view,
            t->objects + t->assets[q->asset].view, i)) ==> \result.verdict == 0;
    ensures deny_wins: gate_open(t, q) ==>
        (\exists integer i; 0 <= i < t->n_rules &&
          denies(t, q, t->subjects + t->people[q->engineer].view,
            t->objects + t->assets[q->asset].view, i)) ==> \result.verdict == 0;
    ensures names_its_rule: \result.verdict == 1 ==> gate_open(t, q) &&
        \result.rule < t->n_rules &&
        allows(t, q, t->subjects + t->people[q->engineer].view,
          t->objects + t->assets[q->asset].view, \result.rule);
    ensures not_too_strict: gate_open(t, q) ==>
        (\forall integer i; 0 <= i < t->n_rules ==>
          !denies(t, q, t->subjects + t->people[q->engineer].view,
            t->objects + t->assets[q->asset].view, i)) ==>
        (\exists integer i; 0 <= i < t->n_rules &&
          allows(t, q, t->subjects + t->people[q->engineer].view,
            t->objects + t->assets[q->asset].view, i)) ==> \result.verdict == 1;
*/
struct decision decide(const struct table *t, const struct crossing *q)
{
	struct decision out = { .verdict = DENY, .why = WHY_NO_RULE, .rule = 0 };
	const struct table_view *s, *o, *v;
	uint32_t i;

	out.why = decide_gate(t, q);
	if (out.why != WHY_NO_RULE)
		return out;
	s = &t->subjects[t->people[q->engineer].view];
	o = &t->objects[t->assets[q->asset].view];
	v = s->n_list <= o->n_list ? s : o;
	i = first_deny(t, q, s, o, v);
	if (i < t->n_rules) {
		out.why = WHY_DENY_RULE;
		out.rule = i;
		return out;
	}
	i = first_allow(t, q, s, o, v);
	if (i < t->n_rules) {
		out.verdict = ALLOW;
		out.why = WHY_ALLOW_RULE;
		out.rule = i;
	}
	return out;
}
