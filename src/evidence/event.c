/*
 * Is:        the table of events and its checks.
 * Is not:    a logger.
 * Called by: proc/, evidenced, the verifier.
 * Owns:      nothing.
 * Trust:     values from processes that may have been taken over.
 */
#include "evidence/event.h"

#include <arpa/inet.h>
#include <string.h>

#include "base/ascii.h"
#include "base/assert.h"
#include "base/json.h"
#include "base/quote.h"
#include "base/text.h"

#define EVENT(id, name, severity, meaning, console, ...) \
	[EVENT_##id] = { name, severity, meaning, console, { __VA_ARGS__ } },
static const struct event_row rows[EVENT_N] = {
#include "evidence/events.def"
};
#undef EVENT

const struct event_row *event_row(unsigned id)
{
	return id > 0 && id < EVENT_N ? &rows[id] : NULL;
}

const char *event_severity_name(enum event_severity s)
{
	static const char *const names[] = { "info", "notice", "warning", "alarm" };

	return names[s];
}

const char *event_type_name(enum event_type t)
{
	static const char *const names[] = { "none", "int", "bool", "name", "text", "id", "hash", "tags", "address", "signed" };

	return names[t];
}

/* What people and programs put between the digits of one number. */
static bool joins_digits(uint8_t c)
{
	return c == ' ' || c == '-' || c == '.' || c == '/' || c == '(' || c == ')' || c == '\t';
}

/* Bytes from the start of `r` that belong to one run of digits, single joiners
 * included; and how many digits those are. */
static size_t digit_run(struct rd r, size_t *out_digits)
{
	size_t end = 0, digits = 0;
	uint8_t c, next;

	for (size_t i = 0; rd_at(&r, i, &c); i++) {
		if (is_digit(c)) {
			digits++;
			end = i + 1;
		} else if (!joins_digits(c) || !rd_at(&r, i + 1, &next) ||
		    !(is_digit(next) || joins_digits(next)) || i - end >= 2) {
			break;
		}
	}
	*out_digits = digits;
	return end;
}

void event_redact(struct wr *w, struct rd utf8)
{
	struct rd part;
	size_t n, digits = 0;
	uint8_t c;

	while (rd_at(&utf8, 0, &c)) {
		n = is_digit(c) ? digit_run(utf8, &digits) : 1;
		if (!rd_take(&utf8, n, &part))
			UNREACHABLE();
		if (is_digit(c) && digits > EVENT_DIGITS_MAX)
			wr_str(w, "{digits}");
		else
			wr_bytes(w, part);
	}
}

bool event_name_ok(struct rd name)
{
	static const char others[] = "._@+:/-";
	size_t digits = 0;
	uint8_t c;

	if (name.len > EVENT_NAME_MAX)
		return false;
	while (rd_u8(&name, &c)) {
		bool letter = is_alpha(c);
		if (!letter && !is_digit(c) && (c == 0 || !strchr(others, c)))
			return false;
		/* Separators do not break a run: 06-123.456.78 is one number. */
		digits = is_digit(c) ? digits + 1 : letter || c == '@' || c == ':' ? 0 : digits;
		if (digits > EVENT_DIGITS_MAX)
			return false;
	}
	return true;
}

/* ::ffff:0:0/96 */
static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };

bool event_address(struct rd text, uint8_t out[EVENT_ADDRESS_LEN])
{
	char s[INET6_ADDRSTRLEN] = "";
	uint8_t raw[EVENT_ADDRESS_LEN], v4[4];

	if (text.len >= sizeof(s) || !rd_copy(&text, (uint8_t *)s, text.len))
		return false;
	if (inet_pton(AF_INET, s, v4) == 1) {
		memcpy(raw, mapped, sizeof(mapped));
		for (size_t i = 0; i < sizeof(v4); i++)
			raw[sizeof(mapped) + i] = v4[i];
	} else if (inet_pton(AF_INET6, s, raw) != 1) {
		return false;
	}
	memcpy(out, raw, sizeof(raw));
	return true;
}

void wr_event_address(struct wr *w, struct rd raw)
{
	uint8_t b[EVENT_ADDRESS_LEN];
	char text[INET6_ADDRSTRLEN];

	if (raw.len != sizeof(b) || !rd_copy(&raw, b, sizeof(b)))
		return;
	if (memcmp(b, mapped, sizeof(mapped)) == 0)
		wr_text(w, "%u.%u.%u.%u", b[12], b[13], b[14], b[15]);
	else if (inet_ntop(AF_INET6, b, text, sizeof(text)))
		wr_str(w, text);
}

