/*
 * Is:        a whole policy: its texts, declarations, rules and names.
 * Is not:    the parser; `policy_load` in parse.h makes one.
 * Called by: compile, explain, can, diff, place, approval, and deskd above.
 * Owns:      everything it points at.
 * Trust:     see model.h.
 */
#pragma once

#include "policy/model.h"
#include "policy/names.h"

struct policy {
	struct operator_decl operator;
	struct supplier *suppliers;
	struct engineer *engineers;
	struct officer *officers;
	struct site *sites;
	struct asset *assets;
	struct country_decl *country_decls;
	struct class_decl *classes;   /* [0] is unknown, then the built-in ones */
	struct command_decl *commands;
	struct rule_decl *rules;
	uint32_t n_suppliers, n_engineers, n_officers, n_sites, n_assets, n_country_decls;
	uint32_t n_classes, n_commands, n_rules;

	/* Pools that spans point into. */
	struct rd *keys;
	struct rd *networks;
	uint16_t *countries;
	struct selector *selectors;
	struct place_item *places;
	struct window_item *windows;
	struct rd *class_names;
	struct pos *class_name_pos; /* beside class_names */
	uint32_t n_keys, n_networks, n_countries, n_selectors, n_places, n_windows, n_class_names;

	struct rd zones[ZONES_MAX]; /* every zone that a window names */
	uint32_t n_zones;

	struct rd file_names[DIAG_FILES_MAX];
	struct rd file_texts[DIAG_FILES_MAX];
	char *texts[DIAG_FILES_MAX * 2]; /* names and contents, owned */
	uint32_t n_files;
	uint32_t n_texts;

	struct names people;  /* suppliers, engineers and officers share one space */
	struct names things;  /* assets */
	struct names places_by_name;
	struct names groups;
	struct names class_index;
};

/* What a number in `people` stands for: kind in the low two bits. */
enum { PERSON_SUPPLIER, PERSON_ENGINEER, PERSON_OFFICER };

struct policy *policy_new(void);
void policy_free(struct policy **p);

/* Room for one more in an array of `n` elements of `size` bytes: takes the array,
 * gives it back, grown when it was full. New elements are not zeroed. */
MUST_USE void *policy_room(void *array, uint32_t n, size_t size);

/* Index of the named one, or MODEL_NONE. */
int policy_engineer(const struct policy *p, struct rd name);
int policy_supplier(const struct policy *p, struct rd name);
int policy_officer(const struct policy *p, struct rd name);
int policy_asset(const struct policy *p, struct rd name);
int policy_site(const struct policy *p, struct rd name);
int policy_class(const struct policy *p, struct rd name);
int policy_zone(const struct policy *p, struct rd name);

/* The employer's country: the engineer's own legal entity, or else the supplier's. */
uint16_t policy_employer_country(const struct policy *p, const struct engineer *e);

/* How many approvals an allow rule asks for; two at least where one of its classes needs two. */
uint32_t policy_rule_approvals(const struct policy *p, const struct rule_decl *r);

/* Words of the language, by enum. */
extern const char *const policy_roles[ROLE_N];
extern const char *const policy_protocols[PROTOCOL_N];
extern const char *const policy_kinds[KIND_N];
extern const char *const policy_holds[KIND_N + 1]; /* and "configuration" */
extern const char *const policy_channels[CHANNEL_N];
extern const char *const policy_roster[ROSTER_N];

/* The classes that need no declaration: policy_class_names[0] is "unknown". */
extern const char *const policy_class_names[];
extern const uint32_t policy_n_class_names;
