/*
 * Is:        with which algorithms an edge speaks SSH, which host keys are ours to trust, and
 *            the names of signals and banners: all of SSH's small texts.
 * Is not:    libssh.
 * Called by: edge_ssh.
 * Owns:      nothing.
 * Trust:     host keys come from the desk; a server's banner and key are hostile.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/def.h"
#include "base/rd.h"

struct wr;

struct ssh_algorithms {
	const char *kex, *host_keys, *ciphers, *macs;
};

/* What is sound today, or with `legacy` (an asset's attribute) what old elements need besides. */
const struct ssh_algorithms *ssh_algorithms(bool legacy);

/* The algorithms to ask a host key for, those of the pinned keys first: so that an element with
 * several keys shows the one that was accepted. */
void ssh_algorithms_host_keys(const struct ssh_algorithms *a, struct rd pinned, char *out, size_t size);

/* Whether `key` ("TYPE BASE64") is one of the lines of `pinned`; comments behind are ignored. */
bool ssh_key_is_pinned(struct rd pinned, struct rd key);

/* A server's banner for a record: printable, cut. */
void wr_ssh_banner(struct wr *w, struct rd banner);
