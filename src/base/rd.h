/*
 * Is:        the one reader of bytes: a cursor that borrows `len` bytes at `p`.
 * Is not:    an owner of memory; the bytes outlive the reader.
 * Called by: every parser. Nothing outside rd, buf and wr does arithmetic on a
 *            pointer into input.
 * Owns:      nothing.
 * Trust:     hostile bytes. Memory safety and the contracts below are proved
 *            with Frama-C WP (tools/prove).
 * Rule Zero: longer than a header should be, because each contract is here.
 *
 * Every function that takes bytes away returns true and moves past them, or
 * returns false and changes nothing: neither the reader nor the output. "False"
 * has one meaning, that the bytes are not there (or, where a `max` is given,
 * are more than it); whether that is "more to come" or "bad" is the caller's.
 * Integers are big endian. Rule Zero: longer than a header should be, because the
 * proofs' contracts stand beside the prototypes.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/def.h"

struct rd {
	const uint8_t *p;
	size_t len;
};

/*@ predicate rd_ok(struct rd *r) =
      \valid(r) && (r->len > 0 ==> \valid_read(r->p + (0 .. r->len - 1)));

    predicate apart(struct rd *r, struct rd *o) =
      \separated(r, o) &&
      \separated(r, r->p + (0 .. r->len - 1)) &&
      \separated(o, r->p + (0 .. r->len - 1));
*/

/* A reader over `n` bytes at `p`; borrows. */
struct rd rd_of(const void *p, size_t n);

/* A reader over the text of `s`, without its NUL; borrows. */
struct rd rd_str(const char *s);

/* Takes one byte. */
/*@ requires rd_ok(r) && \valid(out);
    requires \separated(r, out) && \separated(r, r->p + (0 .. r->len - 1)) &&
             \separated(out, r->p + (0 .. r->len - 1));
    assigns *r, *out;
    ensures ok: rd_ok(r);
    ensures short_: \old(r->len) < 1 ==> (!\result && *r == \old(*r) && *out == \old(*out));
    ensures full: \old(r->len) >= 1 ==> (\result && r->len == \old(r->len) - 1 &&
            r->p == \old(r->p) + 1 && *out == \old(r->p[0]));
*/
MUST_USE bool rd_u8(struct rd *r, uint8_t *out);

/*@ requires rd_ok(r) && \valid(out);
    requires \separated(r, out) && \separated(r, r->p + (0 .. r->len - 1)) &&
             \separated(out, r->p + (0 .. r->len - 1));
    assigns *r, *out;
    ensures ok: rd_ok(r);
    ensures short_: \old(r->len) < 2 ==> (!\result && *r == \old(*r) && *out == \old(*out));
    ensures full: \old(r->len) >= 2 ==> (\result && r->len == \old(r->len) - 2 &&
            r->p == \old(r->p) + 2 && *out == \old(r->p[0]) * 256 + \old(r->p[1]));
*/
MUST_USE bool rd_u16(struct rd *r, uint16_t *out);

/*@ requires rd_ok(r) && \valid(out);
    requires \separated(r, out) && \separated(r, r->p + (0 .. r->len - 1)) &&
             \separated(out, r->p + (0 .. r->len - 1));
    assigns *r, *out;
    ensures ok: rd_ok(r);
    ensures short_: \old(r->len) < 4 ==> (!\result && *r == \old(*r) && *out == \old(*out));
    ensures full: \old(r->len) >= 4 ==> (\result && r->len == \old(r->len) - 4 &&
            r->p == \old(r->p) + 4);
    ensures val: \old(r->len) >= 4 ==> *out == \old(r->p[0]) * 16777216 +
            \old(r->p[1]) * 65536 + \old(r->p[2]) * 256 + \old(r->p[3]);
*/
MUST_USE bool rd_u32(struct rd *r, uint32_t *out);

/*@ requires rd_ok(r) && \valid(out);
    requires \separated(r, out) && \separated(r, r->p + (0 .. r->len - 1)) &&
             \separated(out, r->p + (0 .. r->len - 1));
    assigns *r, *out;
    ensures ok: rd_ok(r);
    ensures short_: \old(r->len) < 8 ==> (!\result && *r == \old(*r) && *out == \old(*out));
    ensures full: \old(r->len) >= 8 ==> (\result && r->len == \old(r->len) - 8 &&
            r->p == \old(r->p) + 8);
*/
MUST_USE bool rd_u64(struct rd *r, uint64_t *out);

/* Takes the next `n` bytes as a reader of their own, so that a bad inner length
 * cannot read the outer message. */
/*@ requires rd_ok(r) && \valid(out) && apart(r, out);
    assigns *r, *out;
    ensures ok: rd_ok(r);
    ensures okout: \result ==> rd_ok(out);
    ensures short_: \old(r->len) < n ==> (!\result && *r == \old(*r) && *out == \old(*out));
    ensures full: \old(r->len) >= n ==> (\result && r->len == \old(r->len) - n &&
            r->p == \old(r->p) + n && out->len == n && out->p == \old(r->p));
*/
MUST_USE bool rd_take(struct rd *r, size_t n, struct rd *out);

