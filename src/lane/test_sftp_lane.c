/*
 * Is:        tests of the SFTP lane against an element in memory that keeps what reached it.
 * Is not:    a test against OpenSSH (test_files_openssh.c).
 * Called by: the test run.
 * Owns:      nothing.
 * Trust:     no input.
 */
#include "base/mem.h"
#include "base/wr.h"
#include "lane/sftp_lane.h"
#include "proto/sftp.h"
#include "testing/test.h"

enum { STORE_MAX = 1 << 20 };

/* A session: the lane, the element behind it, the client before it, and what happened. */
static struct {
	struct sftp_lane *lane;
	struct lane_orders orders;
	struct buf element_in, file;        /* the element's one file */
	struct buf client_in;
	struct buf got, said, notes;        /* operations at the element; answers; orders, as text */
	struct buf store[64];               /* quarantines */
	bool dropped[64];
	const char *deny, *ask;
	enum lane_look look, look_file;
	enum lane_verdict judge_file;
	uint32_t id;
	size_t cut;
	bool over, hostile_handle, grows, full, late; /* a write fails; is answered behind the close */
	uint32_t late_id;
} s;

static enum lane_verdict judge(void *arg, const struct lane_command *c)
{
	return test_holds(c->canonical, s.deny) ? LANE_DENY : test_holds(c->canonical, s.ask) ? LANE_ASK : LANE_ALLOW;
}

static enum lane_look look(void *arg, struct rd text, struct buf *out)
{
	if (s.look == LOOK_REPLACE && test_holds(text, "316"))
		return buf_put_str(out, "{msisdn}") ? LOOK_REPLACE : LOOK_END;
	return s.look == LOOK_REPLACE ? LOOK_PASS : s.look;
}

/* Replaces every byte by x, and gives it out one call late. */
static enum lane_look look_file(void *arg, const struct lane_file *f, struct rd bytes, bool last, struct buf *out)
{
	static size_t late;
	size_t n = late + bytes.len - (last ? 0 : 1);

	if (s.look_file != LOOK_REPLACE)
		return s.look_file;
	late = last ? 0 : 1;
	for (size_t i = 0; i < n; i++)
		CHECK(buf_put_u8(out, 'x'));
	return LOOK_REPLACE;
}

static enum lane_verdict judge_file(void *arg, const struct lane_file *f)
{
	CHECK_U64(f->sha256.len, 32);
	return s.judge_file;
}

/* --- the element ---------------------------------------------------------------------------- */

static void feed(enum lane_side from, struct rd in);

static void answer(struct sftp_packet p)
{
	AUTO(buf_done) struct buf b = { 0 };

	buf_init(&b, SFTP_PACKET_MAX + 4);
	CHECK(sftp_encode(&p, &b));
	feed(LANE_ELEMENT, buf_rd(&b));
}

static void write_at(struct buf *b, uint64_t at, struct rd data)
{
	while (b->len < at + data.len)
		CHECK(buf_put_u8(b, 0));
	CHECK(buf_patch(b, at, data.p, data.len));
}

static void note_op(const struct sftp_packet *p)
{
	struct wr w = wr_to(&s.got);

	wr_str(&w, p->type == SFTP_EXTENDED ? "ext" : sftp_type_name(p->type));
	if (p->path.len)
		wr_str(&w, " ");
	wr_bytes(&w, p->path);
	if (p->path2.len)
		wr_str(&w, " ");
	wr_bytes(&w, p->path2);
	wr_str(&w, ";");
	CHECK(wr_ok(&w));
}

static struct sftp_packet data_of(const struct sftp_packet *p)
{
	struct rd all = buf_rd(&s.file);
	struct sftp_packet a = { .type = SFTP_DATA, .id = p->id };
	size_t n = p->len < 10000 ? p->len : 10000; /* short reads, as the protocol allows */

	if (p->offset >= all.len)
		return (struct sftp_packet){ .type = SFTP_STATUS, .id = p->id, .status = 1 };
	n = all.len - p->offset < n ? all.len - p->offset : n;
	CHECK(rd_slice(&all, p->offset, n, &a.data));
	return a;
}

