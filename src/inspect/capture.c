/*
 * Is:        files to the inspector (contract in the header).
 * Is not:    the inspector.
 * Called by: cli/inspect.c.
 * Owns:      see the header.
 * Trust:     hostile bytes.
 *
 * Our reader of JSON knows integers only, and identifiers stand in JSON as numbers of any
 * length: so numbers are made strings before a line is read (quote_numbers), which keeps
 * every digit and the times of an asciicast.
 */
#include "inspect/capture.h"

#include <string.h>

#include "base/ascii.h"
#include "base/buf.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/text.h"
#include "base/timefmt.h"
#include "inspect/csv.h"
#include "inspect/masks.h"

enum { PUT_MAX = 1 << 16, OUT_MAX = 1 << 21 };
enum { ROWS_DEFAULT = 24, COLS_DEFAULT = 80, SIZE_MAX_SEEN = 1000 };

struct capture {
	enum capture_format format;
	struct inspector *in, *beside;
	uint64_t now_ns;
	struct buf line, quoted, text, out;
	bool has_header, is_long; /* the line at hand was too long and passes as text */
	uint64_t lines, as_text;
	uint8_t separator;
	size_t n_columns;
	struct column {
		uint8_t text[CAPTURE_NAME_MAX];
		size_t n;
	} column[CAPTURE_COLUMNS_MAX];
};

struct capture *capture_new(enum capture_format format, const struct inspector_options *given)
{
	struct capture *c = mem_new(1, sizeof(*c));
	struct inspector_options o = *given;

	c->format = format;
	o.screen = format == CAPTURE_TERMINAL || format == CAPTURE_CAST;
	o.rows = o.rows ? o.rows : ROWS_DEFAULT;
	o.cols = o.cols ? o.cols : COLS_DEFAULT;
	c->in = inspector_new(&o);
	o.screen = false;
	c->beside = inspector_new(&o);
	buf_init(&c->line, CAPTURE_LINE_MAX);
	buf_init(&c->quoted, 3 * CAPTURE_LINE_MAX);
	buf_init(&c->text, CAPTURE_LINE_MAX);
	buf_init(&c->out, OUT_MAX);
	return c;
}

void capture_free(struct capture **cp)
{
	struct capture *c = *cp;

	if (!c)
		return;
	inspector_free(&c->in);
	inspector_free(&c->beside);
	buf_wipe(&c->line);
	buf_wipe(&c->quoted);
	buf_wipe(&c->text);
	buf_wipe(&c->out);
	mem_free(cp);
}

/* Nothing is released to anybody: what would be held goes on being read. */
static void let_go(struct capture *c, struct inspector *in)
{
	buf_reset(&c->out);
	inspector_resume(in, 0, UINT64_MAX, &c->out);
	buf_reset(&c->out);
}

static void put(struct capture *c, struct inspector *in, struct rd bytes)
{
	enum inspect_why why;
	struct rd piece;

	while (bytes.len && rd_take(&bytes, bytes.len < PUT_MAX ? bytes.len : PUT_MAX, &piece)) {
		buf_reset(&c->out);
		if (inspector_due(in) <= c->now_ns && inspector_tick(in, c->now_ns, &c->out, &why) == INSPECT_HOLD)
			let_go(c, in);
		buf_reset(&c->out);
		if (inspector_put(in, piece, c->now_ns, &c->out, &why) == INSPECT_HOLD)
			let_go(c, in);
	}
}

static void put_field(struct capture *c, struct rd name, struct rd value)
{
	enum inspect_why why;

	buf_reset(&c->out);
	if (value.len && inspector_field(c->in, name, value, &c->out, &why) == INSPECT_HOLD)
		let_go(c, c->in);
}

/* A line of no use as what it should be. A screen would show what it never showed. */
static void put_as_text(struct capture *c, struct rd line)
{
	struct inspector *in = c->format == CAPTURE_CAST ? c->beside : c->in;

	c->as_text++;
	put(c, in, line);
	put(c, in, rd_str("\n"));
}

