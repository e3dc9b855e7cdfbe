/*
 * Is:        what begins the schema of every database of ours.
 * Is not:    SQLite; whoever has a database links it.
 * Called by: deskd's database, the witness's memory.
 * Owns:      nothing.
 * Trust:     the directory is the process's alone; what lies in it may still be damaged.
 *
 * Exclusive: no shared memory file, and the lock is held until the process ends. FULL: each
 * commit is on the disk when it returns. Pages are checked, and no function runs from a
 * schema that somebody else wrote.
 */
#pragma once

#define DURABLE_SQL                    \
	"PRAGMA locking_mode=EXCLUSIVE;" \
	"PRAGMA journal_mode=WAL;"       \
	"PRAGMA synchronous=FULL;"       \
	"PRAGMA cell_size_check=ON;"     \
	"PRAGMA trusted_schema=OFF;"     \
	"PRAGMA temp_store=MEMORY;"
