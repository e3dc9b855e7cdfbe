/*
 * Is:        what a witness remembers (contract in the header).
 * Is not:    the judgement.
 * Called by: main.c, serve.c.
 * Owns:      the database.
 * Trust:     the directory is ours alone.
 */
#include "cli/witness/store.h"

#include <errno.h>
#include <string.h>

#include "base/assert.h"
#include "os/durable_sql.h"

static const char schema[] =
    DURABLE_SQL
    "CREATE TABLE IF NOT EXISTS identity(one INTEGER PRIMARY KEY CHECK(one = 1), name TEXT NOT NULL,"
    " starts INTEGER NOT NULL) STRICT;"
    "CREATE TABLE IF NOT EXISTS log(origin TEXT PRIMARY KEY, size INTEGER NOT NULL CHECK(size >= 0),"
    " root BLOB NOT NULL CHECK(length(root) = 32), checkpoint BLOB NOT NULL) STRICT;";

static int failed(struct store *s)
{
	s->why = s->db ? sqlite3_errmsg(s->db) : "out of memory";
	switch (s->db ? sqlite3_errcode(s->db) & 0xff : SQLITE_NOMEM) {
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		s->why = "another process uses it";
		return -EBUSY;
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
		return -EBADMSG;
	default:
		return -EIO;
	}
}

static int bind_text(sqlite3_stmt *st, int at, struct rd r)
{
	return sqlite3_bind_text(st, at, (const char *)r.p, (int)r.len, SQLITE_TRANSIENT);
}

static int bind_blob(sqlite3_stmt *st, int at, struct rd r)
{
	return sqlite3_bind_blob(st, at, r.p, (int)r.len, SQLITE_TRANSIENT);
}

static struct rd column(sqlite3_stmt *st, int at)
{
	const void *p = sqlite3_column_blob(st, at);

	return rd_of(p, (size_t)sqlite3_column_bytes(st, at));
}

/* A statement is left so that the next can begin; its error was already reported. */
static void finish(sqlite3_stmt *st)
{
	(void)sqlite3_reset(st);
	(void)sqlite3_clear_bindings(st);
}

static int latest(struct witness_store *self, struct rd origin, struct merkle_head *out)
{
	struct store *s = CONTAINER_OF(self, struct store, witness);
	struct merkle_head h = { .size = 0 };
	int r = -EBADMSG;

	s->why = "a row of it is damaged";
	if (bind_text(s->latest, 1, origin) != SQLITE_OK || sqlite3_step(s->latest) != SQLITE_ROW) {
		r = failed(s);
	} else {
		struct rd root = column(s->latest, 1);
		h.size = (uint64_t)sqlite3_column_int64(s->latest, 0);
		if (root.len == sizeof(h.root.b) && rd_copy(&root, h.root.b, sizeof(h.root.b)) && h.size <= MERKLE_SIZE_MAX)
			r = 0;
	}
	finish(s->latest);
	if (r == 0)
		*out = h;
	return r;
}

static int advance(struct witness_store *self, struct rd origin, const struct merkle_head *from,
    const struct merkle_head *to, struct rd note)
{
	struct store *s = CONTAINER_OF(self, struct store, witness);
	sqlite3_stmt *st = s->advance;
	int r;

	if (sqlite3_bind_int64(st, 1, (int64_t)to->size) != SQLITE_OK ||
	    bind_blob(st, 2, rd_of(to->root.b, sizeof(to->root.b))) != SQLITE_OK ||
	    bind_blob(st, 3, note) != SQLITE_OK || bind_text(st, 4, origin) != SQLITE_OK ||
	    sqlite3_bind_int64(st, 5, (int64_t)from->size) != SQLITE_OK ||
	    bind_blob(st, 6, rd_of(from->root.b, sizeof(from->root.b))) != SQLITE_OK ||
	    sqlite3_step(st) != SQLITE_DONE)
		r = failed(s);
	else
		r = sqlite3_changes(s->db) == 1 ? 0 : 1;
	finish(st);
	return r;
}

