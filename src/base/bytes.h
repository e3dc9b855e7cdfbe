/*
 * Is:        the trusted floor under rd and buf: copying and comparing bytes,
 *            with the contracts that their proofs stand on.
 * Is not:    for general use; everybody else goes through rd, buf and wr.
 * Called by: rd.c, buf.c; crypto for bytes_equal_secret.
 * Owns:      nothing.
 * Trust:     pointers and lengths were checked by the proved callers.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Copies `n` bytes. */
/*@ requires n == 0 || \valid(dst + (0 .. n - 1));
    requires n == 0 || \valid_read(src + (0 .. n - 1));
    requires \separated(dst + (0 .. n - 1), src + (0 .. n - 1));
    assigns dst[0 .. n - 1] \from src[0 .. n - 1];
    ensures \forall integer i; 0 <= i < n ==> dst[i] == \old(src[i]);
*/
void bytes_copy(uint8_t *dst, const uint8_t *src, size_t n);

/* True when the `n` bytes are the same. Stops at the first difference. */
/*@ requires n == 0 || \valid_read(a + (0 .. n - 1));
    requires n == 0 || \valid_read(b + (0 .. n - 1));
    assigns \nothing;
    ensures \result <==> (\forall integer i; 0 <= i < n ==> a[i] == b[i]);
*/
bool bytes_equal(const uint8_t *a, const uint8_t *b, size_t n);

/* The same in time that depends on `n` alone: for secrets and for hashes that
 * stand for them. */
bool bytes_equal_secret(const uint8_t *a, const uint8_t *b, size_t n);

/* Index of the first byte `c` in the `n` bytes at `p`, or `n`. */
/*@ requires n == 0 || \valid_read(p + (0 .. n - 1));
    assigns \nothing;
    ensures \result <= n;
    ensures \forall integer i; 0 <= i < \result ==> p[i] != c;
    ensures \result < n ==> p[\result] == c;
*/
size_t bytes_find(const uint8_t *p, size_t n, uint8_t c);
