/*
 * Is:        what the desk needs of this machine (contract in the header).
 * Is not:    a policy.
 * Called by: deskd, world, officers.
 * Owns:      zones, accounts, command classes, the country database.
 * Trust:     the machine's files.
 */
#include "proc/desk/local.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <maxminddb.h>
#include <netinet/in.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/vec.h"
#include "os/fd.h"
#include "os/self.h"
#include "policy/scalar.h"
#include "policy/zone.h"

#define ZONE_DIR "/usr/share/zoneinfo"

enum { PACK_MAX = 4 << 20, ZONES_KEPT_MAX = 2048, ZONE_DEPTH_MAX = 3, NAME_MAX_LEN = 96, ACCOUNTS_MAX = 65536 };

struct zone_kept {
	char name[NAME_MAX_LEN];
	struct buf bytes;
	struct zone zone;
};

struct account { char name[NAME_MAX_LEN]; uid_t uid; };

static struct {
	struct vec zones, accounts;
	struct buf pack;
	MMDB_s countries;
	bool has_countries;
} me;

/* Keeps a file that is a zone; others in the folder are tables and the like. */
static void keep_zone(int dir, const char *file, const char *name)
{
	struct zone_kept *z;

	if (me.zones.n == ZONES_KEPT_MAX || strlen(name) >= NAME_MAX_LEN)
		return;
	z = vec_push(&me.zones);
	buf_init(&z->bytes, ZONE_FILE_MAX);
	if (fd_read_file(dir, file, &z->bytes) != 0 || zone_parse(buf_rd(&z->bytes), &z->zone) != 0) {
		buf_done(&z->bytes);
		me.zones.n--;
		return;
	}
	(void)snprintf(z->name, sizeof(z->name), "%s", name);
}

/* posix/ and right/ hold every zone again. */
static bool is_hidden(const char *name)
{
	return name[0] == '.' || strcmp(name, "posix") == 0 || strcmp(name, "right") == 0;
}

