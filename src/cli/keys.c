/*
 * Is:        one question to keyd about credentials (contract in the header).
 * Is not:    keyd's side.
 * Called by: credential, host_key.
 * Owns:      its link.
 * Trust:     keyd; its answer is bounded all the same.
 */
#include "cli/keys.h"

#include <errno.h>
#include <poll.h>
#include <string.h>

#include "base/text.h"
#include "base/wr.h"
#include "cli/client.h"
#include "cli/command.h"
#include "crypto/sha256.h"
#include "os/fd.h"
#include "os/ipc.h"
#include "proc/keyd/credential.h"
#include "proc/talk/credential_proto.h"

enum { PATIENCE_MS = 10000 };

static bool read_row(struct rd *r, struct key_row *row)
{
	uint8_t kind;

	if (!rd_part8(r, CREDENTIAL_NAME_MAX, &row->name) || !rd_u8(r, &kind) ||
	    !rd_part8(r, CREDENTIAL_USER_MAX, &row->user) || !rd_part8(r, UINT8_MAX, &row->public_key) || r->len)
		return false;
	row->kind = kind;
	return true;
}

/* Until the end comes: what it says. */
static int take_answers(int fd, key_row_fn *each, void *ctx)
{
	for (;;) {
		AUTO(buf_done) struct buf packet = { 0 };
		struct pollfd p = { .fd = fd, .events = POLLIN };
		struct key_row row;
		uint16_t type;
		uint32_t outcome;

		buf_init(&packet, IPC_MAX);
		if (poll(&p, 1, PATIENCE_MS) <= 0)
			return -ETIMEDOUT;
		ssize_t n = fd_read(fd, &packet);
		if (n <= 0)
			return n ? (int)n : -ECONNRESET;
		struct rd r = buf_rd(&packet);
		if (!rd_u16(&r, &type))
			return -EPROTO;
		if (type == CREDENTIAL_END && rd_u32(&r, &outcome))
			return outcome < CREDENTIAL_ERRNO ? (int)outcome : -(int)(outcome - CREDENTIAL_ERRNO);
		if (type != CREDENTIAL_ROW || !read_row(&r, &row))
			return -EPROTO;
		if (each)
			each(ctx, &row);
	}
}

int keys_ask(const struct args *a, uint16_t type, struct rd body, key_row_fn *each, void *ctx)
{
	AUTO(buf_wipe) struct buf packet = { 0 };
	AUTO(fd_close) int fd = -1;
	int r = client_keys(args_state_dir(a), &fd);

	if (r < 0)
		return r;
	buf_init(&packet, IPC_MAX);
	struct wr w = wr_to(&packet);
	wr_u16(&w, type);
	wr_bytes(&w, body);
	if (!wr_ok(&w))
		return -EMSGSIZE;
	r = fd_write_all(fd, buf_rd(&packet));
	return r == 0 ? take_answers(fd, each, ctx) : r;
}

int keys_failed(const struct args *a, int outcome, const char *name)
{
	int nobody = command_nobody(a, outcome);

	if (nobody != EXIT_OK)
		return nobody;
	switch (outcome) {
	case CREDENTIAL_EXISTS:
		command_complain(a, "slagboom credential remove", "there is a credential %s already", name);
		return EXIT_FAILED;
	case CREDENTIAL_UNKNOWN:
		command_complain(a, "slagboom credential list", "there is no credential %s", name);
		return EXIT_FAILED;
	case CREDENTIAL_BAD:
		command_complain(a, NULL, "keyd does not take that: a name has letters, digits, dots, dashes and underscores, "
		    "and no long number; a user and a password are one line each");
		return EXIT_USAGE;
	case CREDENTIAL_FULL:
		command_complain(a, NULL, "there are %d credentials, which is the most", CREDENTIALS_MAX);
		return EXIT_FAILED;
	default:
		command_complain(a, "slagboom status", "keyd did not do it: %s",
		    outcome == -ECONNRESET || outcome == -EPIPE ? "it is not ready" : strerror(-outcome));
		return EXIT_FAILED;
	}
}

void wr_public_key(struct wr *w, struct rd blob)
{
	wr_str(w, "ssh-ed25519 ");
	wr_base64(w, blob, BASE64_PADDED);
}

void wr_fingerprint(struct wr *w, struct rd blob)
{
	uint8_t hash[SHA256_LEN];

	sha256_of(blob, hash);
	wr_str(w, "SHA256:");
	wr_base64(w, rd_of(hash, sizeof(hash)), BASE64_BARE);
}
