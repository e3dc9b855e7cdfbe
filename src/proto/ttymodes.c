/*
 * Is:        the modes of a terminal as SSH writes them (contract in the header).
 * Is not:    a terminal.
 * Called by: session, gate, the talks.
 * Owns:      nothing.
 * Trust:     hostile bytes.
 *
 * u8 opcode, u32 argument, ...; u8 0. Opcodes from 160 on have no argument that can be known.
 */
#include "proto/ttymodes.h"

#include <termios.h>
#include <unistd.h>

enum { OP_END = 0, OP_INTR = 1, OP_ERASE = 3, OP_KILL = 4, OP_WERASE = 13, OP_ISTRIP = 33, OP_IUCLC = 37, OP_ISIG = 50,
	OP_ICANON = 51, OP_XCASE = 52, OP_IEXTEN = 59, OP_ISPEED = 128, OP_OSPEED = 129 };
enum { NO_KEY = 255, SPEED_MAX = 4000000 };

enum field { CHARACTER, INPUT, LOCAL, OUTPUT, CONTROL, SPEED, FOREIGN_CHARACTER };

/* Rising. A foreign character is none of Linux's. */
static const struct mode {
	uint8_t op;
	enum field field;
	uint32_t what;
} table[] = {
	{ OP_INTR, CHARACTER, VINTR }, { 2, CHARACTER, VQUIT }, { OP_ERASE, CHARACTER, VERASE },
	{ OP_KILL, CHARACTER, VKILL }, { 5, CHARACTER, VEOF }, { 6, CHARACTER, VEOL }, { 7, CHARACTER, VEOL2 },
	{ 8, CHARACTER, VSTART }, { 9, CHARACTER, VSTOP }, { 10, CHARACTER, VSUSP }, { 11, FOREIGN_CHARACTER, 0 },
	{ 12, CHARACTER, VREPRINT }, { OP_WERASE, CHARACTER, VWERASE }, { 14, CHARACTER, VLNEXT },
	{ 15, FOREIGN_CHARACTER, 0 }, { 16, FOREIGN_CHARACTER, 0 }, { 17, FOREIGN_CHARACTER, 0 }, { 18, CHARACTER, VDISCARD },
	{ 30, INPUT, IGNPAR }, { 31, INPUT, PARMRK }, { 32, INPUT, INPCK }, { OP_ISTRIP, INPUT, ISTRIP }, { 34, INPUT, INLCR },
	{ 35, INPUT, IGNCR }, { 36, INPUT, ICRNL }, { OP_IUCLC, INPUT, IUCLC }, { 38, INPUT, IXON }, { 39, INPUT, IXANY },
	{ 40, INPUT, IXOFF }, { 41, INPUT, IMAXBEL }, { 42, INPUT, IUTF8 },
	{ OP_ISIG, LOCAL, ISIG }, { OP_ICANON, LOCAL, ICANON }, { OP_XCASE, LOCAL, XCASE }, { 53, LOCAL, ECHO }, { 54, LOCAL, ECHOE },
	{ 55, LOCAL, ECHOK }, { 56, LOCAL, ECHONL }, { 57, LOCAL, NOFLSH }, { 58, LOCAL, TOSTOP }, { OP_IEXTEN, LOCAL, IEXTEN },
	{ 60, LOCAL, ECHOCTL }, { 61, LOCAL, ECHOKE }, { 62, LOCAL, PENDIN },
	{ 70, OUTPUT, OPOST }, { 71, OUTPUT, OLCUC }, { 72, OUTPUT, ONLCR }, { 73, OUTPUT, OCRNL }, { 74, OUTPUT, ONOCR },
	{ 75, OUTPUT, ONLRET },
	{ 90, CONTROL, CS7 }, { 91, CONTROL, CS8 }, { 92, CONTROL, PARENB }, { 93, CONTROL, PARODD },
	{ OP_ISPEED, SPEED, 0 }, { OP_OSPEED, SPEED, 0 },
};

static const struct {
	speed_t code;
	uint32_t baud;
} speeds[] = {
	{ B0, 0 }, { B50, 50 }, { B75, 75 }, { B110, 110 }, { B134, 134 }, { B150, 150 }, { B200, 200 }, { B300, 300 },
	{ B600, 600 }, { B1200, 1200 }, { B1800, 1800 }, { B2400, 2400 }, { B4800, 4800 }, { B9600, 9600 },
	{ B19200, 19200 }, { B38400, 38400 }, { B57600, 57600 }, { B115200, 115200 }, { B230400, 230400 },
	{ B460800, 460800 }, { B500000, 500000 }, { B576000, 576000 }, { B921600, 921600 }, { B1000000, 1000000 },
	{ B1152000, 1152000 }, { B1500000, 1500000 }, { B2000000, 2000000 }, { B2500000, 2500000 },
	{ B3000000, 3000000 }, { B3500000, 3500000 }, { B4000000, 4000000 },
};

