/*
 * Is:        a disk in memory that can lose, tear and fail (contract in the header).
 * Is not:    linked into any program of the product.
 * Called by: tests of the store.
 * Owns:      its files.
 * Trust:     no input.
 *
 * Rule Zero: a model of a disk copies sectors by computed length; it is no reader
 * of input, and runs under the sanitizers.
 */
#include "evidence/disk_model.h"

#include <errno.h>
#include <string.h>

#include "base/assert.h"
#include "base/def.h"
#include "base/mem.h"

enum { NO_FILE = -1, A_DIR = -2, DIRECT = 1 << 24 /* in a descriptor */ };

struct bytes {
	uint8_t *p;
	size_t len, cap;
};

/* A write that is in the cache and perhaps not on the disk. */
struct pending {
	size_t off, len;
	size_t data; /* where its bytes begin in node.data */
	bool truncates;
};

struct node {
	struct bytes cache, disk, data;
	struct pending *w;
	size_t n_w;
};

struct name {
	char path[DISK_PATH_MAX];
	int node; /* or A_DIR */
};

struct names {
	struct name *v;
	size_t n;
};

struct disk_model {
	struct disk disk;
	uint64_t random;
	struct node *node;
	size_t n_nodes;
	struct names cache, durable;
	struct names changes; /* in order; NO_FILE removes */
	void (*before)(void *ctx, uint64_t op);
	void *ctx;
	uint64_t n_ops;
	unsigned lies;
	bool fails;
	uint64_t fail_at;
	enum model_failure how;
};

static uint64_t chance(struct disk_model *m)
{
	uint64_t z = (m->random += 0x9e3779b97f4a7c15u);

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return z ^ (z >> 31);
}

/* ---- bytes and names ---- */

static void set_len(struct bytes *b, size_t len)
{
	if (len > b->cap) {
		b->cap = len < 4096 ? 4096 : len * 2;
		b->p = mem_resize(b->p, b->cap, 1);
	}
	if (len > b->len)
		memset(b->p + b->len, 0, len - b->len);
	b->len = len;
}

static void put(struct bytes *b, size_t off, const uint8_t *p, size_t n)
{
	if (off + n > b->len)
		set_len(b, off + n);
	if (n)
		memcpy(b->p + off, p, n);
}

static void copy_bytes(struct bytes *to, const struct bytes *from)
{
	to->len = 0;
	put(to, 0, from->p, from->len);
}

static struct name *find(const struct names *l, const char *path)
{
	for (size_t i = 0; i < l->n; i++)
		if (strcmp(l->v[i].path, path) == 0)
			return &l->v[i];
	return NULL;
}

static void append(struct names *l, const char *path, int node)
{
	ASSERT(strlen(path) < DISK_PATH_MAX);
	/* Grown by doubling: powers of two only. */
	if ((l->n & (l->n - 1)) == 0)
		l->v = mem_resize(l->v, l->n ? l->n * 2 : 1, sizeof(*l->v));
	memset(&l->v[l->n], 0, sizeof(*l->v));
	memcpy(l->v[l->n].path, path, strlen(path));
	l->v[l->n++].node = node;
}

static void set_name(struct names *l, const char *path, int node)
{
	struct name *n = find(l, path);

	if (node == NO_FILE) {
		if (n)
			*n = l->v[--l->n];
	} else if (n) {
		n->node = node;
	} else {
		append(l, path, node);
	}
}

static void copy_names(struct names *to, const struct names *from)
{
	to->n = 0;
	for (size_t i = 0; i < from->n; i++)
		append(to, from->v[i].path, from->v[i].node);
}

static bool lies_in(const char *path, const char *dir)
{
	char parent[DISK_PATH_MAX];

	disk_parent(path, parent);
	return strcmp(parent, dir) == 0;
}

static int parent_exists(const struct names *l, const char *path)
{
	char parent[DISK_PATH_MAX];
	struct name *n;

	disk_parent(path, parent);
	n = find(l, parent);
	return strcmp(parent, ".") == 0 || (n && n->node == A_DIR);
}

static void change_name(struct disk_model *m, const char *path, int node)
{
	set_name(&m->cache, path, node);
	append(&m->changes, path, node);
}

/* ---- what reaches the disk ---- */

static void persist_write(struct node *n, const struct pending *w)
{
	if (w->truncates)
		set_len(&n->disk, w->len);
	else if (w->len)
		put(&n->disk, w->off, n->data.p + w->data, w->len);
}

