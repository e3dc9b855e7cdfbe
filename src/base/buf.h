/*
 * Is:        the one growable buffer: bytes go in at the back and out at the
 *            front, up to a maximum that nobody can leave out.
 * Is not:    a reader (rd.h) or a writer of integers (wr.h).
 * Called by: every folder.
 * Owns:      its memory, from buf_init to buf_done.
 * Trust:     hostile sizes: the maximum is checked before anything is allocated.
 *            Everything but buf_make_room (the allocator behind a contract) is
 *            proved with Frama-C WP.
 * Rule Zero: longer than a header should be, because each contract is here.
 *
 * A full buffer is an ordinary outcome: the put returns false and nothing has
 * changed. Running out of memory aborts.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/def.h"
#include "base/rd.h"

/* Contents are p[off .. off + len - 1]. Fields are read through the functions. */
struct buf {
	uint8_t *p;
	size_t off;
	size_t len;
	size_t cap;
	size_t max;
};

/* The largest maximum that a buffer may have: 1 TiB. */
#define BUF_MAX ((size_t)1 << 40)

/*@ predicate buf_ok(struct buf *b) =
      \valid(b) && b->max <= 1099511627776 && b->len <= b->max &&
      b->off <= b->cap && b->len <= b->cap - b->off && b->cap <= 2199023255552 &&
      (b->cap > 0 ==> \valid(b->p + (0 .. b->cap - 1))) &&
      \separated(b, b->p + (0 .. b->cap - 1));
*/

/* An empty buffer that will hold at most `max` bytes; 1 <= max <= BUF_MAX.
 * Allocates nothing yet. */
void buf_init(struct buf *b, size_t max);

/* Frees. The buffer must be initialised again before use. For AUTO. */
void buf_done(struct buf *b);

/* As buf_done, after overwriting what it held. */
void buf_wipe(struct buf *b);

/* Bytes that still fit under the maximum. */
/*@ requires buf_ok(b);
    assigns \nothing;
    ensures \result == b->max - b->len;
*/
size_t buf_room(const struct buf *b);

/* Trusted: makes cap - off - len >= n by moving the contents to the front or
 * by reallocating. Only buf.c calls it, after checking the maximum. */
/*@ requires buf_ok(b) && n <= b->max - b->len;
    assigns b->p, b->off, b->cap, b->p[0 .. b->cap - 1];
    ensures ok: buf_ok(b);
    ensures room: b->cap - b->off - b->len >= n;
    ensures same: b->len == \old(b->len) && b->max == \old(b->max);
    ensures bytes: \forall integer i; 0 <= i < b->len ==>
        b->p[b->off + i] == \old(b->p[b->off + i]);
*/
void buf_make_room(struct buf *b, size_t n);

/* Appends `n` bytes from `src`, which must not lie inside the buffer. */
/*@ requires buf_ok(b) && (n == 0 || \valid_read(src + (0 .. n - 1)));
    requires \separated(b, src + (0 .. n - 1));
    requires \separated(b->p + (0 .. b->cap - 1), src + (0 .. n - 1));
    ensures full: \old(n > b->max - b->len) ==> (!\result && *b == \old(*b));
    ensures put: \old(n <= b->max - b->len) ==> (\result && b->len == \old(b->len) + n);
    ensures max: b->max == \old(b->max) && b->len <= b->max;
*/
MUST_USE bool buf_put(struct buf *b, const uint8_t *src, size_t n);

/* Appends what `r` holds; `r` is not moved. */
MUST_USE bool buf_put_rd(struct buf *b, struct rd r);

/* Appends the text of `s`, without its NUL. */
MUST_USE bool buf_put_str(struct buf *b, const char *s);

/* Appends one byte. */
/*@ requires buf_ok(b);
    ensures full: \old(b->max == b->len) ==> (!\result && *b == \old(*b));
    ensures put: \old(b->max > b->len) ==> (\result && b->len == \old(b->len) + 1);
    ensures max: b->max == \old(b->max) && b->len <= b->max;
*/
MUST_USE bool buf_put_u8(struct buf *b, uint8_t c);

/* Space for `n` more bytes, for read(2) and for ciphers: true and `*out` is
 * where to write them; buf_grew then says how many came. The pointer is good
 * until the next call on the buffer. */
/*@ requires buf_ok(b) && \valid(out) && \separated(b, out) &&
             \separated(out, b->p + (0 .. b->cap - 1));
    ensures full: \old(n > b->max - b->len) ==> (!\result && *b == \old(*b));
    ensures space: \result ==> (b->cap - b->off - b->len >= n &&
            *out == b->p + b->off + b->len && (n > 0 ==> \valid(*out + (0 .. n - 1))));
    ensures same: b->len == \old(b->len) && b->max == \old(b->max);
*/
MUST_USE bool buf_space(struct buf *b, size_t n, uint8_t **out);

/* The first `n` bytes of the space given by buf_space now belong to the contents. */
/*@ requires buf_ok(b) && n <= b->cap - b->off - b->len && n <= b->max - b->len;
    assigns b->len;
    ensures buf_ok(b) && b->len == \old(b->len) + n;
*/
void buf_grew(struct buf *b, size_t n);

/* Drops `n` bytes from the front; n <= len. */
/*@ requires buf_ok(b) && n <= b->len;
    assigns b->off, b->len;
    ensures buf_ok(b) && b->len == \old(b->len) - n;
    ensures \forall integer i; 0 <= i < b->len ==>
        b->p[b->off + i] == \old(b->p[b->off + n + i]);
*/
void buf_drop(struct buf *b, size_t n);

/* Shortens the contents to the first `n` bytes; n <= len. */
/*@ requires buf_ok(b) && n <= b->len;
    assigns b->len;
    ensures buf_ok(b) && b->len == n;
*/
void buf_cut(struct buf *b, size_t n);

/* Forgets the contents and keeps the memory. */
/*@ requires buf_ok(b);
    assigns b->off, b->len;
    ensures buf_ok(b) && b->len == 0;
*/
void buf_reset(struct buf *b);

/* Overwrites `n` bytes at `at` of the contents: for lengths that are known late
 * (wr.h). The bytes must already be there. */
/*@ requires buf_ok(b) && (n == 0 || \valid_read(src + (0 .. n - 1)));
    requires \separated(b, src + (0 .. n - 1)) &&
             \separated(b->p + (0 .. b->cap - 1), src + (0 .. n - 1));
    assigns b->p[0 .. b->cap - 1];
    ensures \result <==> (at <= b->len && n <= b->len - at);
    ensures buf_ok(b);
*/
MUST_USE bool buf_patch(struct buf *b, size_t at, const uint8_t *src, size_t n);

/* A reader over the contents; borrows until the next change. */
struct rd buf_rd(const struct buf *b);

#ifndef __FRAMAC__ /* other files are proved by the contracts alone */
#include "base/buf_inline.h"
#endif
