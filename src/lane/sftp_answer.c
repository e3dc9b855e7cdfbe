/*
 * Is:        answers of the element to the SFTP lane's requests.
 * Is not:    requests (sftp_lane.c).
 * Called by: sftp_lane.c.
 * Owns:      nothing outside struct sftp_lane.
 * Trust:     a hostile element: every answer must belong to a request and be of its kind,
 *            and every text in it goes through the inspector.
 */
#include "lane/sftp_lane_int.h"

/* --- what it says, inspected ------------------------------------------------------------------ */

/* Looks at one text. LOOK_REPLACE puts `*io` into l->text, which one entry may do once. */
static enum lane_look look(struct sftp_lane *l, struct rd *io, struct buf *out)
{
	enum lane_look look;

	if (io->len == 0)
		return LOOK_PASS;
	buf_reset(out);
	look = l->config.hooks.look_item(l->config.hooks.arg, *io, out);
	if (look == LOOK_REPLACE)
		*io = buf_rd(out);
	/* An officer let this answer go: what held it does so no more. */
	return look == LOOK_REPLACE || (look == LOOK_HOLD && l->let) ? LOOK_PASS : look;
}

/* Names are written again, each as the inspector gave it. */
static enum lane_look look_names(struct sftp_lane *l, struct sftp_packet *p)
{
	AUTO(buf_done) struct buf name = { 0 }, long_name = { 0 };
	struct rd names = p->names;
	struct sftp_entry e;
	enum lane_look seen = LOOK_PASS;

	buf_init(&name, PATH_LEN_MAX);
	buf_init(&long_name, SFTP_PACKET_MAX);
	buf_reset(&l->names);
	while (seen == LOOK_PASS && sftp_name(&names, &e)) {
		seen = look(l, &e.name, &name);
		if (seen == LOOK_PASS)
			seen = look(l, &e.long_name, &long_name);
		if (seen == LOOK_PASS && !sftp_encode_name(&e, &l->names))
			seen = LOOK_END;
	}
	p->names = buf_rd(&l->names);
	return seen;
}

/* False: the answer waits, or all is over. */
static bool inspect(struct sftp_lane *l, struct lane_orders *o, struct sftp_packet *p)
{
	enum lane_look seen = p->type == SFTP_NAME ? look_names(l, p) : LOOK_PASS;

	if (p->type == SFTP_STATUS)
		seen = look(l, &p->message, &l->text);
	l->let = false;
	switch (seen) {
	case LOOK_PASS:
	case LOOK_REPLACE:
		return true;
	case LOOK_HOLD:
		l->holding = true;
		l->hold_id = ++l->next_ask;
		lane_order_add(o, (struct order){ .kind = ORDER_HOLD, .id = l->hold_id });
		return false;
	case LOOK_REFUSE:
	case LOOK_END:
		break;
	}
	sftp_lane_end(l, o, WHY_INSPECTOR);
	return false;
}

/* --- the beginning ------------------------------------------------------------------------------ */

/* Of the element's extensions, those that the lane carries; limits is its own. */
static bool put_extensions(struct rd theirs, struct buf *out)
{
	static const char *const carried[] = { "posix-rename@openssh.com", "statvfs@openssh.com",
		"hardlink@openssh.com", "lsetstat@openssh.com", "expand-path@openssh.com", "home-directory" };
	struct wr w = wr_to(out);
	struct rd name, value;

	while (rd_part32(&theirs, SFTP_PACKET_MAX, &name) && rd_part32(&theirs, SFTP_PACKET_MAX, &value))
		for (size_t i = 0; i < ARRAY_LEN(carried); i++)
			if (rd_is(&name, carried[i])) {
				wr_part32(&w, name);
				wr_part32(&w, rd_str(i < 2 && rd_is(&value, "2") ? "2" : "1"));
			}
	wr_part32(&w, rd_str("limits@openssh.com"));
	wr_part32(&w, rd_str("1"));
	return wr_ok(&w);
}

