/*
 * Is:        the files of the SFTP lane: fetched whole before they are shown, written
 *            whole after they passed.
 * Is not:    the requests (sftp_lane.c).
 * Called by: sftp_lane.c, sftp_answer.c.
 * Owns:      nothing outside struct sftp_lane.
 * Trust:     hostile from both sides.
 */
#include "lane/sftp_lane_int.h"

static void done(struct sftp_lane *l, struct lane_orders *o)
{
	struct lane_handle *f = l->file;

	lane_order_add(o, (struct order){ .kind = ORDER_DROP, .id = f->q.id });
	l->job = JOB_NONE;
	l->file = NULL;
	sftp_lane_handle_free(l, f);
}

/* Ends the job with an answer; the file is wiped. */
static void finish(struct sftp_lane *l, struct lane_orders *o, uint32_t status, const char *text)
{
	sftp_lane_status(l, o, l->client_id, status, text);
	done(l, o);
}

static void refused(struct sftp_lane *l, struct lane_orders *o, enum lane_why why)
{
	sftp_lane_refuse(l, o, l->client_id, buf_rd(&l->file->path), why);
	done(l, o);
}

static struct sftp_packet by_handle(const struct lane_handle *f, uint8_t type)
{
	return (struct sftp_packet){ .type = type, .handle = buf_rd(&f->remote) };
}

static bool keep_remote(struct sftp_lane *l, struct lane_orders *o, struct rd handle)
{
	buf_reset(&l->file->remote);
	if (buf_put_rd(&l->file->remote, handle))
		return true;
	sftp_lane_end(l, o, WHY_PROTOCOL);
	return false;
}

/* Uploads may be written again and beside others, so that they are looked at when they are whole. */
static bool put_bytes(struct sftp_lane *l, struct lane_handle *f, uint64_t at, struct rd bytes,
    struct lane_orders *o)
{
	int r = bytes.len > l->config.total_max - l->total ? QUARANTINE_FULL :
	    f->kind == FILE_PUT ? quarantine_put(&f->q, at, bytes, o) :
	    quarantine_come(&f->q, &l->config.hooks, buf_rd(&f->path), at, bytes, o);

	l->total += r ? 0 : bytes.len;
	return r == 0;
}

/* --- download ------------------------------------------------------------------------------- */

static void read_at(struct sftp_lane *l, struct lane_orders *o, uint64_t at, uint32_t len)
{
	struct sftp_packet p = by_handle(l->file, SFTP_READ);

	p.offset = at;
	p.len = len;
	l->ahead++;
	sftp_lane_ask(l, o, p, (struct waiting){ .purpose = FOR_GET_READ, .at = at, .len = len });
}

static void got_bytes(struct sftp_lane *l, struct lane_orders *o, const struct waiting *w, struct rd data)
{
	if (data.len == 0)
		l->failed = FX_BAD_MESSAGE;
	else if (!l->too_large && !put_bytes(l, l->file, w->at, data, o))
		l->too_large = true;
	else if (data.len < w->len && !l->too_large && !l->failed && l->file->q.vet == VET_NONE)
		read_at(l, o, w->at + data.len, w->len - (uint32_t)data.len);
}

/* Whether the file goes on; what becomes of it otherwise is done here. */
static bool passed(struct sftp_lane *l, struct lane_orders *o, enum vet vet)
{
	if (vet == VET_ENDED)
		sftp_lane_end(l, o, WHY_INSPECTOR);
	else if (vet == VET_REFUSED)
		refused(l, o, WHY_NOT_GRANTED);
	return vet == VET_PASSED;
}

static void get_vetted(struct sftp_lane *l, struct lane_orders *o, enum vet vet)
{
	struct lane_handle *f = l->file;

	if (!passed(l, o, vet))
		return;
	lane_order_add(o, (struct order){ .kind = ORDER_RELEASE, .to = LANE_ENGINEER, .id = f->q.id,
	    .len = quarantine_end(&f->q), .bytes = rd_of(f->q.released, SHA256_LEN) });
	l->job = JOB_NONE;
	l->file = NULL;
	sftp_lane_give_handle(l, o, l->client_id, f);
}

