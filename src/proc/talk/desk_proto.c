/*
 * Is:        the wire form of what a gate and deskd say to each other.
 * Is not:    what they do about it.
 * Called by: gate, deskd.
 * Owns:      nothing.
 * Trust:     deskd takes the gate for hostile: lengths, numbers and enums are checked here,
 *            the sense of a text where it is used.
 */
#include "proc/talk/desk_proto.h"

enum { SESSION_ID_LEN = 16, GRANT_ID_LEN = 32 };

static void put_bool(struct wr *w, bool v)
{
	wr_u8(w, v);
}

static bool take_bool(struct rd *r, bool *out)
{
	uint8_t v;

	if (!rd_u8(r, &v) || v > 1)
		return false;
	*out = v == 1;
	return true;
}

/* A part of exactly `n` bytes. */
static bool take_exact(struct rd *r, size_t n, struct rd *out)
{
	return rd_part16(r, n, out) && out->len == n;
}

void desk_open_write(struct wr *w, const struct desk_open *o)
{
	wr_u8(w, (uint8_t)o->channel);
	wr_part16(w, o->asset);
	wr_part16(w, o->purpose);
	wr_part16(w, o->ticket);
	wr_part16(w, o->rule);
}

bool desk_open_read(struct rd *r, struct desk_open *out)
{
	struct desk_open o;
	struct rd t = *r;
	uint8_t channel;

	if (!rd_u8(&t, &channel) || channel > DESK_FILE || !rd_part16(&t, DESK_NAME_MAX, &o.asset) ||
	    !rd_part16(&t, DESK_PURPOSE_MAX, &o.purpose) || !rd_part16(&t, DESK_PURPOSE_MAX, &o.ticket) ||
	    !rd_part16(&t, DESK_NAME_MAX, &o.rule))
		return false;
	o.channel = (enum desk_channel)channel;
	*out = o;
	*r = t;
	return true;
}

void desk_granted_write(struct wr *w, const struct desk_granted *g)
{
	wr_part16(w, g->session);
	wr_part16(w, g->grant);
	wr_part16(w, g->policy);
	wr_part16(w, g->rule);
	wr_part16(w, g->asset);
	wr_part16(w, g->protocol);
	wr_part16(w, g->dialect);
	put_bool(w, g->is_intercept);
	put_bool(w, g->mask);
	put_bool(w, g->holds_subscribers);
	wr_u64(w, g->most_clear);
	wr_u64(w, g->most_opaque);
	wr_u64(w, g->file_max);
	wr_u64(w, g->idle_ns);
	wr_u64(w, g->left_ns);
	if (g->n_keepers > DESK_KEEPERS_MAX)
		w->failed = true;
	wr_u8(w, (uint8_t)g->n_keepers);
	for (uint32_t i = 0; !w->failed && i < g->n_keepers; i++) {
		wr_part16(w, g->keeper[i].name);
		wr_part16(w, g->keeper[i].recipient);
	}
}

static bool take_keepers(struct rd *r, struct desk_granted *g)
{
	uint8_t n;

	if (!rd_u8(r, &n) || n > DESK_KEEPERS_MAX)
		return false;
	for (g->n_keepers = 0; g->n_keepers < n; g->n_keepers++)
		if (!rd_part16(r, DESK_NAME_MAX, &g->keeper[g->n_keepers].name) ||
		    !rd_part16(r, DESK_RECIPIENT_MAX, &g->keeper[g->n_keepers].recipient))
			return false;
	return true;
}

bool desk_granted_read(struct rd *r, struct desk_granted *out)
{
	struct desk_granted g = { .n_keepers = 0 };
	struct rd t = *r;

	if (!take_exact(&t, SESSION_ID_LEN, &g.session) || !take_exact(&t, GRANT_ID_LEN, &g.grant) ||
	    !take_exact(&t, DESK_HASH_LEN, &g.policy) ||
	    !rd_part16(&t, DESK_NAME_MAX, &g.rule) || !rd_part16(&t, DESK_NAME_MAX, &g.asset) ||
	    !rd_part16(&t, DESK_NAME_MAX, &g.protocol) || !rd_part16(&t, DESK_NAME_MAX, &g.dialect) ||
	    !take_bool(&t, &g.is_intercept) || !take_bool(&t, &g.mask) || !take_bool(&t, &g.holds_subscribers) ||
	    !rd_u64(&t, &g.most_clear) || !rd_u64(&t, &g.most_opaque) || !rd_u64(&t, &g.file_max) ||
	    !rd_u64(&t, &g.idle_ns) || !rd_u64(&t, &g.left_ns) || !take_keepers(&t, &g))
		return false;
	*out = g;
	*r = t;
	return true;
}

void desk_judge_write(struct wr *w, const struct desk_judge *j)
{
	wr_u32(w, j->id);
	wr_part16(w, j->act);
	wr_part16(w, j->command);
	wr_part16(w, j->path);
	wr_part16(w, j->path2);
	wr_part16(w, j->mode);
	wr_part16(w, j->target);
	put_bool(w, j->is_switch);
	put_bool(w, j->has_range);
}

bool desk_judge_read(struct rd *r, struct desk_judge *out)
{
	struct desk_judge j;
	struct rd t = *r;

	if (!rd_u32(&t, &j.id) || !rd_part16(&t, DESK_NAME_MAX, &j.act) ||
	    !rd_part16(&t, DESK_COMMAND_MAX, &j.command) || !rd_part16(&t, DESK_PATH_MAX, &j.path) ||
	    !rd_part16(&t, DESK_PATH_MAX, &j.path2) || !rd_part16(&t, DESK_PURPOSE_MAX, &j.mode) ||
	    !rd_part16(&t, DESK_PURPOSE_MAX, &j.target) || !take_bool(&t, &j.is_switch) || !take_bool(&t, &j.has_range))
		return false;
	*out = j;
	*r = t;
	return true;
}

void desk_counts_write(struct wr *w, const struct desk_counts *c)
{
	wr_u64(w, c->persons);
	wr_u64(w, c->opaque);
	wr_u64(w, c->ceiling);
	wr_u64(w, c->from_supplier);
	wr_u64(w, c->to_supplier);
	wr_u64(w, c->files);
	wr_u64(w, c->refused);
	wr_u64(w, c->held);
}

bool desk_counts_read(struct rd *r, struct desk_counts *out)
{
	struct desk_counts c;
	struct rd t = *r;

	if (!rd_u64(&t, &c.persons) || !rd_u64(&t, &c.opaque) || !rd_u64(&t, &c.ceiling) ||
	    !rd_u64(&t, &c.from_supplier) || !rd_u64(&t, &c.to_supplier) || !rd_u64(&t, &c.files) ||
	    !rd_u64(&t, &c.refused) || !rd_u64(&t, &c.held))
		return false;
	*out = c;
	*r = t;
	return true;
}
