/*
 * Is:        a policy read from files (contract in the header).
 * Is not:    the language.
 * Called by: check, explain, can, classify.
 * Owns:      what struct policy_files says.
 * Trust:     a policy is hostile text.
 */
#include "cli/policy_files.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "base/assert.h"
#include "base/mem.h"
#include "base/text.h"
#include "cli/command.h"
#include "os/self.h"
#include "os/clock.h"
#include "os/fd.h"
#include "policy/classes.h"
#include "policy/compile.h"
#include "policy/parse.h"
#include "policy/policy.h"
#include "policy/scalar.h"
#include "policy/table.h"

enum { SHOWN_MAX = 1 << 20, PACK_MAX = 4 << 20, LIST_MAX = 2 << 20 };

static char *text_of(struct rd r)
{
	char *s = mem_new(r.len + 1, 1);

	(void)!rd_copy(&r, (uint8_t *)s, r.len);
	return s;
}

/* "dir/name", or "name" when the directory is empty. Gives. */
static char *join(struct rd dir, const char *name)
{
	size_t n = dir.len + strlen(name) + 2;
	char *s = mem_new(n, 1);

	(void)snprintf(s, n, "%.*s%s%s", (int)dir.len, (const char *)dir.p, dir.len ? "/" : "", name);
	return s;
}

/* What stands before the last slash; "/" stays. */
static struct rd folder_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	return rd_of(path, !slash ? 0 : slash == path ? 1 : (size_t)(slash - path));
}

static void add_name(struct policy_files *f, char *written, char *path, char *shown)
{
	f->written[f->n] = written;
	f->path[f->n] = path;
	f->shown[f->n] = shown;
	f->names[f->n] = rd_str(shown);
	f->n++;
}

/* The file called `from` that is being read: names on the way down to it differ, so it
 * is the last one of that name. */
static struct rd folder_of_reader(const struct policy_files *f, struct rd from)
{
	for (uint32_t i = f->n; i-- > 0;)
		if (rd_is(&from, f->written[i]))
			return folder_of(f->path[i]);
	return rd_of(NULL, 0);
}

static bool open_text(void *ctx, struct rd name, struct rd from, char **out_text, size_t *out_len)
{
	struct policy_files *f = ctx;
	AUTO(buf_done) struct buf b = { 0 };
	char *written = text_of(name);
	bool is_first = from.len == 0;
	char *path = join(is_first ? rd_of(NULL, 0) : folder_of_reader(f, from), written);
	int r;

	buf_init(&b, PARSE_TEXT_MAX + 1);
	add_name(f, written, path, join(rd_str(f->dir), path));
	/* The caller may name a link to wherever he likes; the text may not. */
	if (is_first)
		f->first_error = r = fd_read_file(f->dir_fd, path, &b);
	else
		r = written[0] == '/' ? -EXDEV : fd_read_beneath(f->dir_fd, path, &b);
	if (r < 0)
		return false;
	sha256_of(buf_rd(&b), f->hash[f->n - 1]);
	buf_init(&f->text[f->n - 1], PARSE_TEXT_MAX + 1);
	if (!buf_put_rd(&f->text[f->n - 1], buf_rd(&b)))
		return false;
	*out_len = b.len;
	*out_text = text_of(buf_rd(&b));
	return true;
}

struct policy_files *policy_files_new(const struct args *a)
{
	struct policy_files *f = mem_new(1, sizeof(*f));

	f->args = a;
	f->dir_fd = -1;
	buf_init(&f->pack, PACK_MAX);
	return f;
}

void policy_files_free(struct policy_files **pf)
{
	struct policy_files *f = *pf;

	if (!f)
		return;
	fd_close(&f->dir_fd);
	for (uint32_t i = 0; i < f->n; i++) {
		mem_free(&f->written[i]);
		mem_free(&f->path[i]);
		mem_free(&f->shown[i]);
		buf_done(&f->text[i]);
	}
	mem_free(&f->dir);
	classes_free(&f->classes);
	buf_done(&f->pack);
	table_free(&f->table);
	policy_free(&f->policy);
	zone_files_done(&f->zones);
	mem_free(pf);
}