static void got_all(struct sftp_lane *l, struct lane_orders *o)
{
	struct lane_handle *f = l->file;

	if (l->too_large)
		refused(l, o, WHY_TOO_LARGE);
	else if (l->failed)
		finish(l, o, l->failed, "");
	else if (f->q.vet == VET_NONE && (!quarantine_is_whole(&f->q) || quarantine_end(&f->q) != l->eof_at))
		refused(l, o, WHY_CHANGED); /* it grew, shrank, or the element lies */
	else
		get_vetted(l, o, quarantine_vet(&f->q, &l->config.hooks, buf_rd(&f->path), &l->next_ask, o));
}

static void read_ahead(struct sftp_lane *l, struct lane_orders *o)
{
	bool stop = l->eof || l->failed || l->too_large || l->file->q.vet != VET_NONE;

	while (!stop && !l->over && l->ahead < l->ahead_max) {
		read_at(l, o, l->next_at, QUARANTINE_CHUNK);
		l->next_at += QUARANTINE_CHUNK;
	}
	if (!stop || l->ahead)
		return;
	/* Whatever the element says to that. */
	sftp_lane_ask(l, o, by_handle(l->file, SFTP_CLOSE), (struct waiting){ .purpose = FOR_GET_CLOSE });
	got_all(l, o);
}

static void got_open(struct sftp_lane *l, struct lane_orders *o, const struct sftp_packet *p)
{
	if (p->type != SFTP_HANDLE)
		finish(l, o, p->status, "");
	else if (keep_remote(l, o, p->handle))
		read_ahead(l, o);
}

static void got_read(struct sftp_lane *l, struct lane_orders *o, const struct waiting *w,
    const struct sftp_packet *p)
{
	l->ahead--;
	if (p->type == SFTP_DATA) {
		l->ahead_max += l->ahead_max < SFTP_LANE_AHEAD && p->data.len == w->len;
		got_bytes(l, o, w, p->data);
	} else if (p->status == FX_EOF) {
		l->eof_at = !l->eof || w->at < l->eof_at ? w->at : l->eof_at;
		l->eof = true;
	} else {
		l->failed = p->status;
	}
	read_ahead(l, o);
}

/* --- upload ----------------------------------------------------------------------------------- */

static void step(struct sftp_lane *l, struct lane_orders *o, struct sftp_packet p)
{
	l->ahead++;
	sftp_lane_ask(l, o, p, (struct waiting){ .purpose = FOR_PUT_STEP });
}

static void put_close(struct sftp_lane *l, struct lane_orders *o)
{
	l->step = PUT_CLOSE;
	sftp_lane_ask(l, o, by_handle(l->file, SFTP_CLOSE), (struct waiting){ .purpose = FOR_PUT_CLOSE });
}

/* All was read back: it must be what passed. */
static void put_read(struct sftp_lane *l, struct lane_orders *o)
{
	l->step = PUT_ATTRS;
	if (!quarantine_is_same(&l->file->q))
		sftp_lane_end(l, o, WHY_CHANGED);
}

/* Goes on with whatever is next, one fetch at a time. Attributes and close follow the last write at
 * once: what any of them came to is told when all are answered. */
static void put_go(struct sftp_lane *l, struct lane_orders *o)
{
	struct lane_handle *f = l->file;
	struct sftp_packet p = by_handle(f, SFTP_FSETSTAT);

	if (l->step == PUT_WRITE && !l->failed && f->q.asked == 0 && l->ahead < SFTP_LANE_AHEAD &&
	    !quarantine_next(&f->q, o))
		put_read(l, o);
	if (l->over || l->step == PUT_CLOSE || f->q.asked || (l->failed ? l->ahead > 0 : l->step == PUT_WRITE))
		return;
	p.attrs = f->end_attrs;
	if (p.attrs.flags && !l->failed)
		step(l, o, p);
	put_close(l, o);
}

/* The element has answered all. */
static void put_finish(struct sftp_lane *l, struct lane_orders *o)
{
	if (l->step == PUT_CLOSED && l->ahead == 0)
		finish(l, o, l->failed, "");
}

static void put_opened(struct sftp_lane *l, struct lane_orders *o, const struct sftp_packet *p)
{
	struct lane_handle *f = l->file;
	struct sftp_packet size;

	if (p->type != SFTP_HANDLE) {
		finish(l, o, p->status, "");
		return;
	}
	if (!keep_remote(l, o, p->handle))
		return;
	quarantine_rewind(&f->q);
	l->step = PUT_WRITE;
	size = by_handle(f, SFTP_FSETSTAT);
	size.attrs = (struct sftp_attrs){ .flags = SFTP_A_SIZE, .size = f->size };
	if (f->has_size)
		step(l, o, size);
	put_go(l, o);
}

