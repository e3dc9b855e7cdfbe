/*
 * Is:        the SFTP lane (contracts in the header): requests of the client, and what the
 *            rest needs.
 * Is not:    files (sftp_file.c) or answers (sftp_answer.c).
 * Called by: the gate's process.
 * Owns:      the session's protocol state.
 * Trust:     hostile from both sides.
 */
#include "lane/sftp_lane_int.h"

#include "base/quote.h"

enum { REGULAR_FILE = 0100000 }; /* of a mode */
enum { ORDERS_ENOUGH = LANE_ORDERS_MAX / 4, BYTES_ENOUGH = LANE_BYTES_MAX / 4, FEED_ENOUGH = 32 * 1024 };

struct sftp_lane *sftp_lane_new(const struct sftp_lane_config *config)
{
	struct sftp_lane *l = mem_new(1, sizeof(*l));

	ASSERT(config->hooks.judge && config->hooks.look && config->hooks.look_file && config->hooks.judge_file);
	l->config = *config;
	l->match = sftp_new();
	buf_init(&l->client_in, SFTP_PACKET_MAX + 4 + LANE_FEED_MAX);
	buf_init(&l->element_in, SFTP_PACKET_MAX + 4 + LANE_FEED_MAX);
	buf_init(&l->cwd, PATH_LEN_MAX);
	buf_init(&l->names, SFTP_PACKET_MAX);
	buf_init(&l->text, SFTP_PACKET_MAX);
	buf_init(&l->packet, SFTP_PACKET_MAX + 4);
	vec_init(&l->waiting, sizeof(struct waiting));
	vec_init(&l->files, sizeof(struct lane_handle *));
	return l;
}

void sftp_lane_free(struct sftp_lane **lp)
{
	struct sftp_lane *l = *lp;

	if (!l)
		return;
	while (l->files.n)
		sftp_lane_handle_free(l, *(struct lane_handle **)vec_at(&l->files, 0));
	sftp_free(&l->match);
	buf_wipe(&l->client_in);
	buf_wipe(&l->element_in);
	buf_done(&l->cwd);
	buf_done(&l->names);
	buf_done(&l->text);
	buf_wipe(&l->packet);
	vec_done(&l->waiting);
	vec_done(&l->files);
	mem_free(lp);
}

/* --- sending -------------------------------------------------------------------------------- */

void sftp_lane_end(struct sftp_lane *l, struct lane_orders *o, enum lane_why why)
{
	if (!l->over)
		lane_order_add(o, (struct order){ .kind = ORDER_END, .why = why });
	l->over = true;
}

static void send(struct sftp_lane *l, struct lane_orders *o, enum lane_side to, const struct sftp_packet *p)
{
	if (l->over)
		return;
	buf_reset(&l->packet);
	if (sftp_encode(p, &l->packet))
		lane_order_add(o, (struct order){ .kind = ORDER_SEND, .to = to, .bytes = buf_rd(&l->packet) });
	else
		sftp_lane_end(l, o, WHY_FULL);
}

void sftp_lane_to_client(struct sftp_lane *l, struct lane_orders *o, const struct sftp_packet *p)
{
	send(l, o, LANE_ENGINEER, p);
}

void sftp_lane_status(struct sftp_lane *l, struct lane_orders *o, uint32_t client_id, uint32_t status,
    const char *text)
{
	sftp_lane_to_client(l, o, &(struct sftp_packet){ .type = SFTP_STATUS, .id = client_id,
	    .status = status, .message = rd_str(text) });
}

void sftp_lane_ask(struct sftp_lane *l, struct lane_orders *o, struct sftp_packet p, struct waiting w)
{
	w.id = p.id = ++l->next_id;
	if (sftp_request(l->match, &p)) {
		sftp_lane_end(l, o, WHY_FULL);
		return;
	}
	*(struct waiting *)vec_push(&l->waiting) = w;
	send(l, o, LANE_ELEMENT, &p);
}