static void forget_writes(struct node *n)
{
	n->n_w = 0;
	n->data.len = 0;
}

static void persist_file(struct node *n)
{
	for (size_t i = 0; i < n->n_w; i++)
		persist_write(n, &n->w[i]);
	forget_writes(n);
}

static void persist_names(struct disk_model *m, const char *dir)
{
	size_t kept = 0;

	for (size_t i = 0; i < m->changes.n; i++) {
		struct name *c = &m->changes.v[i];
		if (!dir || lies_in(c->path, dir))
			set_name(&m->durable, c->path, c->node);
		else
			m->changes.v[kept++] = *c;
	}
	/* The doubling in append needs the capacity to be a power of two. */
	struct names rest = { 0 };
	struct names old = m->changes;
	old.n = kept;
	copy_names(&rest, &old);
	mem_free(&m->changes.v);
	m->changes = rest;
}

/* How much survives of what was not synced. */
enum mood { DROPS_ALL, KEEPS_ALL, BY_WRITE, BY_SECTOR, N_MOODS };

/* One sector of a write: kept, dropped, or torn with noise behind. */
static void maybe_sector(struct disk_model *m, struct node *n, const struct pending *w, size_t at,
    size_t len)
{
	uint64_t luck = chance(m) % 16;

	if (luck < 7)
		return;
	put(&n->disk, w->off + at, n->data.p + w->data + at, len);
	if (luck == 15) {
		uint8_t noise = (uint8_t)chance(m);
		put(&n->disk, w->off + at + len / 2, &noise, 1);
	}
}

static void maybe_write(struct disk_model *m, struct node *n, const struct pending *w,
    enum mood mood)
{
	if (w->truncates || mood != BY_SECTOR) {
		if (mood == KEEPS_ALL || (mood != DROPS_ALL && chance(m) % 2))
			persist_write(n, w);
		return;
	}
	/* The length may survive without the bytes. */
	if (w->off + w->len > n->disk.len && chance(m) % 2)
		set_len(&n->disk, w->off + w->len);
	for (size_t at = 0; at < w->len;) {
		size_t len = MODEL_SECTOR - (w->off + at) % MODEL_SECTOR;
		len = len < w->len - at ? len : w->len - at;
		maybe_sector(m, n, w, at, len);
		at += len;
	}
}

static void maybe_all(struct disk_model *m)
{
	enum mood mood = (enum mood)(chance(m) % N_MOODS), names = (enum mood)(chance(m) % 3);

	for (size_t i = 0; i < m->n_nodes; i++) {
		struct node *n = &m->node[i];
		for (size_t k = 0; k < n->n_w; k++)
			maybe_write(m, n, &n->w[k], mood);
		forget_writes(n);
	}
	for (size_t i = 0; i < m->changes.n; i++) {
		struct name *c = &m->changes.v[i];
		if (names == KEEPS_ALL || (names != DROPS_ALL && chance(m) % 2))
			set_name(&m->durable, c->path, c->node);
	}
	m->changes.n = 0;
	mem_free(&m->changes.v);
}

/* A file in a directory that did not survive is gone. */
static void drop_orphans(struct names *l)
{
	for (size_t i = 0; i < l->n;) {
		if (parent_exists(l, l->v[i].path)) {
			i++;
			continue;
		}
		l->v[i] = l->v[--l->n];
		i = 0;
	}
}

/* ---- failures ---- */

enum fate { WORKS, FAILS };

/* Counts the operation and says whether it fails, and how. */
static enum fate begin(struct disk_model *m)
{
	uint64_t op = m->n_ops;

	if (m->before)
		m->before(m->ctx, op);
	m->n_ops++;
	return m->fails && m->how != MODEL_DISK_FULL && op == m->fail_at ? FAILS : WORKS;
}

static bool is_full(const struct disk_model *m)
{
	return m->fails && m->how == MODEL_DISK_FULL && m->n_ops > m->fail_at;
}

static int failure(const struct disk_model *m)
{
	return m->lies & MODEL_SWALLOWS_ERRORS ? 0 : -EIO;
}

/* ---- operations ---- */

static struct disk_model *of(struct disk *d)
{
	return CONTAINER_OF(d, struct disk_model, disk);
}

