/*
 * Is:        the command grammars of line lanes (contracts in the header).
 * Is not:    their readers (proto).
 * Called by: gate.c, gate/session.c.
 * Owns:      the mapped files and the grammars read from them.
 * Trust:     parsed as hostile.
 *
 * The files are mapped before the sandbox and read when the first asset needs them, so that a
 * room without such an asset costs nothing and all gates share the pages.
 */
#include "proc/gate/grammar.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "base/mem.h"
#include "os/fd.h"
#include "proto/mml.h"
#include "proto/vty.h"

enum { FILES_MAX = 128, NAME_LEN_MAX = 96 };

struct grammar {
	char name[NAME_LEN_MAX];
	struct rd text;
	struct vty *vty;
	struct mml_dialect mml;
	bool is_read, is_good;
};

struct gate_grammars {
	struct grammar of[FILES_MAX];
	size_t n;
};

static struct rd map(int dir_fd, const char *name)
{
	struct rd text = rd_of(NULL, 0);
	struct stat st;
	int fd = openat(dir_fd, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	void *at;

	if (fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size > 0 && st.st_size <= VTY_FILE_MAX) {
		at = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_SHARED, fd, 0);
		if (at != MAP_FAILED)
			text = rd_of(at, (size_t)st.st_size);
	}
	fd_close(&fd);
	return text;
}

static void add(struct gate_grammars *g, int dir_fd, const char *name)
{
	struct grammar *one = &g->of[g->n];
	int len;

	if (name[0] == '.' || g->n == FILES_MAX)
		return;
	len = snprintf(one->name, sizeof(one->name), "%s", name);
	one->text = map(dir_fd, name);
	if (len > 0 && len < NAME_LEN_MAX && one->text.len)
		g->n++;
}

static void add_all(struct gate_grammars *g, const char *dir)
{
	DIR *d = dir ? opendir(dir) : NULL;

	for (struct dirent *e; d && (e = readdir(d));)
		add(g, dirfd(d), e->d_name);
	if (d)
		(void)closedir(d);
}

struct gate_grammars *gate_grammars_load(const char *own, const char *installed)
{
	struct gate_grammars *g = mem_new(1, sizeof(*g));

	add_all(g, own);
	add_all(g, installed);
	return g;
}

void gate_grammars_free(struct gate_grammars **g)
{
	if (!*g)
		return;
	for (size_t i = 0; i < (*g)->n; i++)
		vty_free(&(*g)->of[i].vty);
	mem_free(g);
}

static struct grammar *named(struct gate_grammars *g, struct rd name, const char *end)
{
	struct rd own;

	for (size_t i = 0; i < g->n; i++) {
		own = rd_str(g->of[i].name);
		if (own.len > name.len && rd_slice(&own, 0, name.len, &own) && rd_equal(&own, &name) &&
		    strcmp(g->of[i].name + name.len, end) == 0)
			return &g->of[i];
	}
	return NULL;
}

static bool read_one(struct grammar *g, enum dialect d)
{
	uint32_t line;

	if (d != DIALECT_OSMOCOM_VTY && d != DIALECT_FRR)
		return mml_dialect(&g->mml, g->text, &line) == 0;
	g->vty = vty_new(d == DIALECT_FRR ? VTY_FRR : VTY_OSMO);
	return (d == DIALECT_FRR ? vty_load_list(g->vty, g->text, &line) : vty_load_xml(g->vty, g->text, &line)) == 0;
}

bool gate_grammars_find(struct gate_grammars *gs, enum dialect d, struct rd asset, struct lane_any_config *c)
{
	const char *end = d == DIALECT_OSMOCOM_VTY ? ".xml" : d == DIALECT_FRR ? ".list" : ".mml";
	struct grammar *g;

	c->dialect = d;
	if (d == DIALECT_CISCO_LIKE || d == DIALECT_GENERIC_LINE)
		return true; /* they need none */
	g = named(gs, asset, end);
	if (!g)
		g = named(gs, rd_str(dialect_name(d)), end);
	if (!g)
		return false;
	if (!g->is_read) {
		g->is_read = true;
		g->is_good = read_one(g, d);
		if (!g->is_good)
			vty_free(&g->vty);
	}
	c->vty = g->vty;
	c->mml = g->is_good && !g->vty ? &g->mml : NULL;
	return g->is_good;
}
