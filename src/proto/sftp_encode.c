/*
 * Is:        SFTP version 3 structs to packets (contracts in sftp.h).
 * Is not:    a copier: what was not parsed is not written.
 * Called by: the SFTP lane, which sends only packets that it has written itself.
 * Owns:      nothing.
 * Trust:     values that were parsed; their lengths are checked again by the writer.
 */
#include "proto/sftp.h"

#include "base/wr.h"

static void put_attrs(struct wr *w, const struct sftp_attrs *a)
{
	wr_u32(w, a->flags & ~SFTP_A_EXTENDED);
	if (a->flags & SFTP_A_SIZE)
		wr_u64(w, a->size);
	if (a->flags & SFTP_A_OWNER) {
		wr_u32(w, a->uid);
		wr_u32(w, a->gid);
	}
	if (a->flags & SFTP_A_MODE)
		wr_u32(w, a->mode);
	if (a->flags & SFTP_A_TIMES) {
		wr_u32(w, a->atime);
		wr_u32(w, a->mtime);
	}
}

bool sftp_encode_name(const struct sftp_entry *e, struct buf *out)
{
	struct wr w = wr_to(out);
	size_t len = out->len;

	wr_part32(&w, e->name);
	wr_part32(&w, e->long_name);
	put_attrs(&w, &e->attrs);
	if (!wr_ok(&w))
		buf_cut(out, len);
	return wr_ok(&w);
}

static void put_copy(struct wr *w, const struct sftp_packet *p)
{
	wr_part32(w, p->handle);
	wr_u64(w, p->offset);
	wr_u64(w, p->copy_len);
	wr_part32(w, p->handle2);
	wr_u64(w, p->offset2);
}

static void put_extended(struct wr *w, const struct sftp_packet *p)
{
	wr_part32(w, p->ext_name);
	switch (p->ext) {
	case SFTP_EXT_POSIX_RENAME:
	case SFTP_EXT_HARDLINK:
		wr_part32(w, p->path);
		wr_part32(w, p->path2);
		return;
	case SFTP_EXT_STATVFS:
	case SFTP_EXT_EXPAND_PATH:
	case SFTP_EXT_HOME:
		wr_part32(w, p->path);
		return;
	case SFTP_EXT_FSTATVFS:
	case SFTP_EXT_FSYNC:
		wr_part32(w, p->handle);
		return;
	case SFTP_EXT_LSETSTAT:
		wr_part32(w, p->path);
		put_attrs(w, &p->attrs);
		return;
	case SFTP_EXT_LIMITS:
		return;
	case SFTP_EXT_COPY_DATA:
		put_copy(w, p);
		return;
	case SFTP_EXT_USERS_GROUPS:
	case SFTP_EXT_UNKNOWN:
		wr_bytes(w, p->data);
		return;
	}
}

/* The requests that name a file by its handle; true when it was one. */
static bool put_by_handle(struct wr *w, const struct sftp_packet *p)
{
	switch (p->type) {
	case SFTP_CLOSE:
	case SFTP_FSTAT:
	case SFTP_READDIR:
	case SFTP_FSETSTAT:
	case SFTP_READ:
	case SFTP_WRITE:
		wr_part32(w, p->handle);
		break;
	default:
		return false;
	}
	if (p->type == SFTP_FSETSTAT)
		put_attrs(w, &p->attrs);
	if (p->type == SFTP_READ || p->type == SFTP_WRITE)
		wr_u64(w, p->offset);
	if (p->type == SFTP_READ)
		wr_u32(w, p->len);
	if (p->type == SFTP_WRITE)
		wr_part32(w, p->data);
	return true;
}

/* The requests that name it by its path. */
static bool put_by_path(struct wr *w, const struct sftp_packet *p)
{
	switch (p->type) {
	case SFTP_OPEN:
	case SFTP_LSTAT:
	case SFTP_STAT:
	case SFTP_OPENDIR:
	case SFTP_REMOVE:
	case SFTP_RMDIR:
	case SFTP_REALPATH:
	case SFTP_READLINK:
	case SFTP_SETSTAT:
	case SFTP_MKDIR:
	case SFTP_RENAME:
		wr_part32(w, p->path);
		break;
	case SFTP_SYMLINK: /* target, link: as OpenSSH has it */
		wr_part32(w, p->path2);
		wr_part32(w, p->path);
		break;
	default:
		return false;
	}
	if (p->type == SFTP_OPEN)
		wr_u32(w, p->pflags);
	if (p->type == SFTP_OPEN || p->type == SFTP_SETSTAT || p->type == SFTP_MKDIR)
		put_attrs(w, &p->attrs);
	if (p->type == SFTP_RENAME)
		wr_part32(w, p->path2);
	return true;
}

static bool put_answer(struct wr *w, const struct sftp_packet *p)
{
	switch (p->type) {
	case SFTP_STATUS:
		wr_u32(w, p->status);
		wr_part32(w, p->message);
		wr_part32(w, rd_str(""));
		return true;
	case SFTP_HANDLE:
		wr_part32(w, p->handle);
		return true;
	case SFTP_DATA:
		wr_part32(w, p->data);
		return true;
	case SFTP_NAME:
		wr_u32(w, p->n_names);
		wr_bytes(w, p->names);
		return true;
	case SFTP_ATTRS:
		put_attrs(w, &p->attrs);
		return true;
	case SFTP_EXTENDED_REPLY:
		wr_bytes(w, p->data);
		return true;
	default:
		return false;
	}
}

static bool put_body(struct wr *w, const struct sftp_packet *p)
{
	wr_u8(w, p->type);
	if (p->type == SFTP_INIT || p->type == SFTP_VERSION) {
		wr_u32(w, p->version);
		wr_bytes(w, p->data);
		return true;
	}
	wr_u32(w, p->id);
	if (p->type == SFTP_EXTENDED) {
		put_extended(w, p);
		return true;
	}
	return put_by_handle(w, p) || put_by_path(w, p) || put_answer(w, p);
}

bool sftp_encode(const struct sftp_packet *p, struct buf *out)
{
	struct wr w = wr_to(out);
	size_t len = out->len, mark = wr_open32(&w);
	bool known = put_body(&w, p);

	wr_close32(&w, mark);
	if (known && wr_ok(&w) && out->len - len <= SFTP_PACKET_MAX + 4)
		return true;
	buf_cut(out, len);
	return false;
}
