/*
 * Is:        the signals that SSH has names for (RFC 4254 sections 6.9 and 6.10), by their numbers here.
 * Is not:    every signal: another, "SIG@openssh.com" of OpenSSH's among them, has no number.
 * Called by: edge_ssh, gate, session.
 * Owns:      nothing.
 * Trust:     names and numbers are an element's.
 */
#pragma once

#include <stdint.h>

#include "base/rd.h"

/* "TERM". NULL for a number that SSH has no name for. */
const char *sshsignal_name(uint32_t number);
/* The number here of a name from there; 0 when there is none. */
uint8_t sshsignal_number(struct rd name);
