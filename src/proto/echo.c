/*
 * Is:        echo and prompts (contracts in the header).
 * Is not:    a filter.
 * Called by: the telnet/VTY/MML lanes.
 * Owns:      nothing.
 * Trust:     hostile output.
 */
#include "proto/echo.h"

#include "base/ascii.h"

/* Escape sequences are skipped: ESC, ESC [ ... final. */
enum { OUTSIDE, AFTER_ESC, IN_CSI };

/* Moves the little machine; true while the byte belongs to a sequence. */
static bool skip_escape(uint8_t *state, uint8_t c)
{
	if (*state == OUTSIDE) {
		*state = c == 0x1b ? AFTER_ESC : OUTSIDE;
		return c == 0x1b;
	}
	if (*state == AFTER_ESC)
		*state = c == '[' ? IN_CSI : OUTSIDE;
	else if (c >= 0x40 || c < 0x20)
		*state = OUTSIDE;
	return true;
}

void echo_init(struct echo *e)
{
	e->n_sent = e->at = 0;
	e->state = ECHO_NOTHING;
	e->escape = OUTSIDE;
	e->got = 0;
}

bool echo_expect(struct echo *e, struct rd line)
{
	echo_init(e);
	if (line.len > ECHO_TEXT_MAX)
		return false;
	e->n_sent = line.len;
	if (line.len && !rd_copy(&line, e->sent, line.len))
		return false;
	e->state = ECHO_WAITING;
	return true;
}

static void echo_byte(struct echo *e, uint8_t c)
{
	if (skip_escape(&e->escape, c) || c == '\0')
		return;
	if (e->at < e->n_sent && e->sent[e->at] == c) {
		e->at++;
		return;
	}
	/* A line end in front is the rest of an earlier one; after all of it, the end. */
	if (c == '\r' || c == '\n') {
		if (e->at == e->n_sent && c == '\n')
			e->state = ECHO_SAME;
		else if (e->at > 0 && e->at < e->n_sent)
			e->state = ECHO_DIFFERS;
	} else {
		e->state = ECHO_DIFFERS;
	}
	e->got = c;
}

enum echo_state echo_feed(struct echo *e, struct rd output, size_t *used)
{
	size_t before = output.len;
	uint8_t c;

	if (e->state != ECHO_WAITING)
		e->state = ECHO_NOTHING;
	while (e->state == ECHO_WAITING && rd_u8(&output, &c))
		echo_byte(e, c);
	*used = before - output.len;
	return e->state;
}

static void begin_line(struct prompt *p)
{
	p->n = p->at = 0;
	p->escape = OUTSIDE;
	p->too_long = false;
}

void prompt_init(struct prompt *p)
{
	begin_line(p);
	p->n_lines = 0;
}

void prompt_feed(struct prompt *p, struct rd output)
{
	uint8_t c;

	while (rd_u8(&output, &c)) {
		if (skip_escape(&p->escape, c) || c == '\0' || c == 7)
			continue;
		if (c == '\n') {
			p->n_lines += p->n > 0;
			begin_line(p);
		} else if (c == '\r') {
			p->at = 0;
		} else if (c == '\b') {
			p->at -= p->at > 0;
		} else if (p->at < PROMPT_TAIL_MAX) {
			p->tail[p->at++] = c;
			p->n = p->at > p->n ? p->at : p->n;
		} else {
			p->too_long = true;
		}
	}
}

static bool ends_with(struct rd r, const char *text)
{
	struct rd want = rd_str(text), end;

	return r.len >= want.len && rd_slice(&r, r.len - want.len, want.len, &end) && rd_equal(&end, &want);
}

static bool begins_with(struct rd r, const char *text)
{
	return rd_word(&r, text);
}

static bool is_host(uint8_t c)
{
	return is_alnum(c) || c == '-' ||
	    c == '_' || c == '.' || c == '/' || c == '@' || c == ':';
}

/* NAME> NAME# NAME(MODE)# */
static bool is_vty(struct rd r)
{
	uint8_t c = 0;
	size_t n = 0;

	while (rd_u8(&r, &c) && is_host(c))
		n++;
	if (n == 0)
		return false;
	if (c == '(') {
		for (n = 0; rd_u8(&r, &c) && is_host(c);)
			n++;
		if (n == 0 || c != ')' || !rd_u8(&r, &c) || c != '#')
			return false;
	}
	return r.len == 0 && (c == '>' || c == '#');
}

static enum prompt_kind asks(struct rd r)
{
	static const struct {
		const char *end;
		enum prompt_kind kind;
	} known[] = {
		{ "assword:", PROMPT_PASSWORD }, { "ASSWORD:", PROMPT_PASSWORD }, { "PIN:", PROMPT_PASSWORD },
		{ "assphrase:", PROMPT_PASSWORD }, { "ogin:", PROMPT_LOGIN }, { "sername:", PROMPT_LOGIN },
		{ "USERCODE:", PROMPT_LOGIN }, { "User:", PROMPT_LOGIN }, { "--More--", PROMPT_MORE },
		{ "---- More ----", PROMPT_MORE }, { "(END)", PROMPT_MORE }, { "(y/n)", PROMPT_CONFIRM },
		{ "[y/n]", PROMPT_CONFIRM }, { "[confirm]", PROMPT_CONFIRM }, { "(Y/N)?", PROMPT_CONFIRM },
		{ "(yes/no)?", PROMPT_CONFIRM },
	};

	for (size_t i = 0; i < ARRAY_LEN(known); i++)
		if (ends_with(r, known[i].end))
			return known[i].kind;
	return PROMPT_NONE;
}

static bool is_ready(struct rd r, enum dialect d)
{
	switch (d) {
	case DIALECT_OSMOCOM_VTY:
	case DIALECT_FRR:
	case DIALECT_CISCO_LIKE:
		return is_vty(r);
	case DIALECT_MML_HUAWEI:
		return begins_with(r, "---    END") || ends_with(r, ">") || ends_with(r, "]");
	case DIALECT_MML_AXE:
	case DIALECT_MML_DX200:
		return rd_is(&r, "<") || rd_is(&r, "<;") || ends_with(r, "_>");
	case DIALECT_GENERIC_LINE:
		return ends_with(r, ">") || ends_with(r, "#") || ends_with(r, "$") || ends_with(r, "%");
	}
	return false;
}

enum prompt_kind prompt_is(const struct prompt *p, enum dialect d, struct rd *out)
{
	struct rd r = rd_of(p->tail, p->n);
	enum prompt_kind kind;
	uint8_t c;

	while (r.len && rd_at(&r, r.len - 1, &c) && c == ' ')
		(void)!rd_slice(&r, 0, r.len - 1, &r);
	*out = r;
	if (r.len == 0 || p->too_long || p->escape != OUTSIDE)
		return PROMPT_NONE;
	kind = asks(r);
	return kind != PROMPT_NONE ? kind : is_ready(r, d) ? PROMPT_READY : PROMPT_NONE;
}
