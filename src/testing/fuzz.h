/*
 * Is:        what a fuzz target implements; libFuzzer's entry point.
 * Is not:    linked into any program of the product.
 * Called by: libFuzzer, or fuzz_replay.c in builds without it.
 * Owns:      nothing.
 * Trust:     hostile bytes, which is the point.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
