/*
 * Is:        networks as text ("192.0.2.0/24", "2001:db8::/32") and whether an address
 *            is in one.
 * Is not:    a socket.
 * Called by: parse (to check), place.
 * Owns:      nothing.
 * Trust:     hostile text.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/def.h"
#include "base/rd.h"

struct net { uint8_t bytes[16]; uint8_t n_bytes; uint8_t n_bits; };

/* Bits beyond the prefix must be 0, so that a network has one spelling of its bits. */
MUST_USE bool net_parse(struct rd text, struct net *out);

/* An address alone: n_bits is its whole length. */
MUST_USE bool net_parse_address(struct rd text, struct net *out);

/* `address` is 4 or 16 bytes. An IPv4 address mapped into IPv6 is the IPv4 address. */
bool net_has(const struct net *n, struct rd address);
