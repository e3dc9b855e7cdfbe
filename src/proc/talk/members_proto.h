/*
 * Is:        how `slagboom members load` gives the operator's subscribers to tokend: a
 *            pipe of CSV to it, and a pipe of progress back.
 * Is not:    kept anywhere: the CSV passes through memory once.
 * Called by: cli/members.c, the supervisor (passes both ends on), tokend.
 * Owns:      nothing.
 * Trust:     the CSV may be wrong anywhere; progress is read with limits.
 *
 * Progress is lines of canonical JSON, about ten a second and one at the end:
 *   {"bad":N,"done":BOOL,"failed":TEXT,"ids":N,"lines":N,"persons":N,"version":N}
 * `failed` is "" unless the load was given up; then the set before stays in force.
 */
#pragma once

enum { MEMBERS_PROGRESS_MAX = 512 };