int store_checkpoint(struct store *s, struct rd origin, struct buf *out)
{
	struct rd note;
	int r = 0;

	if (bind_text(s->checkpoint, 1, origin) != SQLITE_OK || sqlite3_step(s->checkpoint) != SQLITE_ROW) {
		r = failed(s);
	} else {
		note = column(s->checkpoint, 0);
		if (note.len == 0)
			r = STORE_NONE;
		else if (!buf_put_rd(out, note))
			r = -ENOBUFS;
	}
	finish(s->checkpoint);
	return r;
}

static int prepare(struct store *s, const char *sql, sqlite3_stmt **out)
{
	return sqlite3_prepare_v3(s->db, sql, -1, SQLITE_PREPARE_PERSISTENT, out, NULL) == SQLITE_OK ? 0 : failed(s);
}

/* One key cosigns under one name for ever. Counting the starts makes a first commit
 * while files may still be opened: SQLite opens the directory to sync it then. */
static int settle_name(struct store *s, const char *name)
{
	sqlite3_stmt *st = NULL;
	int r = prepare(s, "INSERT INTO identity VALUES(1, ?1, 1)"
			   " ON CONFLICT DO UPDATE SET starts = starts + 1 RETURNING name", &st);

	if (r < 0)
		return r;
	if (bind_text(st, 1, rd_str(name)) != SQLITE_OK || sqlite3_step(st) != SQLITE_ROW) {
		r = failed(s);
	} else {
		struct rd is = column(st, 0), wanted = rd_str(name);
		if (!rd_equal(&is, &wanted)) {
			s->why = "it is the memory of a witness with another name";
			r = -EPERM;
		}
	}
	if (sqlite3_step(st) != SQLITE_DONE && r == 0)
		r = failed(s);
	(void)sqlite3_finalize(st);
	return r;
}

static int add_logs(struct store *s, const struct note_key *logs, size_t n_logs)
{
	struct merkle empty;
	struct hash root;
	sqlite3_stmt *st = NULL;
	int r = prepare(s, "INSERT OR IGNORE INTO log VALUES(?1, 0, ?2, x'')", &st);

	merkle_init(&empty);
	merkle_root(&empty, &root);
	for (size_t i = 0; r == 0 && i < n_logs; i++) {
		if (bind_text(st, 1, rd_str(logs[i].name)) != SQLITE_OK ||
		    bind_blob(st, 2, rd_of(root.b, sizeof(root.b))) != SQLITE_OK || sqlite3_step(st) != SQLITE_DONE)
			r = failed(s);
		finish(st);
	}
	(void)sqlite3_finalize(st);
	return r;
}

static int check_whole(struct store *s)
{
	sqlite3_stmt *st = NULL;
	int r = prepare(s, "PRAGMA integrity_check(1)", &st);

	if (r < 0)
		return r;
	if (sqlite3_step(st) != SQLITE_ROW) {
		r = failed(s);
	} else {
		struct rd said = column(st, 0);
		if (!rd_is(&said, "ok")) {
			s->why = "it is damaged";
			r = -EBADMSG;
		}
	}
	(void)sqlite3_finalize(st);
	return r;
}

int store_open(struct store *s, const char *path, const char *name, const struct note_key *logs, size_t n_logs)
{
	int r;

	*s = (struct store){ .witness = { latest, advance } };
	if (sqlite3_open_v2(path, &s->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOFOLLOW |
	    SQLITE_OPEN_EXRESCODE, NULL) != SQLITE_OK || sqlite3_exec(s->db, schema, NULL, NULL, NULL) != SQLITE_OK)
		return failed(s);
	r = check_whole(s);
	if (r == 0)
		r = settle_name(s, name);
	if (r == 0)
		r = add_logs(s, logs, n_logs);
	if (r == 0)
		r = prepare(s, "SELECT size, root FROM log WHERE origin = ?1", &s->latest);
	if (r == 0)
		r = prepare(s, "UPDATE log SET size = ?1, root = ?2, checkpoint = ?3"
			       " WHERE origin = ?4 AND size = ?5 AND root = ?6", &s->advance);
	if (r == 0)
		r = prepare(s, "SELECT checkpoint FROM log WHERE origin = ?1", &s->checkpoint);
	return r;
}

void store_close(struct store *s)
{
	(void)sqlite3_finalize(s->latest);
	(void)sqlite3_finalize(s->advance);
	(void)sqlite3_finalize(s->checkpoint);
	(void)sqlite3_close(s->db);
	*s = (struct store){ .db = NULL };
}
