/*
 * Is:        whether the libssh that was loaded may be used (contract in the header).
 * Is not:    a check of the build.
 * Called by: edge_ssh, before its belts.
 * Owns:      nothing.
 * Trust:     the machine's own package database.
 */
#include "proc/edge/ssh_library.h"

#include <errno.h>
#include <fcntl.h>
#include <libssh/libssh.h>
#include <stdio.h>
#include <unistd.h>

#include "base/ascii.h"
#include "base/buf.h"
#include "os/fd.h"

enum { STATUS_MAX = 256 << 20 };

/* An entry has Package and Status in front of Version, and ends with an empty line. */
bool dpkg_version(struct rd status, const char *package, struct rd *out)
{
	struct rd line;
	bool is_it = false, is_installed = false;

	while (rd_until(&status, '\n', &line)) {
		if (line.len == 0)
			is_it = is_installed = false;
		else if (rd_word(&line, "Package: "))
			is_it = rd_is(&line, package);
		else if (rd_word(&line, "Status: "))
			is_installed = rd_is(&line, "install ok installed") || rd_is(&line, "hold ok installed");
		else if (is_it && is_installed && rd_word(&line, "Version: ")) {
			*out = line;
			return true;
		}
	}
	return false;
}

/* A tilde sorts before the end, letters before everything else. */
static int order(const struct rd *r)
{
	uint8_t c;

	if (!rd_at(r, 0, &c) || is_digit(c))
		return 0;
	if (c == '~')
		return -1;
	return is_alpha(c) ? c : c + 256;
}

static struct rd digits(struct rd *r)
{
	struct rd out = *r;
	size_t n = 0;
	uint8_t c;

	while (rd_at(r, 0, &c) && c == '0')
		(void)!rd_skip(r, 1);
	out = *r;
	while (rd_at(r, 0, &c) && is_digit(c) && rd_skip(r, 1))
		n++;
	out.len = n;
	return out;
}

static int compare_part(struct rd a, struct rd b)
{
	uint8_t c;

	while (a.len || b.len) {
		while ((rd_at(&a, 0, &c) && !is_digit(c)) || (rd_at(&b, 0, &c) && !is_digit(c))) {
			if (order(&a) != order(&b))
				return order(&a) - order(&b);
			(void)!rd_skip(&a, 1);
			(void)!rd_skip(&b, 1);
		}
		struct rd m = digits(&a), n = digits(&b);
		if (m.len != n.len)
			return m.len < n.len ? -1 : 1;
		while (m.len) {
			uint8_t x = 0, y = 0;
			(void)!rd_u8(&m, &x);
			(void)!rd_u8(&n, &y);
			if (x != y)
				return x - y;
		}
	}
	return 0;
}

/* EPOCH:UPSTREAM-REVISION; the revision follows the last dash. */
static void split(struct rd v, struct rd *epoch, struct rd *upstream, struct rd *revision)
{
	struct rd t = v, part;
	size_t at = 0, seen = 0;
	uint8_t c;

	*epoch = rd_of(NULL, 0);
	if (rd_until(&t, ':', &part)) {
		*epoch = part;
		v = t;
	}
	for (size_t i = 0; rd_at(&v, i, &c); i++)
		if (c == '-')
			at = i, seen = 1;
	*upstream = v;
	*revision = rd_of(NULL, 0);
	if (!seen)
		return;
	(void)!rd_slice(&v, 0, at, upstream);
	(void)!rd_slice(&v, at + 1, v.len - at - 1, revision);
}

int dpkg_compare(struct rd a, struct rd b)
{
	struct rd pa[3], pb[3];
	int r = 0;

	split(a, &pa[0], &pa[1], &pa[2]);
	split(b, &pb[0], &pb[1], &pb[2]);
	for (int i = 0; i < 3 && r == 0; i++)
		r = compare_part(pa[i], pb[i]);
	return r;
}

int ssh_library_check(void)
{
	AUTO(buf_done) struct buf status = { 0 };
	struct rd version = rd_str("none that the package database knows");
	int r;

	/* The next line of releases has the repair; of 0.10 only the package's revision tells. */
	if (ssh_version(SSH_VERSION_INT(0, 12, 0)))
		return 0;
	buf_init(&status, STATUS_MAX);
	r = fd_read_file(AT_FDCWD, "/var/lib/dpkg/status", &status);
	if (r == 0 && dpkg_version(buf_rd(&status), "libssh-4", &version) &&
	    dpkg_compare(version, rd_str(SSH_LIBRARY_MIN)) >= 0)
		return 0;
	(void)dprintf(STDERR_FILENO, "libssh %s (package libssh-4: %.*s) is too old: install %s or later\n", ssh_version(0),
	    (int)version.len, (const char *)version.p, SSH_LIBRARY_MIN);
	return -ELIBBAD;
}
