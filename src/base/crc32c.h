/*
 * Is:        CRC-32C (Castagnoli), the checksum of everything that the store
 *            writes for itself; finds decay and torn writes.
 * Is not:    protection against anybody: that is the Merkle tree's.
 * Called by: the write-ahead log and the state file of evidence.
 * Owns:      nothing.
 * Trust:     any bytes.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/rd.h"

/* The checksum of what `before` covered followed by `r`; `before` is 0 at the
 * start. RFC 3720 section 12.1 and B.4: reflected, inverted at both ends. */
uint32_t crc32c(uint32_t before, struct rd r);

/* The same by table, without the processor's instruction: for tests, and for
 * machines without it. */
uint32_t crc32c_by_table(uint32_t before, struct rd r);
