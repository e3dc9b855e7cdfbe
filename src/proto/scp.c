/*
 * Is:        the legacy SCP protocol (contracts in the header).
 * Is not:    the command line.
 * Called by: the SCP lane.
 * Owns:      nothing.
 * Trust:     hostile bytes.
 */
#include "proto/scp.h"

#include "base/text.h"
#include "proto/path.h"

enum source_state { LINE_START, IN_LINE, IN_DATA, AFTER_DATA, IN_MESSAGE };
enum sink_state { SINK_BYTE, SINK_MESSAGE };

struct call {
	struct scp *s;
	scp_each each;
	void *arg;
};

void scp_init(struct scp *s, bool recursive)
{
	*s = (struct scp){ .recursive = recursive };
}

static int tell(const struct call *c, struct scp_event e)
{
	return c->each(c->arg, &e) ? 0 : SCP_STOP;
}

static void wait_for(struct scp *s, uint8_t what)
{
	s->waits = true;
	s->acked = what;
}

/* Digits up to the next `end`. */
static bool take_number(struct rd *r, uint8_t end, uint64_t *out)
{
	struct rd digits;

	return rd_until(r, end, &digits) && text_u64(digits, out);
}

/* MODE SIZE NAME, after the letter. The mode is four octal digits. */
static bool take_entry(struct rd line, struct scp_event *e)
{
	struct rd mode;
	uint8_t c;

	if (!rd_until(&line, ' ', &mode) || mode.len != 4)
		return false;
	while (rd_u8(&mode, &c)) {
		if (c < '0' || c > '7')
			return false;
		e->mode = e->mode * 8 + (unsigned)(c - '0');
	}
	if (!take_number(&line, ' ', &e->size) || !path_is_name(line))
		return false;
	e->name = line;
	return true;
}

static int on_file(const struct call *c, struct rd line)
{
	struct scp_event e = { .kind = SCP_FILE, .from = SCP_SOURCE };

	if (!take_entry(line, &e))
		return SCP_BAD;
	c->s->size = c->s->left = e.size;
	wait_for(c->s, 'C');
	return tell(c, e);
}

static int on_dir(const struct call *c, struct rd line)
{
	struct scp_event e = { .kind = SCP_DIR, .from = SCP_SOURCE };

	if (!c->s->recursive || !take_entry(line, &e) || e.size != 0 || c->s->depth == SCP_DEPTH_MAX)
		return SCP_BAD;
	wait_for(c->s, 'D');
	return tell(c, e);
}

static int on_up(const struct call *c, struct rd line)
{
	if (line.len != 0 || c->s->depth == 0)
		return SCP_BAD;
	c->s->depth--;
	wait_for(c->s, 'E');
	return tell(c, (struct scp_event){ .kind = SCP_UP, .from = SCP_SOURCE });
}

/* T MTIME USEC ATIME USEC */
static int on_times(const struct call *c, struct rd line)
{
	struct scp_event e = { .kind = SCP_TIMES, .from = SCP_SOURCE };
	uint64_t us;

	if (!take_number(&line, ' ', &e.mtime) || !take_number(&line, ' ', &us) || us > 999999 ||
	    !take_number(&line, ' ', &e.atime) || !text_u64(line, &us) || us > 999999)
		return SCP_BAD;
	wait_for(c->s, 'T');
	return tell(c, e);
}

static int on_line(const struct call *c, struct rd line)
{
	switch (c->s->n_source_kind) {
	case 'C':
		return on_file(c, line);
	case 'D':
		return on_dir(c, line);
	case 'E':
		return on_up(c, line);
	default:
		return on_times(c, line);
	}
}

static int on_message(const struct call *c, enum scp_side from, uint8_t kind, struct rd text)
{
	struct scp_event e = { .kind = SCP_WARNING, .from = from, .text = text };
	struct scp *s = c->s;

	if (kind == 2) {
		s->over = true;
		e.kind = SCP_FATAL;
	} else if (from == SCP_SINK && s->waits && (s->acked == 'C' || s->acked == 'D' || s->acked == 'T')) {
		s->waits = false; /* the source skips it */
		e.kind = SCP_REFUSED;
	} else if (from == SCP_SINK) {
		s->waits = false;
		s->begun = true; /* it begins with a no: OpenSSH's source says all the same what it has */
	}
	return tell(c, e);
}

static bool keep(uint8_t *line, uint32_t *n, uint8_t b)
{
	if (*n == SCP_LINE_MAX)
		return false;
	line[(*n)++] = b;
	return true;
}

