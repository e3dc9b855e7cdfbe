/*
 * Is:        who may be asked for at the door.
 * Is not:    a proof of anything.
 * Called by: the name service module of the room, door.
 * Owns:      nothing.
 * Trust:     login names are hostile.
 */
#include "proc/door/people.h"

#include "base/ascii.h"
#include "base/text.h"

enum { LINE_MAX_LEN = PEOPLE_NAME_MAX + 1 + 10 };

static bool is_name(struct rd r)
{
	uint8_t c;

	if (r.len > PEOPLE_NAME_MAX || !rd_u8(&r, &c) || !is_alnum(c))
		return false;
	while (rd_u8(&r, &c))
		if (!is_alnum(c) && c != '.' && c != '_' && c != '-')
			return false;
	return true;
}

bool people_login(struct rd login, struct people_login *out)
{
	struct people_login l = { .asset = { NULL, 0 } };

	if (login.len > PEOPLE_LOGIN_MAX)
		return false;
	l.name = login;
	if (rd_until(&login, '+', &l.name) || rd_until(&login, '%', &l.name)) {
		l.asset = login;
		if (!is_name(l.asset))
			return false;
	}
	if (!is_name(l.name))
		return false;
	*out = l;
	return true;
}

/* Below zero, zero or above, as the bytes of `a` stand to those of `b`. */
static int compare(struct rd a, struct rd b)
{
	uint8_t x, y;

	while (rd_u8(&a, &x)) {
		if (!rd_u8(&b, &y) || x > y)
			return 1;
		if (x < y)
			return -1;
	}
	return b.len ? -1 : 0;
}

/* The line that holds byte `at`: where it begins, and itself without its end. False when it
 * is longer than a line can be. */
static bool line_at(const struct rd *file, size_t at, size_t *out_start, struct rd *out)
{
	size_t start = at, end = at;
	uint8_t c;

	while (start > 0 && at - start <= LINE_MAX_LEN && rd_at(file, start - 1, &c) && c != '\n')
		start--;
	while (end - start <= LINE_MAX_LEN && rd_at(file, end, &c) && c != '\n')
		end++;
	*out_start = start;
	return end - start <= LINE_MAX_LEN && rd_slice(file, start, end - start, out);
}

static bool read_line(struct rd line, struct rd *name, uint32_t *uid)
{
	uint64_t v;

	if (!rd_until(&line, ' ', name) || !is_name(*name) || !text_u64(line, &v) || v < PEOPLE_UID_MIN ||
	    v >= UINT32_MAX)
		return false;
	*uid = (uint32_t)v;
	return true;
}

bool people_find(struct rd file, struct rd name, uint32_t *out_uid)
{
	size_t low = 0, high = file.len, start;
	struct rd line, found;
	uint32_t uid;

	if (file.len > PEOPLE_FILE_MAX || !is_name(name))
		return false;
	while (low < high) {
		if (!line_at(&file, low + (high - low) / 2, &start, &line) || !read_line(line, &found, &uid))
			return false;
		int order = compare(name, found);
		if (order == 0) {
			*out_uid = uid;
			return true;
		}
		if (order < 0)
			high = start;
		else
			low = start + line.len + 1;
	}
	return false;
}

bool people_find_uid(struct rd file, uint32_t uid, struct rd *out_name)
{
	struct rd line, name;
	uint32_t found;

	if (file.len > PEOPLE_FILE_MAX)
		return false;
	while (rd_until(&file, '\n', &line)) {
		if (!read_line(line, &name, &found))
			return false;
		if (found == uid) {
			*out_name = name;
			return true;
		}
	}
	return false;
}
