/*
 * Is:        slagboom-fetch: the files of a log from its URL into an empty directory.
 * Is not:    a judge of them (slagboom-verify).
 * Called by: slagboom verify.
 * Owns:      the directory's contents.
 * Trust:     the server is hostile: names come from numbers, sizes have limits.
 *
 * usage: slagboom-fetch URL DIR
 */
#include <curl/curl.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "evidence/checkpoint.h"
#include "evidence/note.h"
#include "evidence/tile.h"
#include "os/fd.h"

#define ENTRIES_MAX ((uint64_t)1 << 28)
enum { STATUS_FAILED = 2, CONNECT_S = 10, FILE_S = 120, SLOW_S = 30, MEMORY_MAX = 1 << 30, URL_MAX = 2048 };

struct fetch {
	CURL *curl;
	const char *url;
	int dir;
	struct buf body;
	uint64_t n_files;
};

static size_t on_bytes(char *p, size_t size, size_t n, void *ctx)
{
	struct fetch *f = ctx;

	/* Less than was given ends the transfer. */
	return buf_put_rd(&f->body, rd_of(p, size * n)) ? n : 0;
}

static int complain(const struct fetch *f, const char *path, const char *why)
{
	(void)fprintf(stderr, "slagboom-fetch: %s/%s: %s\n", f->url, path, why);
	return -EIO;
}

/* The file into f->body, at most `max` bytes. -ENOENT: the server says that it is not there. */
static int get(struct fetch *f, const char *path, size_t max)
{
	char url[URL_MAX];
	long status = 0;
	CURLcode r;
	int n = snprintf(url, sizeof(url), "%s/%s", f->url, path);

	if (n < 0 || (size_t)n >= sizeof(url))
		return complain(f, path, "the address is too long");
	buf_done(&f->body);
	buf_init(&f->body, max);
	if (curl_easy_setopt(f->curl, CURLOPT_URL, url) != CURLE_OK)
		return complain(f, path, "no such address can be");
	r = curl_easy_perform(f->curl);
	(void)curl_easy_getinfo(f->curl, CURLINFO_RESPONSE_CODE, &status);
	if (r == CURLE_OK && status == 200)
		return 0;
	if (r == CURLE_OK && (status == 404 || status == 410))
		return -ENOENT;
	if (r == CURLE_WRITE_ERROR)
		return complain(f, path, "longer than such a file can be");
	return complain(f, path, r == CURLE_OK ? "the server refuses it" : curl_easy_strerror(r));
}

/* Makes the directories that lead to `path`. */
static int make_parents(int dir, const char *path)
{
	char part[TILE_PATH_MAX];

	for (const char *slash = strchr(path, '/'); slash; slash = strchr(slash + 1, '/')) {
		(void)snprintf(part, sizeof(part), "%.*s", (int)(slash - path), path);
		if (mkdirat(dir, part, 0700) < 0 && errno != EEXIST)
			return -errno;
	}
	return 0;
}

static int keep(struct fetch *f, const char *path)
{
	int r = make_parents(f->dir, path);
	AUTO(fd_close) int fd = r < 0 ? -1 : openat(f->dir, path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);

	if (r == 0)
		r = fd < 0 ? -errno : fd_write_all(fd, buf_rd(&f->body));
	if (r < 0)
		return complain(f, path, strerror(-r));
	f->n_files++;
	return 0;
}

static int get_tile(struct fetch *f, struct tile t)
{
	char path[TILE_PATH_MAX];
	int r;

	tile_path(t, path);
	r = get(f, path, t.level == TILE_ENTRIES ? BUNDLE_MAX : TILE_MAX);
	/* A partial tile may be gone once the full one is there. What is missing is the
	 * verifier's to name. */
	if (r == -ENOENT && t.width < TILE_WIDTH) {
		t.width = TILE_WIDTH;
		return get_tile(f, t);
	}
	return r == -ENOENT ? 0 : r < 0 ? r : keep(f, path);
}

