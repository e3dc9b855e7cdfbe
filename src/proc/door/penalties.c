/*
 * Is:        who is turned away now (contract in the header).
 * Is not:    the turning away.
 * Called by: supervisor.
 * Owns:      the table.
 * Trust:     the door's events.
 */
#include "proc/door/penalties.h"

#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/timefmt.h"

/* Fields as events.def sorts them. */
enum { FIELD_OF_ADDRESS, FIELD_OF_WAIT /* door.refused: n_refused */, FIELD_OF_WHY };

static struct penalty *place_for(struct penalties *p, struct rd address)
{
	struct penalty *first = &p->one[0];

	for (size_t i = 0; i < PENALTIES_MAX; i++) {
		struct rd his = rd_of(p->one[i].address, EVENT_ADDRESS_LEN);
		if (p->one[i].until_ns && rd_equal(&his, &address))
			return &p->one[i];
		if (p->one[i].until_ns < first->until_ns)
			first = &p->one[i];
	}
	return first;
}

static void keep_why(char out[PENALTY_WHY_MAX], struct rd why)
{
	(void)snprintf(out, PENALTY_WHY_MAX, "%.*s", (int)(why.len < PENALTY_WHY_MAX ? why.len : PENALTY_WHY_MAX - 1),
	    why.len ? (const char *)why.p : "");
}

static void note_refused(struct penalties *p, const struct event *e, uint64_t now_ns)
{
	struct rd address = e->value[FIELD_OF_ADDRESS].bytes;

	if (address.len != EVENT_ADDRESS_LEN || e->value[FIELD_OF_WAIT].number <= 0)
		return;
	if (now_ns - p->refused.last_ns >= REFUSED_KEPT_NS)
		p->refused.n = 0;
	p->refused.n += (uint64_t)e->value[FIELD_OF_WAIT].number;
	p->refused.last_ns = now_ns;
	(void)!rd_copy(&address, p->refused.address, EVENT_ADDRESS_LEN);
	keep_why(p->refused.why, e->value[FIELD_OF_WHY].bytes);
}

void penalties_note(struct penalties *p, const struct event *e, uint64_t now_ns)
{
	struct rd address = e->value[FIELD_OF_ADDRESS].bytes, why = e->value[FIELD_OF_WHY].bytes;
	struct penalty *one;

	if (e->id == EVENT_DOOR_REFUSED)
		note_refused(p, e, now_ns);
	if (e->id != EVENT_DOOR_PENALTY || address.len != EVENT_ADDRESS_LEN || e->value[FIELD_OF_WAIT].number <= 0)
		return;
	one = place_for(p, address);
	(void)!rd_copy(&address, one->address, EVENT_ADDRESS_LEN);
	one->until_ns = now_ns + (uint64_t)e->value[FIELD_OF_WAIT].number * NS_PER_S;
	keep_why(one->why, why);
}

static void put_address(const uint8_t *address, struct json *j)
{
	AUTO(buf_done) struct buf text = { 0 };

	buf_init(&text, 64);
	struct wr w = wr_to(&text);
	wr_event_address(&w, rd_of(address, EVENT_ADDRESS_LEN));
	json_key(j, "address");
	json_text(j, buf_rd(&text));
}

static void put_one(const struct penalty *one, struct json *j, uint64_t now_ns)
{
	json_object(j);
	put_address(one->address, j);
	json_key(j, "wait_s");
	json_u64(j, (one->until_ns - now_ns + NS_PER_S - 1) / NS_PER_S);
	json_key(j, "why");
	json_str(j, one->why);
	json_end(j);
}

void penalties_put(const struct penalties *p, struct json *j, uint64_t now_ns)
{
	uint64_t below = UINT64_MAX;

	json_array(j);
	/* Each time the longest wait that is shorter than the last: a few, and never sorted. */
	for (;;) {
		uint64_t longest = now_ns;
		for (size_t i = 0; i < PENALTIES_MAX; i++)
			if (p->one[i].until_ns > longest && p->one[i].until_ns < below)
				longest = p->one[i].until_ns;
		if (longest == now_ns)
			break;
		for (size_t i = 0; i < PENALTIES_MAX; i++)
			if (p->one[i].until_ns == longest)
				put_one(&p->one[i], j, now_ns);
		below = longest;
	}
	json_end(j);
}

void penalties_put_refused(const struct penalties *p, struct json *j, uint64_t now_ns)
{
	if (!p->refused.n || now_ns - p->refused.last_ns >= REFUSED_KEPT_NS) {
		json_null(j);
		return;
	}
	json_object(j);
	put_address(p->refused.address, j);
	json_key(j, "ago_s");
	json_u64(j, (now_ns - p->refused.last_ns) / NS_PER_S);
	json_key(j, "n");
	json_u64(j, p->refused.n);
	json_key(j, "why");
	json_str(j, p->refused.why);
	json_end(j);
}
