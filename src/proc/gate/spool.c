/*
 * Is:        files in quarantine, in memory and on the disk (contracts in the header).
 * Is not:    the recording.
 * Called by: the gate.
 * Owns:      see the header.
 * Trust:     see the header.
 */
#include "proc/gate/spool.h"

#include <errno.h>
#include <unistd.h>

#include "base/assert.h"
#include "base/mem.h"
#include "base/wr.h"
#include "crypto/aead.h"
#include "os/fd.h"

/* Where a block is: in memory, or on the disk, where `place` counts from 1 and `seal` is its nonce; or nowhere yet. */
struct spool_place {
	struct buf *held;
	uint32_t place, seal;
};

enum { PLACES_MAX = UINT32_MAX >> 1 };

void spool_init(struct spool *s, uint64_t max, unsigned held_max, struct random *r)
{
	*s = (struct spool){ .fd = -1, .max = max / SPOOL_PLAIN, .held_max = held_max };
	if (s->max > PLACES_MAX)
		s->max = PLACES_MAX;
	disk_dir_init(&s->disk, -1);
	secret_make(&s->key, AEAD_KEY_LEN, r);
	vec_init(&s->free, sizeof(uint32_t));
}

void spool_done(struct spool *s)
{
	fd_close(&s->fd);
	secret_done(&s->key);
	vec_done(&s->free);
}

void spool_take(struct spool *s, int fd)
{
	fd_close(&s->fd);
	s->fd = fd;
}

/* --- places ------------------------------------------------------------------------------------------ */

static int take_place(struct spool *s, uint32_t *out)
{
	if (s->fd < 0)
		return -ENOSPC;
	if (s->n_used >= s->max)
		return -EDQUOT;
	if (s->free.n) {
		*out = *(uint32_t *)vec_at(&s->free, s->free.n - 1);
		s->free.n--;
	} else {
		*out = ++s->n_blocks;
	}
	s->n_used++;
	return 0;
}

/* When nothing of the file is used, the disk gets its room back. */
static void give_place(struct spool *s, uint32_t place)
{
	*(uint32_t *)vec_push(&s->free) = place;
	s->n_used--;
	if (s->free.n < s->n_blocks || ftruncate(s->fd, 0) < 0)
		return;
	vec_done(&s->free);
	vec_init(&s->free, sizeof(uint32_t));
	s->n_blocks = 0;
}

/* Room in memory for a new block, while there is some. */
static bool hold(struct spool *s, struct spool_place *p)
{
	if (s->n_held == s->held_max || s->n_used >= s->max)
		return false;
	s->n_held++;
	s->n_used++;
	p->held = mem_new(1, sizeof(*p->held));
	buf_init(p->held, SPOOL_PLAIN);
	return true;
}

static void let_go(struct spool *s, struct spool_place *p)
{
	s->n_held--;
	s->n_used--;
	buf_wipe(p->held);
	mem_free(&p->held);
}

/* --- blocks ------------------------------------------------------------------------------------------ */

static struct spool_place *place_of(const struct spool_file *f, uint64_t n)
{
	return vec_at(&f->map, (size_t)n);
}

static void nonce_of(uint32_t seal, struct buf *out)
{
	buf_init(out, AEAD_NONCE_LEN);
	struct wr w = wr_to(out);
	wr_u64(&w, 0);
	wr_u32(&w, seal);
	ASSERT(wr_ok(&w));
}

static uint64_t offset_of(const struct spool_place *p)
{
	return (uint64_t)(p->place - 1) * SPOOL_BLOCK;
}

static int put_away(struct spool_file *f)
{
	AUTO(buf_done) struct buf sealed = { 0 }, nonce = { 0 };
	struct spool *s = f->spool;
	struct spool_place *p;
	uint8_t *room;
	int r;

	if (!f->is_dirty || f->block != &f->own)
		return 0;
	p = place_of(f, f->at_hand);
	r = p->place ? 0 : take_place(s, &p->place);
	if (r == 0 && s->n_seals == UINT32_MAX)
		r = -EOVERFLOW;
	if (r < 0)
		return r;
	p->seal = ++s->n_seals;
	buf_init(&sealed, SPOOL_BLOCK);
	nonce_of(p->seal, &nonce);
	ASSERT(buf_space(&sealed, SPOOL_BLOCK, &room));
	aead_seal(&s->key, buf_rd(&nonce).p, buf_rd(f->block), room);
	buf_grew(&sealed, SPOOL_BLOCK);
	r = disk_pwrite(&s->disk.disk, s->fd, buf_rd(&sealed), offset_of(p));
	f->is_dirty = r < 0;
	return r;
}

