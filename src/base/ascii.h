/*
 * Is:        the classes and the cases of ASCII characters.
 * Is not:    locale-aware; no byte or character above 0x7f belongs to any class.
 * Called by: every parser of text.
 * Owns:      nothing.
 * Trust:     any value: a byte, or a code point.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

static inline bool is_digit(uint32_t c)
{
	return c - '0' < 10;
}

static inline bool is_upper(uint32_t c)
{
	return c - 'A' < 26;
}

static inline bool is_lower(uint32_t c)
{
	return c - 'a' < 26;
}

static inline bool is_alpha(uint32_t c)
{
	return (c | 0x20) - 'a' < 26;
}

static inline bool is_alnum(uint32_t c)
{
	return is_digit(c) || is_alpha(c);
}

/* A digit of hexadecimal, in either case. */
static inline bool is_hex(uint32_t c)
{
	return is_digit(c) || (c | 0x20) - 'a' < 6;
}

static inline uint8_t to_lower(uint8_t c)
{
	return is_upper(c) ? c | 0x20 : c;
}

static inline uint8_t to_upper(uint8_t c)
{
	return is_lower(c) ? c ^ 0x20 : c;
}
