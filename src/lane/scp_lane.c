/*
 * Is:        the lane of legacy SCP (contracts in the header).
 * Is not:    the protocol's grammar (proto/scp.h), which is run twice: once with the real
 *            source and us, once with us and the real sink.
 * Called by: the exec lane.
 * Owns:      the protocol state of both halves.
 * Trust:     hostile from both sides.
 */
#include "lane/scp_lane.h"

#include "base/quote.h"
#include "base/wr.h"
#include "lane/quarantine.h"
#include "proto/path.h"
#include "proto/scp.h"

/* What the sink is to answer, or what else is waited for. */
enum state { BEGIN, IDLE, ASKING, FILLING, VETTING, OUT_TIMES, OUT_LINE, OUT_DATA, OUT_END };

struct scp_lane {
	struct scp_lane_config config;
	struct scp in, out;          /* the source and we; we and the sink */
	enum state state;
	struct buf base, dir;        /* directories entered: "sub/deep" */
	struct buf path, path2, canonical;
	struct buf times, line;      /* to go to the sink */
	struct buf complaint;        /* of the sink */
	struct scp_event held;       /* an entry whose name the inspector holds; its name is held_name */
	struct buf held_name;
	bool is_name_held, let;      /* ASKING for it; an officer let it go */
	uint8_t kind;                /* of line: 'C', 'D', 'E' */
	struct quarantine q;
	bool over, has_ended[2];     /* to either side: the end was told */
	bool spoiled, broken;        /* too large; the source could not read it */
	uint32_t next_id, ask_id, next_quarantine;
	uint64_t total;
	struct lane_orders *o;       /* during a call */
};

struct scp_lane *scp_lane_new(const struct scp_lane_config *config)
{
	AUTO(scp_lane_free) struct scp_lane *l = mem_new(1, sizeof(*l));
	struct scp_lane *made = l;
	struct buf *all[] = { &l->base, &l->dir, &l->path, &l->path2, &l->canonical, &l->times, &l->line, &l->complaint,
		&l->held_name };

	ASSERT(config->hooks.judge && config->hooks.look && config->hooks.look_file && config->hooks.judge_file);
	l->config = *config;
	for (size_t i = 0; i < ARRAY_LEN(all); i++)
		buf_init(all[i], 8 * PATH_LEN_MAX);
	quarantine_init(&l->q, 0, 0, false);
	scp_init(&l->in, config->recursive);
	scp_init(&l->out, config->recursive);
	if (path_clean(rd_str(""), config->path, &l->base) == PATH_BAD)
		return NULL;
	l = NULL;
	return made;
}

void scp_lane_free(struct scp_lane **lp)
{
	struct scp_lane *l = *lp;

	if (!l)
		return;
	struct buf *all[] = { &l->base, &l->dir, &l->path, &l->path2, &l->canonical, &l->times, &l->line, &l->complaint,
		&l->held_name };
	for (size_t i = 0; i < ARRAY_LEN(all); i++)
		buf_done(all[i]);
	quarantine_done(&l->q);
	mem_free(lp);
}

/* --- sending ---------------------------------------------------------------------------------- */

static enum lane_side source_side(const struct scp_lane *l)
{
	return l->config.is_upload ? LANE_ENGINEER : LANE_ELEMENT;
}

static enum lane_side sink_side(const struct scp_lane *l)
{
	return l->config.is_upload ? LANE_ELEMENT : LANE_ENGINEER;
}

static void end(struct scp_lane *l, enum lane_why why)
{
	if (!l->over)
		lane_order_add(l->o, (struct order){ .kind = ORDER_END, .why = why });
	l->over = true;
}

static bool ignore(void *arg, const struct scp_event *e)
{
	return true;
}

