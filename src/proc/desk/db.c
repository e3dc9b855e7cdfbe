/*
 * Is:        the desk's database (contract in the header).
 * Is not:    what is in it.
 * Called by: every file of the desk.
 * Owns:      the database.
 * Trust:     the directory is ours alone.
 */
#include "proc/desk/db.h"

#include <errno.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/assert.h"
#include "os/durable_sql.h"

enum { STATEMENTS_MAX = 128 };

static const char schema[] =
    DURABLE_SQL
    "PRAGMA cache_size=-16384;" /* KiB: a day of many requests, so that none is read from the disk again */
    "CREATE TABLE IF NOT EXISTS life(one INTEGER PRIMARY KEY CHECK(one = 1), starts INTEGER NOT NULL) STRICT;"
    /* What evidenced has not acknowledged yet. */
    "CREATE TABLE IF NOT EXISTS outbox(seq INTEGER PRIMARY KEY AUTOINCREMENT, log INTEGER NOT NULL,"
    " body BLOB NOT NULL) STRICT;"
    "CREATE TABLE IF NOT EXISTS policy(number INTEGER PRIMARY KEY AUTOINCREMENT, hash TEXT NOT NULL,"
    " bundle BLOB NOT NULL, state TEXT NOT NULL CHECK(state IN ('proposed', 'in force', 'past', 'withdrawn')),"
    " proposed_by TEXT NOT NULL, confirmed_by TEXT NOT NULL, at INTEGER NOT NULL) STRICT;"
    /* `text` is what officers sign. A number is used once, whatever became of it. */
    "CREATE TABLE IF NOT EXISTS request(id TEXT PRIMARY KEY, text BLOB NOT NULL, engineer TEXT NOT NULL,"
    " asset TEXT NOT NULL, ticket TEXT NOT NULL, state TEXT NOT NULL CHECK(state IN ('waiting', 'granted', 'denied',"
    " 'over', 'revoked')), why TEXT NOT NULL, place TEXT NOT NULL, requested INTEGER NOT NULL,"
    " answer_by INTEGER NOT NULL, not_after INTEGER NOT NULL) STRICT;"
    "DROP INDEX IF EXISTS request_who;" /* of a version that let the planner read all that is granted */
    "CREATE INDEX IF NOT EXISTS request_whose ON request(engineer, asset, state, not_after);"
    "CREATE INDEX IF NOT EXISTS request_ticket ON request(ticket);"
    "CREATE INDEX IF NOT EXISTS request_when ON request(requested);"
    "CREATE INDEX IF NOT EXISTS request_state ON request(state, not_after);"
    "CREATE TABLE IF NOT EXISTS approval(request TEXT NOT NULL, officer TEXT NOT NULL, signature BLOB NOT NULL,"
    " at INTEGER NOT NULL, PRIMARY KEY(request, officer)) STRICT, WITHOUT ROWID;"
    "CREATE TABLE IF NOT EXISTS session(id TEXT PRIMARY KEY, request TEXT NOT NULL, engineer TEXT NOT NULL,"
    " asset TEXT NOT NULL, began INTEGER NOT NULL, ended INTEGER NOT NULL, persons INTEGER NOT NULL,"
    " opaque INTEGER NOT NULL, by TEXT NOT NULL, why TEXT NOT NULL, receipt TEXT NOT NULL) STRICT;"
    "CREATE INDEX IF NOT EXISTS session_request ON session(request);"
    "CREATE INDEX IF NOT EXISTS session_who ON session(engineer, began);"
    "CREATE TABLE IF NOT EXISTS account(name TEXT PRIMARY KEY, uid INTEGER NOT NULL UNIQUE) STRICT;"
    "CREATE TABLE IF NOT EXISTS host_key(asset TEXT NOT NULL, key TEXT NOT NULL, by TEXT NOT NULL,"
    " at INTEGER NOT NULL, PRIMARY KEY(asset, key)) STRICT, WITHOUT ROWID;"
    "CREATE TABLE IF NOT EXISTS host_key_seen(asset TEXT NOT NULL, key TEXT NOT NULL, first INTEGER NOT NULL,"
    " last INTEGER NOT NULL, times INTEGER NOT NULL, PRIMARY KEY(asset, key)) STRICT, WITHOUT ROWID;"
    "CREATE TABLE IF NOT EXISTS removed(name TEXT PRIMARY KEY, by TEXT NOT NULL, why TEXT NOT NULL,"
    " at INTEGER NOT NULL) STRICT;"
    /* Who has one-time codes; the secrets are files, for the rooms, and in no copy of this. */
    "CREATE TABLE IF NOT EXISTS otp(name TEXT PRIMARY KEY, by TEXT NOT NULL, at INTEGER NOT NULL) STRICT;"
    "CREATE TABLE IF NOT EXISTS glass(id TEXT PRIMARY KEY, asset TEXT NOT NULL, first TEXT NOT NULL,"
    " first_hash TEXT NOT NULL, second TEXT NOT NULL, second_hash TEXT NOT NULL, state TEXT NOT NULL CHECK(state IN"
    " ('sealed', 'half', 'broken', 'closed', 'spoilt')), opened INTEGER NOT NULL, half_by TEXT NOT NULL,"
    " closed_by TEXT NOT NULL, tries INTEGER NOT NULL) STRICT;";

static struct {
	sqlite3 *db;
	bool is_open;
	struct {
		const char *sql;
		sqlite3_stmt *st;
	} statement[STATEMENTS_MAX];
	size_t n;
} me;

