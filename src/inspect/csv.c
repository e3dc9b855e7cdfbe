/*
 * Is:        the cells of one line of CSV (contract in the header).
 * Is not:    a reader of lines.
 * Called by: members_csv.c, capture.c.
 * Owns:      nothing.
 * Trust:     hostile bytes.
 */
#include "inspect/csv.h"

uint8_t csv_begin(struct rd *first_line)
{
	const bool marked = rd_word(first_line, "\xef\xbb\xbf");
	uint8_t b;

	(void)marked; /* a byte order mark says nothing */
	for (size_t k = 0; rd_at(first_line, k, &b); k++)
		if (b == ',' || b == ';' || b == '\t')
			return b;
	return ',';
}

bool csv_cell(struct rd *line, uint8_t separator, struct rd *out, bool *last)
{
	uint8_t c;
	size_t n = 0;
	const bool quoted = rd_word(line, "\"");

	while (rd_at(line, n, &c)) {
		uint8_t next;
		if (!quoted && c == separator)
			break;
		if (quoted && c == '"') {
			if (!rd_at(line, n + 1, &next) || next != '"')
				break;
			n++;
		}
		n++;
	}
	if (!rd_take(line, n, out) || (quoted && !rd_word(line, "\"")))
		return false;
	*last = !rd_u8(line, &c);
	return *last || c == separator;
}
