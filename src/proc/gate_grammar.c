/*
 * Is:        the command grammars of line lanes (contracts in the header).
 * Is not:    their readers (proto).
 * Called by: gate.c, gate_session.c.
 * Owns:      the mapped files and the grammars read from them.
 * Trust:     parsed as hostile.
 *
 * The files are mapped before the sandbox and read when the first asset needs them, so that a
 * room without such an asset costs nothing and all gates share the pages.
 */
#include "proc/gate_grammar.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "base/mem.h"
#include "os/fd.h"
#include "proto/mml.h"
#include "proto/vty.h"

enum { FILES_MAX = 4 };

/* Which files make a dialect's grammar. */
static const struct source {
	enum dialect dialect;
	const char *file[FILES_MAX];
} sources[] = {
	{ DIALECT_OSMOCOM_VTY, { "osmo-hlr.xml", "osmo-msc.xml", "osmo-bsc.xml" } },
	{ DIALECT_FRR, { "frr.list" } },
	{ DIALECT_MML_HUAWEI, { "mml-huawei.mml" } },
	{ DIALECT_MML_AXE, { "mml-axe.mml" } },
	{ DIALECT_MML_DX200, { "mml-dx200.mml" } },
};

struct gate_grammars {
	struct grammar {
		struct rd text[FILES_MAX];
		struct vty *vty;
		struct mml_dialect mml;
		bool is_read, is_good;
	} of[ARRAY_LEN(sources)];
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

struct gate_grammars *gate_grammars_load(const char *dir)
{
	struct gate_grammars *g = mem_new(1, sizeof(*g));
	int fd = dir ? open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;

	for (size_t i = 0; fd >= 0 && i < ARRAY_LEN(sources); i++)
		for (size_t k = 0; k < FILES_MAX && sources[i].file[k]; k++)
			g->of[i].text[k] = map(fd, sources[i].file[k]);
	fd_close(&fd);
	return g;
}

void gate_grammars_free(struct gate_grammars **g)
{
	if (!*g)
		return;
	for (size_t i = 0; i < ARRAY_LEN(sources); i++)
		vty_free(&(*g)->of[i].vty);
	mem_free(g);
}

static bool read_vty(struct grammar *g, enum vty_family family)
{
	uint32_t line;
	int r = 0, n = 0;

	g->vty = vty_new(family);
	for (size_t k = 0; k < FILES_MAX && r == 0; k++) {
		if (!g->text[k].len)
			continue;
		r = family == VTY_OSMO ? vty_load_xml(g->vty, g->text[k], &line) : vty_load_list(g->vty, g->text[k], &line);
		n++;
	}
	return r == 0 && n > 0;
}

static bool read_one(struct grammar *g, enum dialect d)
{
	uint32_t line;

	if (d == DIALECT_OSMOCOM_VTY)
		return read_vty(g, VTY_OSMO);
	if (d == DIALECT_FRR)
		return read_vty(g, VTY_FRR);
	return g->text[0].len && mml_dialect(&g->mml, g->text[0], &line) == 0;
}

bool gate_grammars_find(struct gate_grammars *gs, enum dialect d, struct lane_any_config *c)
{
	struct grammar *g = NULL;

	c->dialect = d;
	for (size_t i = 0; i < ARRAY_LEN(sources); i++)
		if (sources[i].dialect == d)
			g = &gs->of[i];
	if (!g)
		return true; /* needs none */
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