/* After the bytes of a file: \0, or \1TEXT\n when the source could not read it all. */
static int file_end(const struct call *c, bool ok)
{
	c->s->source = LINE_START;
	wait_for(c->s, 'd');
	return tell(c, (struct scp_event){ .kind = SCP_FILE_END, .from = SCP_SOURCE, .ok = ok,
	    .size = c->s->size });
}

static int source_begins(struct scp *s, uint8_t b)
{
	s->n_source_kind = b;
	s->n_source_line = 0;
	if (b == 1 || b == 2) {
		s->source = IN_MESSAGE;
		return 0;
	}
	if (s->waits || !s->begun || (b != 'C' && b != 'D' && b != 'E' && b != 'T'))
		return SCP_BAD;
	s->source = IN_LINE;
	return 0;
}

static int source_line(const struct call *c, uint8_t b)
{
	struct scp *s = c->s;
	bool message = s->source == IN_MESSAGE;
	struct rd line;

	if (b != '\n')
		return keep(s->source_line, &s->n_source_line, b) ? 0 : SCP_BAD;
	s->source = LINE_START;
	line = rd_of(s->source_line, s->n_source_line);
	return message ? on_message(c, SCP_SOURCE, s->n_source_kind, line) : on_line(c, line);
}

static int source_byte(const struct call *c, uint8_t b)
{
	struct scp *s = c->s;

	switch ((enum source_state)s->source) {
	case LINE_START:
		return source_begins(s, b);
	case IN_LINE:
	case IN_MESSAGE:
		return source_line(c, b);
	case AFTER_DATA:
		if (b == 0)
			return file_end(c, true);
		if (b != 1 && b != 2)
			return SCP_BAD;
		s->n_source_kind = b;
		s->n_source_line = 0;
		int rc = file_end(c, false);
		s->source = IN_MESSAGE;
		return rc;
	case IN_DATA:
		break;
	}
	return SCP_BAD;
}

/* The file's bytes in one piece: the event borrows the input. */
static int source_data(const struct call *c, struct rd *in)
{
	struct scp *s = c->s;
	size_t n = in->len < s->left ? in->len : (size_t)s->left;
	struct scp_event e = { .kind = SCP_BYTES, .from = SCP_SOURCE, .at = s->size - s->left,
		.size = s->size };

	if (!rd_take(in, n, &e.bytes))
		return SCP_BAD;
	s->left -= n;
	s->n_bytes += n;
	if (s->left == 0)
		s->source = AFTER_DATA;
	return n ? tell(c, e) : 0;
}

static int feed_source(const struct call *c, struct rd in)
{
	uint8_t b;
	int rc = 0;

	while (rc == 0 && in.len) {
		if (c->s->over)
			rc = SCP_BAD;
		else if (c->s->source == IN_DATA && !c->s->waits)
			rc = source_data(c, &in);
		else if (rd_u8(&in, &b))
			rc = source_byte(c, b);
	}
	return rc;
}

static void on_ack(struct scp *s)
{
	s->begun = true;
	if (!s->waits)
		return;
	s->waits = false;
	if (s->acked == 'D')
		s->depth++;
	if (s->acked != 'C')
		return;
	s->n_files++;
	s->source = s->left ? IN_DATA : AFTER_DATA;
}

static int sink_byte(const struct call *c, uint8_t b)
{
	struct scp *s = c->s;

	if (s->sink == SINK_MESSAGE) {
		if (b != '\n')
			return keep(s->sink_line, &s->n_sink_line, b) ? 0 : SCP_BAD;
		s->sink = SINK_BYTE;
		return on_message(c, SCP_SINK, s->n_sink_kind, rd_of(s->sink_line, s->n_sink_line));
	}
	if (b == 0) {
		if (s->begun && !s->waits)
			return SCP_BAD; /* an ack of nothing would let two lines through unanswered */
		on_ack(s);
		return 0;
	}
	if (b != 1 && b != 2)
		return SCP_BAD;
	s->n_sink_kind = b;
	s->n_sink_line = 0;
	s->sink = SINK_MESSAGE;
	return 0;
}

int scp_feed(struct scp *s, enum scp_side from, struct rd in, scp_each each, void *arg)
{
	struct call c = { s, each, arg };
	uint8_t b;
	int rc = 0;

	if (from == SCP_SOURCE)
		return feed_source(&c, in);
	while (rc == 0 && rd_u8(&in, &b))
		rc = s->over ? SCP_BAD : sink_byte(&c, b);
	return rc;
}

bool scp_may_end(const struct scp *s)
{
	return s->over || (s->source == LINE_START && s->sink == SINK_BYTE && s->depth == 0);
}