/* As OpenSSH: what has no name is 9600. */
static uint32_t baud_of(speed_t code)
{
	for (size_t i = 0; i < ARRAY_LEN(speeds); i++)
		if (speeds[i].code == code)
			return speeds[i].baud;
	return 9600;
}

static uint32_t value_of(const struct mode *m, const struct termios *t)
{
	switch (m->field) {
	case CHARACTER:
		return t->c_cc[m->what] == _POSIX_VDISABLE ? NO_KEY : t->c_cc[m->what];
	case INPUT:
		return (t->c_iflag & m->what) != 0;
	case LOCAL:
		return (t->c_lflag & m->what) != 0;
	case OUTPUT:
		return (t->c_oflag & m->what) != 0;
	case CONTROL:
		return (t->c_cflag & m->what) != 0; /* of two bits one is enough: as OpenSSH */
	case SPEED:
		return baud_of(m->op == OP_ISPEED ? cfgetispeed(t) : cfgetospeed(t));
	case FOREIGN_CHARACTER:
		break;
	}
	return NO_KEY;
}

void ttymodes_write(struct wr *w, const struct termios *t)
{
	for (size_t i = 0; i < ARRAY_LEN(table); i++) {
		if (table[i].field == FOREIGN_CHARACTER)
			continue;
		wr_u8(w, table[i].op);
		wr_u32(w, value_of(&table[i], t));
	}
	wr_u8(w, OP_END);
}

static bool is_character(const struct mode *m)
{
	return m->field == CHARACTER || m->field == FOREIGN_CHARACTER;
}

static bool can_be(const struct mode *m, uint32_t value)
{
	return value <= (is_character(m) ? UINT8_MAX : m->field == SPEED ? SPEED_MAX : 1u);
}

/* The next of them: 1 and which, 0 at the end, negative when it is none. `from` is where in the
 * table it may stand. */
static int next(struct rd *r, size_t *from, const struct mode **out, uint32_t *value)
{
	uint8_t op;

	if (!rd_u8(r, &op))
		return -1;
	if (op == OP_END)
		return r->len == 0 ? 0 : -1;
	for (size_t i = *from; i < ARRAY_LEN(table); i++) {
		if (table[i].op != op)
			continue;
		*from = i + 1;
		*out = &table[i];
		return rd_u32(r, value) && can_be(&table[i], *value) ? 1 : -1;
	}
	return -1;
}

bool ttymodes_ok(struct rd modes)
{
	const struct mode *m;
	uint32_t value;
	size_t from = 0;
	int r = 0;

	if (modes.len == 0)
		return true;
	while ((r = next(&modes, &from, &m, &value)) > 0)
		;
	return r == 0;
}

static bool is_text(uint32_t c)
{
	return c == '\r' || c == '\n' || (c >= ' ' && c != 0x7f && c != NO_KEY);
}

static bool is_wild(const struct mode *m, uint32_t value)
{
	switch (m->op) {
	case OP_KILL:
		return value == NO_KEY || is_text(value);
	case OP_ISTRIP:
	case OP_IUCLC:
	case OP_XCASE:
		return value == 1;
	case OP_ICANON:
		return value == 0;
	default:
		return is_character(m) && is_text(value);
	}
}

void ttymodes_tame(struct wr *w, struct rd modes)
{
	const struct mode *m;
	uint32_t value;
	size_t from = 0;

	if (modes.len == 0)
		return;
	while (next(&modes, &from, &m, &value) > 0) {
		if (is_wild(m, value))
			continue;
		wr_u8(w, m->op);
		wr_u32(w, value);
	}
	wr_u8(w, OP_END);
}

void ttymodes_keys(struct rd modes, struct ttymodes_keys *keys)
{
	const struct mode *m;
	uint32_t value;
	size_t from = 0;

	while (next(&modes, &from, &m, &value) > 0) {
		if (m->op == OP_INTR)
			keys->intr = (uint8_t)value;
		else if (m->op == OP_ERASE)
			keys->erase = (uint8_t)value;
		else if (m->op == OP_KILL)
			keys->kill = (uint8_t)value;
		else if (m->op == OP_WERASE)
			keys->werase = (uint8_t)value;
		else if (m->op == OP_ISIG && value == 0)
			keys->intr = NO_KEY;
		else if (m->op == OP_IEXTEN && value == 0)
			keys->werase = NO_KEY;
	}
}
