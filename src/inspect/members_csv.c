/*
 * Is:        CSV into a load of members.
 * Is not:    an importer of anything else.
 * Called by: `slagboom members load`, in tokend.
 * Owns:      one line.
 * Trust:     the operator's file.
 */
#include "inspect/members_csv.h"

#include <errno.h>

#include "base/mem.h"
#include "inspect/canon.h"
#include "inspect/csv.h"

void members_csv_init(struct members_csv *c, struct members_load *load, const struct plan *plan)
{
	*c = (struct members_csv){ .load = load, .plan = plan };
	buf_init(&c->line, CSV_LINE_MAX);
}

void members_csv_done(struct members_csv *c)
{
	buf_wipe(&c->line);
}

static int refuse(struct members_csv *c, int code, const char *why)
{
	c->why = why;
	return code;
}

static int read_header(struct members_csv *c, struct rd line)
{
	bool last = false, any = false;
	struct rd cell;

	c->separator = csv_begin(&line);
	while (!last) {
		enum scan_kind kind;
		if (c->n_columns == CSV_COLUMNS_MAX)
			return refuse(c, -EINVAL, "too many columns");
		if (!csv_cell(&line, c->separator, &cell, &last))
			return refuse(c, -EINVAL, "a quote that does not end");
		const bool known = canon_kind_of(cell, &kind);
		c->kind[c->n_columns++] = known ? (int)kind : -1;
		any = any || known;
	}
	c->has_header = true;
	return any ? 0 : refuse(c, -EINVAL, "the first line names no kind of identifier: msisdn, imsi, iccid ...");
}

static void note_bad(struct members_csv *c)
{
	if (c->n_bad++ == 0)
		c->first_bad_line = c->n_lines;
}

static int read_person(struct members_csv *c, struct rd line)
{
	bool last = false;
	struct rd cell;
	struct canon value;

	(void)members_load_person(c->load);
	for (size_t k = 0; !last; k++) {
		if (!csv_cell(&line, c->separator, &cell, &last)) {
			note_bad(c);
			return 0;
		}
		if (k >= c->n_columns || c->kind[k] < 0 || cell.len == 0)
			continue;
		if (!canon((enum scan_kind)c->kind[k], cell, c->plan, &value))
			note_bad(c);
		else if (!members_load_add(c->load, (enum scan_kind)c->kind[k], rd_of(value.text, value.n)))
			return refuse(c, -ENOSPC, "more identifiers than this load may hold");
	}
	mem_wipe(&value, sizeof(value));
	return 0;
}

static int read_line(struct members_csv *c, struct rd line)
{
	uint8_t end;

	c->n_lines++;
	if (rd_at(&line, line.len - 1, &end) && end == '\r')
		line.len--;
	if (line.len == 0)
		return 0;
	return c->has_header ? read_person(c, line) : read_header(c, line);
}

int members_csv_feed(struct members_csv *c, struct rd data)
{
	struct rd part;
	int err = 0;

	while (err == 0 && rd_until(&data, '\n', &part)) {
		if (c->line.len == 0) {
			err = part.len <= CSV_LINE_MAX ? read_line(c, part) : refuse(c, -EINVAL, "line too long");
			continue;
		}
		if (!buf_put_rd(&c->line, part))
			return refuse(c, -EINVAL, "line too long");
		err = read_line(c, buf_rd(&c->line));
		buf_reset(&c->line);
	}
	if (err == 0 && !buf_put_rd(&c->line, data))
		return refuse(c, -EINVAL, "line too long");
	return err;
}

int members_csv_end(struct members_csv *c)
{
	int err = c->line.len > 0 ? read_line(c, buf_rd(&c->line)) : 0;

	buf_reset(&c->line);
	if (err == 0 && !c->has_header)
		return refuse(c, -EINVAL, "empty");
	return err;
}