/* All tiles of a level, or the bundles. */
static int get_level(struct fetch *f, uint8_t level, uint64_t size)
{
	uint64_t n = tile_hashes(level == TILE_ENTRIES ? 0 : level, size);
	int r = 0;

	for (uint64_t i = 0; r == 0 && i < n >> 8; i++)
		r = get_tile(f, (struct tile){ .level = level, .index = i, .width = TILE_WIDTH });
	if (r == 0 && (n & 0xff))
		r = get_tile(f, (struct tile){ .level = level, .index = n >> 8, .width = (uint16_t)(n & 0xff) });
	return r;
}

static int get_log(struct fetch *f)
{
	struct checkpoint c;
	struct note note;
	uint64_t size;
	int r = get(f, "checkpoint", NOTE_MAX);

	if (r == -ENOENT)
		return complain(f, "checkpoint", "there is no log at this address");
	if (r == 0 && (!note_parse(buf_rd(&f->body), &note) || !checkpoint_parse(note.text, &c)))
		return complain(f, "checkpoint", "it is none");
	if (r == 0 && c.head.size > ENTRIES_MAX)
		return complain(f, "checkpoint", "more entries than are fetched; judge a copy of the log");
	if (r < 0)
		return r;
	size = c.head.size;
	r = keep(f, "checkpoint");
	for (uint8_t level = 0; r == 0 && level < TILE_LEVELS && tile_hashes(level, size); level++)
		r = get_level(f, level, size);
	return r == 0 ? get_level(f, TILE_ENTRIES, size) : r;
}

static bool set_up(struct fetch *f)
{
	CURL *c = f->curl;

	return c && curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "http,https") == CURLE_OK &&
	    curl_easy_setopt(c, CURLOPT_FOLLOWLOCATION, 0L) == CURLE_OK && curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L) == CURLE_OK &&
	    curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT, (long)CONNECT_S) == CURLE_OK &&
	    curl_easy_setopt(c, CURLOPT_TIMEOUT, (long)FILE_S) == CURLE_OK &&
	    curl_easy_setopt(c, CURLOPT_LOW_SPEED_LIMIT, 100L) == CURLE_OK &&
	    curl_easy_setopt(c, CURLOPT_LOW_SPEED_TIME, (long)SLOW_S) == CURLE_OK &&
	    curl_easy_setopt(c, CURLOPT_USERAGENT, "slagboom-fetch/" SLAGBOOM_VERSION) == CURLE_OK &&
	    curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, on_bytes) == CURLE_OK &&
	    curl_easy_setopt(c, CURLOPT_WRITEDATA, f) == CURLE_OK;
}

static bool put_limits(void)
{
	const struct rlimit core = { 0, 0 }, memory = { MEMORY_MAX, MEMORY_MAX }, file = { BUNDLE_MAX, BUNDLE_MAX };

	return setrlimit(RLIMIT_CORE, &core) == 0 && setrlimit(RLIMIT_FSIZE, &file) == 0 &&
#if !defined(__SANITIZE_ADDRESS__) && !(defined(__has_feature) && defined(__clang__))
	    setrlimit(RLIMIT_AS, &memory) == 0;
#else
	    memory.rlim_cur; /* a sanitizer's shadow fits under no limit */
#endif
}

int main(int argc, char **argv)
{
	struct fetch f = { .dir = -1 };
	int r = -EIO;

	if (argc != 3) {
		(void)fprintf(stderr, "usage: slagboom-fetch URL DIR; slagboom verify starts it\n");
		return STATUS_FAILED;
	}
	f.url = argv[1];
	f.dir = open(argv[2], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	buf_init(&f.body, NOTE_MAX);
	if (f.dir < 0 || !put_limits() || curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
		(void)fprintf(stderr, "slagboom-fetch: %s: %s\n", argv[2], strerror(errno));
		return STATUS_FAILED;
	}
	f.curl = curl_easy_init();
	if (set_up(&f))
		r = get_log(&f);
	curl_easy_cleanup(f.curl);
	curl_global_cleanup();
	buf_done(&f.body);
	fd_close(&f.dir);
	return r == 0 ? 0 : STATUS_FAILED;
}
