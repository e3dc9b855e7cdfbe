/*
 * Is:        check digits and fixed prefixes of identifier kinds.
 * Is not:    about text; digits are values 0 to 9.
 * Called by: judge_*.c, canon.c.
 * Owns:      nothing.
 * Trust:     values computed from hostile bytes; any value is allowed.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* ISO/IEC 7812-1 annex B: the last digit checks the others. */
bool check_luhn(const uint8_t *d, size_t n);

/* The digit that makes d[0 .. n - 1] and itself pass check_luhn. */
uint8_t check_luhn_digit(const uint8_t *d, size_t n);

/* Dutch citizen service number: nine digits, the elfproef, not all zero in front. */
bool check_bsn(const uint8_t *d);

/* A payment card: Luhn, and a length that the issuer's prefix has. */
bool check_card(const uint8_t *d, size_t n);

/* The first two digits of a TAC: a reporting body that exists (GSMA TS.06). */
bool check_tac(const uint8_t *d);

/* The first three digits of an IMSI: a country code that E.212 assigns. */
bool check_mcc(const uint8_t *d);

/* Length of an IBAN of country c1 c2 (upper case), or 0 (ISO 13616 registry). */
size_t check_iban_len(uint8_t c1, uint8_t c2);

/* Upper-case letters and digits, ISO 7064 mod 97-10. */
bool check_iban(const uint8_t *s, size_t n);

/* ICAO 9303-3 section 4.9: weights 7 3 1 over A-Z 0-9 < of s[from .. from + n - 1];
 * continues from position `*pos`, adding to `*sum`. */
void check_mrz_add(const uint8_t *s, size_t from, size_t n, unsigned *pos, unsigned *sum);
/* True when the digit `cd` (ASCII; < counts as 0) checks those bytes. */
bool check_mrz(const uint8_t *s, size_t from, size_t n, uint8_t cd);
