/*
 * Is:        the command line of slagboom-verify.
 * Is not:    what it does.
 * Called by: main.c.
 * Owns:      nothing; borrows argv.
 * Trust:     the caller's own command line.
 */
#include <limits.h>
#include <string.h>

#include "base/rd.h"
#include "base/text.h"
#include "cli/verify/options.h"

enum { JOBS_MAX = 64 };

static const char help_text[] =
    "usage: slagboom-verify (--policy FILE | --key VKEY) [OPTION...] LOGDIR\n"
    "       slagboom-verify (--policy FILE | --key VKEY) --proof FILE --entry FILE\n"
    "       slagboom-verify [--policy FILE | --key VKEY] --pack FILE [--officers FILE]\n"
    "       slagboom-verify --key VKEY [--policy FILE | --log-key VKEY] --receipt FILE\n"
    "\n"
    "Judges a transparency log (C2SP tlog-tiles) from a copy of its files: who signed its\n"
    "checkpoint, and whether every entry and every stored hash is what was signed. Needs\n"
    "no network, no configuration and nothing of the log's operator but a public key.\n"
    "\n"
    "  --policy FILE      who must have signed: a tlog-policy file (log, witness, group, quorum)\n"
    "  --key VKEY         the log's public key alone, without witnesses\n"
    "  --checkpoint FILE  judge at this checkpoint instead of LOGDIR/checkpoint\n"
    "  --known FILE       a checkpoint that you have kept: finds rollbacks and forks\n"
    "  --records          each entry must be a sound Slagboom record with its own index\n"
    "  --sessions         and every session's records must be one unbroken chain; from the\n"
    "                     first entry on, by one process\n"
    "  --recordings DIR   and every reel in DIR must hold the segments that the records name;\n"
    "                     one that a record says was erased may be missing\n"
    "  --jobs N           processes that hash (default: one for each processor)\n"
    "  --resume FILE      go on from what an earlier run has verified, and keep it there;\n"
    "                     what that run read is not read again\n"
    "  --proof FILE       judge a .tlog-proof instead of a whole log ...\n"
    "  --entry FILE       ... for the entry that this file holds, byte for byte\n"
    "  --pack FILE        judge a pack: records and their proofs in one file; without a policy\n"
    "                     or key by the pack's own, which proves nothing about who wrote it\n"
    "  --officers FILE    officers' public keys, as ssh-keygen's allowed_signers has them: each\n"
    "                     approval in the pack must be signed by a key of who gave it\n"
    "  --receipt FILE     judge the receipt of a session by the gate's key of receipts\n"
    "                     (receipts.vkey); when its closing record and the proof of that are\n"
    "                     in the file, these too, by --policy or by ...\n"
    "  --log-key VKEY     ... the log's public key, and whether both say the same\n"
    "  --json             one JSON object instead of text\n"
    "  --progress         say on standard error how far it is\n"
    "  --help, --version\n"
    "\n"
    "exit status:\n"
    "  0  sound\n"
    "  1  not sound: the output says what is wrong, and where first\n"
    "  2  not judged: wrong usage, or something could not be read\n"
    "\n"
    "Judge a copy: while files change underneath, no judgement holds. Partial tiles of\n"
    "earlier sizes (tile/.../NNN.p/W) may lie beside those of the checkpoint; they are no\n"
    "part of its tree, and are not looked at.\n";

static const struct {
	const char *name;
	size_t at;
} with_value[] = {
	{ "--pack", offsetof(struct options, pack) },
	{ "--receipt", offsetof(struct options, receipt) },
	{ "--officers", offsetof(struct options, officers) },
	{ "--log-key", offsetof(struct options, log_key) },
	{ "--policy", offsetof(struct options, policy) },
	{ "--key", offsetof(struct options, key) },
	{ "--checkpoint", offsetof(struct options, checkpoint) },
	{ "--known", offsetof(struct options, known) },
	{ "--resume", offsetof(struct options, resume) },
	{ "--proof", offsetof(struct options, proof) },
	{ "--recordings", offsetof(struct options, recordings) },
	{ "--entry", offsetof(struct options, entry) },
};

