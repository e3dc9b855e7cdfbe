/*
 * Is:        fuzzing of the SFTP, SCP and exec lanes: a first byte picks the lane, then
 *            records of {what, length, bytes}. Checks what may reach the element.
 * Is not:    linked into any program of the product.
 * Called by: libFuzzer or the replay.
 * Owns:      nothing.
 * Trust:     hostile bytes from both sides, and officers that answer anything.
 *
 * Nothing of a refused operation reaches the element: what names a path there holds no `!`,
 * which the judge refuses. Nothing of a file reaches the other side before its release.
 */
#include "base/assert.h"
#include "lane/exec_lane.h"
#include "proto/sftp.h"
#include "testing/fuzz.h"

static struct {
	struct exec_lane *lane;
	struct lane_orders orders;
	bool is_sftp, over, is_out;      /* is_out: a download was released */
	unsigned n_started, n_fetch, n_in, n_open; /* uploads released; opened at the element */
	struct order fetch;
} f;

static bool has_mark(struct rd r)
{
	struct rd before;

	return rd_until(&r, '!', &before);
}

static enum lane_verdict judge(void *arg, const struct lane_command *c)
{
	ASSERT(c->canonical.len > 0);
	return has_mark(c->canonical) ? LANE_DENY : c->canonical.len % 7 == 0 ? LANE_ASK : LANE_ALLOW;
}

static enum lane_look look(void *arg, struct rd text, struct buf *out)
{
	return text.len % 31 == 30 ? LOOK_HOLD : text.len % 29 == 28 ? LOOK_REPLACE : LOOK_PASS;
}

static enum lane_look look_file(void *arg, const struct lane_file *file, struct rd bytes, bool last, struct buf *out)
{
	ASSERT(bytes.len <= file->size);
	if (file->path.len % 5 == 0 && !file->is_upload)
		return buf_put_rd(out, bytes) ? LOOK_REPLACE : LOOK_END;
	return file->path.len % 7 == 0 ? LOOK_HOLD : file->path.len % 11 == 0 ? LOOK_REFUSE : LOOK_PASS;
}

static enum lane_verdict judge_file(void *arg, const struct lane_file *file)
{
	return file->size % 3 == 2 ? LANE_ASK : file->size % 5 == 4 ? LANE_DENY : LANE_ALLOW;
}

/* Every packet that the lane writes is one packet, and carries no refused path. */
static void check_packet(const struct order *o)
{
	struct sftp_packet p;
	size_t used, need;

	if (!f.is_sftp || o->is_stderr)
		return;
	ASSERT(sftp_parse(o->bytes, o->to == LANE_ELEMENT ? SFTP_FROM_CLIENT : SFTP_FROM_SERVER, &p, &used, &need) == 0);
	ASSERT(used == o->bytes.len);
	ASSERT(p.type != SFTP_DATA || f.is_out);
	if (o->to == LANE_ENGINEER)
		return;
	ASSERT(!has_mark(p.path) && !has_mark(p.path2));
	f.n_open += p.type == SFTP_OPEN && p.pflags & ~(uint32_t)SFTP_F_READ;
	ASSERT(f.n_open <= f.n_in);
	ASSERT(p.type != SFTP_WRITE || f.n_open);
}

static void act(const struct order *o)
{
	ASSERT(!f.over);
	switch (o->kind) {
	case ORDER_SEND:
		check_packet(o);
		return;
	case ORDER_EXEC:
		ASSERT(++f.n_started == 1);
		ASSERT(!has_mark(o->bytes));
		return;
	case ORDER_FETCH:
		ASSERT(o->len > 0 && o->len <= SFTP_PACKET_MAX);
		f.fetch = *o;
		f.n_fetch++;
		return;
	case ORDER_RELEASE:
		ASSERT(o->bytes.len == 32);
		f.n_in += o->to == LANE_ELEMENT;
		f.is_out |= o->to == LANE_ENGINEER;
		return;
	case ORDER_END:
		f.over = true;
		return;
	case ORDER_KEEP:
	case ORDER_DROP:
	case ORDER_COMMAND:
	case ORDER_REFUSE:
	case ORDER_ASK:
	case ORDER_HOLD:
	case ORDER_FINDING:
	case ORDER_EOF:
	case ORDER_SECRET:
		return;
	}
}

/* A spill that gives back zeros: the lane finds that they are not what it hashed, or they are. */
static void give_back(void)
{
	static const uint8_t zeros[SFTP_PACKET_MAX];
	struct order o = f.fetch;

	f.n_fetch = 0;
	exec_lane_fetched(f.lane, o.id, rd_of(zeros, o.len), &f.orders);
}

static void carry_out(void)
{
	do {
		for (size_t i = 0; i < lane_n_orders(&f.orders); i++) {
			struct order o = lane_order(&f.orders, i);
			act(&o);
		}
		lane_orders_reset(&f.orders);
		if (f.n_fetch && !f.over)
			give_back();
		else if (exec_lane_is_behind(f.lane) && !f.over)
			exec_lane_feed(f.lane, LANE_ENGINEER, false, rd_str(""), &f.orders);
	} while (lane_n_orders(&f.orders));
}

static void one(uint8_t what, struct rd part)
{
	enum lane_side from = what & 1 ? LANE_ELEMENT : LANE_ENGINEER;

	if (what & 2)
		exec_lane_answer(f.lane, (uint32_t)(what >> 4) | (what & 8 ? 0x80000000u : 0), what & 4, &f.orders);
	else if (what & 4)
		exec_lane_eof(f.lane, from, &f.orders);
	else if (part.len <= exec_lane_room(f.lane, from))
		exec_lane_feed(f.lane, from, what & 8 && from == LANE_ELEMENT, part, &f.orders);
	carry_out();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct exec_lane_config config = { .file_max = 4096, .total_max = 65536,
		.hooks = { NULL, judge, look, look, look_file, judge_file } };
	struct rd in = rd_of(data, size), part;
	uint8_t how = 0, what;

	__builtin_memset(&f, 0, sizeof(f));
	(void)!rd_u8(&in, &how);
	config.input = how & 1;
	f.is_sftp = !(how & 2);
	lane_orders_init(&f.orders);
	f.lane = exec_lane_new(&config);
	if (f.is_sftp)
		exec_lane_start_sftp(f.lane, &f.orders);
	else if (rd_part8(&in, 255, &part))
		exec_lane_start(f.lane, part, &f.orders);
	else
		f.over = true;
	carry_out();
	while (!f.over && rd_u8(&in, &what) && rd_part8(&in, 255, &part))
		one(what, part);
	exec_lane_free(&f.lane);
	lane_orders_done(&f.orders);
	return 0;
}
