/*
 * Is:        made-up corpora for benchmarks of the inspector: prose, logs, identifiers.
 * Is not:    a test's ground truth.
 * Called by: bench/inspect.c.
 * Owns:      nothing.
 * Trust:     no input.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* Each fills exactly `n` bytes, the same in every run. */
void corpus_text(uint8_t *p, size_t n);
void corpus_logs(uint8_t *p, size_t n);
void corpus_dense(uint8_t *p, size_t n);
