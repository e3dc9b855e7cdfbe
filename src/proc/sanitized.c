/*
 * Is:        options of the sanitizers' runtimes for what runs in a room, where there is no
 *            /proc to read; empty in a release. table.c has them for the other processes.
 * Is not:    linked with table.c.
 * Called by: the runtime of a sanitized build.
 * Owns:      nothing.
 * Trust:     no input.
 */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
	return "detect_leaks=0:symbolize=0:handle_segv=0";
}
