/*
 * Is:        the desk's database: one statement a call, one transaction a turn of the loop.
 * Is not:    what is in it (schema.c says) or who may ask.
 * Called by: every file of the desk.
 * Owns:      the database and its prepared statements.
 * Trust:     the directory is ours alone; values are bound, never pasted.
 *
 * Any error of the database ends the process at once, before anything was promised: the
 * supervisor starts it again, and it goes on from what was committed. Nothing leaves the
 * process before db_commit: see book.h.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/def.h"
#include "base/rd.h"

struct sqlite3_stmt;

/* 0, or a negative errno after a line on standard error. */
MUST_USE int db_open(const char *path);

/* Runs one statement that gives no rows; begins the turn's transaction if it is not open.
 * `types` has a letter for each of ?1, ?2, ...: 'i' int64_t, 't' struct rd of text, 'b'
 * struct rd of bytes. `sql` is a literal. Returns the number of rows changed. */
int64_t db_run(const char *sql, const char *types, ...);

/* Begins a query. Step until db_step is false (then it is over by itself), or db_end it. */
MUST_USE struct sqlite3_stmt *db_query(const char *sql, const char *types, ...);
MUST_USE bool db_step(struct sqlite3_stmt *q);
void db_end(struct sqlite3_stmt *q);

/* Columns count from 0. Text and bytes are borrowed until the next step or end. */
int64_t db_int(struct sqlite3_stmt *q, int column);
struct rd db_bytes(struct sqlite3_stmt *q, int column);

/* One number, or `none` when there is no row. */
int64_t db_number(int64_t none, const char *sql, const char *types, ...);
/* Appends one text or bytes; false when there is no row. */
MUST_USE bool db_get(struct buf *out, const char *sql, const char *types, ...);

int64_t db_last_id(void);
bool db_is_open(void); /* a transaction */
/* What was run since the last commit is on the disk when it returns. */
void db_commit(void);