static void give_names(uint32_t id, const char *a, const char *b)
{
	AUTO(buf_done) struct buf names = { 0 };
	struct sftp_packet p = { .type = SFTP_NAME, .id = id, .n_names = 1 + (b != NULL) };

	buf_init(&names, 1000);
	CHECK(sftp_encode_name(&(struct sftp_entry){ .name = rd_str(a), .long_name = rd_str(a) }, &names));
	if (b)
		CHECK(sftp_encode_name(&(struct sftp_entry){ .name = rd_str(b), .long_name = rd_str(b) }, &names));
	p.names = buf_rd(&names);
	answer(p);
}

static void serve(const struct sftp_packet *p)
{
	struct sftp_packet ok = { .type = SFTP_STATUS, .id = p->id };

	switch (p->type) {
	case SFTP_INIT:
		answer((struct sftp_packet){ .type = SFTP_VERSION, .version = 3 });
		return;
	case SFTP_REALPATH:
		give_names(p->id, "/home/x", NULL);
		return;
	case SFTP_OPEN:
	case SFTP_OPENDIR:
		answer((struct sftp_packet){ .type = SFTP_HANDLE, .id = p->id,
		    .handle = rd_str(p->type == SFTP_OPEN ? "file" : "dir") });
		return;
	case SFTP_READDIR:
		give_names(p->id, "31612345678.cdr", "plain");
		return;
	case SFTP_READ:
		answer(data_of(p));
		return;
	case SFTP_WRITE:
		write_at(&s.file, p->offset, p->data);
		ok.status = s.full ? 4 : 0;
		s.late_id = p->id;
		if (!s.late)
			answer(ok);
		return;
	case SFTP_CLOSE:
		answer(ok);
		if (s.late)
			answer((struct sftp_packet){ .type = SFTP_STATUS, .id = s.late_id, .status = s.full ? 4 : 0 });
		return;
	default:
		answer(ok);
	}
}

/* --- the process ------------------------------------------------------------------------------ */

static void keep(const struct order *o)
{
	CHECK(o->id < ARRAY_LEN(s.store) && !s.dropped[o->id]);
	if (o->is_looked_at)
		return;
	if (!s.store[o->id].max)
		buf_init(&s.store[o->id], STORE_MAX);
	write_at(&s.store[o->id], o->at, o->bytes);
}

static void give_back(struct order o)
{
	AUTO(buf_done) struct buf copy = { 0 };
	struct rd all = buf_rd(&s.store[o.id]), part;

	CHECK(!s.dropped[o.id] && rd_slice(&all, o.at, o.len, &part));
	buf_init(&copy, STORE_MAX);
	CHECK(buf_put_rd(&copy, part));
	sftp_lane_fetched(s.lane, o.id, buf_rd(&copy), &s.orders);
}

static void note(const char *word, struct rd bytes)
{
	struct wr w = wr_to(&s.notes);

	wr_text(&w, "[%s ", word);
	wr_bytes(&w, bytes);
	wr_str(&w, "]");
	CHECK(wr_ok(&w));
}

static void act(struct order o)
{
	CHECK(!s.over);
	switch (o.kind) {
	case ORDER_SEND:
		CHECK(buf_put_rd(o.to == LANE_ELEMENT ? &s.element_in : &s.client_in, o.bytes));
		return;
	case ORDER_KEEP:
		keep(&o);
		return;
	case ORDER_FETCH:
		give_back(o);
		return;
	case ORDER_DROP:
		s.dropped[o.id] = true;
		note("drop", rd_str(""));
		return;
	case ORDER_RELEASE:
		note("release", rd_str(o.to == LANE_ELEMENT ? "in" : "out"));
		return;
	case ORDER_COMMAND:
		note("do", o.bytes);
		return;
	case ORDER_REFUSE:
		note("refuse", o.bytes);
		return;
	case ORDER_ASK:
	case ORDER_HOLD:
		s.id = o.id;
		note(o.kind == ORDER_ASK ? "ask" : "hold", o.bytes);
		return;
	case ORDER_END:
		s.over = true;
		note("end", rd_str(lane_why_text(o.why)));
		return;
	case ORDER_EOF:
		CHECK_INT(o.to, LANE_ELEMENT);
		note("eof", rd_str(""));
		return;
	case ORDER_SECRET:
	case ORDER_FINDING:
	case ORDER_EXEC:
		break;
	}
	CHECK(false);
}