static bool in_a_number(uint8_t b)
{
	return is_digit(b) || b == '-' || b == '+' || b == '.' || b == 'e' || b == 'E';
}

/* The same JSON with each number a string. */
static bool quote_numbers(struct rd line, struct buf *out)
{
	bool in_string = false, escaped = false, in_number = false, ok = true;
	uint8_t b;

	buf_reset(out);
	while (ok && rd_u8(&line, &b)) {
		const bool number = !in_string && (in_number ? in_a_number(b) : is_digit(b) || b == '-');

		if (number != in_number)
			ok = buf_put_u8(out, '"');
		in_number = number;
		if (b == '"' && !escaped)
			in_string = !in_string;
		escaped = in_string && b == '\\' && !escaped;
		ok = ok && buf_put_u8(out, b);
	}
	return ok && (!in_number || buf_put_u8(out, '"'));
}

/* A string with its escapes resolved; good until the next. */
static bool string_of(struct capture *c, const struct json_token *t, struct rd *out)
{
	*out = t->text;
	if (!t->escaped)
		return true;
	buf_reset(&c->text);
	if (!json_unescape(t, &c->text))
		return false;
	*out = buf_rd(&c->text);
	return true;
}

/* CSV. */

static bool read_names(struct capture *c, struct rd line)
{
	bool last = false;
	struct rd cell;

	c->separator = csv_begin(&line);
	for (; !last && c->n_columns < CAPTURE_COLUMNS_MAX; c->n_columns++) {
		struct column *col = &c->column[c->n_columns];
		if (!csv_cell(&line, c->separator, &cell, &last))
			return false;
		if (masks_may_identify(&cell)) /* without names the first line holds values */
			put_field(c, rd_of(NULL, 0), cell);
		col->n = cell.len < CAPTURE_NAME_MAX ? cell.len : CAPTURE_NAME_MAX;
		if (!rd_copy(&cell, col->text, col->n))
			return false;
	}
	return true;
}

static bool read_cells(struct capture *c, struct rd line)
{
	bool last = false;
	struct rd cell;

	for (size_t k = 0; !last; k++) {
		if (!csv_cell(&line, c->separator, &cell, &last))
			return false;
		put_field(c, k < c->n_columns ? rd_of(c->column[k].text, c->column[k].n) : rd_of(NULL, 0), cell);
	}
	return true;
}

static bool read_csv(struct capture *c, struct rd line)
{
	if (c->has_header)
		return read_cells(c, line);
	c->has_header = true;
	return read_names(c, line);
}

/* Lines of JSON. */

/* Every value under the name nearest to it. */
static bool read_json(struct capture *c, struct rd line)
{
	struct rd name[JSON_DEPTH_MAX + 1] = { { NULL, 0 } };
	struct json_token t;
	enum json_type type;
	struct json_rd j;
	struct rd value;

	if (!quote_numbers(line, &c->quoted))
		return false;
	j = json_rd_of(buf_rd(&c->quoted), JSON_ANY);
	while ((type = json_next(&j, &t)) != JSON_END) {
		if (type == JSON_BAD)
			return false;
		if ((type == JSON_OBJECT || type == JSON_ARRAY) && j.depth > 0)
			name[j.depth] = name[j.depth - 1];
		if (type == JSON_KEY)
			name[j.depth] = t.text;
		if (type == JSON_KEY && !masks_may_identify(&t.text))
			continue;
		if (type != JSON_KEY && type != JSON_STRING)
			continue;
		if (!string_of(c, &t, &value))
			return false;
		put_field(c, type == JSON_KEY ? rd_of(NULL, 0) : name[j.depth], value);
	}
	return true;
}

/* Asciicast (docs.asciinema.org/manual/asciicast/v2): a header, then [time, code, data]. */

