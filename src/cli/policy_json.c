/*
 * Is:        pieces of a policy as canonical JSON (contract in the header).
 * Is not:    text for people.
 * Called by: check, explain, can, fmt.
 * Owns:      nothing.
 * Trust:     names were checked by the parser.
 */
#include "cli/policy_json.h"

#include <stdio.h>

#include "policy/scalar.h"

bool policy_json_print(const struct json *j, const struct buf *b)
{
	if (!json_ok(j))
		return false;
	return printf("%.*s\n", (int)b->len, (const char *)buf_rd(b).p) > 0;
}

static void put_name(struct json *j, const char *key, bool is_known, struct rd name)
{
	json_key(j, key);
	if (is_known)
		json_text(j, name);
	else
		json_null(j);
}

void policy_json_crossing(struct json *j, const struct policy *p, const struct crossing *q)
{
	AUTO(buf_done) struct buf at = { 0 };
	char country[] = { (char)(q->country >> 8), (char)(q->country & 0xff), '\0' };
	bool at_site = q->site >= SITE_FIRST && q->site - SITE_FIRST < p->n_sites;
	bool has_asset = q->asset < p->n_assets, has_engineer = q->engineer < p->n_engineers;
	struct rd none = rd_of(NULL, 0);

	buf_init(&at, 64);
	json_object(j);
	put_name(j, "asset", has_asset, has_asset ? p->assets[q->asset].name : none);
	put_name(j, "at", scalar_put_instant(&at, q->now), buf_rd(&at));
	json_key(j, "channel");
	json_str(j, policy_channels[q->channel]);
	json_key(j, "class");
	json_text(j, p->classes[q->cls].name);
	put_name(j, "country", q->country != 0, rd_str(country));
	json_key(j, "customers");
	json_int(j, q->clear[KIND_CUSTOMERS]);
	put_name(j, "engineer", has_engineer, has_engineer ? p->engineers[q->engineer].name : none);
	json_key(j, "opaque");
	json_u64(j, q->opaque);
	put_name(j, "site", at_site, at_site ? p->sites[q->site - SITE_FIRST].name : none);
	json_key(j, "subscribers");
	json_int(j, q->clear[KIND_SUBSCRIBERS]);
	json_end(j);
}

void policy_json_rule(struct json *j, const struct policy *p, uint32_t rule)
{
	const struct rule_decl *r = &p->rules[rule];

	json_object(j);
	json_key(j, "file");
	json_text(j, p->file_names[r->pos.file]);
	json_key(j, "line");
	json_int(j, r->pos.line);
	put_name(j, "name", r->name.len != 0, r->name);
	json_end(j);
}

void policy_json_roles(struct json *j, uint32_t roles)
{
	json_array(j);
	for (int i = 0; i < ROLE_N; i++)
		if (roles >> i & 1)
			json_str(j, policy_roles[i]);
	json_end(j);
}

void policy_json_findings(struct json *j, const struct diags *d, const struct rd *names, uint32_t n_names)
{
	json_array(j);
	for (uint32_t i = 0; i < d->n_kept; i++) {
		const struct diag *x = &d->kept[i];
		json_object(j);
		json_key(j, "column");
		json_int(j, x->pos.col);
		put_name(j, "file", x->pos.file < n_names, x->pos.file < n_names ? names[x->pos.file] : rd_of(NULL, 0));
		put_name(j, "hint", x->hint[0] != '\0', rd_str(x->hint));
		json_key(j, "line");
		json_int(j, x->pos.line);
		json_key(j, "severity");
		json_str(j, x->is_warning ? "warning" : "error");
		json_key(j, "text");
		json_str(j, x->text);
		json_end(j);
	}
	json_end(j);
}
