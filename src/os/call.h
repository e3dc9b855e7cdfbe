/*
 * Is:        a question to another process of ours and the wait for its answer: the
 *            packets of ipc.h, sent and received without a loop, before a deadline.
 * Is not:    for a link that a loop watches, nor for waits that people notice.
 * Called by: proc/members_link.
 * Owns:      nothing; the descriptor is the caller's.
 * Trust:     hostile: a packet with descriptors, without a type, or longer than
 *            IPC_MAX is refused.
 *
 * The system calls are sendmsg, recvmsg and ppoll. A deadline is monotonic time
 * (clock_mono_ns); one that has passed still takes what is there without waiting.
 */
#pragma once

#include <stdint.h>

#include "base/buf.h"
#include "base/def.h"
#include "base/rd.h"

/* 0, -ETIMEDOUT: not sent, or another errno. `fd` is an end of ipc_pair. */
MUST_USE int call_send(int fd, uint16_t type, struct rd body, uint64_t deadline_ns);

/* Appends the body of the next packet to `body`, which has room for IPC_BODY_MAX bytes.
 * 0, -ETIMEDOUT: nothing came, -ECONNRESET: the other end is gone, -EPROTO: refused. */
MUST_USE int call_receive(int fd, uint64_t deadline_ns, uint16_t *out_type, struct buf *body);
