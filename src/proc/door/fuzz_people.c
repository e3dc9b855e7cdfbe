/*
 * Is:        fuzzing of the names at the door: u8 length and a login, then a file. Whoever is
 *            found stands in the file, whole.
 * Is not:    linked into any program of the product.
 * Called by: libFuzzer or the replay.
 * Owns:      nothing.
 * Trust:     hostile bytes.
 */
#include "base/assert.h"
#include "base/buf.h"
#include "base/wr.h"
#include "proc/door/people.h"
#include "testing/fuzz.h"

static bool has_line(struct rd file, struct rd name, uint32_t uid)
{
	AUTO(buf_done) struct buf b = { 0 };
	struct rd line, want;

	buf_init(&b, 256);
	struct wr w = wr_to(&b);
	wr_bytes(&w, name);
	wr_text(&w, " %u", uid);
	want = buf_rd(&b);
	while (rd_until(&file, '\n', &line))
		if (rd_equal(&line, &want))
			return true;
	return rd_equal(&file, &want);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rd in = rd_of(data, size), login;
	struct people_login l;
	uint32_t uid;
	uint8_t c;

	if (!rd_part8(&in, 255, &login) || !people_login(login, &l))
		return 0;
	for (size_t i = 0; rd_at(&login, i, &c); i++)
		ASSERT(c > ' ' && c < 0x7f && c != '/' && c != ':');
	if (people_find(in, l.name, &uid))
		ASSERT(uid >= PEOPLE_UID_MIN && has_line(in, l.name, uid));
	if (people_find_uid(in, 1000, &login))
		ASSERT(has_line(in, login, 1000));
	return 0;
}
