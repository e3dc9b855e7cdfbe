/*
 * Is:        a policy compiled: flat arrays and indexes, what decide reads.
 * Is not:    readable names; policy.h has those.
 * Called by: compile fills it; decide, explain, can, diff read it.
 * Owns:      its arrays (table_free in compile.h).
 * Trust:     table_check (decide.h) establishes, proved, what decide relies on.
 *
 * Who and what a rule is about never changes while a policy stands, so it is
 * worked out once: engineers that all rules treat alike share one view, and so
 * do assets. A view holds for every rule NO, MAYBE or YES, and the list of
 * rules that are not NO. A decision walks the shorter of its two lists.
 */
#pragma once

#include <stdint.h>

enum verdict { DENY = 0, ALLOW = 1 };

/* Missing facts are MAYBE: too little for an allow rule, enough for a deny rule. */
enum tri { NO = 0, MAYBE = 1, YES = 2 };

enum kind { KIND_SUBSCRIBERS, KIND_CUSTOMERS, KIND_N };
enum channel { CHANNEL_TERMINAL, CHANNEL_EXEC, CHANNEL_DATA, CHANNEL_FILE, CHANNEL_N };

/* The bit of an approval (1 << ROLE_INTERCEPT) that every approval for an asset of the intercept
 * compartment must have. */
enum { APPROVAL_OF_INTERCEPT = 1 << 4 };

enum { CLASS_MAX = 64, ZONES_MAX = 16, APPROVALS_MAX = 8, RULES_MAX = 4096, CLASS_UNKNOWN = 0 };

/* Sites of a crossing and of rules: unknown, known to be at none, or 2 + index. */
enum { SITE_UNKNOWN = 0, SITE_NONE = 1, SITE_FIRST = 2 };

/* `offset` of a zone that the caller could not look up. */
#define OFFSET_UNKNOWN INT32_MIN

struct table_place {
	uint32_t site;    /* 0 = a country is meant */
	uint32_t country;
};

/* Local days and minutes; to < from runs over midnight. */
struct table_window {
	uint8_t day[7]; /* Monday first */
	uint16_t from;
	uint16_t to;
	uint32_t zone;
};

struct table_rule {
	uint8_t effect;
	uint8_t may[CLASS_MAX];
	uint8_t over[CHANNEL_N];
	uint32_t place_at, n_places;
	uint32_t window_at, n_windows;
	int64_t from, to; /* first second, and first second after */
	uint32_t session_max;
	uint32_t clear_max[KIND_N];
	uint64_t opaque_max;
	uint32_t approvals;
	uint32_t roles;
};

struct table_view {
	const uint8_t *match;  /* enum tri per rule */
	const uint32_t *list;  /* rules that are not NO, rising */
	uint32_t n_list;
};

/* Whether persons may be shown in the clear to this engineer (R14). */
enum transfer { TRANSFER_FREE, TRANSFER_IF_PLACE, TRANSFER_NEVER };

struct table_person {
	uint32_t view;
	uint32_t transfer;
	int64_t fit_core;      /* screening, NDA, training as required: good before this second */
	int64_t fit_intercept;
};

struct table_asset {
	uint32_t view;
	uint32_t intercept;
};

struct table {
	struct table_rule *rules;
	uint32_t n_rules;
	struct table_place *places;
	uint32_t n_places;
	struct table_window *windows;
	uint32_t n_windows;
	struct table_view *subjects;
	uint32_t n_subjects;
	struct table_view *objects;
	uint32_t n_objects;
	struct table_person *people;
	uint32_t n_people;
	struct table_asset *assets;
	uint32_t n_assets;
	uint32_t *adequate; /* countries */
	uint32_t n_adequate;
	uint8_t two_person[CLASS_MAX];
};

/* One question to decide: would this crossing be permitted, after which the
 * counters stand as given? Zeroed is denied. */
struct crossing {
	uint32_t engineer;
	uint32_t asset;
	uint32_t channel;
	uint32_t cls;
	uint32_t country; /* 0 = unknown or inconsistent */
	uint32_t site;
	int64_t now;      /* seconds since 1970 in UTC */
	int32_t offset[ZONES_MAX]; /* seconds east of UTC now, per zone of the policy */
	uint32_t age;     /* seconds since the session began */
	uint32_t clear[KIND_N]; /* distinct persons shown in the clear */
	uint64_t opaque;  /* bytes */
	uint32_t n_approvals;   /* of distinct officers, judged by approval.h */
	uint32_t approvals[APPROVALS_MAX]; /* roles of each, bit per enum role */
};

enum why {
	WHY_NO_RULE, WHY_UNKNOWN_WHO, WHY_UNKNOWN_COMMAND, WHY_NOT_FIT, WHY_TRANSFER,
	WHY_DENY_RULE, WHY_ALLOW_RULE
};

struct decision {
	enum verdict verdict;
	enum why why;
	uint32_t rule; /* with WHY_DENY_RULE and WHY_ALLOW_RULE */
};