static void said(const struct sftp_packet *p)
{
	struct sftp_packet q = *p;
	struct sftp_entry e;
	struct wr w = wr_to(&s.said);

	wr_text(&w, "%u:%s", (unsigned)p->id, sftp_type_name(p->type));
	if (p->type == SFTP_STATUS)
		wr_text(&w, "=%u", (unsigned)p->status);
	while (sftp_name(&q.names, &e)) {
		wr_str(&w, " ");
		wr_bytes(&w, e.name);
	}
	if (p->type == SFTP_DATA)
		wr_bytes(&w, p->data);
	wr_str(&w, ";");
	CHECK(wr_ok(&w));
}

static bool next(struct buf *in, enum sftp_side side, struct sftp_packet *p)
{
	size_t used, need;
	int rc = sftp_parse(buf_rd(in), side, p, &used, &need);

	CHECK(rc == 0 || rc == SFTP_MORE);
	if (rc == 0)
		buf_drop(in, used); /* the bytes stay where they are until the next put */
	return rc == 0;
}

static void carry_out(void)
{
	struct lane_orders now = s.orders;

	lane_orders_init(&s.orders);
	for (size_t i = 0; i < lane_n_orders(&now); i++)
		act(lane_order(&now, i));
	lane_orders_done(&now);
	if (sftp_lane_is_behind(s.lane))
		sftp_lane_feed(s.lane, LANE_ENGINEER, rd_str(""), &s.orders);
}

/* Carries out all orders, and the element answers what reached it, until all is quiet. */
static void pump(void)
{
	struct sftp_packet p;
	bool more = true;

	while (more) {
		while (lane_n_orders(&s.orders) || sftp_lane_is_behind(s.lane))
			carry_out();
		while (next(&s.client_in, SFTP_FROM_SERVER, &p))
			said(&p);
		for (more = false; next(&s.element_in, SFTP_FROM_CLIENT, &p); more = true) {
			note_op(&p);
			serve(&p);
		}
	}
}

static void feed(enum lane_side from, struct rd in)
{
	struct rd part;

	while (in.len) {
		size_t n = s.cut ? s.cut : 1 + test_below(200);
		CHECK(rd_take(&in, in.len < n ? in.len : n, &part));
		sftp_lane_feed(s.lane, from, part, &s.orders);
		if (from == LANE_ENGINEER)
			pump();
	}
}

static void ask(struct sftp_packet p)
{
	AUTO(buf_done) struct buf b = { 0 };

	buf_init(&b, SFTP_PACKET_MAX + 4);
	CHECK(sftp_encode(&p, &b));
	buf_reset(&s.said);
	feed(LANE_ENGINEER, buf_rd(&b));
	pump();
}

static void begin(void)
{
	struct sftp_lane_config config = { .file_max = 200000, .total_max = 400000,
		.hooks = { NULL, judge, look, look, look_file, judge_file } };

	for (size_t i = 0; i < ARRAY_LEN(s.store); i++)
		buf_done(&s.store[i]);
	sftp_lane_free(&s.lane);
	struct buf *all[] = { &s.element_in, &s.file, &s.client_in, &s.got, &s.said, &s.notes };
	for (size_t i = 0; i < ARRAY_LEN(all); i++)
		buf_done(all[i]);
	lane_orders_done(&s.orders);
	__builtin_memset(&s, 0, sizeof(s));
	for (size_t i = 0; i < ARRAY_LEN(all); i++)
		buf_init(all[i], STORE_MAX);
	lane_orders_init(&s.orders);
	s.look = s.look_file = LOOK_PASS;
	s.judge_file = LANE_ALLOW;
	s.cut = SFTP_PACKET_MAX;
	s.lane = sftp_lane_new(&config);
	ask((struct sftp_packet){ .type = SFTP_INIT, .version = 3 });
	CHECK_RD(buf_rd(&s.got), rd_str("init;realpath .;"));
	buf_reset(&s.got);
}

#define OP(t, ...) ask((struct sftp_packet){ .type = t, .id = 7, __VA_ARGS__ })
#define GOT(text) CHECK_RD(buf_rd(&s.got), rd_str(text))
#define SAID(text) CHECK_RD(buf_rd(&s.said), rd_str(text))
#define NOTES(text) CHECK_RD(buf_rd(&s.notes), rd_str(text))
#define H(n) rd_of("\0\0\0" n, 4)

