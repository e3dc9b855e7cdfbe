/*
 * Is:        loads the command reference that `osmo-* --vty-ref-xml` prints.
 * Is not:    an XML parser (xml.c) or a pattern compiler (vty_pattern.c).
 * Called by: whoever sets up an asset of the dialect osmocom-vty.
 * Owns:      nothing; adds to the grammar.
 * Trust:     hostile file.
 *
 *     <vtydoc><node id='config'><name/><description/>
 *       <command id='PATTERN'><params><param name='' doc=''/>...
 *
 * The node `_common_cmds_` holds commands of every mode.
 */
#include "proto/vty_grammar.h"

#include "proto/xml.h"

struct loader {
	struct vty *g;
	struct vec *starts;    /* of the mode being read; NULL for the common commands */
	size_t first, at, end; /* states of the command being read */
	struct buf scratch;
};

static int text_of(struct loader *l, const struct xml_event *e, const char *attr, struct rd *out)
{
	struct rd raw;

	buf_reset(&l->scratch);
	if (!xml_attr(e, attr, &raw) || !xml_unescape(raw, &l->scratch))
		return VTY_BAD_FILE;
	*out = buf_rd(&l->scratch);
	return 0;
}

static int on_node(struct loader *l, const struct xml_event *e)
{
	struct rd id;
	unsigned mode;
	int rc = text_of(l, e, "id", &id);

	if (rc)
		return rc;
	if (rd_is(&id, "_common_cmds_")) {
		l->starts = NULL;
		return 0;
	}
	if (!vty_mode_make(l->g, id, &mode))
		return VTY_TOO_BIG;
	l->starts = &vty_mode_at(l->g, mode)->starts;
	return 0;
}

static enum vty_reach reach_of(struct rd pattern)
{
	if (rd_is(&pattern, "end"))
		return VTY_CONFIG_ONLY;
	return rd_word(&pattern, "write") || rd_is(&pattern, "show running-config")
	    ? VTY_NOT_IN_VIEW : VTY_EVERYWHERE;
}

static int on_command(struct loader *l, const struct xml_event *e)
{
	struct rd id;
	uint32_t start;
	int rc = text_of(l, e, "id", &id);

	if (rc)
		return rc;
	l->at = l->g->states.n;
	rc = vty_compile(l->g, id, &start);
	l->end = l->g->states.n;
	if (rc == VTY_BAD_FILE) {
		/* osmo-bsc 1.9.0 publishes one without its closing bracket. Nobody can use a
		 * command that is not in the grammar, so leaving it out is safe. */
		l->g->n_skipped++;
		return 0;
	}
	if (rc)
		return rc;
	if (l->starts)
		*(uint32_t *)vec_push(l->starts) = start;
	else
		*(struct vty_common *)vec_push(&l->g->common) = (struct vty_common){ start, reach_of(id) };
	return 0;
}

/* The places of a pattern are described in their order; a place that the list skips, or
 * spells otherwise, stays without a word of help. */
static int on_param(struct loader *l, const struct xml_event *e)
{
	struct rd name, doc;
	int rc = text_of(l, e, "name", &name);
	size_t i = l->at;

	if (rc)
		return rc;
	if (rd_word(&name, "["))
		(void)!rd_slice(&name, 0, name.len ? name.len - 1 : 0, &name);
	for (; i < l->end; i++) {
		struct vty_state *s = vty_state(l->g, (uint32_t)i);
		struct rd text = vty_text(l->g, s->text), shown = name;
		if (s->token == VTY_RANGE && rd_word(&shown, "<"))
			(void)!rd_slice(&shown, 0, shown.len ? shown.len - 1 : 0, &shown);
		if (s->kind == VTY_TOKEN && rd_equal(&text, &shown))
			break;
	}
	if (i == l->end)
		return 0;
	rc = text_of(l, e, "doc", &doc);
	if (rc == 0 && !vty_keep(l->g, doc, &vty_state(l->g, (uint32_t)i)->doc))
		rc = VTY_TOO_BIG;
	l->at = i + 1;
	return rc;
}

static int ignore(struct loader *l, const struct xml_event *e)
{
	return 0;
}

/* Everything that the format has, by depth; anything else is another format. */
static const struct {
	unsigned depth;
	const char *name;
	int (*handle)(struct loader *l, const struct xml_event *e);
} elements[] = {
	{ 1, "vtydoc", ignore },
	{ 2, "node", on_node },
	{ 3, "name", ignore },
	{ 3, "description", ignore },
	{ 3, "command", on_command },
	{ 4, "params", ignore },
	{ 5, "param", on_param },
	{ 4, "attributes", ignore },
	{ 5, "attribute", ignore },
};

static int on_open(struct loader *l, const struct xml_event *e, unsigned depth)
{
	for (size_t i = 0; i < ARRAY_LEN(elements); i++)
		if (elements[i].depth == depth && rd_is(&e->name, elements[i].name))
			return elements[i].handle(l, e);
	return VTY_BAD_FILE;
}

int vty_load_xml(struct vty *g, struct rd doc, uint32_t *out_line)
{
	struct loader l = { .g = g };
	struct xml_event e = { .kind = XML_OPEN };
	struct xml x;
	int rc = doc.len > VTY_FILE_MAX ? VTY_TOO_BIG : 0;

	buf_init(&l.scratch, 1 << 16);
	xml_init(&x, doc);
	while (rc == 0 && e.kind != XML_END) {
		rc = xml_next(&x, &e) ? VTY_BAD_FILE : 0;
		if (rc == 0 && e.kind == XML_OPEN)
			rc = on_open(&l, &e, x.depth);
	}
	buf_done(&l.scratch);
	*out_line = x.line;
	if (rc == 0)
		vty_link_modes(g);
	return rc;
}
