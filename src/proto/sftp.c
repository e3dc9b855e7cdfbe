/*
 * Is:        SFTP version 3 packets to structs (contracts in the header).
 * Is not:    the matching of answers (sftp_match.c).
 * Called by: the SFTP lane.
 * Owns:      nothing.
 * Trust:     hostile bytes. A packet must be used up exactly.
 */
#include "proto/sftp.h"

#include "proto/path.h"

static bool take_path(struct rd *r, struct rd *out)
{
	return rd_part32(r, PATH_LEN_MAX, out);
}

static bool take_handle(struct rd *r, struct rd *out)
{
	return rd_part32(r, SFTP_HANDLE_MAX, out);
}

/* uint32 flags, then what the flags say; draft section 5. */
static bool take_attrs(struct rd *r, struct sftp_attrs *a)
{
	struct rd part;
	uint32_t n;

	*a = (struct sftp_attrs){ .flags = 0 };
	if (!rd_u32(r, &a->flags) ||
	    (a->flags & ~(SFTP_A_SIZE | SFTP_A_OWNER | SFTP_A_MODE | SFTP_A_TIMES | SFTP_A_EXTENDED)))
		return false;
	if (a->flags & SFTP_A_SIZE && !rd_u64(r, &a->size))
		return false;
	if (a->flags & SFTP_A_OWNER && (!rd_u32(r, &a->uid) || !rd_u32(r, &a->gid)))
		return false;
	if (a->flags & SFTP_A_MODE && !rd_u32(r, &a->mode))
		return false;
	if (a->flags & SFTP_A_TIMES && (!rd_u32(r, &a->atime) || !rd_u32(r, &a->mtime)))
		return false;
	if (!(a->flags & SFTP_A_EXTENDED))
		return true;
	if (!rd_u32(r, &n))
		return false;
	while (n-- > 0)
		if (!rd_part32(r, SFTP_PACKET_MAX, &part) || !rd_part32(r, SFTP_PACKET_MAX, &part))
			return false;
	return true;
}

static bool take_exts(struct rd *r, struct sftp_packet *p)
{
	struct rd name, value;

	if (!rd_u32(r, &p->version))
		return false;
	p->data = *r;
	for (; r->len; p->n_exts++)
		if (!rd_part32(r, SFTP_PACKET_MAX, &name) || !rd_part32(r, SFTP_PACKET_MAX, &value))
			return false;
	return true;
}

bool sftp_name(struct rd *names, struct sftp_entry *out)
{
	struct rd r = *names;
	struct sftp_entry e;

	if (!take_path(&r, &e.name) || !rd_part32(&r, SFTP_PACKET_MAX, &e.long_name) ||
	    !take_attrs(&r, &e.attrs))
		return false;
	*names = r;
	*out = e;
	return true;
}

static bool take_names(struct rd *r, struct sftp_packet *p)
{
	struct sftp_entry e;

	if (!rd_u32(r, &p->n_names) || p->n_names > SFTP_NAMES_MAX)
		return false;
	p->names = *r;
	for (uint32_t i = 0; i < p->n_names; i++)
		if (!sftp_name(r, &e))
			return false;
	return rd_slice(&p->names, 0, p->names.len - r->len, &p->names);
}

/* Some servers leave out message and language, as version 2 did. */
static bool take_status(struct rd *r, struct sftp_packet *p)
{
	struct rd language;

	if (!rd_u32(r, &p->status))
		return false;
	return r->len == 0 ||
	    (rd_part32(r, SFTP_PACKET_MAX, &p->message) && rd_part32(r, SFTP_PACKET_MAX, &language));
}

static bool take_copy(struct rd *r, struct sftp_packet *p)
{
	return take_handle(r, &p->handle) && rd_u64(r, &p->offset) && rd_u64(r, &p->copy_len) &&
	    take_handle(r, &p->handle2) && rd_u64(r, &p->offset2);
}

static enum sftp_ext ext_of(struct rd name)
{
	static const struct {
		const char *name;
		enum sftp_ext ext;
	} known[] = {
		{ "posix-rename@openssh.com", SFTP_EXT_POSIX_RENAME },
		{ "statvfs@openssh.com", SFTP_EXT_STATVFS },
		{ "fstatvfs@openssh.com", SFTP_EXT_FSTATVFS },
		{ "hardlink@openssh.com", SFTP_EXT_HARDLINK },
		{ "fsync@openssh.com", SFTP_EXT_FSYNC },
		{ "lsetstat@openssh.com", SFTP_EXT_LSETSTAT },
		{ "limits@openssh.com", SFTP_EXT_LIMITS },
		{ "expand-path@openssh.com", SFTP_EXT_EXPAND_PATH },
		{ "copy-data", SFTP_EXT_COPY_DATA },
		{ "home-directory", SFTP_EXT_HOME },
		{ "users-groups-by-id@openssh.com", SFTP_EXT_USERS_GROUPS },
	};

	for (size_t i = 0; i < ARRAY_LEN(known); i++)
		if (rd_is(&name, known[i].name))
			return known[i].ext;
	return SFTP_EXT_UNKNOWN;
}