static int new_node(struct disk_model *m)
{
	if ((m->n_nodes & (m->n_nodes - 1)) == 0)
		m->node = mem_resize(m->node, m->n_nodes ? m->n_nodes * 2 : 1, sizeof(*m->node));
	m->node[m->n_nodes] = (struct node){ 0 };
	return (int)m->n_nodes++;
}

static void add_pending(struct node *n, struct pending w, const uint8_t *p)
{
	if ((n->n_w & (n->n_w - 1)) == 0)
		n->w = mem_resize(n->w, n->n_w ? n->n_w * 2 : 1, sizeof(*n->w));
	w.data = n->data.len;
	if (!w.truncates)
		put(&n->data, w.data, p, w.len);
	n->w[n->n_w++] = w;
}

static int model_open(struct disk *d, const char *path, enum disk_mode mode, int *out_fd)
{
	struct disk_model *m = of(d);
	struct name *n = find(&m->cache, path);

	if (mode == DISK_APPEND && n)
		return -EEXIST;
	if (mode != DISK_CREATE && mode != DISK_APPEND) {
		if (!n || n->node == A_DIR)
			return n ? -EISDIR : -ENOENT;
		*out_fd = n->node | (mode == DISK_DIRECT ? DIRECT : 0);
		return 0;
	}
	if (!parent_exists(&m->cache, path))
		return -ENOENT;
	if (begin(m) == FAILS)
		return failure(m) ? -EIO : -ENOENT;
	if (is_full(m))
		return -ENOSPC;
	n = find(&m->cache, path);
	if (!n) {
		*out_fd = new_node(m);
		change_name(m, path, *out_fd);
		return 0;
	}
	*out_fd = n->node;
	set_len(&m->node[n->node].cache, 0);
	add_pending(&m->node[n->node], (struct pending){ .truncates = true }, NULL);
	return 0;
}

static void model_close(struct disk *d, int fd)
{
}

static int model_pwrite(struct disk *d, int fd, struct rd b, uint64_t off)
{
	struct disk_model *m = of(d);
	enum fate fate = begin(m);
	struct node *n = &m->node[fd];

	if (is_full(m) && off + b.len > n->cache.len)
		return -ENOSPC;
	if (fate == FAILS && m->how == MODEL_FAILS_UNDONE)
		return failure(m);
	if (fate == FAILS && m->how == MODEL_FAILS_PARTLY)
		b.len /= 2;
	put(&n->cache, (size_t)off, b.p, b.len);
	add_pending(n, (struct pending){ .off = (size_t)off, .len = b.len }, b.p);
	if (fate == FAILS && m->how == MODEL_FAILS_DONE)
		persist_file(n);
	return fate == FAILS ? failure(m) : 0;
}

static int model_pread(struct disk *d, int fd, uint64_t off, uint8_t *out, size_t n, size_t *out_n)
{
	const struct node *f = &of(d)->node[fd & ~DIRECT];
	const struct bytes *c = fd & DIRECT ? &f->disk : &f->cache;
	size_t at = off < c->len ? (size_t)off : c->len;

	*out_n = n < c->len - at ? n : c->len - at;
	if (*out_n)
		memcpy(out, c->p + at, *out_n);
	return 0;
}

static int model_size(struct disk *d, int fd, uint64_t *out)
{
	*out = of(d)->node[fd].cache.len;
	return 0;
}

static int model_fallocate(struct disk *d, int fd, uint64_t len)
{
	struct disk_model *m = of(d);
	enum fate fate = begin(m);
	struct node *n = &m->node[fd];

	if (is_full(m) && len > n->cache.len)
		return -ENOSPC;
	if (fate == FAILS && m->how != MODEL_FAILS_DONE)
		return failure(m);
	if (len > n->cache.len) {
		set_len(&n->cache, (size_t)len);
		add_pending(n, (struct pending){ .truncates = true, .len = (size_t)len }, NULL);
	}
	return fate == FAILS ? failure(m) : 0;
}

static void sync_file(struct disk_model *m, struct node *n, enum fate fate)
{
	if (fate == WORKS || m->how == MODEL_FAILS_DONE)
		persist_file(n);
	for (size_t i = 0; i < n->n_w && m->how == MODEL_FAILS_PARTLY; i++)
		maybe_write(m, n, &n->w[i], BY_SECTOR);
	forget_writes(n); /* the cache is clean now, whatever the disk has */
}

