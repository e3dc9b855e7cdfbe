/*
 * Is:        the life of a policy, its words, and look-ups by name.
 * Is not:    the parser.
 * Called by: the rest of policy; deskd.
 * Owns:      a policy's memory.
 * Trust:     names asked for may be hostile; they are only compared.
 */
#include "policy/policy.h"

#include "base/mem.h"
#include "policy/scalar.h"

const char *const policy_roles[ROLE_N] = {
	[ROLE_APPROVER] = "approver", [ROLE_WATCHER] = "watcher", [ROLE_KEEPER] = "keeper",
	[ROLE_AUDITOR] = "auditor", [ROLE_INTERCEPT] = "intercept-officer",
	[ROLE_ADMIN] = "administrator",
};

const char *const policy_protocols[PROTOCOL_N] = {
	[PROTOCOL_SSH] = "ssh", [PROTOCOL_TELNET] = "telnet", [PROTOCOL_POSTGRES] = "postgres",
	[PROTOCOL_LDAP] = "ldap", [PROTOCOL_HTTP] = "http", [PROTOCOL_NETCONF] = "netconf",
	[PROTOCOL_SFTP] = "sftp",
};

const char *const policy_kinds[KIND_N] = {
	[KIND_SUBSCRIBERS] = "subscribers", [KIND_CUSTOMERS] = "customers",
};

const char *const policy_holds[KIND_N + 1] = {
	[KIND_SUBSCRIBERS] = "subscribers", [KIND_CUSTOMERS] = "customers",
	[KIND_N] = "configuration",
};

const char *const policy_channels[CHANNEL_N] = {
	[CHANNEL_TERMINAL] = "terminal", [CHANNEL_EXEC] = "exec", [CHANNEL_DATA] = "data",
	[CHANNEL_FILE] = "file",
};

const char *const policy_roster[ROSTER_N] = {
	[ROSTER_SCREENING] = "screening", [ROSTER_NDA] = "nda", [ROSTER_TRAINING] = "training",
};

const char *const policy_class_names[] = {
	"unknown", "session", "read-config", "read-alarms", "read-subscriber", "locate",
	"bulk-export", "trace", "intercept", "credential", "credential-admin", "write-config",
	"write-subscriber", "write-credential", "write-file", "impersonate",
	"number-translation", "audit-off", "software-load", "shell-escape", "mml-in-shell",
	"network-reach", "target-switch", "opaque", "file-get", "file-put",
};
const uint32_t policy_n_class_names = ARRAY_LEN(policy_class_names);

/* Two persons unless nothing else is said: what finds or reaches a person in
 * secret, and what blinds the record (R33). */
static const char *const two_person[] = { "trace", "intercept", "audit-off", "software-load" };

void *policy_room(void *array, uint32_t n, size_t size)
{
	if (n == 0)
		return mem_resize(array, 8, size);
	if (n >= 8 && (n & (n - 1)) == 0)
		return mem_resize(array, (size_t)n * 2, size);
	return array;
}

struct policy *policy_new(void)
{
	struct policy *p = mem_new(1, sizeof(*p));

	for (uint32_t i = 0; i < policy_n_class_names; i++) {
		struct rd name = rd_str(policy_class_names[i]);
		p->classes = policy_room(p->classes, i, sizeof(*p->classes));
		p->classes[i] = (struct class_decl){
			.name = name,
			.two_person = scalar_index(name, two_person, ARRAY_LEN(two_person)) >= 0,
		};
		(void)!names_add(&p->class_index, name, i);
	}
	p->n_classes = policy_n_class_names;
	return p;
}

void policy_free(struct policy **pp)
{
	struct policy *p = *pp;

	if (!p)
		return;
	mem_free(&p->suppliers);
	mem_free(&p->engineers);
	mem_free(&p->officers);
	mem_free(&p->sites);
	mem_free(&p->assets);
	mem_free(&p->country_decls);
	mem_free(&p->classes);
	mem_free(&p->commands);
	mem_free(&p->rules);
	mem_free(&p->keys);
	mem_free(&p->networks);
	mem_free(&p->countries);
	mem_free(&p->selectors);
	mem_free(&p->places);
	mem_free(&p->windows);
	mem_free(&p->class_names);
	mem_free(&p->class_name_pos);
	for (uint32_t i = 0; i < p->n_texts; i++)
		mem_free(&p->texts[i]);
	names_done(&p->people);
	names_done(&p->things);
	names_done(&p->places_by_name);
	names_done(&p->groups);
	names_done(&p->class_index);
	mem_free(pp);
}

static int person(const struct policy *p, struct rd name, uint32_t kind)
{
	uint32_t v;

	if (!names_find(&p->people, name, &v) || (v & 3) != kind)
		return MODEL_NONE;
	return (int)(v >> 2);
}

int policy_engineer(const struct policy *p, struct rd name)
{
	return person(p, name, PERSON_ENGINEER);
}

int policy_supplier(const struct policy *p, struct rd name)
{
	return person(p, name, PERSON_SUPPLIER);
}

int policy_officer(const struct policy *p, struct rd name)
{
	return person(p, name, PERSON_OFFICER);
}

static int index_in(const struct names *n, struct rd name)
{
	uint32_t v;

	return names_find(n, name, &v) ? (int)v : MODEL_NONE;
}

int policy_asset(const struct policy *p, struct rd name)
{
	return index_in(&p->things, name);
}

int policy_site(const struct policy *p, struct rd name)
{
	return index_in(&p->places_by_name, name);
}

int policy_class(const struct policy *p, struct rd name)
{
	return index_in(&p->class_index, name);
}

int policy_zone(const struct policy *p, struct rd name)
{
	for (uint32_t i = 0; i < p->n_zones; i++)
		if (rd_equal(&p->zones[i], &name))
			return (int)i;
	return MODEL_NONE;
}

uint32_t policy_rule_approvals(const struct policy *p, const struct rule_decl *r)
{
	for (uint32_t c = 1; c < p->n_classes; c++)
		if ((r->classes >> c & 1) && p->classes[c].two_person && r->approvals < 2)
			return 2;
	return r->approvals;
}

uint16_t policy_employer_country(const struct policy *p, const struct engineer *e)
{
	if (e->employer.len)
		return e->employer_country;
	return e->supplier < 0 ? 0 : p->suppliers[e->supplier].country;
}
