/*
 * Is:        for tests: whose an identifier is, by its last digits.
 * Is not:    linked into the product.
 * Called by: test_layers.c, test_cuts.c.
 * Owns:      nothing.
 * Trust:     no input.
 */
#pragma once

#include "inspect/inspector.h"
#include "testing/test.h"

enum { PERSON_DIGITS = 9 };

static inline uint32_t test_person(struct rd value)
{
	uint32_t person = 0;
	uint8_t c;

	CHECK(rd_skip(&value, value.len > PERSON_DIGITS ? value.len - PERSON_DIGITS : 0));
	while (rd_u8(&value, &c))
		person = person * 10 + c % 16;
	return person;
}