static const struct {
	const char *name;
	size_t at;
} flags[] = {
	{ "--json", offsetof(struct options, json) },
	{ "--progress", offsetof(struct options, progress) },
	{ "--records", offsetof(struct options, records) },
	{ "--sessions", offsetof(struct options, sessions) },
	{ "--help", offsetof(struct options, help) },
	{ "-h", offsetof(struct options, help) },
	{ "--version", offsetof(struct options, version) },
};

/* What is wrong with an option, by its name. */
static const char *wrong(const char *before, const char *name, const char *after)
{
	static char text[256];

	(void)snprintf(text, sizeof(text), "%s%.60s%s", before, name, after);
	return text;
}

/* Sets the option `name`, to `value` if it takes one: joined to it by "=", or the next word. */
static const char *set(struct options *o, const char *name, const char *value, bool is_joined, bool *out_took)
{
	uint64_t n;

	*out_took = true;
	for (size_t i = 0; i < ARRAY_LEN(flags); i++)
		if (strcmp(name, flags[i].name) == 0) {
			*(bool *)((char *)o + flags[i].at) = true;
			*out_took = false;
			return is_joined ? wrong("", name, " takes no value") : NULL;
		}
	for (size_t i = 0; i < ARRAY_LEN(with_value); i++)
		if (strcmp(name, with_value[i].name) == 0) {
			*(const char **)(void *)((char *)o + with_value[i].at) = value;
			return value && value[0] ? NULL : wrong("", name, " needs a value, and has none");
		}
	if (strcmp(name, "--jobs") != 0)
		return wrong("there is no option ", name, "");
	if (!value || !text_u64(rd_str(value), &n) || n == 0 || n > JOBS_MAX)
		return "--jobs wants a number from 1 to 64";
	o->jobs = (unsigned)n;
	return NULL;
}

static bool is_for_logs(const struct options *o)
{
	return o->checkpoint || o->known || o->resume || o->records || o->sessions || o->recordings;
}

static const char *judge(const struct options *o)
{
	if (o->help || o->version)
		return NULL;
	if (o->receipt && o->policy && o->log_key)
		return "give either --policy or --log-key";
	if (o->receipt)
		return o->pack || o->proof || o->entry || o->log || is_for_logs(o) || !o->key ?
		    "a receipt is judged alone, by --key" : NULL;
	if (o->log_key)
		return "--log-key is for receipts";
	if (o->officers && !o->pack)
		return "--officers is for packs";
	if (o->policy && o->key)
		return "give either --policy or --key";
	if (o->pack)
		return o->proof || o->entry || o->log || is_for_logs(o) ? "a pack is judged alone" : NULL;
	if (!o->policy == !o->key)
		return "give either --policy or --key";
	if (!o->proof != !o->entry)
		return "--proof and --entry go together";
	if (!o->proof == !o->log)
		return o->log ? "a proof is judged without LOGDIR" : "which LOGDIR?";
	if (o->proof && is_for_logs(o))
		return "this option is for whole logs";
	if ((o->sessions || o->recordings) && (o->resume || o->jobs > 1))
		return "--sessions and --recordings read everything, in one process";
	return NULL;
}

const char *options_parse(struct options *o, int argc, char **argv)
{
	char name[64];
	bool took;

	*o = (struct options){ .log = NULL };
	for (int i = 1; i < argc; i++) {
		if (argv[i][0] != '-') {
			if (o->log)
				return "one LOGDIR, please";
			o->log = argv[i];
			continue;
		}
		const char *equals = strchr(argv[i], '=');
		int n = snprintf(name, sizeof(name), "%.*s", equals ? (int)(equals - argv[i]) : INT_MAX, argv[i]);
		if (n < 0 || (size_t)n >= sizeof(name))
			return wrong("there is no option ", argv[i], "");
		const char *why = set(o, name, equals ? equals + 1 : i + 1 < argc ? argv[i + 1] : NULL, equals, &took);
		if (why)
			return why;
		i += took && !equals;
	}
	return judge(o);
}

void options_help(FILE *f)
{
	(void)fputs(help_text, f);
}
