/*
 * Is:        Bech32 (BIP 173) as age uses it: 32 bytes behind a word, any length limit
 *            lifted.
 * Is not:    Bech32m, nor addresses of any currency.
 * Called by: age.c.
 * Owns:      nothing.
 * Trust:     hostile text. Reading does not depend on the bytes in time only as far
 *            as table look-ups do not: for keys typed by people, not for oracles.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/def.h"
#include "base/rd.h"
#include "base/wr.h"

enum { BECH32_LEN = 32 };

/* The whole of `text`: `hrp` (lower case), '1', the bytes and a checksum; in lower
 * case, or all in upper case. */
MUST_USE bool bech32_parse(struct rd text, const char *hrp, uint8_t out[BECH32_LEN]);

/* Writes it in lower case, or all in upper case. */
void wr_bech32(struct wr *w, const char *hrp, const uint8_t raw[BECH32_LEN], bool upper);
