/*
 * Is:        which answer belongs to which request, and which file a handle is.
 * Is not:    parsing (sftp.c).
 * Called by: the SFTP lane.
 * Owns:      the tables; paths and handles are copies.
 * Trust:     hostile order, from both sides. Tables are bounded.
 */
#include "proto/sftp.h"

#include "base/vec.h"
#include "proto/path.h"

struct text {
	uint8_t *p;
	size_t len;
};

struct file {
	struct text handle, path;
	uint32_t pflags;
	uint64_t n_read, n_written;
};

struct pending {
	uint32_t id, pflags, len;
	uint64_t offset;
	uint8_t type; /* enum sftp_type */
	enum sftp_ext ext;
	struct text path, path2, handle;
	struct text data_handle; /* copy-data: where it writes */
};

struct sftp {
	bool greeted, agreed;
	struct vec pending; /* struct pending */
	struct vec files;   /* struct file */
	struct pending last;
	struct file closed;
};

static struct text keep(struct rd r)
{
	struct text t = { r.len ? mem_new(r.len, 1) : NULL, r.len };

	if (t.len)
		(void)!rd_copy(&r, t.p, t.len);
	return t;
}

static struct rd text_rd(const struct text *t)
{
	return rd_of(t->p, t->len);
}

static void file_done(struct file *f)
{
	mem_free(&f->handle.p);
	mem_free(&f->path.p);
	*f = (struct file){ .pflags = 0 };
}

static void pending_done(struct pending *p)
{
	mem_free(&p->path.p);
	mem_free(&p->path2.p);
	mem_free(&p->handle.p);
	mem_free(&p->data_handle.p);
	*p = (struct pending){ .id = 0 };
}

struct sftp *sftp_new(void)
{
	struct sftp *s = mem_new(1, sizeof(*s));

	vec_init(&s->pending, sizeof(struct pending));
	vec_init(&s->files, sizeof(struct file));
	return s;
}

void sftp_free(struct sftp **sp)
{
	struct sftp *s = *sp;

	if (!s)
		return;
	for (size_t i = 0; i < s->pending.n; i++)
		pending_done(vec_at(&s->pending, i));
	for (size_t i = 0; i < s->files.n; i++)
		file_done(vec_at(&s->files, i));
	pending_done(&s->last);
	file_done(&s->closed);
	vec_done(&s->pending);
	vec_done(&s->files);
	mem_free(sp);
}

unsigned sftp_n_pending(const struct sftp *s)
{
	return (unsigned)s->pending.n;
}

static struct file *file_of(const struct sftp *s, struct rd handle)
{
	for (size_t i = 0; i < s->files.n; i++) {
		struct file *f = vec_at(&s->files, i);
		struct rd have = text_rd(&f->handle);
		if (rd_equal(&have, &handle))
			return f;
	}
	return NULL;
}

static struct pending *pending_of(const struct sftp *s, uint32_t id)
{
	for (size_t i = 0; i < s->pending.n; i++) {
		struct pending *p = vec_at(&s->pending, i);
		if (p->id == id)
			return p;
	}
	return NULL;
}

static bool has_handle(const struct sftp_packet *p)
{
	switch (p->type) {
	case SFTP_CLOSE:
	case SFTP_READ:
	case SFTP_WRITE:
	case SFTP_FSTAT:
	case SFTP_FSETSTAT:
	case SFTP_READDIR:
		return true;
	case SFTP_EXTENDED:
		return p->ext == SFTP_EXT_FSTATVFS || p->ext == SFTP_EXT_FSYNC ||
		    p->ext == SFTP_EXT_COPY_DATA;
	default:
		return false;
	}
}

int sftp_request(struct sftp *s, const struct sftp_packet *p)
{
	if (p->type == SFTP_INIT) {
		if (s->greeted)
			return SFTP_ORDER;
		s->greeted = true;
		return 0;
	}
	if (!s->agreed)
		return SFTP_ORDER;
	if (pending_of(s, p->id))
		return SFTP_ID;
	if (s->pending.n == SFTP_PENDING_MAX)
		return SFTP_LIMIT;
	if (has_handle(p) && !file_of(s, p->handle))
		return SFTP_NO_FILE;
	if (p->ext == SFTP_EXT_COPY_DATA && !file_of(s, p->handle2))
		return SFTP_NO_FILE;
	*(struct pending *)vec_push(&s->pending) = (struct pending){ .id = p->id, .type = p->type,
		.ext = p->ext, .pflags = p->pflags, .offset = p->offset,
		.len = p->type == SFTP_WRITE ? (uint32_t)p->data.len : p->len,
		.path = keep(p->path), .path2 = keep(p->path2), .handle = keep(p->handle),
		.data_handle = keep(p->handle2) };
	return 0;
}

