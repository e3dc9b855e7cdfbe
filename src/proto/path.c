/*
 * Is:        one spelling for file names (contracts in the header).
 * Is not:    a resolver.
 * Called by: sftp, scp and their lanes.
 * Owns:      nothing.
 * Trust:     hostile names.
 */
#include "proto/path.h"

#include "base/wr.h"

struct parts {
	struct rd part[PATH_PARTS_MAX];
	size_t n;
	bool above;
};

static bool has(struct rd r, uint8_t c)
{
	struct rd before;

	return rd_until(&r, c, &before);
}

static bool add(struct parts *p, struct rd path)
{
	struct rd part;

	while (path.len) {
		if (!rd_until(&path, '/', &part) && !rd_take(&path, path.len, &part))
			return false;
		if (part.len == 0 || rd_is(&part, "."))
			continue;
		if (rd_is(&part, "..")) {
			p->above |= p->n == 0;
			p->n -= p->n > 0;
			continue;
		}
		if (p->n == PATH_PARTS_MAX)
			return false;
		p->part[p->n++] = part;
	}
	return true;
}

int path_clean(struct rd cwd, struct rd path, struct buf *out)
{
	struct parts p = { .n = 0 };
	struct rd rest = path;
	bool absolute = rd_word(&rest, "/");
	struct wr w = wr_to(out);
	size_t len = out->len;

	if (path.len > PATH_LEN_MAX || cwd.len > PATH_LEN_MAX || has(path, '\0') || has(cwd, '\0'))
		return PATH_BAD;
	rest = cwd;
	if (!absolute && (!add(&p, cwd) || p.above))
		return PATH_BAD;
	if (!add(&p, path))
		return PATH_BAD;
	absolute |= rd_word(&rest, "/");
	if (p.n == 0)
		wr_str(&w, absolute ? "/" : ".");
	for (size_t i = 0; i < p.n; i++) {
		wr_str(&w, absolute || i ? "/" : "");
		wr_bytes(&w, p.part[i]);
	}
	if (!wr_ok(&w)) {
		buf_cut(out, len);
		return PATH_BAD;
	}
	return p.above ? PATH_ABOVE : 0;
}

bool path_is_name(struct rd name)
{
	return name.len > 0 && name.len <= 255 && !rd_is(&name, ".") && !rd_is(&name, "..") &&
	    !has(name, '/') && !has(name, '\0');
}
