/*
 * Is:        SFTP version 3 packets in both directions, and which answer belongs to
 *            which request (draft-ietf-secsh-filexfer-02; OpenSSH's PROTOCOL file).
 * Is not:    a server, a client or a judge.
 * Called by: the SFTP lane.
 * Owns:      struct sftp: the table of open requests and handles, bounded.
 * Trust:     hostile bytes from both sides: the element too may lie.
 *
 *     uint32 length, byte type, [uint32 id], fields
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/def.h"
#include "base/rd.h"

enum {
	SFTP_PACKET_MAX = 256 * 1024 + 1024, /* OpenSSH: 256 KiB and the header */
	SFTP_HANDLE_MAX = 256,
	SFTP_PENDING_MAX = 1024, /* requests without an answer */
	SFTP_HANDLES_MAX = 1024, /* files open at once */
	SFTP_NAMES_MAX = 16384,  /* entries of one NAME */
};

enum sftp_type {
	SFTP_INIT = 1, SFTP_VERSION, SFTP_OPEN, SFTP_CLOSE, SFTP_READ, SFTP_WRITE, SFTP_LSTAT,
	SFTP_FSTAT, SFTP_SETSTAT, SFTP_FSETSTAT, SFTP_OPENDIR, SFTP_READDIR, SFTP_REMOVE, SFTP_MKDIR,
	SFTP_RMDIR, SFTP_REALPATH, SFTP_STAT, SFTP_RENAME, SFTP_READLINK, SFTP_SYMLINK,
	SFTP_STATUS = 101, SFTP_HANDLE, SFTP_DATA, SFTP_NAME, SFTP_ATTRS,
	SFTP_EXTENDED = 200, SFTP_EXTENDED_REPLY = 201,
};

/* OPEN's pflags, and bits of attrs.flags. */
enum { SFTP_F_READ = 1, SFTP_F_WRITE = 2, SFTP_F_APPEND = 4, SFTP_F_CREAT = 8, SFTP_F_TRUNC = 16,
	SFTP_F_EXCL = 32 };
enum { SFTP_A_SIZE = 1, SFTP_A_OWNER = 2, SFTP_A_MODE = 4, SFTP_A_TIMES = 8 };
#define SFTP_A_EXTENDED 0x80000000u

enum sftp_ext {
	SFTP_EXT_UNKNOWN, /* its body is opaque: whoever forwards it forwards what nobody read */
	SFTP_EXT_POSIX_RENAME, SFTP_EXT_STATVFS, SFTP_EXT_FSTATVFS, SFTP_EXT_HARDLINK, SFTP_EXT_FSYNC,
	SFTP_EXT_LSETSTAT, SFTP_EXT_LIMITS, SFTP_EXT_EXPAND_PATH, SFTP_EXT_COPY_DATA, SFTP_EXT_HOME,
	SFTP_EXT_USERS_GROUPS,
};

enum sftp_side { SFTP_FROM_CLIENT, SFTP_FROM_SERVER };

/* Outcomes of sftp_parse. */
enum { SFTP_MORE = 1, SFTP_BAD = 2 };

struct sftp_attrs {
	uint32_t flags, uid, gid, mode, atime, mtime;
	uint64_t size;
};

/* One packet; every part borrows the bytes that were parsed. Fields that the type does not
 * have are zero. */
struct sftp_packet {
	uint8_t type;            /* enum sftp_type */
	uint32_t id;             /* not INIT and VERSION */
	uint32_t version;        /* INIT, VERSION */
	struct rd path, path2;   /* path2: RENAME, SYMLINK, hardlink, posix-rename. SYMLINK: path
	                          * is the new link, path2 what it points at (OpenSSH sends them
	                          * in the order target, link; this undoes it) */
	struct rd handle, handle2;
	uint64_t offset, offset2, copy_len;
	uint32_t len, pflags;    /* READ, OPEN */
	struct sftp_attrs attrs;
	struct rd data;          /* WRITE, DATA, EXTENDED_REPLY; the body of an unknown extension */
	uint32_t status;         /* STATUS */
	struct rd message;       /* STATUS */
	uint32_t n_names;        /* NAME */
	struct rd names;         /* NAME: see sftp_name */
	enum sftp_ext ext;
	struct rd ext_name;
	uint32_t n_exts;         /* INIT, VERSION: extensions announced, in `data` */
};

struct sftp_entry {
	struct rd name, long_name;
	struct sftp_attrs attrs;
};

/* Reads one packet from the front of `in`. 0: `*out`, `*used` bytes. SFTP_MORE: at least
 * `*need` bytes are wanted in all (at most SFTP_PACKET_MAX + 4). SFTP_BAD: not SFTP 3. */
MUST_USE int sftp_parse(struct rd in, enum sftp_side side, struct sftp_packet *out, size_t *used,
    size_t *need);

/* Takes the next entry of `names`; false at the end. */
MUST_USE bool sftp_name(struct rd *names, struct sftp_entry *out);

/* Appends the packet; `names` and `data` as they stand, extended attributes left out. INIT and
 * VERSION take their extensions from `data`. False when it does not fit; nothing is appended. */
MUST_USE bool sftp_encode(const struct sftp_packet *p, struct buf *out);
/* Appends one entry of NAME, without extended attributes. */
MUST_USE bool sftp_encode_name(const struct sftp_entry *e, struct buf *out);

/* A lower-case word for a type, for records; "?" for no type. */
const char *sftp_type_name(uint8_t type);

/* --- requests and answers ------------------------------------------------------------ */

/* Outcomes of sftp_request and sftp_answer. */
enum {
	SFTP_ORDER = 1,   /* before INIT, a second INIT, or a version that is not 3 */
	SFTP_ID = 2,      /* an id in use, or an answer to no request */
	SFTP_KIND = 3,    /* an answer that this request cannot have */
	SFTP_NO_FILE = 4, /* a handle that the server did not give */
	SFTP_LIMIT = 5,   /* too many open requests or handles; a path above PATH_LEN_MAX */
};

struct sftp;

/* A finished operation: the request and how it ended. Paths borrow the session until its
 * next call; parts of the answer borrow the answer. */
struct sftp_done {
	uint8_t type;            /* enum sftp_type */
	enum sftp_ext ext;
	struct rd path, path2; /* as the client wrote them; for a handle: what it was opened as */
	uint32_t pflags;       /* of the file that the handle is */
	uint64_t offset;
	uint32_t len;
	bool failed;           /* STATUS other than OK (end of file counts as failed) */
	uint32_t status;
	struct sftp_packet answer;
	uint64_t n_read, n_written; /* CLOSE: bytes that went through this handle */
};

struct sftp *sftp_new(void);
/* Frees; accepts NULL. For AUTO. */
void sftp_free(struct sftp **s);

/* A packet of the client. Returns 0 or an outcome above; then nothing has changed. */
MUST_USE int sftp_request(struct sftp *s, const struct sftp_packet *p);
/* A packet of the server. Returns 0 with `*out`, or an outcome above. */
MUST_USE int sftp_answer(struct sftp *s, const struct sftp_packet *p, struct sftp_done *out);

unsigned sftp_n_pending(const struct sftp *s);