/* Moves past `n` bytes. */
/*@ requires rd_ok(r) && \separated(r, r->p + (0 .. r->len - 1));
    assigns *r;
    ensures ok: rd_ok(r);
    ensures short_: \old(r->len) < n ==> (!\result && *r == \old(*r));
    ensures full: \old(r->len) >= n ==> (\result && r->len == \old(r->len) - n &&
            r->p == \old(r->p) + n);
*/
MUST_USE bool rd_skip(struct rd *r, size_t n);

/* Copies the next `n` bytes into the caller's `out`. */
/*@ requires rd_ok(r) && (n == 0 || \valid(out + (0 .. n - 1)));
    requires \separated(r, out + (0 .. n - 1)) && \separated(r, r->p + (0 .. r->len - 1)) &&
             \separated(out + (0 .. n - 1), r->p + (0 .. r->len - 1));
    assigns *r, out[0 .. n - 1];
    ensures ok: rd_ok(r);
    ensures short_: \old(r->len) < n ==> (!\result && *r == \old(*r) &&
            \forall integer i; 0 <= i < n ==> out[i] == \old(out[i]));
    ensures full: \old(r->len) >= n ==> (\result && r->len == \old(r->len) - n &&
            r->p == \old(r->p) + n &&
            \forall integer i; 0 <= i < n ==> out[i] == \old(r->p)[i]);
*/
MUST_USE bool rd_copy(struct rd *r, uint8_t *out, size_t n);

/* Takes a part that its own 1-, 2- or 4-byte length precedes, at most `max` bytes. */
/*@ requires rd_ok(r) && \valid(out) && apart(r, out);
    assigns *r, *out;
    ensures ok: rd_ok(r);
    ensures okout: \result ==> rd_ok(out);
    ensures bound: \result ==> out->len <= max;
    ensures kept: !\result ==> (*r == \old(*r) && *out == \old(*out));
*/
MUST_USE bool rd_part8(struct rd *r, size_t max, struct rd *out);

/*@ requires rd_ok(r) && \valid(out) && apart(r, out);
    assigns *r, *out;
    ensures ok: rd_ok(r);
    ensures okout: \result ==> rd_ok(out);
    ensures bound: \result ==> out->len <= max;
    ensures kept: !\result ==> (*r == \old(*r) && *out == \old(*out));
*/
MUST_USE bool rd_part16(struct rd *r, size_t max, struct rd *out);

/*@ requires rd_ok(r) && \valid(out) && apart(r, out);
    assigns *r, *out;
    ensures ok: rd_ok(r);
    ensures okout: \result ==> rd_ok(out);
    ensures bound: \result ==> out->len <= max;
    ensures kept: !\result ==> (*r == \old(*r) && *out == \old(*out));
*/
MUST_USE bool rd_part32(struct rd *r, size_t max, struct rd *out);

/* Takes the bytes before the next byte `c`, and moves past that too. */
/*@ requires rd_ok(r) && \valid(out) && apart(r, out);
    assigns *r, *out;
    ensures ok: rd_ok(r);
    ensures okout: \result ==> rd_ok(out);
    ensures taken: \result ==> (out->p == \old(r->p) && out->len < \old(r->len) &&
            r->len == \old(r->len) - out->len - 1);
    ensures kept: !\result ==> (*r == \old(*r) && *out == \old(*out));
*/
MUST_USE bool rd_until(struct rd *r, uint8_t c, struct rd *out);

/* The byte at `i`, without moving. */
/*@ requires rd_ok(r) && \valid(out);
    requires \separated(r, out) && \separated(out, r->p + (0 .. r->len - 1));
    assigns *out;
    ensures short_: i >= r->len ==> (!\result && *out == \old(*out));
    ensures full: i < r->len ==> (\result && *out == r->p[i]);
*/
MUST_USE bool rd_at(const struct rd *r, size_t i, uint8_t *out);

/* True when both hold the same bytes. Not for secrets. */
/*@ requires rd_ok(a) && rd_ok(b);
    assigns \nothing;
    ensures \result <==> (a->len == b->len &&
            \forall integer i; 0 <= i < a->len ==> a->p[i] == b->p[i]);
*/
bool rd_equal(const struct rd *a, const struct rd *b);

/* True when `r` holds exactly the text `s`. */
bool rd_is(const struct rd *r, const char *s);

/* Takes the text `s` from the front if it stands there. */
MUST_USE bool rd_word(struct rd *r, const char *s);

/* The `n` bytes at `off`; false when they are not all there. */
/*@ requires rd_ok(r) && \valid(out) && \separated(r, out);
    assigns *out;
    ensures okout: \result ==> rd_ok(out);
    ensures in: \result <==> (off <= r->len && n <= r->len - off);
    ensures val: \result ==> (out->p == r->p + off && out->len == n);
    ensures kept: !\result ==> *out == \old(*out);
*/
MUST_USE bool rd_slice(const struct rd *r, size_t off, size_t n, struct rd *out);

#ifndef __FRAMAC__ /* other files are proved by the contracts alone */
#include "base/rd_inline.h"
#endif