/* Draft section 7: what may answer what; STATUS may answer all. */
static bool may_answer(const struct pending *q, const struct sftp_packet *p)
{
	switch (p->type) {
	case SFTP_STATUS:
		return p->status != 0 || (q->type != SFTP_OPEN && q->type != SFTP_OPENDIR &&
		    q->type != SFTP_READ && q->type != SFTP_READDIR && q->type != SFTP_STAT &&
		    q->type != SFTP_LSTAT && q->type != SFTP_FSTAT && q->type != SFTP_REALPATH &&
		    q->type != SFTP_READLINK);
	case SFTP_HANDLE:
		return q->type == SFTP_OPEN || q->type == SFTP_OPENDIR;
	case SFTP_DATA:
		return q->type == SFTP_READ && p->data.len <= q->len;
	case SFTP_NAME:
		return q->type == SFTP_READDIR || ((q->type == SFTP_REALPATH || q->type == SFTP_READLINK ||
		    q->ext == SFTP_EXT_EXPAND_PATH || q->ext == SFTP_EXT_HOME) && p->n_names == 1);
	case SFTP_ATTRS:
		return q->type == SFTP_STAT || q->type == SFTP_LSTAT || q->type == SFTP_FSTAT;
	case SFTP_EXTENDED_REPLY:
		return q->type == SFTP_EXTENDED;
	default:
		return false;
	}
}

static void close_file(struct sftp *s, struct file *f)
{
	struct file *end = vec_at(&s->files, s->files.n - 1);

	s->closed = *f;
	*f = *end;
	s->files.n--;
}

/* What the answer does to the files. */
static int apply(struct sftp *s, const struct pending *q, const struct sftp_packet *p)
{
	struct file *f = q->handle.len ? file_of(s, text_rd(&q->handle)) : NULL;

	if (p->type == SFTP_HANDLE) {
		if (p->handle.len == 0 || file_of(s, p->handle))
			return SFTP_KIND; /* the same handle for two files */
		if (s->files.n == SFTP_HANDLES_MAX)
			return SFTP_LIMIT;
		*(struct file *)vec_push(&s->files) = (struct file){ .handle = keep(p->handle),
			.path = keep(text_rd(&q->path)), .pflags = q->pflags };
	}
	if (f && p->type == SFTP_DATA)
		f->n_read += p->data.len;
	if (f && q->type == SFTP_WRITE && p->status == 0)
		f->n_written += q->len;
	if (f && q->type == SFTP_CLOSE)
		close_file(s, f); /* even a failed close ends the handle */
	return 0;
}

static struct sftp_done describe(const struct sftp *s, const struct sftp_packet *p)
{
	const struct pending *q = &s->last;
	const struct file *f = q->type == SFTP_CLOSE ? &s->closed : file_of(s, text_rd(&q->handle));
	struct sftp_done d = { .type = q->type, .ext = q->ext, .path = text_rd(&q->path),
		.path2 = text_rd(&q->path2), .pflags = q->pflags, .offset = q->offset, .len = q->len,
		.failed = p->type == SFTP_STATUS && p->status != 0, .status = p->status, .answer = *p };

	if (q->handle.len && f) {
		d.path = text_rd(&f->path);
		d.pflags = f->pflags;
		d.n_read = f->n_read;
		d.n_written = f->n_written;
	}
	return d;
}

static int on_version(struct sftp *s, const struct sftp_packet *p, struct sftp_done *out)
{
	if (!s->greeted || s->agreed || p->version != 3)
		return SFTP_ORDER;
	s->agreed = true;
	*out = (struct sftp_done){ .type = SFTP_INIT, .answer = *p };
	return 0;
}

int sftp_answer(struct sftp *s, const struct sftp_packet *p, struct sftp_done *out)
{
	struct pending *q;
	int rc;

	if (p->type == SFTP_VERSION)
		return on_version(s, p, out);
	q = pending_of(s, p->id);
	if (!q)
		return SFTP_ID;
	if (!may_answer(q, p))
		return SFTP_KIND;
	file_done(&s->closed);
	rc = apply(s, q, p);
	if (rc)
		return rc;
	pending_done(&s->last);
	s->last = *q;
	*q = *(struct pending *)vec_at(&s->pending, s->pending.n - 1);
	s->pending.n--;
	*out = describe(s, p);
	return 0;
}
