/*
 * Is:        a file that waits (contracts in the header).
 * Is not:    its bytes.
 * Called by: sftp_lane, scp_lane.
 * Owns:      its table of parts.
 * Trust:     see the header.
 */
#include "lane/quarantine.h"

void quarantine_init(struct quarantine *q, uint32_t id, uint64_t max, bool is_upload)
{
	*q = (struct quarantine){ .id = id, .max = max, .is_upload = is_upload };
	vec_init(&q->parts, sizeof(struct quarantine_part));
	quarantine_rewind(q);
	sha256_init(&q->sha_out);
}

void quarantine_done(struct quarantine *q)
{
	vec_done(&q->parts);
}

static struct quarantine_part *part_at(const struct quarantine *q, size_t i)
{
	return vec_at(&q->parts, i);
}

/* The first part that ends at `at` or later. */
static size_t find(const struct quarantine *q, uint64_t at)
{
	size_t lo = 0, hi = q->parts.n;

	/* Files come in order nearly always: look at the end first. */
	if (hi && part_at(q, hi - 1)->at <= at)
		lo = hi - 1 + (part_at(q, hi - 1)->at + part_at(q, hi - 1)->len < at);
	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		if (part_at(q, mid)->at + part_at(q, mid)->len < at)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

static void insert(struct quarantine *q, size_t i, struct quarantine_part p)
{
	struct quarantine_part *last = vec_push(&q->parts);

	for (size_t k = q->parts.n - 1; k > i; k--, last = part_at(q, k))
		*last = *part_at(q, k - 1);
	*last = p;
}

/* Joins part `i` with those that it now reaches. */
static void join(struct quarantine *q, size_t i)
{
	struct quarantine_part *p = part_at(q, i);
	size_t k = i + 1, to = i + 1;

	for (; k < q->parts.n && part_at(q, k)->at <= p->at + p->len; k++) {
		uint64_t end = part_at(q, k)->at + part_at(q, k)->len;
		if (end > p->at + p->len)
			p->len = end - p->at;
	}
	for (; k < q->parts.n; k++, to++)
		*part_at(q, to) = *part_at(q, k);
	q->parts.n = to;
}

/* Part `i` now holds `at` to `end` too, which it touches. */
static void extend(struct quarantine *q, size_t i, uint64_t at, uint64_t end)
{
	struct quarantine_part *p = part_at(q, i);

	end = end > p->at + p->len ? end : p->at + p->len;
	p->at = at < p->at ? at : p->at;
	p->len = end - p->at;
	join(q, i);
}

static int add(struct quarantine *q, uint64_t at, uint64_t len)
{
	size_t i = find(q, at);
	bool apart = i == q->parts.n || part_at(q, i)->at > at + len;

	if (at > q->max || len > q->max - at || (apart && q->parts.n == QUARANTINE_PARTS_MAX))
		return QUARANTINE_FULL;
	if (len && apart)
		insert(q, i, (struct quarantine_part){ at, len });
	else if (len)
		extend(q, i, at, at + len);
	return 0;
}

int quarantine_put(struct quarantine *q, uint64_t at, struct rd bytes, struct lane_orders *o)
{
	int r = add(q, at, bytes.len);

	if (r == 0 && bytes.len)
		lane_order_add(o, (struct order){ .kind = ORDER_KEEP, .id = q->id, .at = at, .bytes = bytes });
	return r;
}

uint64_t quarantine_end(const struct quarantine *q)
{
	const struct quarantine_part *p = q->parts.n ? part_at(q, q->parts.n - 1) : NULL;

	return p ? p->at + p->len : 0;
}

uint64_t quarantine_size(const struct quarantine *q)
{
	uint64_t n = 0;

	for (size_t i = 0; i < q->parts.n; i++)
		n += part_at(q, i)->len;
	return n;
}

bool quarantine_is_whole(const struct quarantine *q)
{
	return q->parts.n == 0 || (q->parts.n == 1 && part_at(q, 0)->at == 0);
}

/* --- reading ------------------------------------------------------------------------------ */

void quarantine_rewind(struct quarantine *q)
{
	q->part = 0;
	q->pos = q->asked = 0;
	sha256_init(&q->sha);
}

bool quarantine_next(struct quarantine *q, struct lane_orders *o)
{
	const struct quarantine_part *p;

	if (q->part == q->parts.n)
		return false;
	p = part_at(q, q->part);
	q->asked = p->len - q->pos < QUARANTINE_CHUNK ? p->len - q->pos : QUARANTINE_CHUNK;
	lane_order_add(o, (struct order){ .kind = ORDER_FETCH, .id = q->id, .at = p->at + q->pos,
	    .len = q->asked });
	return true;
}

/* What was read to the end of its part. */
static void leave_part(struct quarantine *q)
{
	if (q->part == q->parts.n || q->pos < part_at(q, q->part)->len)
		return;
	q->part++;
	q->pos = 0;
}

bool quarantine_take(struct quarantine *q, struct rd bytes, uint64_t *out_at)
{
	if (q->asked == 0 || bytes.len != q->asked)
		return false;
	*out_at = part_at(q, q->part)->at + q->pos;
	q->pos += q->asked;
	q->asked = 0;
	leave_part(q);
	sha256_update(&q->sha, bytes);
	return true;
}

bool quarantine_is_same(struct quarantine *q)
{
	uint8_t now[SHA256_LEN] = { 0 };
	struct rd a = rd_of(now, SHA256_LEN), b = rd_of(q->released, SHA256_LEN);

	sha256_final(&q->sha, now);
	return rd_equal(&a, &b);
}

/* --- vetting ------------------------------------------------------------------------------- */

static enum vet ended(struct quarantine *q)
{
	q->vet = VET_ENDED;
	return q->vet;
}

static enum vet ask(struct quarantine *q, enum order_kind kind, struct rd what, uint32_t *next_id,
    struct lane_orders *o)
{
	q->ask_id = ++*next_id;
	q->vet = kind == ORDER_HOLD ? VET_HELD : VET_ASKING;
	lane_order_add(o, (struct order){ .kind = kind, .id = q->ask_id, .is_file = true, .bytes = what });
	return q->vet;
}

static struct lane_file describe(const struct quarantine *q, struct rd path)
{
	return (struct lane_file){ .path = path, .is_upload = q->is_upload,
		.is_whole = quarantine_is_whole(q), .size = quarantine_size(q) };
}

/* All was looked at. */
static enum vet judge(struct quarantine *q, const struct lane_hooks *hooks, struct rd path,
    uint32_t *next_id, struct lane_orders *o)
{
	struct lane_file f = describe(q, path);
	struct sha256 sha = q->sha;

	if (q->is_replaced && q->n_out != f.size)
		return ended(q); /* what replaces it is shorter or longer */
	sha256_final(&sha, q->hash);
	sha = q->is_replaced ? q->sha_out : q->sha;
	sha256_final(&sha, q->released);
	f.sha256 = rd_of(q->hash, SHA256_LEN);
	switch (hooks->judge_file(hooks->arg, &f)) {
	case LANE_ALLOW:
		q->vet = VET_PASSED;
		return q->vet;
	case LANE_ASK:
		return ask(q, ORDER_ASK, path, next_id, o);
	case LANE_DENY:
		break;
	}
	q->vet = VET_REFUSED;
	return q->vet;
}

static enum vet go_on(struct quarantine *q, const struct lane_hooks *hooks, struct rd path,
    uint32_t *next_id, struct lane_orders *o)
{
	q->vet = VET_LOOKING;
	return quarantine_next(q, o) ? q->vet : judge(q, hooks, path, next_id, o);
}

/* How many bytes from the first on were looked at; what is behind a gap does not count. */
static uint64_t looked(const struct quarantine *q)
{
	if (q->parts.n == 0 || part_at(q, 0)->at)
		return 0;
	return q->part ? part_at(q, 0)->len : q->pos;
}

/* A replacement goes over bytes that were already looked at: it never runs ahead. */
static bool replace(struct quarantine *q, struct rd out, struct lane_orders *o)
{
	if (q->is_upload || q->part > 1 || out.len > looked(q) - q->n_out)
		return false;
	sha256_update(&q->sha_out, out);
	lane_order_add(o, (struct order){ .kind = ORDER_KEEP, .id = q->id, .at = q->n_out, .replaces = true,
	    .bytes = out });
	q->n_out += out.len;
	q->is_replaced = true;
	return true;
}

/* What was said of bytes of it, at which the look is. False: it does not go on. */
static bool heed(struct quarantine *q, enum lane_look said, struct rd out, struct lane_orders *o)
{
	if (said == LOOK_PASS ? !q->is_replaced : said == LOOK_REPLACE && replace(q, out, o))
		return true;
	q->vet = said == LOOK_REFUSE ? VET_REFUSED : VET_ENDED;
	return false;
}

static enum vet look(struct quarantine *q, const struct lane_hooks *hooks, struct rd path,
    struct rd bytes, uint32_t *next_id, struct lane_orders *o)
{
	AUTO(buf_wipe) struct buf out = { 0 };
	struct lane_file f = describe(q, path);
	enum lane_look said;

	buf_init(&out, LANE_BYTES_MAX);
	said = hooks->look_file(hooks->arg, &f, bytes, q->part == q->parts.n, &out);
	if (said == LOOK_HOLD)
		return out.len && !replace(q, buf_rd(&out), o) ? ended(q) : ask(q, ORDER_HOLD, path, next_id, o);
	return heed(q, said, buf_rd(&out), o) ? go_on(q, hooks, path, next_id, o) : q->vet;
}

/* Looks at bytes that came where the look had got to. What replaces them takes their place: they
 * themselves are for the recording alone. */
static void look_coming(struct quarantine *q, const struct lane_hooks *hooks, struct rd path, uint64_t at,
    struct rd bytes, struct lane_orders *o)
{
	AUTO(buf_wipe) struct buf out = { 0 };
	struct lane_file f = describe(q, path);
	enum lane_look said;

	buf_init(&out, LANE_BYTES_MAX);
	said = hooks->look_file(hooks->arg, &f, bytes, false, &out);
	lane_order_add(o, (struct order){ .kind = ORDER_KEEP, .id = q->id, .at = at, .is_looked_at = said != LOOK_PASS,
	    .bytes = bytes });
	q->pos += bytes.len;
	sha256_update(&q->sha, bytes);
	(void)heed(q, said, buf_rd(&out), o);
}

int quarantine_come(struct quarantine *q, const struct lane_hooks *hooks, struct rd path, uint64_t at,
    struct rd bytes, struct lane_orders *o)
{
	int r;

	if (q->vet != VET_NONE)
		return 0; /* it does not pass */
	if (at < looked(q)) {
		(void)ended(q); /* other bytes in the place of those that passed */
		return 0;
	}
	if (at > looked(q) || !bytes.len)
		return quarantine_put(q, at, bytes, o);
	r = add(q, at, bytes.len);
	if (r == 0)
		look_coming(q, hooks, path, at, bytes, o);
	return r;
}

enum vet quarantine_vet(struct quarantine *q, const struct lane_hooks *hooks, struct rd path,
    uint32_t *next_id, struct lane_orders *o)
{
	if (q->vet != VET_NONE)
		return q->vet;
	leave_part(q);
	q->vet = VET_LOOKING;
	return quarantine_next(q, o) ? q->vet : look(q, hooks, path, rd_str(""), next_id, o);
}

enum vet quarantine_fetched(struct quarantine *q, const struct lane_hooks *hooks, struct rd path,
    struct rd bytes, uint32_t *next_id, struct lane_orders *o)
{
	uint64_t at;

	if (q->vet != VET_LOOKING || !quarantine_take(q, bytes, &at))
		return ended(q);
	return look(q, hooks, path, bytes, next_id, o);
}

enum vet quarantine_answer(struct quarantine *q, const struct lane_hooks *hooks, struct rd path,
    bool allow, uint32_t *next_id, struct lane_orders *o)
{
	if (!allow)
		q->vet = VET_REFUSED;
	else if (q->vet == VET_HELD)
		return go_on(q, hooks, path, next_id, o);
	else
		q->vet = VET_PASSED;
	return q->vet;
}