/* To either side, after the half that stands between has agreed that it may be said now. */
static void say(struct scp_lane *l, bool to_sink, struct rd bytes)
{
	if (l->over)
		return;
	if (scp_feed(to_sink ? &l->out : &l->in, to_sink ? SCP_SOURCE : SCP_SINK, bytes, ignore, NULL)) {
		end(l, WHY_PROTOCOL);
		return;
	}
	lane_order_add(l->o, (struct order){ .kind = ORDER_SEND, .to = to_sink ? sink_side(l) : source_side(l),
	    .bytes = bytes });
}

static void ack(struct scp_lane *l)
{
	say(l, false, rd_of("", 1));
}

/* An error line. What the engineer's client complains of stays with us: the element is told
 * no text of his. What the element says is inspected. */
static void complain(struct scp_lane *l, bool to_sink, uint8_t kind, struct rd text)
{
	AUTO(buf_done) struct buf seen = { 0 }, b = { 0 };
	enum lane_side to = to_sink ? sink_side(l) : source_side(l);
	enum lane_look look = LOOK_PASS;
	struct wr w = wr_to(&b);

	buf_init(&seen, LANE_FEED_MAX);
	buf_init(&b, SCP_LINE_MAX);
	if (to == LANE_ELEMENT)
		text = rd_str("the other side failed");
	else if (text.len)
		look = l->config.hooks.look_item(l->config.hooks.arg, text, &seen);
	if (look == LOOK_REPLACE)
		text = buf_rd(&seen);
	else if (look != LOOK_PASS)
		end(l, WHY_INSPECTOR);
	wr_u8(&w, kind);
	wr_quoted(&w, text, 512);
	wr_u8(&w, '\n');
	if (!wr_ok(&w))
		end(l, WHY_FULL);
	say(l, to_sink, buf_rd(&b));
}

static void refuse(struct scp_lane *l, struct rd what, enum lane_why why)
{
	AUTO(buf_done) struct buf b = { 0 };
	struct wr w = wr_to(&b);

	lane_order_add(l->o, (struct order){ .kind = ORDER_REFUSE, .why = why, .bytes = what });
	l->state = IDLE;
	buf_reset(&l->times);
	buf_init(&b, 1024);
	wr_str(&w, "\1slagboom: refused: ");
	lane_put_why(&w, l->o, why);
	wr_str(&w, "\n");
	if (wr_ok(&w))
		say(l, false, buf_rd(&b));
}

static void drop(struct scp_lane *l)
{
	lane_order_add(l->o, (struct order){ .kind = ORDER_DROP, .id = l->q.id });
	quarantine_done(&l->q);
	quarantine_init(&l->q, 0, 0, false);
}

/* --- names -------------------------------------------------------------------------------------- */

static struct rd parent(struct rd path)
{
	struct rd rest = path, part, dir = rd_str("");

	while (rd_until(&rest, '/', &part))
		(void)!rd_slice(&path, 0, path.len - rest.len, &dir);
	return dir;
}

static bool join(const struct scp_lane *l, bool without_first, struct rd name, struct buf *out)
{
	AUTO(buf_done) struct buf raw = { 0 };
	struct rd dir = buf_rd(&l->dir), base = buf_rd(&l->base), first;
	struct wr w = wr_to(&raw);

	buf_init(&raw, 16 * PATH_LEN_MAX);
	if (without_first && dir.len == 0)
		name = rd_str("");
	if (without_first && !rd_until(&dir, '/', &first))
		dir = rd_str("");
	if (!l->config.is_upload)
		base = parent(base);
	wr_bytes(&w, base);
	wr_str(&w, base.len ? "/" : "");
	wr_bytes(&w, dir);
	wr_str(&w, dir.len ? "/" : "");
	wr_bytes(&w, name);
	buf_reset(out);
	return wr_ok(&w) && path_clean(rd_str(""), buf_rd(&raw), out) != PATH_BAD;
}