static void put(const char *text, bool close)
{
	OP(SFTP_OPEN, .path = rd_str("a"), .pflags = SFTP_F_WRITE | SFTP_F_CREAT | SFTP_F_TRUNC);
	SAID("7:handle;");
	OP(SFTP_WRITE, .handle = H("\1"), .data = rd_str(text));
	SAID("7:status=0;");
	if (close)
		OP(SFTP_CLOSE, .handle = H("\1"));
}

/* --- refusals ----------------------------------------------------------------------------------- */

TEST(sftp_lane_refused_never_reaches)
{
	begin();
	s.deny = "";
	OP(SFTP_REMOVE, .path = rd_str("../../etc//passwd"));
	SAID("7:status=3;");
	OP(SFTP_OPEN, .path = rd_str("a"), .pflags = SFTP_F_READ);
	OP(SFTP_OPENDIR, .path = rd_str("/"));
	OP(SFTP_RENAME, .path = rd_str("a"), .path2 = rd_str("b"));
	OP(SFTP_SYMLINK, .path = rd_str("a"), .path2 = rd_str("../b"));
	OP(SFTP_SETSTAT, .path = rd_str("a"), .attrs = { .flags = SFTP_A_SIZE });
	GOT("");
	NOTES("[refuse remove \"/etc/passwd\"][refuse get \"/home/x/a\"][refuse list \"/\"]"
	    "[refuse rename \"/home/x/a\" \"/home/x/b\"][refuse symlink \"/home/x/a\" \"../b\"]"
	    "[refuse truncate \"/home/x/a\"]");
}

TEST(sftp_lane_extensions_by_list)
{
	static const char *const no[] = { "copy-data", "fsync@openssh.com", "users-groups-by-id@openssh.com", "x" };

	begin();
	for (size_t i = 0; i < ARRAY_LEN(no); i++) {
		OP(SFTP_EXTENDED, .ext = i == 0 ? SFTP_EXT_COPY_DATA : i == 1 ? SFTP_EXT_FSYNC : SFTP_EXT_UNKNOWN,
		    .ext_name = rd_str(no[i]), .data = rd_str("rm"));
		SAID("7:status=8;");
	}
	GOT("");
	OP(SFTP_EXTENDED, .ext = SFTP_EXT_POSIX_RENAME, .ext_name = rd_str("posix-rename@openssh.com"),
	    .path = rd_str("a/../b"), .path2 = rd_str("/c"));
	GOT("ext /home/x/b /c;");
}

TEST(sftp_lane_bad_order_ends)
{
	begin();
	ask((struct sftp_packet){ .type = SFTP_INIT, .version = 3 });
	NOTES("[end it broke the protocol]");
	begin();
	feed(LANE_ELEMENT, rd_of("\0\0\0\5\145\0\0\0\77", 9)); /* an answer to nothing, and short */
	pump();
	CHECK(s.over);
	GOT("");
}

/* A client that closes its file and hangs up: the file is still to be written. */
TEST(sftp_lane_ends_behind_what_waits)
{
	begin();
	put("hello", false);
	s.ask = "b";
	s.judge_file = LANE_ASK;
	OP(SFTP_CLOSE, .handle = H("\1"));
	OP(SFTP_REMOVE, .path = rd_str("b"));
	sftp_lane_eof(s.lane, &s.orders);
	pump();
	GOT("");
	sftp_lane_answer(s.lane, s.id, true, &s.orders);
	pump();
	GOT("open /home/x/a;write;close;");
	sftp_lane_answer(s.lane, s.id, true, &s.orders);
	pump();
	GOT("open /home/x/a;write;close;remove /home/x/b;");
	NOTES("[do put \"/home/x/a\"][ask /home/x/a][release in][drop ][ask remove \"/home/x/b\"]"
	    "[do remove \"/home/x/b\"][eof ]");
}

/* The last handle is one: a directory beyond it is refused, and the session goes on. */
TEST(sftp_lane_directories_count_as_open_files)
{
	begin();
	s.cut = SFTP_PACKET_MAX;
	for (unsigned i = 0; i < SFTP_LANE_FILES_MAX - 1; i++) {
		OP(SFTP_OPEN, .path = rd_str("a"), .pflags = SFTP_F_WRITE);
		SAID("7:handle;");
	}
	OP(SFTP_OPENDIR, .path = rd_str("/"));
	SAID("7:handle;");
	OP(SFTP_OPENDIR, .path = rd_str("/"));
	SAID("7:status=4;");
	OP(SFTP_OPEN, .path = rd_str("a"), .pflags = SFTP_F_WRITE);
	SAID("7:status=4;");
	CHECK(!s.over);
	GOT("opendir /;");
}