static bool take_extended(struct rd *r, struct sftp_packet *p)
{
	if (!rd_part32(r, 256, &p->ext_name))
		return false;
	p->ext = ext_of(p->ext_name);
	switch (p->ext) {
	case SFTP_EXT_POSIX_RENAME:
	case SFTP_EXT_HARDLINK:
		return take_path(r, &p->path) && take_path(r, &p->path2);
	case SFTP_EXT_STATVFS:
	case SFTP_EXT_EXPAND_PATH:
	case SFTP_EXT_HOME:
		return take_path(r, &p->path);
	case SFTP_EXT_FSTATVFS:
	case SFTP_EXT_FSYNC:
		return take_handle(r, &p->handle);
	case SFTP_EXT_LSETSTAT:
		return take_path(r, &p->path) && take_attrs(r, &p->attrs);
	case SFTP_EXT_LIMITS:
		return true;
	case SFTP_EXT_COPY_DATA:
		return take_copy(r, p);
	case SFTP_EXT_USERS_GROUPS:
	case SFTP_EXT_UNKNOWN:
		return rd_take(r, r->len, &p->data);
	}
	return false;
}

static bool take_request(struct rd *r, struct sftp_packet *p)
{
	switch (p->type) {
	case SFTP_OPEN:
		return take_path(r, &p->path) && rd_u32(r, &p->pflags) && take_attrs(r, &p->attrs);
	case SFTP_CLOSE:
	case SFTP_FSTAT:
	case SFTP_READDIR:
		return take_handle(r, &p->handle);
	case SFTP_READ:
		return take_handle(r, &p->handle) && rd_u64(r, &p->offset) && rd_u32(r, &p->len);
	case SFTP_WRITE:
		return take_handle(r, &p->handle) && rd_u64(r, &p->offset) &&
		    rd_part32(r, SFTP_PACKET_MAX, &p->data);
	case SFTP_LSTAT:
	case SFTP_STAT:
	case SFTP_OPENDIR:
	case SFTP_REMOVE:
	case SFTP_RMDIR:
	case SFTP_REALPATH:
	case SFTP_READLINK:
		return take_path(r, &p->path);
	case SFTP_SETSTAT:
	case SFTP_MKDIR:
		return take_path(r, &p->path) && take_attrs(r, &p->attrs);
	case SFTP_FSETSTAT:
		return take_handle(r, &p->handle) && take_attrs(r, &p->attrs);
	case SFTP_RENAME:
		return take_path(r, &p->path) && take_path(r, &p->path2);
	case SFTP_SYMLINK:
		return take_path(r, &p->path2) && take_path(r, &p->path);
	case SFTP_EXTENDED:
		return take_extended(r, p);
	default:
		return false;
	}
}

static bool take_answer(struct rd *r, struct sftp_packet *p)
{
	switch (p->type) {
	case SFTP_STATUS:
		return take_status(r, p);
	case SFTP_HANDLE:
		return take_handle(r, &p->handle);
	case SFTP_DATA:
		return rd_part32(r, SFTP_PACKET_MAX, &p->data);
	case SFTP_NAME:
		return take_names(r, p);
	case SFTP_ATTRS:
		return take_attrs(r, &p->attrs);
	case SFTP_EXTENDED_REPLY:
		return rd_take(r, r->len, &p->data);
	default:
		return false;
	}
}

static bool take_body(struct rd *r, enum sftp_side side, struct sftp_packet *p)
{
	uint8_t type;

	if (!rd_u8(r, &type))
		return false;
	p->type = type;
	if (p->type == (side == SFTP_FROM_CLIENT ? SFTP_INIT : SFTP_VERSION))
		return take_exts(r, p);
	if (!rd_u32(r, &p->id))
		return false;
	return side == SFTP_FROM_CLIENT ? take_request(r, p) : take_answer(r, p);
}

int sftp_parse(struct rd in, enum sftp_side side, struct sftp_packet *out, size_t *used, size_t *need)
{
	struct sftp_packet p = { .id = 0 };
	size_t before = in.len;
	struct rd body;
	uint32_t len;

	*need = 4;
	if (!rd_u32(&in, &len))
		return SFTP_MORE;
	if (len == 0 || len > SFTP_PACKET_MAX)
		return SFTP_BAD;
	*need = 4 + (size_t)len;
	if (!rd_take(&in, len, &body))
		return SFTP_MORE;
	if (!take_body(&body, side, &p) || body.len != 0)
		return SFTP_BAD;
	*out = p;
	*used = before - in.len;
	return 0;
}

const char *sftp_type_name(uint8_t type)
{
	static const char *const requests[] = { "?", "init", "version", "open", "close", "read",
		"write", "lstat", "fstat", "setstat", "fsetstat", "opendir", "readdir", "remove",
		"mkdir", "rmdir", "realpath", "stat", "rename", "readlink", "symlink" };
	static const char *const answers[] = { "status", "handle", "data", "name", "attrs" };

	if (type < ARRAY_LEN(requests))
		return requests[type];
	if (type >= SFTP_STATUS && type <= SFTP_ATTRS)
		return answers[type - SFTP_STATUS];
	return type == SFTP_EXTENDED ? "extended" : type == SFTP_EXTENDED_REPLY ? "extended-reply" : "?";
}