static bool name_it(struct scp_lane *l, const char *verb, struct rd name)
{
	struct wr w = wr_to(&l->canonical);

	buf_reset(&l->canonical);
	buf_reset(&l->path2);
	if (!join(l, false, name, &l->path))
		return false;
	if (l->config.is_upload && !l->config.to_directory && !join(l, true, name, &l->path2))
		return false;
	wr_text(&w, "%s \"", verb);
	wr_quoted(&w, buf_rd(&l->path), PATH_LEN_MAX);
	wr_str(&w, "\"");
	if (l->path2.len) {
		wr_str(&w, " or \"");
		wr_quoted(&w, buf_rd(&l->path2), PATH_LEN_MAX);
		wr_str(&w, "\"");
	}
	return wr_ok(&w);
}

/* --- what the source announces ----------------------------------------------------------------- */

static void set_line(struct scp_lane *l, uint8_t kind, unsigned mode, uint64_t size, struct rd name)
{
	struct wr w = wr_to(&l->line);

	buf_reset(&l->line);
	l->kind = kind;
	wr_u8(&w, kind);
	if (kind != 'E') {
		wr_text(&w, "%04o %llu ", mode & 07777, (unsigned long long)size);
		wr_bytes(&w, name);
	}
	wr_u8(&w, '\n');
	if (!wr_ok(&w))
		end(l, WHY_FULL);
}

static void send_line(struct scp_lane *l)
{
	struct buf *b = l->times.len ? &l->times : &l->line;

	l->state = l->times.len ? OUT_TIMES : OUT_LINE;
	say(l, true, buf_rd(b));
	buf_reset(b);
}

/* What was announced may pass: a file begins to fill, a directory goes on. */
static void granted(struct scp_lane *l)
{
	lane_order_add(l->o, (struct order){ .kind = ORDER_COMMAND, .to = LANE_ELEMENT, .bytes = buf_rd(&l->canonical) });
	if (l->kind != 'C') {
		send_line(l);
		return;
	}
	l->state = FILLING;
	l->spoiled = l->broken = false;
	quarantine_done(&l->q);
	quarantine_init(&l->q, ++l->next_quarantine, l->config.file_max, l->config.is_upload);
	ack(l);
}

static void judge(struct scp_lane *l, enum lane_act act)
{
	struct lane_command c = { .canonical = buf_rd(&l->canonical), .act = act, .path = buf_rd(&l->path),
		.path2 = buf_rd(&l->path2) };

	switch (l->config.hooks.judge(l->config.hooks.arg, &c)) {
	case LANE_ALLOW:
		granted(l);
		return;
	case LANE_ASK:
		l->state = ASKING;
		l->ask_id = ++l->next_id;
		lane_order_add(l->o, (struct order){ .kind = ORDER_ASK, .id = l->ask_id, .bytes = c.canonical });
		return;
	case LANE_DENY:
		break;
	}
	refuse(l, c.canonical, WHY_NOT_GRANTED);
}

/* It is looked at again when it may go. */
static void hold_name(struct scp_lane *l, const struct scp_event *e)
{
	buf_reset(&l->held_name);
	if (!buf_put_rd(&l->held_name, e->name)) {
		end(l, WHY_FULL);
		return;
	}
	l->held = *e;
	l->held.name = buf_rd(&l->held_name);
	l->is_name_held = true;
	l->state = ASKING;
	l->ask_id = ++l->next_id;
	lane_order_add(l->o, (struct order){ .kind = ORDER_HOLD, .id = l->ask_id });
}