static int model_fdatasync(struct disk *d, int fd)
{
	struct disk_model *m = of(d);
	enum fate fate = begin(m);

	if (fate == WORKS && m->lies & MODEL_NO_FDATASYNC)
		return 0;
	sync_file(m, &m->node[fd], fate);
	return fate == FAILS ? failure(m) : 0;
}

/* Fails before or after the change was made. */
static int change(struct disk_model *m, const char *path, int node, const char *also_remove)
{
	enum fate fate = begin(m);

	if (fate == FAILS && m->how == MODEL_FAILS_UNDONE)
		return failure(m);
	change_name(m, path, node);
	if (also_remove)
		change_name(m, also_remove, NO_FILE);
	if (fate == FAILS && m->how == MODEL_FAILS_DONE)
		persist_names(m, NULL);
	return fate == FAILS ? failure(m) : 0;
}

static int model_rename(struct disk *d, const char *from, const char *to)
{
	struct disk_model *m = of(d);
	struct name *n = find(&m->cache, from);

	if (!n || !parent_exists(&m->cache, to))
		return -ENOENT;
	return change(m, to, n->node, from);
}

static int model_unlink(struct disk *d, const char *path)
{
	struct disk_model *m = of(d);
	struct name *n = find(&m->cache, path);

	if (!n || n->node == A_DIR)
		return n ? -EISDIR : -ENOENT;
	return change(m, path, NO_FILE, NULL);
}

static int model_mkdir(struct disk *d, const char *path)
{
	struct disk_model *m = of(d);

	if (find(&m->cache, path))
		return 0;
	if (!parent_exists(&m->cache, path))
		return -ENOENT;
	if (is_full(m))
		return -ENOSPC;
	return change(m, path, A_DIR, NULL);
}

static int model_rmdir(struct disk *d, const char *path)
{
	struct disk_model *m = of(d);

	if (!find(&m->cache, path))
		return -ENOENT;
	for (size_t i = 0; i < m->cache.n; i++)
		if (lies_in(m->cache.v[i].path, path))
			return -ENOTEMPTY;
	return change(m, path, NO_FILE, NULL);
}

static int model_fsync_dir(struct disk *d, const char *path)
{
	struct disk_model *m = of(d);
	enum fate fate = begin(m);
	struct name *n = find(&m->cache, path);

	if (strcmp(path, ".") != 0 && (!n || n->node != A_DIR))
		return -ENOENT;
	if (fate == FAILS && m->how == MODEL_FAILS_UNDONE)
		return failure(m);
	if (!(m->lies & MODEL_NO_FSYNC_DIR))
		persist_names(m, path);
	return fate == FAILS ? failure(m) : 0;
}

static int model_syncfs(struct disk *d)
{
	struct disk_model *m = of(d);
	enum fate fate = begin(m);

	if (fate == WORKS && m->lies & MODEL_NO_SYNCFS)
		return 0;
	for (size_t i = 0; i < m->n_nodes; i++)
		sync_file(m, &m->node[i], fate);
	if (fate == WORKS || m->how == MODEL_FAILS_DONE)
		persist_names(m, NULL);
	return fate == FAILS ? failure(m) : 0;
}

static int model_list(struct disk *d, const char *path, void (*each)(void *ctx, const char *name),
    void *ctx)
{
	struct disk_model *m = of(d);

	if (!find(&m->cache, path))
		return -ENOENT;
	for (size_t i = 0; i < m->cache.n; i++)
		if (lies_in(m->cache.v[i].path, path))
			each(ctx, strrchr(m->cache.v[i].path, '/') + 1);
	return 0;
}

static const struct disk_ops model_ops = {
	.open = model_open,
	.close = model_close,
	.pwrite = model_pwrite,
	.pread = model_pread,
	.size = model_size,
	.fallocate = model_fallocate,
	.fdatasync = model_fdatasync,
	.rename = model_rename,
	.unlink = model_unlink,
	.mkdir = model_mkdir,
	.rmdir = model_rmdir,
	.fsync_dir = model_fsync_dir,
	.syncfs = model_syncfs,
	.list = model_list,
};

/* ---- the model itself ---- */

struct disk_model *disk_model_new(uint64_t seed)
{
	struct disk_model *m = mem_new(1, sizeof(*m));

	m->disk.ops = &model_ops;
	m->random = seed;
	return m;
}