static int open_block(struct spool_file *f, const struct spool_place *p)
{
	AUTO(buf_done) struct buf sealed = { 0 }, nonce = { 0 };
	struct spool *s = f->spool;
	uint8_t *room, *plain;
	size_t n = 0;
	int r;

	buf_init(&sealed, SPOOL_BLOCK);
	nonce_of(p->seal, &nonce);
	ASSERT(buf_space(&sealed, SPOOL_BLOCK, &room));
	r = disk_pread(&s->disk.disk, s->fd, offset_of(p), room, SPOOL_BLOCK, &n);
	if (r < 0)
		return r;
	buf_grew(&sealed, n);
	buf_reset(f->block);
	ASSERT(buf_space(f->block, SPOOL_PLAIN, &plain));
	if (n != SPOOL_BLOCK || !aead_open(&s->key, buf_rd(&nonce).p, buf_rd(&sealed), plain))
		return -EBADMSG;
	buf_grew(f->block, SPOOL_PLAIN);
	return 0;
}

static void clear_block(struct spool_file *f)
{
	static uint8_t zeros[SPOOL_PLAIN];

	buf_reset(f->block);
	ASSERT(buf_put(f->block, zeros, sizeof(zeros)));
}

/* Makes block `n` the one at hand. */
static int reach(struct spool_file *f, uint64_t n)
{
	struct spool_place *p;
	bool is_new;
	int r;

	if (n >= f->spool->max)
		return -EDQUOT;
	if (n < f->map.n && n == f->at_hand)
		return 0;
	r = f->map.n ? put_away(f) : 0;
	if (r < 0)
		return r;
	while (f->map.n <= n)
		(void)vec_push(&f->map);
	p = place_of(f, n);
	is_new = !p->held && !p->place;
	f->is_dirty = false;
	f->block = p->held || (is_new && hold(f->spool, p)) ? p->held : &f->own;
	r = p->place ? open_block(f, p) : 0;
	if (is_new)
		clear_block(f);
	/* After a failure no block is at hand. */
	f->at_hand = r < 0 ? UINT64_MAX : n;
	return r;
}

/* --- files ------------------------------------------------------------------------------------------- */

void spool_file_init(struct spool_file *f, struct spool *s)
{
	*f = (struct spool_file){ .spool = s };
	vec_init(&f->map, sizeof(struct spool_place));
	buf_init(&f->own, SPOOL_PLAIN);
	f->block = &f->own;
}

void spool_file_done(struct spool_file *f)
{
	for (size_t i = 0; i < f->map.n; i++) {
		struct spool_place *p = place_of(f, i);
		if (p->held)
			let_go(f->spool, p);
		else if (p->place)
			give_place(f->spool, p->place);
	}
	vec_done(&f->map);
	buf_wipe(&f->own);
}

int spool_write(struct spool_file *f, uint64_t at, struct rd bytes)
{
	struct rd part;
	int r;

	if (at + bytes.len < at)
		return -EDQUOT;
	while (bytes.len) {
		uint64_t n = at / SPOOL_PLAIN;
		size_t off = (size_t)(at % SPOOL_PLAIN), room = SPOOL_PLAIN - off;
		r = reach(f, n);
		if (r < 0)
			return r;
		if (!rd_take(&bytes, bytes.len < room ? bytes.len : room, &part) || !buf_patch(f->block, off, part.p, part.len))
			UNREACHABLE();
		f->is_dirty = true;
		at += part.len;
		f->len = at > f->len ? at : f->len;
	}
	return 0;
}

int spool_read(struct spool_file *f, uint64_t at, uint64_t n, struct buf *out)
{
	if (at > f->len || n > f->len - at || n > buf_room(out))
		return -ERANGE;
	while (n) {
		size_t off = (size_t)(at % SPOOL_PLAIN), room = SPOOL_PLAIN - off, len = n < room ? (size_t)n : room;
		int r = reach(f, at / SPOOL_PLAIN);
		struct rd block = buf_rd(f->block), part;
		if (r < 0)
			return r;
		if (!rd_slice(&block, off, len, &part) || !buf_put_rd(out, part))
			UNREACHABLE();
		at += len;
		n -= len;
	}
	return 0;
}
