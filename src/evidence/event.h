/*
 * Is:        the one table of events: what can be recorded at all, with which
 *            fields, and what people are told.
 * Is not:    a logger. An event becomes a record in evidenced alone.
 * Called by: proc/ to make events, evidenced to write records, the verifier to
 *            read them, docs and console text are generated from it.
 * Owns:      nothing.
 * Trust:     values come from other processes of ours, which may have been taken
 *            over: event_decode checks every one against its field's type.
 *
 * Law 6 by construction: there is no field type that holds a subscriber's
 * identifier or a secret. Names refuse, and texts lose, every run of seven or more
 * digits, whatever separates them. FIELD_SIGNED alone is kept to the byte; the desk lets
 * nobody sign a text whose free words hold such a run.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/def.h"
#include "base/rd.h"
#include "base/wr.h"

enum {
	EVENT_FIELDS_MAX = 12,
	EVENT_NAME_MAX = 64,
	EVENT_TEXT_MAX = 1024,
	EVENT_REDACTED_MAX = 2 * EVENT_TEXT_MAX, /* "{digits}" takes the place of at least seven bytes */
	EVENT_TAGS_MAX = 256, /* in one record */
	EVENT_SIGNED_MAX = 6144,
	EVENT_DIGITS_MAX = 6, /* the longest run of digits in a name or a text */
};

enum event_severity { EVENT_INFO, EVENT_NOTICE, EVENT_WARNING, EVENT_ALARM };

enum event_type {
	FIELD_NONE = 0,
	FIELD_INT,  /* 0 to 2^53 - 1; the name ends in its unit: _bytes, _us, _s, n_... */
	FIELD_BOOL,
	FIELD_NAME, /* letters, digits and ._@+:/- ; at most EVENT_NAME_MAX bytes */
	FIELD_TEXT, /* UTF-8 for people; at most EVENT_TEXT_MAX bytes */
	FIELD_ID,   /* 16 random bytes */
	FIELD_HASH, /* SHA-256 */
	FIELD_TAGS, /* tags of the private index, 16 bytes each */
	FIELD_ADDRESS, /* of a network: 16 bytes, IPv4 in its mapped form (RFC 4291 2.5.5.2); shown as text */
	FIELD_SIGNED, /* text that somebody signed, or his signature: kept to the byte, since it must verify */
};

enum event_id {
	EVENT_NONE = 0,
#define EVENT(id, ...) EVENT_##id,
#include "evidence/events.def"
#undef EVENT
	EVENT_N
};

struct event_field {
	const char *name;
	enum event_type type;
};

struct event_row {
	const char *name;            /* "process.crashed" */
	enum event_severity severity;
	const char *meaning;         /* one line */
	const char *console;         /* text with {field} in it */
	struct event_field field[EVENT_FIELDS_MAX]; /* sorted by name, ends at FIELD_NONE */
};

/* The row of `id`, or NULL for a number that is not in the table. */
const struct event_row *event_row(unsigned id);
const char *event_severity_name(enum event_severity s);
const char *event_type_name(enum event_type t);

/* Values in the order of the row's fields. */
struct event_value {
	int64_t number;  /* INT, BOOL */
	struct rd bytes; /* NAME, TEXT, ID, HASH, TAGS; borrowed */
};

struct event {
	enum event_id id;
	struct event_value value[EVENT_FIELDS_MAX];
};

/* The wire between our processes: u16 id, then per field u64, u8, or u16 length
 * and bytes. The writer fails on a value that its type forbids. */
void event_encode(struct wr *w, const struct event *e);
/* Takes one event and checks every value; borrows from `r`. */
MUST_USE bool event_decode(struct rd *r, struct event *out);

/* The console text: the row's template with its fields, quoted for people. */
void event_console(struct wr *w, const struct event *e);

/* Writes `utf8` with every long run of digits replaced by "{digits}". */
void event_redact(struct wr *w, struct rd utf8);
/* True when `name` may stand in a FIELD_NAME. */
bool event_name_ok(struct rd name);

/* Text of an IPv4 or IPv6 address, without port or zone, to the bytes of a FIELD_ADDRESS. */
enum { EVENT_ADDRESS_LEN = 16 };
MUST_USE bool event_address(struct rd text, uint8_t out[EVENT_ADDRESS_LEN]);
/* And back: "192.0.2.1", "2001:db8::1"; "" for anything but 16 bytes. */
void wr_event_address(struct wr *w, struct rd raw);