static bool value_ok(enum event_type t, const struct event_value *v)
{
	switch (t) {
	case FIELD_INT:
		return v->number >= 0 && v->number <= JSON_INT_MAX;
	case FIELD_BOOL:
		return v->number == 0 || v->number == 1;
	case FIELD_NAME:
		return event_name_ok(v->bytes);
	case FIELD_TEXT:
		return v->bytes.len <= EVENT_TEXT_MAX && text_is_utf8(v->bytes);
	case FIELD_ID:
	case FIELD_ADDRESS:
		return v->bytes.len == 16;
	case FIELD_HASH:
		return v->bytes.len == 32;
	case FIELD_SIGNED:
		return v->bytes.len <= EVENT_SIGNED_MAX && text_is_utf8(v->bytes);
	case FIELD_TAGS:
		return v->bytes.len % 16 == 0 && v->bytes.len / 16 <= EVENT_TAGS_MAX;
	case FIELD_NONE:
		return false;
	}
	return false;
}

void event_encode(struct wr *w, const struct event *e)
{
	const struct event_row *row = event_row(e->id);

	ASSERT(row);
	wr_u16(w, (uint16_t)e->id);
	for (size_t i = 0; i < EVENT_FIELDS_MAX && row->field[i].type; i++) {
		enum event_type t = row->field[i].type;
		if (!value_ok(t, &e->value[i]))
			w->failed = true;
		else if (t == FIELD_INT)
			wr_u64(w, (uint64_t)e->value[i].number);
		else if (t == FIELD_BOOL)
			wr_u8(w, (uint8_t)e->value[i].number);
		else
			wr_part16(w, e->value[i].bytes);
	}
}

static bool decode_value(struct rd *r, enum event_type t, struct event_value *out)
{
	uint64_t wide;
	uint8_t narrow;

	if (t == FIELD_INT) {
		if (!rd_u64(r, &wide) || wide > (uint64_t)JSON_INT_MAX)
			return false;
		out->number = (int64_t)wide;
	} else if (t == FIELD_BOOL) {
		if (!rd_u8(r, &narrow))
			return false;
		out->number = narrow;
	} else if (!rd_part16(r, EVENT_SIGNED_MAX, &out->bytes)) {
		return false;
	}
	return value_ok(t, out);
}

bool event_decode(struct rd *r, struct event *out)
{
	const struct event_row *row;
	struct event e = { .id = EVENT_NONE };
	struct rd t = *r;
	uint16_t id;

	if (!rd_u16(&t, &id) || !(row = event_row(id)))
		return false;
	e.id = (enum event_id)id;
	for (size_t i = 0; i < EVENT_FIELDS_MAX && row->field[i].type; i++)
		if (!decode_value(&t, row->field[i].type, &e.value[i]))
			return false;
	*out = e;
	*r = t;
	return true;
}

static void put_value(struct wr *w, enum event_type t, const struct event_value *v)
{
	AUTO(buf_done) struct buf redacted = { 0 };

	switch (t) {
	case FIELD_INT:
		wr_dec(w, (uint64_t)v->number);
		return;
	case FIELD_BOOL:
		wr_str(w, v->number ? "yes" : "no");
		return;
	case FIELD_ID:
	case FIELD_HASH:
		wr_hex(w, v->bytes);
		return;
	case FIELD_TAGS:
		wr_text(w, "%zu tags", v->bytes.len / 16);
		return;
	case FIELD_ADDRESS:
		wr_event_address(w, v->bytes);
		return;
	case FIELD_SIGNED:
		wr_text(w, "%zu bytes", v->bytes.len);
		return;
	case FIELD_NAME:
	case FIELD_TEXT:
	case FIELD_NONE:
		break;
	}
	buf_init(&redacted, EVENT_REDACTED_MAX);
	struct wr r = wr_to(&redacted);
	event_redact(&r, v->bytes);
	wr_quoted(w, buf_rd(&redacted), EVENT_TEXT_MAX);
}

static void put_field(struct wr *w, const struct event *e, struct rd name)
{
	const struct event_row *row = event_row(e->id);

	for (size_t i = 0; i < EVENT_FIELDS_MAX && row->field[i].type; i++) {
		if (rd_is(&name, row->field[i].name)) {
			put_value(w, row->field[i].type, &e->value[i]);
			return;
		}
	}
	UNREACHABLE(); /* a test walks over every template */
}

void event_console(struct wr *w, const struct event *e)
{
	struct rd text = rd_str(event_row(e->id)->console), part;

	while (rd_until(&text, '{', &part)) {
		wr_bytes(w, part);
		if (!rd_until(&text, '}', &part))
			UNREACHABLE();
		put_field(w, e, part);
	}
	wr_bytes(w, text);
}
