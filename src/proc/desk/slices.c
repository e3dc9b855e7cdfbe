/*
 * Is:        slices of a grant (contract in the header).
 * Is not:    see the header.
 * Called by: desk_sessions.
 * Owns:      see the header.
 * Trust:     see the header.
 */
#include "proc/desk/slices.h"

#include "proc/desk/db.h"

/* Each gets an eighth of what is left: many sessions beside each other begin with something, and
 * one alone comes to all of it in a few steps. */
enum { PART = 8, OPAQUE_MIN = 2048 };

/* What is left of `limit` after all sessions of the request. */
static uint64_t left_of(uint64_t limit, const char *sql, struct rd request)
{
	int64_t taken = db_number(0, sql, "t", request);

	return taken < 0 || (uint64_t)taken >= limit ? 0 : limit - (uint64_t)taken;
}

static struct slice left(struct rd request, const struct slice *limit)
{
	struct slice l = *limit;

	/* Without a limit the rows say nothing, and their sum might not be a number. */
	if (limit->persons < SLICE_PERSONS_NONE)
		l.persons = left_of(limit->persons, "SELECT sum(persons) FROM session WHERE request = ?1", request);
	if (limit->opaque < INT64_MAX)
		l.opaque = left_of(limit->opaque, "SELECT sum(opaque) FROM session WHERE request = ?1", request);
	return l;
}

static uint64_t part_of(uint64_t left, uint64_t least)
{
	uint64_t part = left / PART < least ? least : left / PART;

	return part < left ? part : left;
}

struct slice slices_first(struct rd request, const struct slice *limit)
{
	struct slice l = left(request, limit);

	if (limit->persons < SLICE_PERSONS_NONE)
		l.persons = part_of(l.persons, 1);
	if (limit->opaque < INT64_MAX)
		l.opaque = part_of(l.opaque, OPAQUE_MIN);
	return l;
}

/* `have` raised to `need` and a part of what is left then. False: so much is not left. */
static bool raise(uint64_t left, uint64_t need, uint64_t *have)
{
	uint64_t missing = need > *have ? need - *have : 0;

	if (missing > left)
		return false;
	if (missing)
		*have += missing + (left - missing) / PART;
	return true;
}

bool slices_raise(struct rd request, struct rd id, const struct slice *limit, const struct slice *need, struct slice *io)
{
	struct slice l = left(request, limit), to = *io;

	if (!raise(l.persons, need->persons, &to.persons) || !raise(l.opaque, need->opaque, &to.opaque))
		return false;
	slices_settle(id, &to);
	*io = to;
	return true;
}

void slices_settle(struct rd id, const struct slice *used)
{
	(void)db_run("UPDATE session SET persons = ?2, opaque = ?3 WHERE id = ?1", "tii", id,
	    (int64_t)(used->persons & INT64_MAX), (int64_t)(used->opaque & INT64_MAX));
}
