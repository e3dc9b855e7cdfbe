/*
 * Is:        tests of calls: an answer in time, none, a peer that is gone or lies.
 * Is not:    a test of who asks what (proc/test_members_link.c).
 * Called by: the test run.
 * Owns:      nothing.
 * Trust:     no input.
 */
#include "os/call.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/timefmt.h"
#include "os/clock.h"
#include "os/fd.h"
#include "os/ipc.h"
#include "testing/test.h"

static uint64_t soon(void)
{
	return clock_mono_ns() + 20 * NS_PER_MS;
}

TEST(a_packet_that_is_there_is_taken_even_after_the_deadline)
{
	AUTO(buf_done) struct buf b = { 0 };
	uint16_t type = 0;
	int pair[2];

	CHECK_INT(ipc_pair(pair), 0);
	buf_init(&b, IPC_BODY_MAX);
	CHECK_INT(call_send(pair[0], 7, rd_str("hello"), soon()), 0);
	CHECK_INT(call_receive(pair[1], 0, &type, &b), 0);
	CHECK_INT(type, 7);
	CHECK(b.len == 5 && memcmp(buf_rd(&b).p, "hello", 5) == 0);
	fd_close(&pair[0]);
	fd_close(&pair[1]);
}

TEST(nothing_comes_and_the_wait_ends_at_the_deadline)
{
	AUTO(buf_done) struct buf b = { 0 };
	uint64_t before = clock_mono_ns(), by = before + 30 * NS_PER_MS;
	uint16_t type = 9;
	int pair[2];

	CHECK_INT(ipc_pair(pair), 0);
	buf_init(&b, IPC_BODY_MAX);
	CHECK_INT(call_receive(pair[1], by, &type, &b), -ETIMEDOUT);
	CHECK(clock_mono_ns() >= by && type == 9 && b.len == 0);
	fd_close(&pair[0]);
	CHECK_INT(call_receive(pair[1], soon(), &type, &b), -ECONNRESET);
	CHECK_INT(call_send(pair[1], 7, rd_str("x"), soon()), -EPIPE);
	fd_close(&pair[1]);
}

TEST(a_peer_that_does_not_read_holds_nobody_up)
{
	uint8_t much[8192] = { 0 };
	int pair[2], r = 0, n = 0;

	CHECK_INT(ipc_pair(pair), 0);
	for (; r == 0 && n < 100000; n++)
		r = call_send(pair[0], 7, rd_of(much, sizeof(much)), soon());
	CHECK_INT(r, -ETIMEDOUT);
	fd_close(&pair[0]);
	fd_close(&pair[1]);
}

TEST(packets_that_break_the_frame_are_refused)
{
	AUTO(buf_done) struct buf b = { 0 };
	uint8_t much[IPC_MAX + 1] = { 0 };
	union {
		struct cmsghdr header;
		char room[CMSG_SPACE(sizeof(int))];
	} control = { .header = { .cmsg_len = CMSG_LEN(sizeof(int)), .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS } };
	struct iovec v = { much, 4 };
	struct msghdr m = { .msg_iov = &v, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof(control) };
	uint16_t type = 0;
	int pair[2];

	CHECK_INT(ipc_pair(pair), 0);
	buf_init(&b, IPC_BODY_MAX);
	CHECK_INT(send(pair[0], much, 1, 0), 1);
	CHECK_INT(call_receive(pair[1], soon(), &type, &b), -EPROTO);
	CHECK_INT(send(pair[0], much, sizeof(much), 0), sizeof(much));
	CHECK_INT(call_receive(pair[1], soon(), &type, &b), -EPROTO);
	memcpy(CMSG_DATA(&control.header), &pair[0], sizeof(int));
	CHECK_INT(sendmsg(pair[0], &m, 0), 4);
	CHECK_INT(call_receive(pair[1], soon(), &type, &b), -EPROTO);
	CHECK(b.len == 0);
	fd_close(&pair[0]);
	fd_close(&pair[1]);
}