/* The largest file of begin() is 200,000 bytes. */
TEST(sftp_lane_no_file_is_set_larger_than_one_may_be)
{
	struct sftp_attrs attrs = { .flags = SFTP_A_SIZE, .size = 200001 };

	begin();
	OP(SFTP_OPEN, .path = rd_str("a"), .pflags = SFTP_F_WRITE);
	OP(SFTP_FSETSTAT, .handle = H("\1"), .attrs = attrs);
	SAID("7:status=3;");
	OP(SFTP_SETSTAT, .path = rd_str("a"), .attrs = attrs);
	SAID("7:status=3;");
	GOT("");
	attrs.size = 200000;
	OP(SFTP_SETSTAT, .path = rd_str("a"), .attrs = attrs);
	SAID("7:status=0;");
	OP(SFTP_FSETSTAT, .handle = H("\1"), .attrs = attrs);
	SAID("7:status=0;");
	OP(SFTP_CLOSE, .handle = H("\1"));
	GOT("setstat /home/x/a;open /home/x/a;fsetstat;close;");
}

TEST(sftp_lane_unknown_handles)
{
	begin();
	OP(SFTP_READ, .handle = rd_str("file"), .len = 10);
	SAID("7:status=4;");
	OP(SFTP_CLOSE, .handle = H("\1"));
	SAID("7:status=4;");
	GOT("");
}

/* --- uploads ------------------------------------------------------------------------------------- */

TEST(sftp_lane_upload_waits)
{
	begin();
	s.judge_file = LANE_ASK;
	put("hello", true);
	SAID("");
	GOT("");
	NOTES("[do put \"/home/x/a\"][ask /home/x/a]");
	OP(SFTP_REMOVE, .path = rd_str("b")); /* waits behind it */
	GOT("");
	sftp_lane_answer(s.lane, s.id, true, &s.orders);
	pump();
	GOT("open /home/x/a;write;close;remove /home/x/b;");
	SAID("7:status=0;7:status=0;");
	CHECK_RD(buf_rd(&s.file), rd_str("hello"));
}

/* As sshfs does; another's name is the element's to answer. */
/* The element's disk is full: he hears it, in whatever order the element says it. */
TEST(sftp_lane_upload_fails_when_a_write_does)
{
	for (unsigned late = 0; late < 2; late++) {
		begin();
		s.full = true;
		s.late = late;
		put("hello", true);
		SAID("7:status=4;");
		GOT("open /home/x/a;write;close;");
	}
	begin();
	s.late = true;
	put("hello", true);
	SAID("7:status=0;");
}

TEST(sftp_lane_upload_is_found_before_it_is_there)
{
	begin();
	OP(SFTP_OPEN, .path = rd_str("a"), .pflags = SFTP_F_WRITE | SFTP_F_CREAT | SFTP_F_EXCL);
	OP(SFTP_LSTAT, .path = rd_str("a"));
	SAID("7:attrs;");
	GOT("");
	OP(SFTP_STAT, .path = rd_str("/home/x/../x/a"));
	SAID("7:attrs;");
	GOT("");
	OP(SFTP_LSTAT, .path = rd_str("b"));
	GOT("lstat /home/x/b;");
	begin();
	OP(SFTP_OPEN, .path = rd_str("a"), .pflags = SFTP_F_WRITE | SFTP_F_CREAT); /* over what is there */
	OP(SFTP_LSTAT, .path = rd_str("a"));
	GOT("lstat /home/x/a;");
}

TEST(sftp_lane_upload_refused)
{
	begin();
	s.judge_file = LANE_DENY;
	put("hello", true);
	SAID("7:status=3;");
	begin();
	s.look_file = LOOK_REFUSE;
	put("hello", true);
	SAID("7:status=3;");
	GOT("");
	NOTES("[do put \"/home/x/a\"][refuse /home/x/a][drop ]");
	begin();
	s.look_file = LOOK_REPLACE; /* an upload is never changed */
	put("hello", true);
	CHECK(s.over);
	GOT("");
	begin();
	s.look_file = LOOK_HOLD;
	put("hello", true);
	sftp_lane_answer(s.lane, s.id, false, &s.orders);
	pump();
	SAID("7:status=3;");
	GOT("");
}

