/*
 * Is:        one question to the evidenced of a log, and its answer in words for who asked.
 * Is not:    the question (proc/talk/retention_proto.h), or evidenced's side.
 * Called by: subcommands that tell a log what to keep, or to go on.
 * Owns:      nothing.
 * Trust:     evidenced's answer is bounded, and quoted.
 */
#pragma once

#include <stdbool.h>

#include "base/def.h"
#include "base/rd.h"

struct args;

/* Asks that of --log, and prints what it answers: as JSON, or as a line. EXIT_OK when it was done. */
MUST_USE int evidenced_ask(const struct args *a, struct rd request, int patience_ms, bool as_json);
