/*
 * Is:        where the parts of this installation are (contract in the header).
 * Is not:    a configuration.
 * Called by: up, witness, mirror, policy_files, deskd.
 * Owns:      nothing.
 * Trust:     /proc/self/exe.
 */
#include "os/self.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/assert.h"

int self_find(const char *const *places, size_t n, const char *name, char *out, size_t size)
{
	char self[PATH_MAX], path[2 * PATH_MAX];
	ssize_t len = readlink("/proc/self/exe", self, sizeof(self) - 1);
	char *slash;
	int r;

	if (len <= 0)
		return -errno;
	self[len] = '\0';
	slash = strrchr(self, '/');
	ASSERT(slash);
	*slash = '\0';
	for (size_t i = 0; i < n; i++) {
		r = snprintf(path, sizeof(path), "%s/%s/%s", self, places[i], name);
		if (r < 0 || (size_t)r >= sizeof(path) || access(path, R_OK) != 0)
			continue;
		r = snprintf(out, size, "%s/%s", self, places[i]);
		return r > 0 && (size_t)r < size ? 0 : -ENAMETOOLONG;
	}
	return -ENOENT;
}

int self_find_program(const char *program, char *out, size_t size)
{
	static const char *const places[] = { "../libexec/slagboom", "../proc", "witness", "mirror" };

	return self_find(places, ARRAY_LEN(places), program, out, size);
}
