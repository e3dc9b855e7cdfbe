/*
 * Is:        a log of long ago for tests of retention: so many records of the year 2020, and two
 *            sessions among them.
 * Is not:    a log of anybody; evidenced takes it over.
 * Called by: tests/retention.
 * Owns:      nothing.
 * Trust:     our own command line.
 *
 * usage: old-log DIR RECORDS
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/timefmt.h"
#include "evidence/log.h"
#include "evidence/record.h"
#include "os/disk.h"
#include "os/fd.h"

static const uint8_t log_id[WAL_ID_LEN] = "an identity of thirty-two bytes";
static struct log l;
static uint64_t next;

static void append(uint8_t session, uint64_t prev, struct event e)
{
	AUTO(buf_done) struct buf b = { 0 };
	uint8_t id[RECORD_ID_LEN];
	struct record r = { .seq = next, .prev = prev, .wall_ns = (uint64_t)1580000000 * NS_PER_S + next * NS_PER_S, .event = e };
	uint64_t index;
	int result;

	memset(id, session, sizeof(id));
	if (session) {
		r.session = rd_of(id, sizeof(id));
		r.actor = rd_str("wei.zhang");
	}
	buf_init(&b, RECORD_MAX);
	ASSERT(record_write(&b, &r) == 0);
	while ((result = log_append(&l, buf_rd(&b), false, 0, &index)) != 0) {
		ASSERT(result == LOG_BUSY || result == LOG_NO_ROOM);
		ASSERT((result == LOG_BUSY ? log_commit(&l) : log_idle(&l)) == 0);
	}
	next++;
}

static void plain(uint64_t until)
{
	while (next < until)
		append(0, next, (struct event){ .id = EVENT_LOG_ROOM, .value = { { .bytes = rd_str("core") } } });
}

static void session(uint8_t id)
{
	static const uint8_t zeros[32];
	struct rd none = rd_of(zeros, RECORD_ID_LEN);

	append(id, next, (struct event){ .id = EVENT_SESSION_OPENED, .value = { { .bytes = none }, { .bytes = rd_str("terminal") },
		{ .bytes = none }, { .bytes = rd_of(zeros, 32) }, { .bytes = none }, { .bytes = rd_str("maintenance") } } });
	append(id, next - 1, (struct event){ .id = EVENT_SESSION_CLOSED, .value = { [1] = { .bytes = rd_str("engineer") },
		[10] = { .bytes = rd_str("left") } } });
}

int main(int argc, char **argv)
{
	struct log_config c = log_defaults();
	struct wal_fault f = { .why = "" };
	struct disk_dir d;
	int dir = argc == 3 ? open(argv[1], O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;

	if (dir < 0) {
		(void)fprintf(stderr, "usage: old-log DIR RECORDS\n");
		return 2;
	}
	disk_dir_init(&d, dir);
	c.segment_len = 16 << 20;
	ASSERT(log_create(&d.disk, &c, log_id, &f) == 0 && log_open(&l, &d.disk, &c, &f) == 0);
	plain(10);
	session(0xaa);
	plain(600);
	session(0xbb);
	plain(strtoull(argv[2], NULL, 10));
	ASSERT(log_commit(&l) == 0);
	log_done(&l);
	fd_close(&dir);
	return 0;
}