void sftp_lane_refuse(struct sftp_lane *l, struct lane_orders *o, uint32_t client_id, struct rd what,
    enum lane_why why)
{
	AUTO(buf_done) struct buf text = { 0 };
	struct wr w = wr_to(&text);

	lane_order_add(o, (struct order){ .kind = ORDER_REFUSE, .why = why, .bytes = what });
	buf_init(&text, 1024);
	lane_put_why(&w, o, why);
	sftp_lane_to_client(l, o, &(struct sftp_packet){ .type = SFTP_STATUS, .id = client_id,
	    .status = why == WHY_UNSUPPORTED ? FX_UNSUPPORTED : FX_PERMISSION_DENIED,
	    .message = wr_ok(&w) ? buf_rd(&text) : rd_str(lane_why_text(why)) });
}

/* --- handles -------------------------------------------------------------------------------- */

/* A directory that the element is asked for will need a handle. */
static bool has_handle_left(const struct sftp_lane *l)
{
	size_t n = l->files.n;

	for (size_t i = 0; i < l->waiting.n; i++)
		n += ((const struct waiting *)vec_at(&l->waiting, i))->purpose == FOR_DIR;
	return n < SFTP_LANE_FILES_MAX;
}

struct lane_handle *sftp_lane_handle_new(struct sftp_lane *l, enum file_kind kind, struct rd path)
{
	struct lane_handle *f;

	if (!has_handle_left(l))
		return NULL;
	f = mem_new(1, sizeof(*f));
	f->number = ++l->next_handle;
	f->kind = kind;
	buf_init(&f->path, 3 * PATH_LEN_MAX);
	buf_init(&f->remote, SFTP_HANDLE_MAX);
	quarantine_init(&f->q, 0, 0, false);
	*(struct lane_handle **)vec_push(&l->files) = f;
	ASSERT(buf_put_rd(&f->path, path));
	return f;
}

struct lane_handle *sftp_lane_handle_of(const struct sftp_lane *l, struct rd handle)
{
	uint32_t number;

	if (!rd_u32(&handle, &number) || handle.len)
		return NULL;
	for (size_t i = 0; i < l->files.n; i++) {
		struct lane_handle *f = *(struct lane_handle **)vec_at(&l->files, i);
		if (f->number == number)
			return f;
	}
	return NULL;
}

void sftp_lane_handle_free(struct sftp_lane *l, struct lane_handle *f)
{
	struct lane_handle **last = vec_at(&l->files, l->files.n - 1);

	for (size_t i = 0; i < l->files.n; i++) {
		struct lane_handle **at = vec_at(&l->files, i);
		if (*at == f)
			*at = *last;
	}
	l->files.n--;
	buf_done(&f->path);
	buf_done(&f->remote);
	quarantine_done(&f->q);
	mem_free(&f);
}

void sftp_lane_give_handle(struct sftp_lane *l, struct lane_orders *o, uint32_t client_id,
    const struct lane_handle *f)
{
	AUTO(buf_done) struct buf b = { 0 };
	struct wr w = wr_to(&b);

	buf_init(&b, 4);
	wr_u32(&w, f->number);
	ASSERT(wr_ok(&w));
	sftp_lane_to_client(l, o, &(struct sftp_packet){ .type = SFTP_HANDLE, .id = client_id, .handle = buf_rd(&b) });
}

/* --- judging -------------------------------------------------------------------------------- */

struct verb { enum lane_act act; const char *word; };

/* What a request does. Changing a file's size is writing it. */
static struct verb verb_of(const struct sftp_packet *p)
{
	bool cuts = p->attrs.flags & SFTP_A_SIZE;
	struct verb set = { cuts ? ACT_WRITE_FILE : ACT_SET_ATTRIBUTES, cuts ? "truncate" : "set-attributes" };

