/*
 * Is:        what an element runs for the tests of load: lines in bursts on its output, and every
 *            byte of its input into a file as it came.
 * Is not:    part of the product.
 * Called by: tests/load/kills, at the element, by sshd.
 * Owns:      the file.
 * Trust:     no input.
 *
 * usage: pump FILE SEED MILLISECONDS
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "os/clock.h"

enum { BURST_MAX = 24 << 10, PAUSE_MAX_MS = 25 };

static unsigned long long seed;

static unsigned next(unsigned below)
{
	seed = seed * 6364136223846793005ull + 1442695040888963407ull;
	return (unsigned)(seed >> 33) % below;
}

/* Words of letters: nothing that the gate would mask or call unreadable. */
static size_t lines(char *out, size_t n)
{
	static const char *const words[] = { "lchan", "established", "handover", "cell", "paging", "release", "alarm", "cleared" };
	static unsigned count;
	size_t at = 0;

	for (; at + 80 < n; count++)
		at += (size_t)snprintf(out + at, n - at, "%c%c%c%c %s %s %s\n", 'a' + (int)(count / 17576 % 26), 'a' + (int)(count / 676 % 26),
		    'a' + (int)(count / 26 % 26), 'a' + (int)(count % 26), words[next(8)], words[next(8)], words[next(8)]);
	return at;
}

/* False: nobody takes it. */
static int give(const char *bytes, size_t len)
{
	while (len) {
		ssize_t n = write(STDOUT_FILENO, bytes, len);
		if (n < 0 && errno != EINTR)
			return 0;
		bytes += n > 0 ? n : 0;
		len -= n > 0 ? (size_t)n : 0;
	}
	return 1;
}

int main(int argc, char **argv)
{
	static char burst[BURST_MAX], came[1 << 16];
	uint64_t end;
	int file, open_input = 1;

	if (argc != 4 || (file = open(argv[1], O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600)) < 0)
		return 2;
	seed = strtoull(argv[2], NULL, 10);
	end = clock_mono_ns() + strtoull(argv[3], NULL, 10) * 1000000;
	while (clock_mono_ns() < end) {
		struct pollfd p = { .fd = open_input ? STDIN_FILENO : -1, .events = POLLIN };
		if (poll(&p, 1, (int)next(PAUSE_MAX_MS)) == 1) {
			ssize_t n = read(STDIN_FILENO, came, sizeof(came));
			open_input = n > 0;
			if (n > 0 && write(file, came, (size_t)n) != n)
				return 1;
			continue;
		}
		if (!give(burst, lines(burst, 100 + next(BURST_MAX - 100))))
			return 1;
	}
	return 0;
}
