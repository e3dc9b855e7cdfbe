/*
 * Is:        the main of slagboom-edge-line: a plain TCP connection to an element that speaks
 *            telnet or lines.
 * Is not:    a telnet client: options pass to the gate, whose lane negotiates (lane/line_lane.h).
 * Called by: the door.
 * Owns:      nothing beyond edge.h.
 * Trust:     the element is hostile; no byte of it is looked at here.
 */
#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "proc/edge/edge.h"

/* So that one side's flood does not keep the other waiting. */
enum { READS_PER_STEP = 16 };

static bool said_end; /* to the element: nothing more comes */

static void send_input(void)
{
	while (edge.in.len && !edge.is_over) {
		struct rd r = buf_rd(&edge.in);
		ssize_t n = send(edge.net_fd, r.p, r.len, MSG_NOSIGNAL);
		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			break;
		if (n < 0) {
			edge_fail(EDGE_LOST, rd_str(strerror(errno)));
			return;
		}
		buf_drop(&edge.in, (size_t)n);
		edge_took_input();
	}
	if (edge.in_ended && !edge.in.len && !said_end) {
		said_end = true;
		(void)shutdown(edge.net_fd, SHUT_WR); /* a broken connection tells when it is read */
	}
}

static void take_output(void)
{
	uint8_t raw[EDGE_DATA_MAX];

	for (int i = 0; i < READS_PER_STEP && edge_has_room(); i++) {
		ssize_t n = recv(edge.net_fd, raw, sizeof(raw), 0);
		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			return;
		if (n < 0) {
			edge_fail(EDGE_LOST, rd_str(strerror(errno)));
		} else if (n == 0) {
			edge_output_end(0);
			edge_exit(false, 0);
		} else {
			edge_output(0, rd_of(raw, (size_t)n));
		}
	}
}

static void step(void)
{
	send_input();
	take_output();
	if (!edge.is_over)
		edge_want((edge_has_room() ? (uint32_t)EPOLLIN : 0) | (edge.in.len ? (uint32_t)EPOLLOUT : 0));
}

static void begin(void)
{
	if (edge.open.kind != EDGE_STREAM) {
		edge_fail(EDGE_PROTOCOL, rd_str("this element has lines alone: no commands, no subsystems"));
		return;
	}
	edge_ready(rd_str("connected"), false);
	step();
}

int main(int argc, char **argv)
{
	static const struct edge_protocol line = { .name = "edge-line", .begin = begin, .step = step };

	return edge_main(&line, argc, argv);
}