	switch (p->type) {
	case SFTP_OPEN:
		return p->pflags & ~(uint32_t)SFTP_F_READ ? (struct verb){ ACT_WRITE_FILE, "put" } :
		    (struct verb){ ACT_READ_FILE, "get" };
	case SFTP_SETSTAT:
		return set;
	case SFTP_REMOVE:
	case SFTP_RMDIR:
		return (struct verb){ ACT_REMOVE, "remove" };
	case SFTP_MKDIR:
		return (struct verb){ ACT_MAKE_DIR, "make-dir" };
	case SFTP_RENAME:
		return (struct verb){ ACT_RENAME, "rename" };
	case SFTP_SYMLINK:
		return (struct verb){ ACT_LINK, "symlink" };
	case SFTP_EXTENDED:
		return p->ext == SFTP_EXT_POSIX_RENAME ? (struct verb){ ACT_RENAME, "rename" } :
		    p->ext == SFTP_EXT_HARDLINK ? (struct verb){ ACT_LINK, "link" } :
		    p->ext == SFTP_EXT_LSETSTAT ? set : (struct verb){ ACT_LIST, "stat" };
	default:
		return (struct verb){ ACT_LIST, p->type == SFTP_OPENDIR ? "list" : "stat" };
	}
}

static void put_name(struct wr *w, struct rd path)
{
	wr_str(w, " \"");
	wr_quoted(w, path, PATH_LEN_MAX);
	wr_str(w, "\"");
}

/* Asks for a verdict, or waits for one; true when the request may go on now. */
static bool may(struct sftp_lane *l, struct lane_orders *o, const struct sftp_packet *p, struct rd path,
    struct rd path2)
{
	struct verb verb = verb_of(p);
	struct lane_command c = { .act = verb.act, .path = path, .path2 = path2 };
	enum lane_verdict verdict;
	struct wr w = wr_to(&l->text);

	buf_reset(&l->text);
	wr_str(&w, verb.word);
	put_name(&w, path);
	if (path2.len)
		put_name(&w, path2);
	c.canonical = buf_rd(&l->text);
	verdict = !wr_ok(&w) ? LANE_DENY : l->answered ? (l->allowed ? LANE_ALLOW : LANE_DENY) :
	    l->config.hooks.judge(l->config.hooks.arg, &c);
	l->answered = false;
	switch (verdict) {
	case LANE_ALLOW:
		lane_order_add(o, (struct order){ .kind = ORDER_COMMAND, .to = LANE_ELEMENT, .bytes = c.canonical });
		return true;
	case LANE_ASK:
		l->job = JOB_ASK;
		l->ask_id = ++l->next_ask;
		lane_order_add(o, (struct order){ .kind = ORDER_ASK, .id = l->ask_id, .bytes = c.canonical });
		return false;
	case LANE_DENY:
		break;
	}
	sftp_lane_refuse(l, o, p->id, c.canonical, WHY_NOT_GRANTED);
	return false;
}

/* --- requests ------------------------------------------------------------------------------- */

static bool is_allowed_extension(enum sftp_ext ext)
{
	return ext == SFTP_EXT_POSIX_RENAME || ext == SFTP_EXT_STATVFS || ext == SFTP_EXT_HARDLINK ||
	    ext == SFTP_EXT_LSETSTAT || ext == SFTP_EXT_EXPAND_PATH || ext == SFTP_EXT_HOME;
}

static void on_limits(struct sftp_lane *l, struct lane_orders *o, uint32_t client_id)
{
	AUTO(buf_done) struct buf b = { 0 };
	struct wr w = wr_to(&b);

	buf_init(&b, 32);
	wr_u64(&w, SFTP_PACKET_MAX);
	wr_u64(&w, SFTP_LANE_READ_MAX);
	wr_u64(&w, SFTP_LANE_READ_MAX);
	wr_u64(&w, SFTP_LANE_FILES_MAX);
	ASSERT(wr_ok(&w));
	sftp_lane_to_client(l, o, &(struct sftp_packet){ .type = SFTP_EXTENDED_REPLY, .id = client_id, .data = buf_rd(&b) });
}

/* A text that is no file's name for us: a link's target, `~user`. */
static bool is_text(struct rd r)
{
	struct rd before;

	return !rd_until(&r, 0, &before);
}

