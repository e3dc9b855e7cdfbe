/*
 * Is:        the main of slagboom-deskd: policy, requests, approvals, grants.
 * Is not:    what each of those is: world, change, requests, sessions, officers.
 * Called by: the supervisor; gates through the door, officers through its socket.
 * Owns:      its directory, which is its root directory.
 * Trust:     gates and officers' accounts may be hostile; the door, keyd and evidenced are not.
 *
 * usage: slagboom-deskd ORIGIN [beat=SECONDS] [idle=SECONDS] [only-way=TEXT]
 */
#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "base/timefmt.h"
#include "crypto/start.h"
#include "os/fd.h"
#include "os/loop.h"
#include "proc/child.h"
#include "proc/control.h"
#include "proc/desk/book.h"
#include "proc/desk/change.h"
#include "proc/desk/db.h"
#include "proc/desk/door.h"
#include "proc/desk/local.h"
#include "proc/desk/officers.h"
#include "proc/desk/otp.h"
#include "proc/desk/receipt.h"
#include "proc/desk/requests.h"
#include "proc/desk/rooms.h"
#include "proc/desk/desk_sessions.h"
#include "proc/desk/space.h"
#include "proc/desk/watching.h"
#include "proc/desk/world.h"

static struct {
	const char *origin;
	struct loop *loop;
	struct loop_timer second;
} me;

/* Time ends grants and sessions, and changes hours. */
static void on_second(void *ctx)
{
	int64_t now = world_clock();

	loop_timer_set(me.loop, &me.second, NS_PER_S);
	space_look();
	if (!world_now())
		return;
	requests_expire(now);
	sessions_rejudge(now);
	rooms_second(now);
}

static int prepare(void *ctx, int dir_fd)
{
	char path[64];
	int r;

	crypto_start();
	r = local_read(dir_fd);
	if (r == 0)
		r = change_prepare(dir_fd);
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d/desk.db", dir_fd);
	return r == 0 ? db_open(path) : r;
}

static int start(void *ctx, struct loop *l)
{
	int r;

	me.loop = l;
	book_init(l);
	rooms_init(l);
	door_init(l);
	otp_init(me.origin);
	receipt_init(l, me.origin);
	officers_init(l, me.origin);
	sessions_init();
	watching_init(l);
	loop_timer_init(&me.second, on_second, NULL);
	loop_timer_set(l, &me.second, NS_PER_S);
	space_look();
	r = change_start();
	return r == 0 ? officers_listen(CHILD_LISTEN_FD) : r;
}

static int linked(void *ctx, struct rd peer, int fd)
{
	if (rd_is(&peer, "evidenced-core"))
		return book_linked(BOOK_CORE, fd);
	if (rd_is(&peer, "evidenced-intercept"))
		return book_linked(BOOK_INTERCEPT, fd);
	if (rd_is(&peer, "keyd"))
		return receipt_linked(fd);
	if (rd_is(&peer, "door"))
		return door_linked(fd);
	fd_close(&fd);
	return -EINVAL;
}

static void on_round(void *ctx, unsigned verdict, struct rd why)
{
	watching_round(verdict, why);
}

static void stop(void *ctx)
{
	db_commit();
	child_exit(0);
}

/* The database is left as it is: closing it would take its journal away, which the belts
 * forbid; what was committed is there at the next start. */
static void done(void *ctx)
{
	officers_done();
	rooms_done();
	door_done();
	receipt_done();
	book_done();
	change_done();
	local_done();
}

int main(int argc, char **argv)
{
	static const struct child child = { .name = "deskd", .prepare = prepare, .start = start, .linked = linked,
		.round = on_round, .stop = stop, .done = done };

	bool ok = argc >= 2;

	for (int i = 2; i < argc; i++)
		ok = ok && (watching_word(argv[i]) || sessions_word(argv[i]));
	if (!ok) {
		(void)dprintf(STDERR_FILENO, "usage: slagboom-deskd ORIGIN [beat=SECONDS] [idle=SECONDS] [only-way=TEXT]; the supervisor starts it\n");
		return 2;
	}
	me.origin = argv[1];
	return child_main(&child);
}
