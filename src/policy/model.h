/*
 * Is:        a policy as its file says it: declarations and rules with their
 *            places in the text.
 * Is not:    what decide reads (table.h); nothing here is judged.
 * Called by: parse fills it; compile, explain, can, diff, approval read it.
 * Owns:      a policy owns its texts; every `struct rd` borrows from them.
 * Trust:     names and numbers were checked by the parser.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/def.h"
#include "base/rd.h"
#include "policy/diag.h"
#include "policy/table.h"

enum {
	MODEL_ENGINEERS_MAX = 65536, MODEL_ASSETS_MAX = 65536, MODEL_SUPPLIERS_MAX = 4096,
	MODEL_OFFICERS_MAX = 4096, MODEL_SITES_MAX = 1024, MODEL_LIST_MAX = 1024,
	MODEL_COUNTRIES_MAX = 256, MODEL_NONE = -1
};

enum role {
	ROLE_APPROVER, ROLE_WATCHER, ROLE_KEEPER, ROLE_AUDITOR, ROLE_INTERCEPT, ROLE_ADMIN, ROLE_N
};

enum protocol {
	PROTOCOL_SSH, PROTOCOL_TELNET, PROTOCOL_POSTGRES, PROTOCOL_LDAP, PROTOCOL_HTTP,
	PROTOCOL_NETCONF, PROTOCOL_SFTP, PROTOCOL_N
};

enum roster { ROSTER_SCREENING, ROSTER_NDA, ROSTER_TRAINING, ROSTER_N };

/* Part of a pool: n elements from `at`. */
struct span { uint32_t at, n; };

struct operator_decl {
	struct rd title;
	uint16_t country;
	bool required[ROSTER_N];
	struct span adequate; /* in countries */
	struct pos pos;
	bool given;
};

struct supplier {
	struct rd name, title, basis;
	uint16_t country, control; /* 0 = not said, hence unknown */
	struct span cas;           /* keys of its certificate authorities */
	struct pos pos;
};

struct engineer {
	struct rd name, title, supplier_name, employer;
	int supplier;              /* index */
	uint16_t employer_country;
	int64_t until[ROSTER_N];   /* last day, or SCALAR_NO_DATE */
	uint32_t expected;         /* sessions per period; 0 = not said */
	uint32_t period_days;
	struct span keys;
	struct pos pos;
};

struct officer {
	struct rd name, title, supplier_name;
	int supplier; /* seconded from it, or MODEL_NONE */
	uint32_t roles;
	int64_t until;
	struct rd login; /* his account on the gate's machine: a name, or "#" and its number; or empty */
	struct rd seal;  /* "age1...": recordings are sealed to him; or empty */
	struct span keys;
	struct pos pos;
};

struct site {
	struct rd name, title;
	uint16_t country;
	uint32_t latency_ms, distance_km; /* 0 = not said */
	struct span networks;
	struct pos pos;
};

/* How far away a country can be, and how near: a longer round trip contradicts it, and so does
 * one that light could not have made. */
struct country_decl { uint16_t country; uint32_t latency_ms, distance_km; struct pos pos; };

struct asset {
	struct rd name, title, address, dialect, database, credential, group, site_name;
	int protocol;
	int site;
	uint32_t holds; /* bit per enum kind */
	bool intercept;
	bool is_legacy; /* SSH with the algorithms that old elements need */
	struct pos pos;
};

struct class_decl { struct rd name, title; bool two_person; struct pos pos; };

/* A pattern of the operator's own, tried before the pack. */
struct command_decl { struct rd dialect, class_name, pattern; struct pos pos; };

enum selector_kind {
	SELECT_ANY, SELECT_NAME, SELECT_SUPPLIER, SELECT_ENGINEER, SELECT_EMPLOYED,
	SELECT_CONTROLLED, SELECT_ASSET, SELECT_COMPARTMENT, SELECT_HOLDS, SELECT_GROUP
};

/* Names somebody or something. SELECT_NAME becomes a kind of its own when names
 * are resolved. */
struct selector {
	enum selector_kind kind;
	struct rd name;
	uint32_t value; /* index, country, kind bit, or 1 for compartment intercept */
	struct pos pos;
};

/* A rule's place or a window, still with names. */
struct place_item { struct rd site_name; uint16_t country; int site; struct pos pos; };
struct window_item { uint8_t days; uint16_t from, to; struct rd zone; struct pos pos; };

struct rule_decl {
	struct rd name; /* empty for a top-level deny */
	enum verdict effect;
	bool has_head, has_places, has_windows, has_classes, has_channels, has_approvals;
	bool has_session, has_opaque, has_between;
	bool has_show[KIND_N], all_classes;
	struct span subjects, objects, places, windows, class_names;
	uint8_t channels;
	uint32_t session_max;
	int64_t from, to;
	uint8_t approvals;
	uint32_t roles;
	bool clear_shown[KIND_N];
	uint32_t clear_max[KIND_N];
	uint64_t opaque_max;
	uint64_t classes; /* resolved, bit per class */
	struct pos pos;
};