static bool clean(struct sftp_lane *l, struct rd path, struct buf *out)
{
	buf_init(out, 3 * PATH_LEN_MAX);
	return path_clean(buf_rd(&l->cwd), path, out) != PATH_BAD && out->len <= PATH_LEN_MAX;
}

/* Who makes a file and looks for it, as sshfs, finds it before the element has it. */
static bool on_stat_of_upload(struct sftp_lane *l, struct lane_orders *o, const struct sftp_packet *p, struct rd path)
{
	for (size_t i = l->files.n; i-- > 0 && (p->type == SFTP_STAT || p->type == SFTP_LSTAT);) {
		const struct lane_handle *f = *(struct lane_handle **)vec_at(&l->files, i);
		struct rd own = buf_rd(&f->path);
		if (f->kind != FILE_PUT || !(f->pflags & (SFTP_F_TRUNC | SFTP_F_EXCL)) || !rd_equal(&own, &path))
			continue;
		sftp_lane_to_client(l, o, &(struct sftp_packet){ .type = SFTP_ATTRS, .id = p->id, .attrs = {
		    .flags = SFTP_A_SIZE | SFTP_A_MODE, .size = quarantine_end(&f->q), .mode = REGULAR_FILE | 0600 } });
		return true;
	}
	return false;
}

/* A size that is set makes a file as large as one that is written, holes and all. */
static bool is_too_large(const struct sftp_lane *l, const struct sftp_attrs *a)
{
	return (a->flags & SFTP_A_SIZE) && a->size > l->config.file_max;
}

/* A request that names files by their paths. */
static void on_path(struct sftp_lane *l, struct lane_orders *o, const struct sftp_packet *p)
{
	AUTO(buf_done) struct buf a = { 0 }, b = { 0 };
	struct sftp_packet q = *p;
	bool raw = p->ext == SFTP_EXT_EXPAND_PATH || p->ext == SFTP_EXT_HOME;
	bool raw2 = p->type == SFTP_SYMLINK;

	if (raw || raw2 ? !is_text(raw ? p->path : p->path2) : false) {
		sftp_lane_refuse(l, o, p->id, p->path, WHY_BAD_TEXT);
		return;
	}
	if ((!raw && !clean(l, p->path, &a)) || (p->path2.len && !raw2 && !clean(l, p->path2, &b))) {
		sftp_lane_refuse(l, o, p->id, p->path, WHY_BAD_TEXT);
		return;
	}
	if (p->type != SFTP_OPEN && is_too_large(l, &p->attrs)) { /* of OPEN's no size goes on */
		sftp_lane_refuse(l, o, p->id, p->path, WHY_TOO_LARGE);
		return;
	}
	q.path = raw ? p->path : buf_rd(&a);
	q.path2 = raw2 ? p->path2 : buf_rd(&b);
	if (!may(l, o, p, q.path, q.path2))
		return;
	if (p->type == SFTP_OPEN)
		sftp_lane_open(l, o, p, q.path);
	else if (p->type == SFTP_OPENDIR && !has_handle_left(l))
		sftp_lane_status(l, o, p->id, FX_FAILURE, "too many open files");
	else if (!on_stat_of_upload(l, o, p, q.path))
		sftp_lane_ask(l, o, q, (struct waiting){ .client_id = p->id,
		    .purpose = p->type == SFTP_OPENDIR ? FOR_DIR : FOR_CLIENT });
}

/* FSTAT of a file in quarantine knows its size and nothing else. */
static void on_fstat(struct sftp_lane *l, struct lane_orders *o, uint32_t client_id, const struct lane_handle *f)
{
	sftp_lane_to_client(l, o, &(struct sftp_packet){ .type = SFTP_ATTRS, .id = client_id,
	    .attrs = { .flags = SFTP_A_SIZE, .size = quarantine_end(&f->q) } });
}

