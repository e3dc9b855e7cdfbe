/*
 * Is:        a VTY grammar's memory, texts and modes (contracts in vty.h).
 * Is not:    parsing or matching.
 * Called by: the VTY lane and the other vty files.
 * Owns:      the grammar.
 * Trust:     limits are checked here.
 */
#include "proto/vty_grammar.h"

struct vty *vty_new(enum vty_family family)
{
	struct vty *g = mem_new(1, sizeof(*g));

	g->family = family;
	/* Osmocom drops keys beyond 511 bytes without a word; FRR beyond 4,095. */
	g->line_max = family == VTY_OSMO ? 500 : 4000;
	buf_init(&g->text, 2 * (size_t)VTY_FILE_MAX);
	vec_init(&g->states, sizeof(struct vty_state));
	vec_init(&g->modes, sizeof(struct vty_mode));
	vec_init(&g->common, sizeof(struct vty_common));
	(void)vec_push(&g->states); /* state 0 is nobody */
	return g;
}

void vty_free(struct vty **g)
{
	if (!*g)
		return;
	for (size_t i = 0; i < (*g)->modes.n; i++)
		vec_done(&vty_mode_at(*g, (unsigned)i)->starts);
	vec_done(&(*g)->common);
	vec_done(&(*g)->modes);
	vec_done(&(*g)->states);
	buf_done(&(*g)->text);
	mem_free(g);
}

bool vty_keep(struct vty *g, struct rd r, struct vty_text *out)
{
	*out = (struct vty_text){ (uint32_t)g->text.len, (uint32_t)r.len };
	return buf_put_rd(&g->text, r);
}

struct rd vty_text(const struct vty *g, struct vty_text t)
{
	struct rd all = buf_rd(&g->text), out = rd_of(NULL, 0);

	ASSERT(rd_slice(&all, t.off, t.len, &out));
	return out;
}

bool vty_mode(const struct vty *g, struct rd name, unsigned *out_mode)
{
	for (unsigned i = 0; i < g->modes.n; i++) {
		struct rd have = vty_mode_name(g, i);
		if (rd_equal(&have, &name)) {
			*out_mode = i;
			return true;
		}
	}
	return false;
}

struct rd vty_mode_name(const struct vty *g, unsigned mode)
{
	return vty_text(g, vty_mode_at(g, mode)->name);
}

unsigned vty_n_commands(const struct vty *g)
{
	return g->n_commands;
}

unsigned vty_n_skipped(const struct vty *g)
{
	return g->n_skipped;
}

bool vty_mode_make(struct vty *g, struct rd name, unsigned *out_mode)
{
	struct vty_text kept;
	struct vty_mode *m;

	if (vty_mode(g, name, out_mode))
		return true;
	if (g->modes.n == VTY_MODES_MAX || !vty_keep(g, name, &kept))
		return false;
	*out_mode = (unsigned)g->modes.n;
	m = vec_push(&g->modes);
	m->name = kept;
	m->parent = *out_mode;
	vec_init(&m->starts, sizeof(uint32_t));
	return true;
}

/* FRR looks for a command in the modes above the current one, up to config:
 * `config-router-af` lies in `config-router`, that in `config`, and that in nothing.
 * Osmocom did so once and does no longer (libosmocore 1.7). */
static unsigned parent_of(const struct vty *g, unsigned mode)
{
	struct rd name = vty_mode_name(g, mode), front;
	unsigned found = mode;
	uint8_t c;

	for (size_t i = 0; i < name.len; i++)
		if (rd_at(&name, i, &c) && c == '-' && rd_slice(&name, 0, i, &front))
			(void)!vty_mode(g, front, &found);
	return found;
}

void vty_link_modes(struct vty *g)
{
	for (unsigned i = 0; g->family == VTY_FRR && i < g->modes.n; i++)
		vty_mode_at(g, i)->parent = parent_of(g, i);
}

/* `NAME> ` is view, `NAME# ` is enable, `NAME(MODE)# ` is MODE. */
bool vty_mode_of_prompt(const struct vty *g, struct rd prompt, unsigned *out_mode)
{
	struct rd name, mode, rest = prompt;
	uint8_t c;

	while (prompt.len && rd_at(&prompt, prompt.len - 1, &c) && c == ' ')
		(void)!rd_slice(&prompt, 0, prompt.len - 1, &prompt);
	if (prompt.len == 0 || !rd_at(&prompt, prompt.len - 1, &c))
		return false;
	if (c == '>')
		return vty_mode(g, rd_str("view"), out_mode);
	if (c != '#')
		return false;
	if (!rd_until(&rest, '(', &name))
		return vty_mode(g, rd_str("enable"), out_mode);
	return rd_until(&rest, ')', &mode) && vty_mode(g, mode, out_mode);
}
