/*
 * Is:        tests of events and records: above all that no number of a person
 *            gets into one.
 * Is not:    the fuzz target.
 * Called by: the test run.
 * Owns:      nothing.
 * Trust:     no input.
 */
#include <errno.h>
#include <string.h>

#include "base/json.h"
#include "evidence/record.h"
#include "testing/test.h"

static struct event crash(const char *process, const char *signal)
{
	return (struct event){ .id = EVENT_PROCESS_CRASHED, .value = { { .number = 100 }, { .number = 42 },
		{ .bytes = rd_str(process) }, { .number = 1 }, { .bytes = rd_str(signal) } } };
}

TEST(the_table_is_whole)
{
	for (unsigned id = 1; id < EVENT_N; id++) {
		const struct event_row *row = event_row(id);
		struct event e = { .id = (enum event_id)id };
		AUTO(buf_done) struct buf b = { 0 };
		const char *last = "";

		CHECK(row && row->name && row->meaning && row->console);
		for (size_t i = 0; i < EVENT_FIELDS_MAX && row->field[i].type; i++) {
			CHECK(strcmp(last, row->field[i].name) < 0);
			last = row->field[i].name;
		}
		/* every {field} of the template exists: put_field aborts otherwise */
		buf_init(&b, 4096);
		struct wr w = wr_to(&b);
		event_console(&w, &e);
		CHECK(wr_ok(&w));
	}
	CHECK(!event_row(0) && !event_row(EVENT_N) && !event_row(UINT16_MAX));
}

TEST(events_travel_and_are_checked)
{
	AUTO(buf_done) struct buf b = { 0 };
	struct event e = crash("gate", "SIGSEGV"), back;

	buf_init(&b, 4096);
	struct wr w = wr_to(&b);
	event_encode(&w, &e);
	CHECK(wr_ok(&w));
	struct rd whole = buf_rd(&b), r = whole;
	CHECK(event_decode(&r, &back) && r.len == 0);
	CHECK(back.id == e.id && back.value[1].number == 42);
	CHECK_RD(back.value[4].bytes, rd_str("SIGSEGV"));
	for (size_t n = 0; n < whole.len; n++) {
		CHECK(rd_slice(&whole, 0, n, &r));
		CHECK(!event_decode(&r, &back) && r.len == n);
	}
}

TEST(a_bad_value_is_refused)
{
	AUTO(buf_done) struct buf b = { 0 };
	struct event bad[] = { crash("name with space", "SIGSEGV"), crash("31612345678", "SIGSEGV"),
		crash("06-123.45.678", "SIGSEGV"), crash("x\n", "SIGSEGV") };

	buf_init(&b, 4096);
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		struct wr w = wr_to(&b);
		event_encode(&w, &bad[i]);
		CHECK(!wr_ok(&w));
	}
}

static void check_redacted(const char *raw, const char *want)
{
	AUTO(buf_done) struct buf b = { 0 };

	buf_init(&b, 4096);
	struct wr w = wr_to(&b);
	event_redact(&w, rd_str(raw));
	CHECK_RD(buf_rd(&b), rd_str(want));
}

TEST(texts_lose_long_numbers)
{
	check_redacted("show subscriber msisdn 31612345678", "show subscriber msisdn {digits}");
	check_redacted("+31 6 12 34 56 78 now", "+{digits} now");
	check_redacted("06-12345678", "{digits}");
	check_redacted("(020) 123 4567", "({digits}");
	check_redacted("204081234567890x", "{digits}x");
	check_redacted("exit 127 after 123456 ms", "exit 127 after 123456 ms");
	check_redacted("1.2.3.4", "1.2.3.4");
}

static struct record sample(void)
{
	return (struct record){ .seq = 7, .prev = 3, .wall_ns = 1795334130123456789u, .mono_us = 5000000,
		.clock = RECORD_CLOCK_SYNCED, .session = rd_of("0123456789abcdef", 16), .actor = rd_str("wei.zhang"),
		.employer = rd_str("meridian"), .asset = rd_str("hlr1"), .event = crash("gate", "SIGSEGV") };
}

TEST(a_record_is_one_canonical_object)
{
	AUTO(buf_done) struct buf b = { 0 };
	struct record r = sample();
	struct record_view v;

	buf_init(&b, RECORD_MAX);
	CHECK_INT(record_write(&b, &r), 0);
	CHECK_RD(buf_rd(&b), rd_str("{\"actor\":\"wei.zhang\",\"asset\":\"hlr1\",\"clock\":\"synced\",\"data\":"
	    "{\"backoff_ms\":100,\"pid\":42,\"process\":\"gate\",\"restarts\":1,\"signal\":\"SIGSEGV\"},"
	    "\"employer\":\"meridian\",\"event\":\"process.crashed\",\"mono_us\":5000000,\"prev\":3,\"seq\":7,"
	    "\"session\":\"30313233343536373839616263646566\",\"severity\":\"alarm\","
	    "\"time\":\"2026-11-22T07:55:30.123456Z\",\"v\":1}"));
	CHECK(json_is_canonical(buf_rd(&b)));
	CHECK(record_read(buf_rd(&b), &v));
	CHECK(v.seq == 7 && v.prev == 3 && v.mono_us == 5000000);
	CHECK_RD(v.event, rd_str("process.crashed"));
	CHECK_RD(v.actor, rd_str("wei.zhang"));
}

TEST(reading_wants_every_byte)
{
	AUTO(buf_done) struct buf b = { 0 };
	struct record r = sample();
	struct record_view v;
	struct rd whole, part;

	buf_init(&b, RECORD_MAX);
	CHECK_INT(record_write(&b, &r), 0);
	whole = buf_rd(&b);
	for (size_t n = 0; n < whole.len; n++) {
		CHECK(rd_slice(&whole, 0, n, &part));
		CHECK(!record_read(part, &v));
	}
	CHECK(buf_put_u8(&b, ' '));
	CHECK(!record_read(buf_rd(&b), &v));
}

TEST(an_envelope_cannot_hold_a_number)
{
	AUTO(buf_done) struct buf b = { 0 };
	struct record r = sample();

	buf_init(&b, RECORD_MAX);
	r.actor = rd_str("31612345678");
	CHECK_INT(record_write(&b, &r), -EINVAL);
	r = sample();
	r.prev = 8;
	CHECK_INT(record_write(&b, &r), -EINVAL);
	CHECK_U64(b.len, 0);
}
