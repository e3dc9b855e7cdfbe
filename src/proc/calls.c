/*
 * Is:        what a sanitizer's runtime needs of every list (contract in the header).
 * Is not:    in a release, where the list is empty.
 * Called by: table.c, cli/witness/belts.c.
 * Owns:      nothing.
 * Trust:     no input.
 */
#include "proc/calls.h"

#include "base/def.h"

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SANITIZED 1
#endif
#endif
#if defined(__SANITIZE_ADDRESS__)
#define SANITIZED 1
#endif

const struct sandbox_call calls_sanitizer[] = {
	CALL(sigaltstack), CALL(sched_yield), CALL(prlimit64), CALL(readlink), CALL(getrlimit), CALL(lseek), CALL(pread64),
};

#ifdef SANITIZED
const size_t calls_n_sanitizer = ARRAY_LEN(calls_sanitizer);
const bool calls_sanitized = true;

/* The leak check reads other threads with ptrace, which kills here. A segmentation
 * fault stays a signal, as in a release. */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
	return "detect_leaks=0:symbolize=0:handle_segv=0";
}
#else
const size_t calls_n_sanitizer = 0;
const bool calls_sanitized = false;
#endif