static void put_vetted(struct sftp_lane *l, struct lane_orders *o, enum vet vet)
{
	struct lane_handle *f = l->file;
	struct sftp_packet p = { .type = SFTP_OPEN, .path = buf_rd(&f->path),
		.pflags = f->pflags & ~(uint32_t)SFTP_F_READ, .attrs = f->open_attrs };

	if (!passed(l, o, vet))
		return;
	lane_order_add(o, (struct order){ .kind = ORDER_RELEASE, .to = LANE_ELEMENT, .id = f->q.id,
	    .len = quarantine_size(&f->q), .bytes = rd_of(f->q.released, SHA256_LEN) });
	l->step = PUT_OPEN;
	sftp_lane_ask(l, o, p, (struct waiting){ .purpose = FOR_PUT_OPEN });
}

static void put_fetched(struct sftp_lane *l, struct lane_orders *o, struct rd bytes)
{
	struct sftp_packet p = by_handle(l->file, SFTP_WRITE);

	if (!quarantine_take(&l->file->q, bytes, &p.offset)) {
		sftp_lane_end(l, o, WHY_CHANGED);
		return;
	}
	p.data = bytes;
	if (!l->failed)
		step(l, o, p);
	put_go(l, o);
}

static void put_stepped(struct sftp_lane *l, struct lane_orders *o, const struct sftp_packet *p)
{
	l->ahead--;
	if (!l->failed)
		l->failed = p->status;
	if (l->step == PUT_CLOSED)
		put_finish(l, o);
	else
		put_go(l, o);
}

static void put_closed(struct sftp_lane *l, struct lane_orders *o, const struct sftp_packet *p)
{
	if (!l->failed)
		l->failed = p->status;
	l->step = PUT_CLOSED;
	put_finish(l, o);
}

/* --- what the client asks ------------------------------------------------------------------- */

static void begin(struct sftp_lane *l, enum job job, uint32_t client_id, struct lane_handle *f)
{
	l->job = job;
	l->client_id = client_id;
	l->file = f;
	l->step = PUT_VET;
	l->ahead = 0;
	l->ahead_max = SFTP_LANE_AHEAD_FIRST;
	l->next_at = l->eof_at = 0;
	l->eof = l->too_large = false;
	l->failed = 0;
}

void sftp_lane_open(struct sftp_lane *l, struct lane_orders *o, const struct sftp_packet *p, struct rd path)
{
	bool put = p->pflags & ~(uint32_t)SFTP_F_READ;
	struct lane_handle *f = sftp_lane_handle_new(l, put ? FILE_PUT : FILE_GET, path);
	struct sftp_packet open = { .type = SFTP_OPEN, .path = path, .pflags = SFTP_F_READ };

	if (!f) {
		sftp_lane_status(l, o, p->id, FX_FAILURE, "too many open files");
		return;
	}
	quarantine_init(&f->q, ++l->next_quarantine, l->config.file_max, put);
	f->pflags = p->pflags;
	f->open_attrs = p->attrs;
	f->open_attrs.flags &= ~(SFTP_A_SIZE | SFTP_A_EXTENDED);
	if (put) {
		sftp_lane_give_handle(l, o, p->id, f);
		return;
	}
	begin(l, JOB_GET, p->id, f);
	sftp_lane_ask(l, o, open, (struct waiting){ .purpose = FOR_GET_OPEN });
}

void sftp_lane_read(struct sftp_lane *l, struct lane_orders *o, const struct sftp_packet *p, struct lane_handle *f)
{
	uint64_t size = quarantine_end(&f->q), left = p->offset < size ? size - p->offset : 0;
	uint32_t len = p->len < SFTP_LANE_READ_MAX ? p->len : SFTP_LANE_READ_MAX;

	if (f->kind != FILE_GET) {
		sftp_lane_refuse(l, o, p->id, buf_rd(&f->path), WHY_UNSUPPORTED);
		return;
	}
	if (left == 0 || len == 0) {
		sftp_lane_status(l, o, p->id, FX_EOF, "");
		return;
	}
	begin(l, JOB_READ, p->id, f);
	l->read_at = p->offset;
	l->read_len = left < len ? (uint32_t)left : len;
	lane_order_add(o, (struct order){ .kind = ORDER_FETCH, .id = f->q.id, .at = l->read_at,
	    .len = l->read_len });
}

