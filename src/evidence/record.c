/*
 * Is:        writing and reading one record (format in the header).
 * Is not:    storage.
 * Called by: evidenced, the verifier, the console.
 * Owns:      nothing.
 * Trust:     the reader's input is hostile.
 */
#include "evidence/record.h"

#include <errno.h>
#include <string.h>

#include "base/json.h"
#include "base/text.h"
#include "base/timefmt.h"

static void put_text(struct json *j, struct rd utf8)
{
	AUTO(buf_done) struct buf redacted = { 0 };

	buf_init(&redacted, EVENT_REDACTED_MAX);
	struct wr w = wr_to(&redacted);
	event_redact(&w, utf8);
	json_text(j, buf_rd(&redacted));
}

static void put_tags(struct json *j, struct rd tags)
{
	struct rd tag;

	json_array(j);
	while (rd_take(&tags, 16, &tag))
		json_hex(j, tag);
	json_end(j);
}

static void put_address(struct json *j, struct rd raw)
{
	AUTO(buf_done) struct buf b = { 0 };

	buf_init(&b, 64);
	struct wr w = wr_to(&b);
	wr_event_address(&w, raw);
	json_text(j, buf_rd(&b));
}

static void put_data(struct json *j, const struct event *e)
{
	const struct event_row *row = event_row(e->id);

	json_object(j);
	for (size_t i = 0; i < EVENT_FIELDS_MAX && row->field[i].type; i++) {
		const struct event_value *v = &e->value[i];
		json_key(j, row->field[i].name);
		switch (row->field[i].type) {
		case FIELD_INT:
			json_int(j, v->number);
			break;
		case FIELD_BOOL:
			json_bool(j, v->number != 0);
			break;
		case FIELD_NAME:
			json_text(j, v->bytes);
			break;
		case FIELD_TEXT:
			put_text(j, v->bytes);
			break;
		case FIELD_ID:
		case FIELD_HASH:
			json_hex(j, v->bytes);
			break;
		case FIELD_TAGS:
			put_tags(j, v->bytes);
			break;
		case FIELD_SIGNED:
			json_text(j, v->bytes);
			break;
		case FIELD_ADDRESS:
			put_address(j, v->bytes);
			break;
		case FIELD_NONE:
			break;
		}
	}
	json_end(j);
}

static void put_time(struct json *j, uint64_t ns)
{
	AUTO(buf_done) struct buf b = { 0 };

	buf_init(&b, 64);
	struct wr w = wr_to(&b);
	wr_time(&w, ns);
	json_text(j, buf_rd(&b));
}

static const char *clock_name(enum record_clock c)
{
	switch (c) {
	case RECORD_CLOCK_SYNCED:
		return "synced";
	case RECORD_CLOCK_FREE:
		return "free";
	case RECORD_CLOCK_UNKNOWN:
		return "unknown";
	}
	return "unknown";
}

static bool head_ok(const struct record *r)
{
	return event_row(r->event.id) && event_name_ok(r->actor) && event_name_ok(r->employer) &&
	    event_name_ok(r->asset) && (r->session.len == 0 || r->session.len == RECORD_ID_LEN) && r->prev <= r->seq;
}

int record_write(struct buf *out, const struct record *r)
{
	size_t before = out->len;
	struct json j;

	if (!head_ok(r))
		return -EINVAL;
	json_init(&j, out);
	json_object(&j);
	json_key(&j, "actor");
	json_text(&j, r->actor);
	json_key(&j, "asset");
	json_text(&j, r->asset);
	json_key(&j, "clock");
	json_str(&j, clock_name(r->clock));
	json_key(&j, "data");
	put_data(&j, &r->event);
	json_key(&j, "employer");
	json_text(&j, r->employer);
	json_key(&j, "event");
	json_str(&j, event_row(r->event.id)->name);
	json_key(&j, "mono_us");
	json_u64(&j, r->mono_us);
	json_key(&j, "prev");
	json_u64(&j, r->prev);
	json_key(&j, "seq");
	json_u64(&j, r->seq);
	json_key(&j, "session");
	json_hex(&j, r->session);
	json_key(&j, "severity");
	json_str(&j, event_severity_name(event_row(r->event.id)->severity));
	json_key(&j, "time");
	put_time(&j, r->wall_ns);
	json_key(&j, "v");
	json_int(&j, 1);
	json_end(&j);
	if (json_ok(&j) && out->len - before <= RECORD_MAX)
		return 0;
	buf_cut(out, before);
	return -ENOBUFS;
}

/* Reading. */

static bool want_key(struct json_rd *j, const char *name)
{
	struct json_token t;

	return json_next(j, &t) == JSON_KEY && rd_is(&t.text, name);
}

static bool read_name(struct json_rd *j, const char *key, struct rd *out)
{
	struct json_token t;

	if (!want_key(j, key) || json_next(j, &t) != JSON_STRING || t.escaped || !event_name_ok(t.text))
		return false;
	*out = t.text;
	return true;
}

static bool read_int(struct json_rd *j, const char *key, uint64_t *out)
{
	struct json_token t;

	if (!want_key(j, key) || json_next(j, &t) != JSON_INT || t.number < 0)
		return false;
	*out = (uint64_t)t.number;
	return true;
}

/* The value as it stands: any object. */
static bool read_data(struct json_rd *j, struct rd *out)
{
	struct rd before;
	struct json_token t;

	if (!want_key(j, "data"))
		return false;
	before = j->in;
	return json_next(j, &t) == JSON_OBJECT && json_skip(j, JSON_OBJECT) &&
	    rd_slice(&before, 0, before.len - j->in.len, out);
}

static bool read_session(struct json_rd *j, struct rd *out)
{
	uint8_t raw[RECORD_ID_LEN];
	struct json_token t;

	if (!want_key(j, "session") || json_next(j, &t) != JSON_STRING)
		return false;
	*out = t.text;
	return t.text.len == 0 || text_hex(t.text, raw, sizeof(raw));
}

static bool read_time(struct json_rd *j, uint64_t *out)
{
	struct json_token t;

	return want_key(j, "time") && json_next(j, &t) == JSON_STRING && time_parse(t.text, out);
}

bool record_read(struct rd bytes, struct record_view *out)
{
	struct json_rd j = json_rd_of(bytes, JSON_CANONICAL);
	struct record_view v = { .seq = 0 };
	struct json_token t;
	struct rd word;
	uint64_t version;

	if (bytes.len > RECORD_MAX || json_next(&j, &t) != JSON_OBJECT)
		return false;
	if (!read_name(&j, "actor", &v.actor) || !read_name(&j, "asset", &v.asset) || !read_name(&j, "clock", &v.clock))
		return false;
	if (!read_data(&j, &v.data) || !read_name(&j, "employer", &v.employer) || !read_name(&j, "event", &v.event))
		return false;
	if (!read_int(&j, "mono_us", &v.mono_us) || !read_int(&j, "prev", &v.prev) || !read_int(&j, "seq", &v.seq))
		return false;
	if (!read_session(&j, &v.session) || !read_name(&j, "severity", &word) || !read_time(&j, &v.wall_ns))
		return false;
	if (!read_int(&j, "v", &version) || version != 1 || v.prev > v.seq)
		return false;
	if (json_next(&j, &t) != JSON_CLOSE || json_next(&j, &t) != JSON_END)
		return false;
	*out = v;
	return true;
}
