/*
 * Is:        a stream of CSV into a load of members: one person a line, one identifier
 *            a column, kinds by the names in the first line.
 * Is not:    an importer of anything else: columns of other names are skipped unread.
 * Called by: `slagboom members load`, in tokend.
 * Owns:      one line of at most CSV_LINE_MAX bytes, wiped.
 * Trust:     the operator's file, which may be wrong anywhere.
 *
 * RFC 4180 with comma, semicolon or tab (what the first line has); quotes may hold
 * separators but not line ends. A cell that is no identifier of its column's kind is
 * counted and skipped: one bad cell must not leave the other subscribers unknown.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/def.h"
#include "inspect/members.h"

enum { CSV_LINE_MAX = 16384, CSV_COLUMNS_MAX = 64 };

struct members_csv {
	struct members_load *load;
	const struct plan *plan;
	struct buf line;
	uint8_t separator;
	bool has_header;
	size_t n_columns;
	int kind[CSV_COLUMNS_MAX];  /* enum scan_kind, or -1: not read */
	uint64_t n_lines, n_bad, first_bad_line;
	const char *why; /* after a failure; the line is n_lines */
};

/* Borrows the load and the plan. */
void members_csv_init(struct members_csv *c, struct members_load *load, const struct plan *plan);
void members_csv_done(struct members_csv *c);

/* The file's next bytes. 0; -EINVAL: not such a file; -ENOSPC: more identifiers than
 * the load takes. After a failure only members_csv_done. */
MUST_USE int members_csv_feed(struct members_csv *c, struct rd data);
/* The file has ended. */
MUST_USE int members_csv_end(struct members_csv *c);