/* `name` as the engineer may see it. False: it was refused, is held, or all is over. */
static bool look_name(struct scp_lane *l, const struct scp_event *e, struct rd *name, struct buf *out)
{
	enum lane_look look = l->config.is_upload ? LOOK_PASS :
	    l->config.hooks.look_item(l->config.hooks.arg, *name, out);

	if (look == LOOK_REPLACE) {
		*name = buf_rd(out);
		look = path_is_name(*name) ? LOOK_PASS : LOOK_REFUSE;
	}
	if (look == LOOK_HOLD && l->let)
		look = LOOK_PASS;
	l->let = false;
	if (look == LOOK_HOLD)
		hold_name(l, e);
	else if (look == LOOK_REFUSE)
		refuse(l, buf_rd(&l->canonical), WHY_INSPECTOR);
	else if (look == LOOK_END)
		end(l, WHY_INSPECTOR);
	return look == LOOK_PASS;
}

static void on_entry(struct scp_lane *l, const struct scp_event *e)
{
	AUTO(buf_done) struct buf seen = { 0 };
	bool dir = e->kind == SCP_DIR, up = l->config.is_upload;
	struct rd name = e->name;

	buf_init(&seen, LANE_FEED_MAX);
	if (!name_it(l, dir ? (up ? "make-dir" : "list") : up ? "put" : "get", e->name)) {
		refuse(l, e->name, WHY_TOO_LONG);
		return;
	}
	if (!look_name(l, e, &name, &seen))
		return;
	set_line(l, dir ? 'D' : 'C', e->mode, e->size, name);
	if (!dir && e->size > l->config.file_max)
		refuse(l, buf_rd(&l->canonical), WHY_TOO_LARGE);
	else if (!l->over)
		judge(l, dir ? (up ? ACT_MAKE_DIR : ACT_LIST) : up ? ACT_WRITE_FILE : ACT_READ_FILE);
	if (dir && (l->state == OUT_TIMES || l->state == OUT_LINE || l->state == ASKING)) {
		struct wr w = wr_to(&l->dir);
		wr_str(&w, l->dir.len ? "/" : "");
		wr_bytes(&w, e->name); /* left again if it is refused */
		if (!wr_ok(&w))
			end(l, WHY_FULL);
	}
}

static void leave_dir(struct scp_lane *l)
{
	struct rd dir = parent(buf_rd(&l->dir));

	buf_cut(&l->dir, dir.len ? dir.len - 1 : 0);
}

static void on_times(struct scp_lane *l, const struct scp_event *e)
{
	struct wr w = wr_to(&l->times);

	buf_reset(&l->times);
	wr_text(&w, "T%llu 0 %llu 0\n", (unsigned long long)e->mtime, (unsigned long long)e->atime);
	if (wr_ok(&w))
		ack(l);
	else
		end(l, WHY_FULL);
}

static void on_bytes(struct scp_lane *l, const struct scp_event *e)
{
	if (l->spoiled || l->state != FILLING)
		return;
	if (e->bytes.len > l->config.total_max - l->total ||
	    quarantine_come(&l->q, &l->config.hooks, buf_rd(&l->path), e->at, e->bytes, l->o))
		l->spoiled = true;
	else
		l->total += e->bytes.len;
	if (l->q.vet == VET_ENDED)
		end(l, WHY_INSPECTOR);
}

/* --- to the sink -------------------------------------------------------------------------------- */

static void finish(struct scp_lane *l)
{
	drop(l);
	l->state = IDLE;
	if (l->complaint.len)
		complain(l, false, 1, buf_rd(&l->complaint));
	else
		ack(l);
	buf_reset(&l->complaint);
}

/* The next bytes, or the end of them. */
static void send_data(struct scp_lane *l)
{
	l->state = OUT_DATA;
	if (l->over || quarantine_next(&l->q, l->o))
		return;
	if (!quarantine_is_same(&l->q)) {
		end(l, WHY_CHANGED);
		return;
	}
	l->state = OUT_END;
	say(l, true, rd_of("", 1));
}