static void read_zones(int fd, const char *prefix, int depth)
{
	DIR *d = fdopendir(fd);
	struct dirent *e;

	if (!d) {
		fd_close(&fd);
		return;
	}
	while ((e = readdir(d))) {
		char name[NAME_MAX_LEN + 256], below[NAME_MAX_LEN + 257];
		int sub;
		(void)snprintf(name, sizeof(name), "%s%s", prefix, e->d_name);
		if (is_hidden(e->d_name) || strlen(name) >= NAME_MAX_LEN - 1)
			continue;
		sub = openat(dirfd(d), e->d_name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (sub < 0) {
			keep_zone(dirfd(d), e->d_name, name);
		} else if (depth < ZONE_DEPTH_MAX) {
			(void)snprintf(below, sizeof(below), "%s/", name);
			read_zones(sub, below, depth + 1);
		} else {
			fd_close(&sub);
		}
	}
	(void)closedir(d);
}

static void read_accounts(void)
{
	struct passwd *p;

	setpwent();
	while (me.accounts.n < ACCOUNTS_MAX && (p = getpwent())) {
		if (strlen(p->pw_name) >= NAME_MAX_LEN || p->pw_uid == 0)
			continue;
		struct account *a = vec_push(&me.accounts);
		(void)snprintf(a->name, sizeof(a->name), "%s", p->pw_name);
		a->uid = p->pw_uid;
	}
	endpwent();
}

static int read_pack(void)
{
	static const char *const places[] = { "../../share/slagboom/policy-pack", "../../data/policy-pack" };
	char dir[PATH_MAX], path[PATH_MAX + 16];
	int r = self_find(places, ARRAY_LEN(places), "classes.tsv", dir, sizeof(dir));

	buf_init(&me.pack, PACK_MAX);
	if (r == 0) {
		(void)snprintf(path, sizeof(path), "%s/classes.tsv", dir);
		r = fd_read_file(AT_FDCWD, path, &me.pack);
	}
	if (r < 0)
		(void)dprintf(STDERR_FILENO, "cannot read the command classes (classes.tsv): is this installed whole?\n");
	return r;
}

/* Mapped, so that a look-up is no system call. */
static int open_countries(int dir_fd)
{
	char path[64];
	int r;

	if (faccessat(dir_fd, "country.mmdb", R_OK, 0) < 0)
		return 0;
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d/country.mmdb", dir_fd);
	r = MMDB_open(path, MMDB_MODE_MMAP, &me.countries);
	if (r != MMDB_SUCCESS) {
		(void)dprintf(STDERR_FILENO, "country.mmdb: %s; replace it, or remove it\n", MMDB_strerror(r));
		return -EBADMSG;
	}
	me.has_countries = true;
	return 0;
}

int local_read(int dir_fd)
{
	int fd = open(ZONE_DIR, O_RDONLY | O_DIRECTORY | O_CLOEXEC), r;

	vec_init(&me.zones, sizeof(struct zone_kept));
	vec_init(&me.accounts, sizeof(struct account));
	if (fd >= 0)
		read_zones(fd, "", 0);
	read_accounts();
	r = read_pack();
	return r == 0 ? open_countries(dir_fd) : r;
}

void local_done(void)
{
	for (size_t i = 0; i < me.zones.n; i++)
		buf_done(&((struct zone_kept *)vec_at(&me.zones, i))->bytes);
	vec_done(&me.zones);
	vec_done(&me.accounts);
	buf_done(&me.pack);
	if (me.has_countries)
		MMDB_close(&me.countries);
	me.has_countries = false;
}

struct rd local_pack(void)
{
	return buf_rd(&me.pack);
}

static bool zone_offset_of(void *ctx, struct rd name, int64_t at, int32_t *out)
{
	for (size_t i = 0; i < me.zones.n; i++) {
		const struct zone_kept *z = vec_at(&me.zones, i);
		if (!rd_is(&name, z->name))
			continue;
		*out = zone_offset(&z->zone, at);
		return true;
	}
	return false;
}

struct space_zones local_zones(void)
{
	return (struct space_zones){ zone_offset_of, NULL };
}

bool local_account(struct rd login, uid_t *out)
{
	uint64_t uid;

	if (rd_word(&login, "#")) {
		if (!scalar_number(login, UINT32_MAX - 1, &uid) || uid == 0)
			return false;
		*out = (uid_t)uid;
		return true;
	}
	for (size_t i = 0; i < me.accounts.n; i++) {
		const struct account *a = vec_at(&me.accounts, i);
		if (rd_is(&login, a->name)) {
			*out = a->uid;
			return true;
		}
	}
	return false;
}

static MMDB_lookup_result_s look_up(struct rd address, int *err)
{
	struct sockaddr_in v4 = { .sin_family = AF_INET };
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6 };

	if (address.len == sizeof(v4.sin_addr)) {
		(void)!rd_copy(&address, (uint8_t *)&v4.sin_addr, sizeof(v4.sin_addr));
		return MMDB_lookup_sockaddr(&me.countries, (struct sockaddr *)&v4, err);
	}
	(void)!rd_copy(&address, (uint8_t *)&v6.sin6_addr, sizeof(v6.sin6_addr));
	return MMDB_lookup_sockaddr(&me.countries, (struct sockaddr *)&v6, err);
}

uint16_t local_country(struct rd address)
{
	MMDB_lookup_result_s found;
	MMDB_entry_data_s data;
	uint16_t country = 0;
	int err = 0;

	if (!me.has_countries || (address.len != 4 && address.len != 16))
		return 0;
	found = look_up(address, &err);
	if (err != MMDB_SUCCESS || !found.found_entry ||
	    MMDB_get_value(&found.entry, &data, "country", "iso_code", NULL) != MMDB_SUCCESS || !data.has_data ||
	    data.type != MMDB_DATA_TYPE_UTF8_STRING)
		return 0;
	return scalar_country(rd_of(data.utf8_string, data.data_size), &country) ? country : 0;
}