void sftp_lane_write(struct sftp_lane *l, struct lane_orders *o, const struct sftp_packet *p, struct lane_handle *f)
{
	bool appends = f->pflags & SFTP_F_APPEND;

	if (f->kind != FILE_PUT || !(f->pflags & SFTP_F_WRITE))
		f->spoiled = WHY_NOT_GRANTED;
	else if (appends && f->q.parts.n && p->offset != quarantine_end(&f->q))
		f->spoiled = WHY_UNSUPPORTED;
	else if (!put_bytes(l, f, p->offset, p->data, o))
		f->spoiled = WHY_TOO_LARGE;
	if (f->spoiled)
		sftp_lane_refuse(l, o, p->id, buf_rd(&f->path), f->spoiled);
	else
		sftp_lane_status(l, o, p->id, FX_OK, "");
}

void sftp_lane_close(struct sftp_lane *l, struct lane_orders *o, uint32_t client_id, struct lane_handle *f)
{
	if (f->kind == FILE_DIR) {
		sftp_lane_ask(l, o, by_handle(f, SFTP_CLOSE), (struct waiting){ .client_id = client_id });
		sftp_lane_handle_free(l, f);
		return;
	}
	begin(l, f->kind == FILE_PUT ? JOB_PUT : JOB_READ, client_id, f);
	if (f->kind == FILE_GET)
		finish(l, o, FX_OK, "");
	else if (f->spoiled)
		refused(l, o, f->spoiled);
	else
		put_vetted(l, o, quarantine_vet(&f->q, &l->config.hooks, buf_rd(&f->path), &l->next_ask, o));
}

/* --- what comes back ------------------------------------------------------------------------- */

void sftp_lane_file_answer(struct sftp_lane *l, struct lane_orders *o, const struct waiting *w,
    const struct sftp_packet *p)
{
	switch (w->purpose) {
	case FOR_GET_OPEN:
		got_open(l, o, p);
		return;
	case FOR_GET_READ:
		got_read(l, o, w, p);
		return;
	case FOR_GET_CLOSE:
		return;
	case FOR_PUT_OPEN:
		put_opened(l, o, p);
		return;
	case FOR_PUT_STEP:
		put_stepped(l, o, p);
		return;
	case FOR_PUT_CLOSE:
		put_closed(l, o, p);
		return;
	case FOR_CLIENT:
	case FOR_HOME:
	case FOR_DIR:
		break;
	}
	ASSERT(false);
}

static void read_fetched(struct sftp_lane *l, struct lane_orders *o, struct rd bytes)
{
	if (bytes.len != l->read_len) {
		sftp_lane_end(l, o, WHY_CHANGED);
		return;
	}
	l->job = JOB_NONE;
	l->file = NULL;
	sftp_lane_to_client(l, o, &(struct sftp_packet){ .type = SFTP_DATA, .id = l->client_id, .data = bytes });
}

void sftp_lane_fetched(struct sftp_lane *l, uint32_t id, struct rd bytes, struct lane_orders *o)
{
	struct lane_handle *f = l->file;

	if (l->over || !f || f->q.id != id)
		return;
	if (l->job == JOB_READ)
		read_fetched(l, o, bytes);
	else if (f->q.asked == 0)
		return; /* nobody asked */
	else if (l->job == JOB_PUT && l->step != PUT_VET)
		put_fetched(l, o, bytes);
	else if (l->job == JOB_PUT)
		put_vetted(l, o, quarantine_fetched(&f->q, &l->config.hooks, buf_rd(&f->path), bytes, &l->next_ask, o));
	else
		get_vetted(l, o, quarantine_fetched(&f->q, &l->config.hooks, buf_rd(&f->path), bytes, &l->next_ask, o));
	sftp_lane_go(l, o);
}

bool sftp_lane_file_verdict(struct sftp_lane *l, uint32_t id, bool allow, struct lane_orders *o)
{
	struct lane_handle *f = l->file;
	enum vet vet;

	if (!f || (f->q.vet != VET_HELD && f->q.vet != VET_ASKING) || f->q.ask_id != id)
		return false;
	vet = quarantine_answer(&f->q, &l->config.hooks, buf_rd(&f->path), allow, &l->next_ask, o);
	if (l->job == JOB_PUT)
		put_vetted(l, o, vet);
	else
		get_vetted(l, o, vet);
	return true;
}
