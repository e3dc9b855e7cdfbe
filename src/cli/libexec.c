/*
 * Is:        where our programs are (contract in the header).
 * Is not:    a search of PATH.
 * Called by: subcommands that start one.
 * Owns:      nothing.
 * Trust:     our own installation.
 */
#include "cli/libexec.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/assert.h"

int libexec_find(const char *program, char *out, size_t size)
{
	static const char *const places[] = { "../libexec/slagboom", "../proc", "witness" };
	char self[PATH_MAX], path[PATH_MAX + 64];
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);
	char *slash;

	if (n <= 0)
		return -errno;
	self[n] = '\0';
	slash = strrchr(self, '/');
	ASSERT(slash);
	*slash = '\0';
	for (size_t i = 0; i < ARRAY_LEN(places); i++) {
		(void)snprintf(path, sizeof(path), "%s/%s/%s", self, places[i], program);
		if (access(path, X_OK) != 0)
			continue;
		n = snprintf(out, size, "%s/%s", self, places[i]);
		return n > 0 && (size_t)n < size ? 0 : -ENAMETOOLONG;
	}
	return -ENOENT;
}