static void vetted(struct scp_lane *l, enum vet vet)
{
	l->state = VETTING;
	if (vet == VET_ENDED)
		end(l, WHY_INSPECTOR);
	if (vet == VET_REFUSED) {
		drop(l);
		refuse(l, buf_rd(&l->canonical), WHY_NOT_GRANTED);
	}
	if (vet != VET_PASSED)
		return;
	lane_order_add(l->o, (struct order){ .kind = ORDER_RELEASE, .to = sink_side(l), .id = l->q.id,
	    .len = quarantine_end(&l->q), .bytes = rd_of(l->q.released, SHA256_LEN) });
	send_line(l);
}

static void on_file_end(struct scp_lane *l, bool ok)
{
	if (!ok) {
		l->broken = true; /* its reason comes next */
		return;
	}
	if (l->spoiled) {
		drop(l);
		refuse(l, buf_rd(&l->canonical), WHY_TOO_LARGE);
		return;
	}
	vetted(l, quarantine_vet(&l->q, &l->config.hooks, buf_rd(&l->path), &l->next_id, l->o));
}

static void tell_end(struct scp_lane *l, enum lane_side to)
{
	if (!l->has_ended[to])
		lane_order_add(l->o, (struct order){ .kind = ORDER_EOF, .to = to });
	l->has_ended[to] = true;
}

static void hang_up(struct scp_lane *l, bool to_sink, struct rd text)
{
	complain(l, to_sink, 2, text);
	for (unsigned side = LANE_ENGINEER; !l->over && side <= LANE_ELEMENT; side++)
		tell_end(l, (enum lane_side)side);
	l->over = true;
}

/* The source cannot read something. While it waits for an answer it may say nothing, unless
 * it said that a file is broken. */
static void on_warning(struct scp_lane *l, struct rd text)
{
	if (l->state != IDLE && !l->broken) {
		end(l, WHY_PROTOCOL);
		return;
	}
	complain(l, true, 1, text);
	if (!l->broken)
		return;
	l->broken = false;
	drop(l);
	buf_reset(&l->times);
	l->state = IDLE;
	ack(l);
}

static bool on_source(void *arg, const struct scp_event *e)
{
	struct scp_lane *l = arg;

	switch (e->kind) {
	case SCP_FILE:
	case SCP_DIR:
		on_entry(l, e);
		break;
	case SCP_BYTES:
		on_bytes(l, e);
		break;
	case SCP_FILE_END:
		on_file_end(l, e->ok);
		break;
	case SCP_UP:
		leave_dir(l);
		set_line(l, 'E', 0, 0, rd_str(""));
		send_line(l);
		break;
	case SCP_TIMES:
		on_times(l, e);
		break;
	case SCP_WARNING:
		on_warning(l, e->text);
		break;
	case SCP_FATAL: /* amid a file to the sink it would become part of it */
		if (l->state == IDLE || l->state == FILLING)
			hang_up(l, true, e->text);
		else
			end(l, WHY_PROTOCOL);
		break;
	case SCP_REFUSED:
		break;
	}
	return !l->over;
}

/* --- what the sink answers ----------------------------------------------------------------------- */

static void on_no(struct scp_lane *l)
{
	if (l->kind == 'C') {
		finish(l);
		return;
	}
	if (l->kind == 'D')
		leave_dir(l);
	l->state = IDLE;
	complain(l, false, 1, buf_rd(&l->complaint));
	buf_reset(&l->complaint);
}

static void on_yes(struct scp_lane *l)
{
	if (l->state == BEGIN || l->state == OUT_TIMES) {
		bool begins = l->state == BEGIN;
		l->state = IDLE;
		buf_reset(&l->complaint);
		if (begins)
			ack(l);
		else
			send_line(l);
	} else if (l->state == OUT_LINE && l->kind == 'C') {
		quarantine_rewind(&l->q);
		send_data(l);
	} else if (l->state == OUT_LINE) {
		l->state = IDLE;
		ack(l);
	} else if (l->state == OUT_END) {
		finish(l);
	}
}

