/*
 * Is:        a policy read from files, with what a subcommand needs besides: the command
 *            pack, time zones, and the names of files for messages.
 * Is not:    the language (policy/parse.h) or a judgement.
 * Called by: check, explain, can, classify.
 * Owns:      all of it.
 * Trust:     a policy is hostile text: its includes are read relative to the including
 *            file and never outside the directory of the first one.
 */
#pragma once

#include "base/def.h"
#include "cli/zone_files.h"
#include "crypto/sha256.h"
#include "policy/diag.h"
#include "policy/space.h"

struct args;
struct classes;
struct policy;
struct table;

enum { POLICY_NAMES_MAX = DIAG_FILES_MAX + 1 }; /* its files, and the pack */

struct policy_files {
	const struct args *args;
	int dir_fd;
	char *dir;                           /* as the caller wrote it; "" for here */
	char *written[POLICY_NAMES_MAX];     /* as the include has it */
	char *path[POLICY_NAMES_MAX];        /* below the directory */
	char *shown[POLICY_NAMES_MAX];       /* for messages */
	struct rd names[POLICY_NAMES_MAX];   /* the same, for diag_render */
	uint8_t hash[POLICY_NAMES_MAX][SHA256_LEN]; /* of the texts */
	struct buf text[POLICY_NAMES_MAX];   /* copies: the policy owns its own */
	uint32_t n, n_texts;                 /* the pack is not one of the texts */
	int first_error;                     /* of the first file: negative errno */
	struct diags diags;
	struct policy *policy;               /* NULL when it has errors */
	struct table *table;
	struct buf pack;
	struct classes *classes;
	struct zone_files zones;
};

/* Gives. `a` is borrowed, for complaints. */
struct policy_files *policy_files_new(const struct args *a);
void policy_files_free(struct policy_files **f);

/* EXIT_OK: it was read; what is wrong is in the diags. EXIT_USAGE: the file could not
 * be read, and that was said. */
MUST_USE int policy_files_read(struct policy_files *f, const char *path);

/* As policy_files_read, and a policy with errors is EXIT_USAGE after they were printed. */
MUST_USE int policy_files_need(struct policy_files *f, const char *path);

/* Appends the hash that grants name the policy by, as 64 hex digits: of its text when it
 * is one file; else of the lines that `sha256sum` prints for its files, in the order in
 * which they are first read, by their paths below the directory. */
void policy_files_hash(const struct policy_files *f, struct buf *out);

/* Appends the files as the desk wants them (proc/desk/world.h). False when they do not fit. */
MUST_USE bool policy_files_bundle(const struct policy_files *f, struct buf *out);

/* Reads the command pack of --pack, or the one of this installation; the policy was read
 * before. EXIT_USAGE as above; errors in it are in the diags, and `classes` is NULL. */
MUST_USE int policy_files_pack(struct policy_files *f);

/* Zones of this machine; borrows `f`. */
struct space_zones policy_files_zones(struct policy_files *f);

/* The diags as text to standard error. */
void policy_files_complain(const struct policy_files *f);

/* The instant of --at, or now. False after a complaint. */
MUST_USE bool policy_files_instant(const struct args *a, int64_t *out);

#define OPTION_AT { "--at", "INSTANT", "the moment asked about, as in 2026-11-23T09:00:00Z; by default now" }
#define OPTION_PACK { "--pack", "FILE", "classes of commands, instead of those that came with this program" }
