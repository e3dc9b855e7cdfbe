/*
 * Is:        the parts of `slagboom seen`: where records come from, and how an answer is printed.
 * Is not:    the answer itself (evidence/coverage.h).
 * Called by: seen.c.
 * Owns:      nothing.
 * Trust:     a log or pack is hostile until it was judged; nothing is answered before.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "cli/command.h"
#include "evidence/coverage.h"
#include "evidence/note.h"

/* What the answer is about, and whose word it is. */
struct seen_source {
	char origin[NOTE_NAME_MAX + 1];
	uint64_t size;       /* of the tree that was signed */
	uint8_t root[32];
	bool is_pack;
};

/* Judges what the options name (a log directory, a pack, a state directory) and gives every
 * record of it to `c`, which is then at its end. EXIT_OK; or an exit code, and what is wrong
 * has been said: then nothing of `c` may be used. */
MUST_USE int seen_read(const struct args *a, struct coverage *c, struct seen_source *out);

/* "2026", "2026-11", "2026-11-22" or an instant, or two of them with ".." between. */
MUST_USE bool seen_during(const char *text, uint64_t *out_from_ns, uint64_t *out_to_ns);

/* The value of the whole: SEEN when any stretch is; NOT SEEN when every one is. */
enum coverage_value seen_value(const struct vec *stretches);
void seen_print(const struct args *a, const struct coverage *c, const struct seen_source *s, const struct vec *stretches);
MUST_USE int seen_print_json(const struct coverage *c, const struct seen_source *s, const struct vec *stretches);