static bool on_sink(void *arg, const struct scp_event *e)
{
	struct scp_lane *l = arg;
	struct wr w = wr_to(&l->complaint);

	if (e->kind == SCP_FATAL)
		hang_up(l, false, e->text);
	else if (l->complaint.len == 0)
		wr_bytes(&w, e->text.len ? e->text : rd_str("the other side failed"));
	return !l->over;
}

static void feed_sink(struct scp_lane *l, struct rd in)
{
	struct rd byte;

	while (!l->over && rd_take(&in, 1, &byte)) {
		bool waited = l->out.waits || !l->out.begun;
		int rc = scp_feed(&l->out, SCP_SINK, byte, on_sink, l);
		if (rc && !l->over)
			end(l, WHY_PROTOCOL);
		if (l->state == BEGIN && l->complaint.len)
			complain(l, false, 1, buf_rd(&l->complaint));
		if (l->state == BEGIN || l->state == IDLE)
			buf_reset(&l->complaint); /* it answers nothing */
		if (l->over || !waited || l->out.waits || !l->out.begun)
			continue;
		if (l->complaint.len && l->state == OUT_LINE)
			on_no(l);
		else
			on_yes(l);
	}
}

/* --- the lane -------------------------------------------------------------------------------------- */

size_t scp_lane_room(const struct scp_lane *l, enum lane_side side)
{
	return l->over ? 0 : LANE_FEED_MAX;
}

void scp_lane_feed(struct scp_lane *l, enum lane_side from, struct rd in, struct lane_orders *o)
{
	if (l->over)
		return;
	l->o = o;
	if (in.len > LANE_FEED_MAX)
		end(l, WHY_FULL);
	else if (from == sink_side(l))
		feed_sink(l, in);
	else if (scp_feed(&l->in, SCP_SOURCE, in, on_source, l))
		end(l, WHY_PROTOCOL);
}

void scp_lane_eof(struct scp_lane *l, enum lane_side from, struct lane_orders *o)
{
	l->o = o;
	if (l->over)
		return;
	if (from == sink_side(l))
		tell_end(l, source_side(l));
	else if (l->state == IDLE && scp_may_end(&l->in))
		tell_end(l, sink_side(l));
	else
		end(l, WHY_PROTOCOL);
}

void scp_lane_answer(struct scp_lane *l, uint32_t id, bool allow, struct lane_orders *o)
{
	l->o = o;
	if (l->over || id == 0)
		return;
	if (l->state == ASKING && id == l->ask_id && l->is_name_held) {
		l->is_name_held = false;
		l->state = IDLE;
		l->let = allow && !o->looks_again;
		if (allow)
			on_entry(l, &l->held);
		else
			refuse(l, buf_rd(&l->canonical), WHY_INSPECTOR);
	} else if (l->state == ASKING && id == l->ask_id && allow) {
		granted(l);
	} else if (l->state == ASKING && id == l->ask_id) {
		if (l->kind == 'D')
			leave_dir(l);
		refuse(l, buf_rd(&l->canonical), WHY_NOT_GRANTED);
	} else if (l->state == VETTING && id == l->q.ask_id && l->q.vet != VET_LOOKING) {
		vetted(l, quarantine_answer(&l->q, &l->config.hooks, buf_rd(&l->path), allow, &l->next_id, o));
	}
}

void scp_lane_fetched(struct scp_lane *l, uint32_t id, struct rd bytes, struct lane_orders *o)
{
	uint64_t at;

	l->o = o;
	if (l->over || id != l->q.id || l->q.asked == 0 || (l->state != VETTING && l->state != OUT_DATA))
		return;
	if (l->state == VETTING) {
		vetted(l, quarantine_fetched(&l->q, &l->config.hooks, buf_rd(&l->path), bytes, &l->next_id, o));
		return;
	}
	if (!quarantine_take(&l->q, bytes, &at)) {
		end(l, WHY_CHANGED);
		return;
	}
	say(l, true, bytes);
	if (!l->over)
		send_data(l);
}