static void on_version(struct sftp_lane *l, struct lane_orders *o, const struct sftp_packet *p)
{
	AUTO(buf_done) struct buf exts = { 0 };
	struct sftp_packet mine = { .type = SFTP_VERSION, .version = 3 };
	struct sftp_packet home = { .type = SFTP_REALPATH, .path = rd_str(".") };

	buf_init(&exts, 1024);
	if (!put_extensions(p->data, &exts)) {
		sftp_lane_end(l, o, WHY_PROTOCOL);
		return;
	}
	mine.data = buf_rd(&exts);
	sftp_lane_to_client(l, o, &mine);
	sftp_lane_ask(l, o, home, (struct waiting){ .purpose = FOR_HOME });
}

/* Relative names are taken from here. A home that is no clean absolute path ends it: a
 * relative name could mean anything. */
static void on_home(struct sftp_lane *l, struct lane_orders *o, struct sftp_packet p)
{
	struct sftp_entry e = { .name = rd_str("") };
	struct rd root;

	if (p.type != SFTP_NAME || !sftp_name(&p.names, &e) || path_clean(rd_str(""), e.name, &l->cwd)) {
		sftp_lane_end(l, o, WHY_PROTOCOL);
		return;
	}
	root = buf_rd(&l->cwd);
	l->job = JOB_NONE;
	if (!rd_word(&root, "/"))
		sftp_lane_end(l, o, WHY_PROTOCOL);
}

/* --- answers -------------------------------------------------------------------------------------- */

static bool take_waiting(struct sftp_lane *l, uint32_t id, struct waiting *out)
{
	for (size_t i = 0; i < l->waiting.n; i++) {
		struct waiting *w = vec_at(&l->waiting, i);
		if (w->id != id)
			continue;
		*out = *w;
		*w = *(struct waiting *)vec_at(&l->waiting, l->waiting.n - 1);
		l->waiting.n--;
		return true;
	}
	return false;
}

static void on_dir(struct sftp_lane *l, struct lane_orders *o, uint32_t client_id, const struct sftp_packet *p)
{
	struct lane_handle *f;

	if (p->type != SFTP_HANDLE) {
		sftp_lane_status(l, o, client_id, p->status, "");
		return;
	}
	f = sftp_lane_handle_new(l, FILE_DIR, rd_str(""));
	if (!f || !buf_put_rd(&f->remote, p->handle)) {
		sftp_lane_end(l, o, WHY_FULL);
		return;
	}
	sftp_lane_give_handle(l, o, client_id, f);
}

static void to_client(struct sftp_lane *l, struct lane_orders *o, uint32_t client_id, struct sftp_packet p,
    enum sftp_ext ext)
{
	p.id = client_id;
	/* statvfs@openssh.com: eleven uint64. Any other reply is bytes that nobody read. */
	if (p.type == SFTP_EXTENDED_REPLY && (ext != SFTP_EXT_STATVFS || p.data.len != 88))
		sftp_lane_end(l, o, WHY_PROTOCOL);
	sftp_lane_to_client(l, o, &p);
}

void sftp_lane_on_answer(struct sftp_lane *l, struct lane_orders *o, const struct sftp_packet *raw)
{
	struct sftp_packet p = *raw;
	struct sftp_done d;
	struct waiting w;

	if (!inspect(l, o, &p))
		return;
	if (sftp_answer(l->match, raw, &d)) {
		sftp_lane_end(l, o, WHY_PROTOCOL);
		return;
	}
	if (p.type == SFTP_VERSION) {
		on_version(l, o, &p);
		return;
	}
	ASSERT(take_waiting(l, p.id, &w));
	if (w.purpose == FOR_HOME)
		on_home(l, o, *raw);
	else if (w.purpose == FOR_DIR)
		on_dir(l, o, w.client_id, &p);
	else if (w.purpose == FOR_CLIENT)
		to_client(l, o, w.client_id, p, d.ext);
	else
		sftp_lane_file_answer(l, o, &w, &p);
}