TEST(sftp_lane_upload_in_pieces)
{
	begin();
	put("hello", false);
	OP(SFTP_WRITE, .handle = H("\1"), .offset = 10, .data = rd_str("world"));
	OP(SFTP_WRITE, .handle = H("\1"), .offset = 3, .data = rd_str("XYZ"));
	OP(SFTP_WRITE, .handle = H("\1"), .offset = 199999, .data = rd_str("ab"));
	SAID("7:status=3;"); /* too large: what came is not the file */
	OP(SFTP_CLOSE, .handle = H("\1"));
	SAID("7:status=3;");
	GOT("");
	begin();
	OP(SFTP_OPEN, .path = rd_str("a"), .pflags = SFTP_F_WRITE);
	OP(SFTP_WRITE, .handle = H("\1"), .offset = 10, .data = rd_str("world"));
	OP(SFTP_WRITE, .handle = H("\1"), .offset = 3, .data = rd_str("XYZ"));
	OP(SFTP_WRITE, .handle = H("\1"), .offset = 11, .data = rd_str("ab"));
	OP(SFTP_FSETSTAT, .handle = H("\1"), .attrs = { .flags = SFTP_A_MODE, .mode = 0600 });
	OP(SFTP_READ, .handle = H("\1"), .len = 10);
	SAID("7:status=8;");
	OP(SFTP_CLOSE, .handle = H("\1"));
	SAID("7:status=0;");
	GOT("open /home/x/a;write;write;fsetstat;close;");
	CHECK_RD(buf_rd(&s.file), rd_of("\0\0\0XYZ\0\0\0\0wabld", 15));
}

/* scp does not truncate what it writes over, and says at the end how long the file is. */
TEST(sftp_lane_upload_says_its_size_at_the_end)
{
	begin();
	put("hello", false);
	OP(SFTP_FSETSTAT, .handle = H("\1"), .attrs = { .flags = SFTP_A_SIZE, .size = 6 });
	SAID("7:status=8;");
	OP(SFTP_FSETSTAT, .handle = H("\1"), .attrs = { .flags = SFTP_A_SIZE, .size = 5 });
	SAID("7:status=0;");
	GOT("");
	OP(SFTP_CLOSE, .handle = H("\1"));
	SAID("7:status=0;");
	GOT("open /home/x/a;fsetstat;write;close;");
}

TEST(sftp_lane_tables_are_bounded)
{
	begin();
	for (unsigned i = 0; i < SFTP_LANE_FILES_MAX; i++)
		OP(SFTP_OPEN, .path = rd_str("a"), .pflags = SFTP_F_WRITE);
	SAID("7:handle;");
	OP(SFTP_OPEN, .path = rd_str("a"), .pflags = SFTP_F_WRITE);
	SAID("7:status=4;");
	GOT("");
	for (unsigned i = 0; i < 1024; i++)
		OP(SFTP_WRITE, .handle = H("\1"), .offset = 2 * i, .data = rd_str("x"));
	SAID("7:status=0;");
	OP(SFTP_WRITE, .handle = H("\1"), .offset = 2 * 1024, .data = rd_str("x"));
	SAID("7:status=3;");
}

/* --- downloads ------------------------------------------------------------------------------------ */

static void fill(size_t n)
{
	for (size_t i = 0; i < n; i++)
		CHECK(buf_put_u8(&s.file, (uint8_t)('a' + i % 26)));
}

TEST(sftp_lane_download_waits)
{
	begin();
	fill(100000);
	s.judge_file = LANE_ASK;
	OP(SFTP_OPEN, .path = rd_str("a"), .pflags = SFTP_F_READ);
	SAID("");
	sftp_lane_answer(s.lane, s.id, true, &s.orders);
	pump();
	SAID("7:handle;");
	OP(SFTP_READ, .handle = H("\1"), .offset = 99998, .len = 10);
	SAID("7:datacd;");
	OP(SFTP_READ, .handle = H("\1"), .offset = 100000, .len = 10);
	SAID("7:status=1;");
	OP(SFTP_CLOSE, .handle = H("\1"));
	SAID("7:status=0;");
	NOTES("[do get \"/home/x/a\"][ask /home/x/a][release out][drop ]");
}

