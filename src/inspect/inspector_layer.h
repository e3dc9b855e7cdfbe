/*
 * Is:        what the inspector asks of its layers: one stream of bytes to the texts that it
 *            can be read as.
 * Is not:    for anybody but the files of the inspector.
 * Called by: inspector.c.
 * Owns:      the layers' state, in struct inspector.
 * Trust:     hostile bytes.
 */
#pragma once

#include "inspect/inspector_priv.h"

void layers_init(struct inspector *in);
void layers_done(struct inspector *in);
/* Gives a chunk to every layer; mask[] and the counts then say what was in it. */
void layers_put(struct inspector *in, struct rd chunk);
/* Gives every layer one plain value of at most PIECE_MAX bytes, whole; `decode`: and judges
 * what it may be encoded in. */
void layers_put_value(struct inspector *in, struct rd value, bool decode);
/* The window changed. */
void layers_resize(struct inspector *in, unsigned rows, unsigned cols);
/* Judges what came in few bytes and waits for more, if there may be something in it. True when there was any. */
MUST_USE bool layers_catch_up(struct inspector *in);
/* Judges what is open, as if the stream ended here. */
void layers_pause(struct inspector *in);
/* Ends every decoded stream. */
void layers_end(struct inspector *in);
/* A separator that is in no layer's bytes: between values. */
void layers_separate(struct inspector *in);
void layers_settle(struct inspector *in, size_t n);
/* Bytes at the chunk's end that may be the beginning of an identifier; `words`: a word may be one too.
 * With none, this chunk is put next. */
MUST_USE size_t layers_open_tail(struct inspector *in, struct rd chunk, bool words);
/* Opaque bytes of all layers. */
uint64_t layers_opaque(const struct inspector *in);