/* Attributes for a file being written are set when it is. */
static void on_fsetstat(struct sftp_lane *l, struct lane_orders *o, const struct sftp_packet *p, struct lane_handle *f)
{
	struct sftp_attrs *a = &f->end_attrs;
	bool sizes = p->attrs.flags & SFTP_A_SIZE;

	/* scp says at the end how long the file is that it wrote over another. */
	if (f->kind != FILE_PUT || (sizes && f->q.parts.n && p->attrs.size != quarantine_end(&f->q))) {
		sftp_lane_refuse(l, o, p->id, buf_rd(&f->path), WHY_UNSUPPORTED);
		return;
	}
	if (is_too_large(l, &p->attrs)) {
		sftp_lane_refuse(l, o, p->id, buf_rd(&f->path), WHY_TOO_LARGE);
		return;
	}
	f->has_size |= sizes;
	f->size = sizes ? p->attrs.size : f->size;
	a->flags |= p->attrs.flags & (SFTP_A_OWNER | SFTP_A_MODE | SFTP_A_TIMES);
	if (p->attrs.flags & SFTP_A_OWNER) {
		a->uid = p->attrs.uid;
		a->gid = p->attrs.gid;
	}
	if (p->attrs.flags & SFTP_A_MODE)
		a->mode = p->attrs.mode;
	if (p->attrs.flags & SFTP_A_TIMES) {
		a->atime = p->attrs.atime;
		a->mtime = p->attrs.mtime;
	}
	sftp_lane_status(l, o, p->id, FX_OK, "");
}

/* A request that names a file by its handle. */
static void on_handle(struct sftp_lane *l, struct lane_orders *o, const struct sftp_packet *p)
{
	struct lane_handle *f = sftp_lane_handle_of(l, p->handle);
	struct sftp_packet q = *p;

	if (!f || (p->type != SFTP_CLOSE && (f->kind == FILE_DIR) != (p->type == SFTP_READDIR))) {
		sftp_lane_status(l, o, p->id, FX_FAILURE, "no such handle");
		return;
	}
	q.handle = buf_rd(&f->remote);
	switch (p->type) {
	case SFTP_READ:
		sftp_lane_read(l, o, p, f);
		return;
	case SFTP_WRITE:
		sftp_lane_write(l, o, p, f);
		return;
	case SFTP_CLOSE:
		sftp_lane_close(l, o, p->id, f);
		return;
	case SFTP_FSTAT:
		on_fstat(l, o, p->id, f);
		return;
	case SFTP_FSETSTAT:
		on_fsetstat(l, o, p, f);
		return;
	case SFTP_READDIR:
		sftp_lane_ask(l, o, q, (struct waiting){ .client_id = p->id });
		return;
	default:
		ASSERT(false);
	}
}

static void on_init(struct sftp_lane *l, struct lane_orders *o, const struct sftp_packet *p)
{
	struct sftp_packet init = { .type = SFTP_INIT, .version = 3 };

	if (p->type != SFTP_INIT || p->version < 3 || sftp_request(l->match, &init)) {
		sftp_lane_end(l, o, WHY_PROTOCOL);
		return;
	}
	l->greeted = true;
	l->job = JOB_HOME;
	send(l, o, LANE_ELEMENT, &init);
}

static void on_request(struct sftp_lane *l, struct lane_orders *o, const struct sftp_packet *p)
{
	if (!l->greeted || p->type == SFTP_INIT)
		on_init(l, o, p);
	else if (p->type == SFTP_EXTENDED && p->ext == SFTP_EXT_LIMITS)
		on_limits(l, o, p->id);
	else if (p->type == SFTP_EXTENDED && !is_allowed_extension(p->ext))
		sftp_lane_refuse(l, o, p->id, p->ext_name, WHY_UNSUPPORTED);
	else if (p->handle.len || p->type == SFTP_CLOSE || p->type == SFTP_READ || p->type == SFTP_WRITE ||
	    p->type == SFTP_FSTAT || p->type == SFTP_FSETSTAT || p->type == SFTP_READDIR)
		on_handle(l, o, p);
	else
		on_path(l, o, p);
}

/* --- the lane ------------------------------------------------------------------------------- */