static bool decimal(struct rd r, uint64_t max, uint64_t *out)
{
	uint64_t v = 0;
	uint8_t b;

	if (r.len == 0)
		return false;
	while (rd_u8(&r, &b)) {
		if (!is_digit(b) || v > max)
			return false;
		v = v * 10 + (b - '0');
	}
	*out = v;
	return v <= max;
}

/* Seconds with a fraction. */
static bool seconds(struct rd r, uint64_t *out_ns)
{
	uint64_t whole, part = 0, unit = NS_PER_S;
	struct rd front = r;
	uint8_t b;

	if (rd_until(&r, '.', &front)) {
		while (rd_u8(&r, &b)) {
			if (!is_digit(b))
				return false;
			unit /= 10;
			part += unit * (uint64_t)(b - '0');
		}
	}
	if (!decimal(front, UINT32_MAX, &whole))
		return false;
	*out_ns = whole * NS_PER_S + part;
	return true;
}

static void resize(struct capture *c, uint64_t rows, uint64_t cols)
{
	if (rows && cols)
		inspector_resize(c->in, (unsigned)rows, (unsigned)cols);
}

static bool read_cast_header(struct capture *c, struct json_rd *j)
{
	uint64_t rows = 0, cols = 0;
	struct json_token key, t;
	enum json_type type;

	while ((type = json_next(j, &key)) == JSON_KEY) {
		type = json_next(j, &t);
		if (type == JSON_STRING && rd_is(&key.text, "width"))
			(void)!decimal(t.text, SIZE_MAX_SEEN, &cols);
		else if (type == JSON_STRING && rd_is(&key.text, "height"))
			(void)!decimal(t.text, SIZE_MAX_SEEN, &rows);
		else if (!json_skip(j, type))
			return false;
	}
	if (type != JSON_CLOSE)
		return false;
	resize(c, rows, cols);
	return true;
}

static void run_event(struct capture *c, uint8_t code, struct rd data)
{
	uint64_t rows = 0, cols = 0;
	struct rd width;

	if (code == 'r') {
		if (rd_until(&data, 'x', &width) && decimal(width, SIZE_MAX_SEEN, &cols) &&
		    decimal(data, SIZE_MAX_SEEN, &rows))
			resize(c, rows, cols);
		return;
	}
	put(c, code == 'o' ? c->in : c->beside, data);
}

static bool read_event(struct capture *c, struct json_rd *j)
{
	struct json_token at, code, data, close;
	uint64_t now_ns;
	struct rd text;
	uint8_t what;

	if (json_next(j, &at) != JSON_STRING || !seconds(at.text, &now_ns) || json_next(j, &code) != JSON_STRING ||
	    code.text.len != 1 || !rd_at(&code.text, 0, &what) || json_next(j, &data) != JSON_STRING ||
	    json_next(j, &close) != JSON_CLOSE || !string_of(c, &data, &text))
		return false;
	c->now_ns = now_ns > c->now_ns ? now_ns : c->now_ns;
	run_event(c, what, text);
	return true;
}

static bool read_cast(struct capture *c, struct rd line)
{
	struct json_token t;
	struct json_rd j;

	if (!quote_numbers(line, &c->quoted))
		return false;
	j = json_rd_of(buf_rd(&c->quoted), JSON_ANY);
	switch (json_next(&j, &t)) {
	case JSON_OBJECT:
		put(c, c->beside, line); /* titles and environments say things too */
		put(c, c->beside, rd_str("\n"));
		return read_cast_header(c, &j);
	case JSON_ARRAY:
		return read_event(c, &j);
	case JSON_BAD: case JSON_END: case JSON_CLOSE: case JSON_KEY: case JSON_STRING: case JSON_INT:
	case JSON_TRUE: case JSON_FALSE: case JSON_NULL:
		break;
	}
	return false;
}

/* Lines. */

static void read_line(struct capture *c, struct rd line)
{
	uint8_t end;
	bool ok;

	c->lines++;
	if (line.len && rd_at(&line, line.len - 1, &end) && end == '\r')
		line.len--;
	if (line.len == 0)
		return;
	ok = c->format == CAPTURE_CSV ? read_csv(c, line) : c->format == CAPTURE_CAST ? read_cast(c, line) : read_json(c, line);
	if (!ok)
		put_as_text(c, line);
}