TEST(sftp_lane_download_masked)
{
	begin();
	fill(70000);
	s.look_file = LOOK_REPLACE;
	OP(SFTP_OPEN, .path = rd_str("a"), .pflags = SFTP_F_READ);
	OP(SFTP_READ, .handle = H("\1"), .offset = 40000, .len = 10);
	SAID("7:dataxxxxxxxxxx;");
	OP(SFTP_READ, .handle = H("\1"), .offset = 69999, .len = 10);
	SAID("7:datax;");
}

TEST(sftp_lane_download_refused)
{
	begin();
	fill(200001);
	OP(SFTP_OPEN, .path = rd_str("a"), .pflags = SFTP_F_READ);
	SAID("7:status=3;");
	begin();
	fill(10);
	s.look_file = LOOK_REFUSE;
	OP(SFTP_OPEN, .path = rd_str("a"), .pflags = SFTP_F_READ);
	SAID("7:status=3;");
	OP(SFTP_READ, .handle = H("\1"), .len = 10);
	SAID("7:status=4;");
}

/* What it holds is looked at while it comes: of a file that does not pass no more is asked for. */
TEST(sftp_lane_download_refused_while_it_comes)
{
	begin();
	fill(200000);
	s.look_file = LOOK_REFUSE;
	OP(SFTP_OPEN, .path = rd_str("a"), .pflags = SFTP_F_READ);
	SAID("7:status=3;");
	GOT("open /home/x/a;read;read;read;read;close;");
	NOTES("[do get \"/home/x/a\"][refuse /home/x/a][drop ]");
}

/* --- names and asking ------------------------------------------------------------------------------ */

TEST(sftp_lane_names_are_inspected)
{
	begin();
	s.look = LOOK_REPLACE;
	OP(SFTP_OPENDIR, .path = rd_str("."));
	OP(SFTP_READDIR, .handle = H("\1"));
	SAID("7:name {msisdn} plain;");
	s.look = LOOK_HOLD;
	OP(SFTP_READDIR, .handle = H("\1"));
	SAID("");
	sftp_lane_answer(s.lane, s.id, true, &s.orders);
	pump();
	SAID("7:name 31612345678.cdr plain;");
	/* Where the limit was raised instead, it is looked at again. */
	OP(SFTP_READDIR, .handle = H("\1"));
	for (int i = 0; i < 2; i++) {
		SAID("");
		s.look = i ? LOOK_REPLACE : LOOK_HOLD;
		s.orders.looks_again = true;
		sftp_lane_answer(s.lane, s.id, true, &s.orders);
		s.orders.looks_again = false;
		pump();
	}
	SAID("7:name {msisdn} plain;");
	s.look = LOOK_END;
	OP(SFTP_READDIR, .handle = H("\1"));
	SAID("");
	CHECK(s.over);
}

TEST(sftp_lane_asks_for_operations)
{
	begin();
	s.ask = "remove";
	OP(SFTP_REMOVE, .path = rd_str("a"));
	OP(SFTP_REMOVE, .path = rd_str("b"));
	GOT("");
	sftp_lane_answer(s.lane, s.id, true, &s.orders);
	pump();
	GOT("remove /home/x/a;");
	sftp_lane_answer(s.lane, s.id, false, &s.orders);
	pump();
	GOT("remove /home/x/a;");
	NOTES("[ask remove \"/home/x/a\"][do remove \"/home/x/a\"][ask remove \"/home/x/b\"][refuse remove \"/home/x/b\"]");
}

/* However the streams are cut, the same happens. */
TEST(sftp_lane_trickle_and_random_split)
{
	for (unsigned round = 0; round < 3; round++) {
		begin();
		s.cut = round == 0 ? 1 : 0;
		put("hello", true);
		SAID("7:status=0;");
		OP(SFTP_OPEN, .path = rd_str("a"), .pflags = SFTP_F_READ);
		OP(SFTP_READ, .handle = H("\2"), .len = 100);
		SAID("7:datahello;");
		GOT("open /home/x/a;write;close;open /home/x/a;read;read;read;read;read;close;");
	}
}