/* Nothing was promised yet that is not on the disk. */
NORETURN static void die(const char *doing)
{
	(void)dprintf(STDERR_FILENO, "the desk's database: %s: %s; nothing was granted\n", doing,
	    me.db ? sqlite3_errmsg(me.db) : "out of memory");
	_exit(1);
}

/* The text of a statement is a literal, so its address is its name. */
static sqlite3_stmt *prepared(const char *sql)
{
	size_t i = 0;

	while (i < me.n && me.statement[i].sql != sql)
		i++;
	if (i == me.n) {
		ASSERT(me.n < STATEMENTS_MAX);
		if (sqlite3_prepare_v3(me.db, sql, -1, SQLITE_PREPARE_PERSISTENT, &me.statement[i].st, NULL) != SQLITE_OK)
			die(sql);
		me.statement[i].sql = sql;
		me.n++;
	}
	ASSERT(!sqlite3_stmt_busy(me.statement[i].st));
	return me.statement[i].st;
}

static void bind_all(sqlite3_stmt *st, const char *types, va_list args)
{
	struct rd r;
	int result = SQLITE_OK;

	for (int at = 1; *types && result == SQLITE_OK; types++, at++) {
		if (*types == 'i') {
			result = sqlite3_bind_int64(st, at, va_arg(args, int64_t));
			continue;
		}
		r = va_arg(args, struct rd);
		/* An empty value is not NULL. */
		if (*types == 't')
			result = sqlite3_bind_text(st, at, r.len ? (const char *)r.p : "", (int)r.len, SQLITE_TRANSIENT);
		else
			result = sqlite3_bind_blob(st, at, r.len ? (const void *)r.p : "", (int)r.len, SQLITE_TRANSIENT);
	}
	if (result != SQLITE_OK)
		die("binding");
}

static void begin(void)
{
	if (me.is_open)
		return;
	me.is_open = true;
	if (sqlite3_exec(me.db, "BEGIN IMMEDIATE", NULL, NULL, NULL) != SQLITE_OK)
		die("BEGIN");
}

void db_commit(void)
{
	if (!me.is_open)
		return;
	if (sqlite3_exec(me.db, "COMMIT", NULL, NULL, NULL) != SQLITE_OK)
		die("COMMIT");
	me.is_open = false;
}

bool db_is_open(void)
{
	return me.is_open;
}

int64_t db_run(const char *sql, const char *types, ...)
{
	sqlite3_stmt *st = prepared(sql);
	va_list args;

	begin();
	va_start(args, types);
	bind_all(st, types, args);
	va_end(args);
	if (sqlite3_step(st) != SQLITE_DONE)
		die(sql);
	db_end(st);
	return sqlite3_changes64(me.db);
}

struct sqlite3_stmt *db_query(const char *sql, const char *types, ...)
{
	sqlite3_stmt *st = prepared(sql);
	va_list args;

	va_start(args, types);
	bind_all(st, types, args);
	va_end(args);
	return st;
}

bool db_step(struct sqlite3_stmt *q)
{
	int r = sqlite3_step(q);

	if (r == SQLITE_ROW)
		return true;
	if (r != SQLITE_DONE)
		die(sqlite3_sql(q));
	db_end(q);
	return false;
}

void db_end(struct sqlite3_stmt *q)
{
	(void)sqlite3_reset(q);
	(void)sqlite3_clear_bindings(q);
}

int64_t db_int(struct sqlite3_stmt *q, int column)
{
	return sqlite3_column_int64(q, column);
}

struct rd db_bytes(struct sqlite3_stmt *q, int column)
{
	const void *p = sqlite3_column_blob(q, column);

	return rd_of(p, (size_t)sqlite3_column_bytes(q, column));
}

int64_t db_number(int64_t none, const char *sql, const char *types, ...)
{
	sqlite3_stmt *st = prepared(sql);
	int64_t v = none;
	va_list args;

	va_start(args, types);
	bind_all(st, types, args);
	va_end(args);
	if (db_step(st)) {
		v = db_int(st, 0);
		db_end(st);
	}
	return v;
}

bool db_get(struct buf *out, const char *sql, const char *types, ...)
{
	sqlite3_stmt *st = prepared(sql);
	va_list args;
	bool ok;

	va_start(args, types);
	bind_all(st, types, args);
	va_end(args);
	if (!db_step(st))
		return false;
	ok = buf_put_rd(out, db_bytes(st, 0));
	db_end(st);
	return ok;
}

int64_t db_last_id(void)
{
	return sqlite3_last_insert_rowid(me.db);
}

static bool is_whole(void)
{
	AUTO(buf_done) struct buf said = { 0 };
	struct rd r;

	buf_init(&said, 4096);
	if (!db_get(&said, "PRAGMA integrity_check(1)", ""))
		return false;
	r = buf_rd(&said);
	return rd_is(&r, "ok");
}

/* Counting the starts makes a first commit while files may still be opened: SQLite opens
 * the directory to sync it then. */
int db_open(const char *path)
{
	if (sqlite3_open_v2(path, &me.db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_EXRESCODE, NULL) !=
	        SQLITE_OK ||
	    sqlite3_exec(me.db, schema, NULL, NULL, NULL) != SQLITE_OK) {
		(void)dprintf(STDERR_FILENO, "cannot open the desk's database: %s\n", me.db ? sqlite3_errmsg(me.db) : "no memory");
		return -EIO;
	}
	if (!is_whole()) {
		(void)dprintf(STDERR_FILENO, "the desk's database is damaged; restore it from its backup\n");
		return -EBADMSG;
	}
	(void)db_run("INSERT INTO life VALUES(1, 1) ON CONFLICT DO UPDATE SET starts = starts + 1", "");
	db_commit();
	return 0;
}