/* More of a line, of which `end` says whether it ends here. */
static void add_to_line(struct capture *c, struct rd part, bool end)
{
	struct inspector *in = c->format == CAPTURE_CAST ? c->beside : c->in;

	if (!c->is_long && !buf_put_rd(&c->line, part)) {
		c->is_long = true;
		put(c, in, buf_rd(&c->line));
		buf_reset(&c->line);
	}
	if (c->is_long)
		put(c, in, part);
	if (!end)
		return;
	if (c->is_long) {
		c->lines++;
		c->as_text++;
		put(c, in, rd_str("\n"));
	} else {
		read_line(c, buf_rd(&c->line));
	}
	c->is_long = false;
	buf_reset(&c->line);
}

void capture_feed(struct capture *c, struct rd data)
{
	struct rd part;

	if (c->format == CAPTURE_TEXT || c->format == CAPTURE_TERMINAL) {
		put(c, c->in, data);
		return;
	}
	while (rd_until(&data, '\n', &part))
		add_to_line(c, part, true);
	if (data.len)
		add_to_line(c, data, false);
}

void capture_end(struct capture *c)
{
	struct inspector *both[] = { c->in, c->beside };
	enum inspect_why why;

	if (c->line.len || c->is_long)
		add_to_line(c, rd_of(NULL, 0), true);
	for (size_t k = 0; k < ARRAY_LEN(both); k++) {
		buf_reset(&c->out);
		if (inspector_end(both[k], &c->out, &why) == INSPECT_HOLD)
			let_go(c, both[k]);
	}
}

void capture_figures(struct capture *c, struct capture_figures *out)
{
	out->lines = c->lines;
	out->as_text = c->as_text;
	inspector_figures(c->in, &out->seen);
	inspector_figures(c->beside, &out->beside);
}

static const char *const format_names[CAPTURE_FORMATS] = { "text", "terminal", "cast", "csv", "jsonl" };

const char *capture_format_name(enum capture_format f)
{
	return (unsigned)f < CAPTURE_FORMATS ? format_names[f] : "none";
}

bool capture_format_of(const char *name, enum capture_format *out)
{
	for (unsigned k = 0; k < CAPTURE_FORMATS; k++)
		if (strcmp(name, format_names[k]) == 0) {
			*out = (enum capture_format)k;
			return true;
		}
	return false;
}

static bool ends_with(const char *name, const char *end)
{
	const size_t n = strlen(name), k = strlen(end);

	return n > k && strcmp(name + n - k, end) == 0;
}

/* An object in the first line that has `version` 2 and a width. */
static bool begins_cast(struct rd head)
{
	struct rd line = head, rest = head, skipped;
	bool version = false, width = false;

	if (!rd_until(&rest, '\n', &line) || !rd_word(&line, "{"))
		return false;
	while (line.len) {
		struct rd at = line;
		version |= rd_word(&at, "\"version\"") && (rd_word(&at, ": 2") || rd_word(&at, ":2"));
		at = line;
		width |= rd_word(&at, "\"width\"");
		if (!rd_take(&line, 1, &skipped))
			break;
	}
	return version && width;
}

enum capture_format capture_guess(struct rd head, const char *name)
{
	uint8_t b;

	if (begins_cast(head))
		return CAPTURE_CAST;
	if (ends_with(name, ".csv") || ends_with(name, ".tsv"))
		return CAPTURE_CSV;
	for (size_t k = 0; rd_at(&head, k, &b); k++)
		if (b == 0x1b)
			return CAPTURE_TERMINAL;
	if (rd_word(&head, "{\"") || rd_word(&head, "{ \"") || ends_with(name, ".jsonl") || ends_with(name, ".ndjson"))
		return CAPTURE_JSONL;
	return CAPTURE_TEXT;
}