static bool is_enough(struct sftp_lane *l, const struct lane_orders *o)
{
	l->behind = lane_n_orders(o) > ORDERS_ENOUGH || o->bytes.len > BYTES_ENOUGH;
	return l->behind || l->over;
}

/* A request that an officer is asked about stays in front, and is read again with his answer. */
static void take_requests(struct sftp_lane *l, struct lane_orders *o)
{
	struct sftp_packet p;
	size_t used, need;
	int rc;

	while (l->job == JOB_NONE && !is_enough(l, o) && l->waiting.n < SFTP_LANE_PENDING_MAX) {
		rc = sftp_parse(buf_rd(&l->client_in), SFTP_FROM_CLIENT, &p, &used, &need);
		if (rc == SFTP_MORE)
			return;
		if (rc) {
			sftp_lane_end(l, o, WHY_PROTOCOL);
			return;
		}
		on_request(l, o, &p);
		if (l->job != JOB_ASK)
			buf_drop(&l->client_in, used);
	}
}

/* An answer that the inspector holds stays in front, and is read again when it was let go. */
static void take_answers(struct sftp_lane *l, struct lane_orders *o)
{
	struct sftp_packet p;
	size_t used, need;
	int rc;

	while (!l->holding && !is_enough(l, o)) {
		rc = sftp_parse(buf_rd(&l->element_in), SFTP_FROM_SERVER, &p, &used, &need);
		if (rc == SFTP_MORE)
			return;
		if (rc) {
			sftp_lane_end(l, o, WHY_PROTOCOL);
			return;
		}
		sftp_lane_on_answer(l, o, &p);
		if (!l->holding)
			buf_drop(&l->element_in, used);
	}
}

/* No request of the client's waits, for an officer or for a file's end. */
static bool is_through(const struct sftp_lane *l)
{
	struct sftp_packet p;
	size_t used, need;

	return l->job == JOB_NONE && sftp_parse(buf_rd(&l->client_in), SFTP_FROM_CLIENT, &p, &used, &need) == SFTP_MORE;
}

void sftp_lane_go(struct sftp_lane *l, struct lane_orders *o)
{
	l->behind = false;
	take_answers(l, o);
	take_requests(l, o);
	if (!l->has_eof || l->over || !is_through(l))
		return;
	l->has_eof = false;
	lane_order_add(o, (struct order){ .kind = ORDER_EOF, .to = LANE_ELEMENT });
}

void sftp_lane_eof(struct sftp_lane *l, struct lane_orders *o)
{
	l->has_eof = true;
	sftp_lane_go(l, o);
}

bool sftp_lane_is_behind(const struct sftp_lane *l)
{
	return l->behind && !l->over;
}

size_t sftp_lane_room(const struct sftp_lane *l, enum lane_side side)
{
	size_t room = buf_room(side == LANE_ENGINEER ? &l->client_in : &l->element_in);

	return l->over ? 0 : room < FEED_ENOUGH ? room : FEED_ENOUGH;
}

void sftp_lane_feed(struct sftp_lane *l, enum lane_side from, struct rd in, struct lane_orders *o)
{
	if (l->over)
		return;
	if (!buf_put_rd(from == LANE_ENGINEER ? &l->client_in : &l->element_in, in))
		sftp_lane_end(l, o, WHY_FULL);
	sftp_lane_go(l, o);
}

void sftp_lane_answer(struct sftp_lane *l, uint32_t id, bool allow, struct lane_orders *o)
{
	if (l->over || id == 0)
		return;
	if (l->job == JOB_ASK && id == l->ask_id) {
		l->job = JOB_NONE;
		l->answered = true;
		l->allowed = allow;
	} else if (l->holding && id == l->hold_id) {
		l->holding = false;
		l->let = !o->looks_again;
		if (!allow)
			sftp_lane_end(l, o, WHY_INSPECTOR);
	} else if (!sftp_lane_file_verdict(l, id, allow, o)) {
		return;
	}
	sftp_lane_go(l, o);
}
