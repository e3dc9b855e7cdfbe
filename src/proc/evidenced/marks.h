/*
 * Is:        which of one recorder's requests may be acknowledged, when that waits for
 *            more than the disk: marks left at each commit, taken as the record goes on.
 * Is not:    the acknowledgement.
 * Called by: evidenced, for each recorder.
 * Owns:      nothing.
 * Trust:     no input.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { MARKS_MAX = 64 };

/* The request `token` and those before it are records up to `seq`. */
struct mark {
	uint64_t token, seq;
};

struct marks {
	struct mark m[MARKS_MAX]; /* both numbers rise */
	size_t n;
};

/* A commit made everything up to this durable. When there are too many, the newest
 * stands for the one before it: that is acknowledged later, never earlier. */
void marks_add(struct marks *m, struct mark mark);

/* Takes the marks of records below `size`. True with the last of them, if there is one. */
bool marks_take(struct marks *m, uint64_t size, struct mark *out);

/* Takes the oldest mark if its token is at most `token`. Of marks that were all added by
 * marks_keep; when there are too many, the oldest is forgotten. */
bool marks_next(struct marks *m, uint64_t token, struct mark *out);
void marks_keep(struct marks *m, struct mark mark);
/* The number of the record of `token`; false when it is not among them. */
bool marks_seq(const struct marks *m, uint64_t token, uint64_t *out);
