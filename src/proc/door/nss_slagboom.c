/*
 * Is:        the name service module of a room, libnss_slagboom.so.2: names of engineers,
 *            alone or with an asset, to users.
 * Is not:    loaded anywhere but in a room, and not a list: it enumerates nobody.
 * Called by: the C library inside sshd (nsswitch.conf of the room).
 * Owns:      a mapping of the file while it looks.
 * Trust:     names come from clients, before they have logged in.
 *
 * A user keeps the whole login as its name, so that the asset is not lost; home is by the
 * person. Where sshd is not root it can become nobody: everybody is then the one user.
 */
#include <errno.h>
#include <fcntl.h>
#include <nss.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "proc/door/people.h"
#include "proc/door/room.h"

enum nss_status _nss_slagboom_getpwnam_r(const char *name, struct passwd *out, char *buffer, size_t size, int *err);
enum nss_status _nss_slagboom_getpwuid_r(uid_t uid, struct passwd *out, char *buffer, size_t size, int *err);

struct people_file {
	void *map;
	size_t len;
};

static bool file_open(struct people_file *f)
{
	int fd = open(ROOM_PEOPLE, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	struct stat st;

	*f = (struct people_file){ .map = MAP_FAILED };
	if (fd < 0)
		return false;
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size > 0 && st.st_size <= PEOPLE_FILE_MAX) {
		f->len = (size_t)st.st_size;
		f->map = mmap(NULL, f->len, PROT_READ, MAP_PRIVATE, fd, 0);
	}
	(void)close(fd);
	return f->map != MAP_FAILED;
}

static void file_close(struct people_file *f)
{
	(void)munmap(f->map, f->len);
}

/* "LOGIN\0HOME\0" in the caller's buffer; the rest are constants. */
static enum nss_status fill(struct rd login, struct rd name, uint32_t uid, struct passwd *out, char *buffer,
    size_t size, int *err)
{
	static char star[] = "*", none[] = "", shell[] = ROOM_SHELL;
	int n = snprintf(buffer, size, "%.*s%c" ROOM_HOMES "/%.*s", (int)login.len, (const char *)login.p, '\0',
	    (int)name.len, (const char *)name.p);
	bool is_root = geteuid() == 0;

	if (n < 0 || (size_t)n >= size) {
		*err = ERANGE;
		return NSS_STATUS_TRYAGAIN;
	}
	*out = (struct passwd){ .pw_name = buffer, .pw_passwd = star, .pw_uid = is_root ? uid : getuid(),
		.pw_gid = is_root ? uid : getgid(), .pw_gecos = none, .pw_dir = buffer + login.len + 1,
		.pw_shell = shell };
	return NSS_STATUS_SUCCESS;
}

/* One-time codes are found by the login, and kept by the person. Where there are none, or for who
 * is not root any more, nothing is made. */
static void note_otp(struct rd login, struct rd name)
{
	char from[sizeof(ROOM_OTP) + 1 + PEOPLE_LOGIN_MAX], to[sizeof(ROOM_OTP_STATE) + 1 + PEOPLE_NAME_MAX];

	(void)snprintf(from, sizeof(from), ROOM_OTP "/%.*s", (int)login.len, (const char *)login.p);
	(void)snprintf(to, sizeof(to), ROOM_OTP_STATE "/%.*s", (int)name.len, (const char *)name.p);
	(void)!symlink(to, from);
}

static enum nss_status not_found(int *err)
{
	*err = ENOENT;
	return NSS_STATUS_NOTFOUND;
}

enum nss_status _nss_slagboom_getpwnam_r(const char *name, struct passwd *out, char *buffer, size_t size, int *err)
{
	struct rd login = rd_of(name, strnlen(name, PEOPLE_LOGIN_MAX + 1));
	struct people_login l;
	struct people_file f;
	uint32_t uid;
	bool found;

	if (!people_login(login, &l) || !file_open(&f))
		return not_found(err);
	found = people_find(rd_of(f.map, f.len), l.name, &uid);
	file_close(&f);
	if (found)
		note_otp(login, l.name);
	return found ? fill(login, l.name, uid, out, buffer, size, err) : not_found(err);
}

enum nss_status _nss_slagboom_getpwuid_r(uid_t uid, struct passwd *out, char *buffer, size_t size, int *err)
{
	enum nss_status r = NSS_STATUS_NOTFOUND;
	struct people_file f;
	struct rd name;

	*err = ENOENT;
	if (!file_open(&f))
		return r;
	if (people_find_uid(rd_of(f.map, f.len), uid, &name))
		r = fill(name, name, uid, out, buffer, size, err);
	file_close(&f);
	return r;
}