void disk_model_free(struct disk_model **m)
{
	if (!*m)
		return;
	for (size_t i = 0; i < (*m)->n_nodes; i++) {
		struct node *n = &(*m)->node[i];
		mem_free(&n->cache.p);
		mem_free(&n->disk.p);
		mem_free(&n->data.p);
		mem_free(&n->w);
	}
	mem_free(&(*m)->node);
	mem_free(&(*m)->cache.v);
	mem_free(&(*m)->durable.v);
	mem_free(&(*m)->changes.v);
	mem_free(m);
}

struct disk *disk_model_disk(struct disk_model *m)
{
	return &m->disk;
}

/* Nodes keep their numbers; those that no name leads to stay empty. */
static void copy_node(struct node *to, const struct node *from)
{
	copy_bytes(&to->disk, &from->disk);
	copy_bytes(&to->data, &from->data);
	for (size_t i = 0; i < from->n_w; i++) {
		if ((i & (i - 1)) == 0)
			to->w = mem_resize(to->w, i ? i * 2 : 1, sizeof(*to->w));
		to->w[i] = from->w[i];
	}
	to->n_w = from->n_w;
}

static bool is_named(const struct names *l, int node)
{
	for (size_t i = 0; i < l->n; i++)
		if (l->v[i].node == node)
			return true;
	return false;
}

struct disk_model *disk_model_copy(const struct disk_model *m, uint64_t seed)
{
	struct disk_model *c = disk_model_new(seed);

	c->lies = m->lies;
	copy_names(&c->cache, &m->cache);
	copy_names(&c->durable, &m->durable);
	copy_names(&c->changes, &m->changes);
	for (size_t i = 0; i < m->n_nodes; i++) {
		int k = new_node(c);
		if (!is_named(&m->cache, k) && !is_named(&m->durable, k) &&
		    !is_named(&m->changes, k))
			continue;
		copy_node(&c->node[k], &m->node[i]);
		copy_bytes(&c->node[k].cache, &m->node[i].cache);
	}
	return c;
}

struct disk_model *disk_model_power_cut(const struct disk_model *m, uint64_t seed)
{
	struct disk_model *c = disk_model_new(seed);

	c->lies = m->lies;
	copy_names(&c->durable, &m->durable);
	copy_names(&c->changes, &m->changes);
	for (size_t i = 0; i < m->n_nodes; i++) {
		int k = new_node(c);
		if (is_named(&m->durable, k) || is_named(&m->changes, k))
			copy_node(&c->node[k], &m->node[i]);
	}
	maybe_all(c);
	drop_orphans(&c->durable);
	copy_names(&c->cache, &c->durable);
	for (size_t i = 0; i < c->n_nodes; i++)
		copy_bytes(&c->node[i].cache, &c->node[i].disk);
	return c;
}

void disk_model_watch(struct disk_model *m, void (*before)(void *ctx, uint64_t op), void *ctx)
{
	m->before = before;
	m->ctx = ctx;
}

void disk_model_lie(struct disk_model *m, unsigned lies)
{
	m->lies = lies;
}

void disk_model_fail(struct disk_model *m, uint64_t op, enum model_failure how)
{
	m->fails = true;
	m->fail_at = op;
	m->how = how;
}

uint64_t disk_model_ops(const struct disk_model *m)
{
	return m->n_ops;
}

bool disk_model_flip(struct disk_model *m, const char *path, uint64_t off)
{
	struct name *n = find(&m->cache, path);
	struct node *f;

	if (!n || n->node == A_DIR)
		return false;
	f = &m->node[n->node];
	persist_file(f);
	if (off >= f->cache.len || off >= f->disk.len)
		return false;
	f->cache.p[off] ^= 0x55;
	f->disk.p[off] ^= 0x55;
	return true;
}

bool disk_model_file(struct disk_model *m, const char *path, struct rd *out)
{
	struct name *n = find(&m->cache, path);

	if (!n || n->node == A_DIR)
		return false;
	*out = rd_of(m->node[n->node].cache.p, m->node[n->node].cache.len);
	return true;
}

void disk_model_each(struct disk_model *m, void (*each)(void *ctx, const char *path), void *ctx)
{
	for (size_t i = 0; i < m->cache.n; i++)
		if (m->cache.v[i].node != A_DIR)
			each(ctx, m->cache.v[i].path);
}
