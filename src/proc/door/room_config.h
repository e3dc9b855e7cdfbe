/*
 * Is:        the texts of a room: sshd_config, passwd, nsswitch.conf and the like.
 * Is not:    who may log in: that is deskd's, below /etc/slagboom.
 * Called by: room.
 * Owns:      nothing.
 * Trust:     host keys are keyd's, hosts and ports deskd's; both are checked again here, so
 *            that no line of theirs can become a line of sshd's.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/def.h"
#include "base/rd.h"
#include "base/wr.h"

enum { ROOM_CONFIG_MAX = 1 << 16 };

struct room_config {
	struct rd host_keys;   /* public halves, one a line: there is a file ROOM_HOST_KEY n for each */
	struct rd hosts;       /* "127.1.x.y ASSET" a line */
	const uint16_t *ports; /* on which an asset's forward may end */
	size_t n_ports;
	bool has_otp;          /* a second factor by PAM, after the key */
};

/* The n-th public half is this, the number and ".pub"; a private half there is none, and sshd
 * looks for it without a word. */
#define ROOM_HOST_KEY "/etc/ssh/host-key-"

/* The whole sshd_config. Fails the writer on hosts that are none. */
void room_config_write(struct wr *w, const struct room_config *c);

/* A file of the room that is the same in all. */
struct room_file {
	const char *path, *text;
};
/* With a one-time code (has_otp) this too: the code is asked by the stock module, its secret and its
 * memory of used codes are ROOM_OTP/LOGIN/code (room.h). */
extern const struct room_file room_pam_file;
extern const struct room_file room_files[];
extern const size_t room_n_files;

/* The ports, one a line, in the order of the file: their number, or -EBADMSG when a line is
 * none or there are more than ROOM_PORTS_MAX. */
MUST_USE int room_ports(struct rd file, uint16_t *out);