int policy_files_read(struct policy_files *f, const char *path)
{
	struct parse_files files = { .open = open_text, .ctx = f };
	const char *slash = strrchr(path, '/');
	int r;

	f->dir = text_of(folder_of(path));
	f->dir_fd = open(f->dir[0] ? f->dir : ".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (f->dir_fd < 0) {
		command_complain(f->args, NULL, "cannot read %s: %s", path, strerror(errno));
		return EXIT_USAGE;
	}
	r = policy_load(rd_str(slash ? slash + 1 : path), &files, &f->diags, &f->policy);
	f->n_texts = f->n;
	if (f->first_error < 0) {
		command_complain(f->args, NULL, "cannot read %s: %s", path, strerror(-f->first_error));
		return EXIT_USAGE;
	}
	if (r == 0)
		f->table = table_new(f->policy);
	return EXIT_OK;
}

void policy_files_complain(const struct policy_files *f)
{
	AUTO(buf_done) struct buf b = { 0 };

	buf_init(&b, SHOWN_MAX);
	(void)!diag_render(&f->diags, f->names, f->n, &b);
	(void)fprintf(stderr, "%.*s", (int)b.len, (const char *)buf_rd(&b).p);
}

void policy_files_hash(const struct policy_files *f, struct buf *out)
{
	AUTO(buf_done) struct buf list = { 0 };
	uint8_t all[SHA256_LEN];
	struct wr o = wr_to(out);

	buf_init(&list, LIST_MAX);
	struct wr w = wr_to(&list);
	for (uint32_t i = 0; i < f->n_texts; i++) {
		wr_hex(&w, rd_of(f->hash[i], SHA256_LEN));
		wr_str(&w, "  ");
		wr_str(&w, f->path[i]);
		wr_str(&w, "\n");
	}
	ASSERT(wr_ok(&w)); /* 64 files with paths of at most 16 KiB */
	sha256_of(buf_rd(&list), all);
	wr_hex(&o, rd_of(f->n_texts == 1 ? f->hash[0] : all, SHA256_LEN));
	ASSERT(wr_ok(&o));
}

bool policy_files_bundle(const struct policy_files *f, struct buf *out)
{
	struct wr w = wr_to(out);

	for (uint32_t i = 0; i < f->n_texts; i++) {
		wr_part32(&w, rd_str(f->written[i]));
		wr_part32(&w, rd_str(f->path[i]));
		wr_part32(&w, buf_rd(&f->text[i]));
	}
	return wr_ok(&w);
}

int policy_files_need(struct policy_files *f, const char *path)
{
	int r = policy_files_read(f, path);

	if (r == EXIT_OK && f->diags.n_errors) {
		policy_files_complain(f);
		command_complain(f->args, "slagboom check", "%s has errors, so it permits nothing", path);
		return EXIT_USAGE;
	}
	return r;
}

/* The pack beside an installed bin/, or in a build's own copy. */
static int find_pack(char *out, size_t size)
{
	static const char *const places[] = { "../share/slagboom/policy-pack", "../../data/policy-pack" };
	char dir[PATH_MAX];
	int r = self_find(places, ARRAY_LEN(places), "classes.tsv", dir, sizeof(dir));

	if (r < 0)
		return r;
	r = snprintf(out, size, "%s/classes.tsv", dir);
	return r > 0 && (size_t)r < size ? 0 : -ENAMETOOLONG;
}

int policy_files_pack(struct policy_files *f)
{
	const char *given = args_option(f->args, "--pack");
	char path[PATH_MAX];
	int r = given ? 0 : find_pack(path, sizeof(path));

	if (r < 0) {
		command_complain(f->args, "--pack FILE", "cannot find the command pack; is this program installed whole?");
		return EXIT_USAGE;
	}
	given = given ? given : path;
	r = fd_read_file(AT_FDCWD, given, &f->pack);
	if (r < 0) {
		command_complain(f->args, NULL, "cannot read %s: %s", given, strerror(-r));
		return EXIT_USAGE;
	}
	add_name(f, mem_strdup(given), mem_strdup(given), mem_strdup(given));
	f->classes = classes_new(f->policy, buf_rd(&f->pack), f->n - 1, &f->diags);
	return EXIT_OK;
}

struct space_zones policy_files_zones(struct policy_files *f)
{
	return (struct space_zones){ zone_files_offset, &f->zones };
}

bool policy_files_instant(const struct args *a, int64_t *out)
{
	const char *text = args_option(a, "--at");

	if (!text) {
		*out = (int64_t)(clock_wall_ns() / 1000000000u);
		return true;
	}
	if (scalar_instant(rd_str(text), out))
		return true;
	command_complain(a, "--at 2026-11-23T09:00:00Z", "%s is not an instant in UTC", text);
	return false;
}
