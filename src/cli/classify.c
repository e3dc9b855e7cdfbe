/*
 * Is:        `slagboom classify`: the class of one command.
 * Is not:    the patterns (policy/classes.h, data/policy-pack).
 * Called by: slagboom.c.
 * Owns:      nothing.
 * Trust:     the command is the caller's; the policy is hostile text.
 */
#include "cli/command.h"
#include "cli/commands.h"
#include "cli/policy_files.h"
#include "cli/policy_json.h"
#include "policy/classes.h"
#include "policy/policy.h"

enum { OUT_MAX = 4096 };

struct finding {
	struct class_of is;
	struct rd cls, also; /* `also` is empty when there is none */
	const char *file;
	bool is_known, two_person;
};

static const char *evidence_text(char evidence)
{
	switch (evidence) {
	case 'A':
		return "tried on the real element";
	case 'B':
		return "from a public document";
	case 'C':
		return "general knowledge: confirm it on your own element";
	case 'O':
		return "the operator's own pattern";
	default:
		return "none";
	}
}

static bool print_json(const struct finding *x)
{
	AUTO(buf_done) struct buf b = { 0 };
	char letter[] = { x->is.evidence, '\0' };
	struct json j;

	buf_init(&b, OUT_MAX);
	json_init(&j, &b);
	json_object(&j);
	json_key(&j, "classes");
	json_array(&j);
	json_text(&j, x->cls);
	if (x->also.len)
		json_text(&j, x->also);
	json_end(&j);
	json_key(&j, "dialect_known");
	json_bool(&j, x->is.dialect_known);
	if (x->is_known) {
		json_key(&j, "evidence");
		json_str(&j, letter);
		json_key(&j, "file");
		json_str(&j, x->file);
		json_key(&j, "line");
		json_int(&j, x->is.line);
	}
	json_key(&j, "two_person");
	json_bool(&j, x->two_person);
	json_end(&j);
	return policy_json_print(&j, &b);
}

static bool print_text(const struct finding *x)
{
	(void)printf("class      %.*s", (int)x->cls.len, (const char *)x->cls.p);
	if (x->also.len)
		(void)printf(" and %.*s; a grant must name both", (int)x->also.len, (const char *)x->also.p);
	if (!x->is_known)
		(void)printf(": always denied\nevidence   none: %s\n",
		    x->is.dialect_known ? "no pattern of this dialect matches" : "no pattern is for this dialect");
	else
		(void)printf("\nevidence   %c: %s (%s:%u)\n", x->is.evidence, evidence_text(x->is.evidence), x->file, x->is.line);
	return printf("approval   by %s\n", !x->is_known ? "nobody" : x->two_person ? "two people at least" : "one or more") > 0;
}

static int look_up(const struct args *a, const struct policy_files *f, struct finding *x)
{
	AUTO(buf_done) struct buf raw = { 0 }, command = { 0 };
	const struct class_decl *all = f->policy->classes;

	buf_init(&raw, CLASSES_COMMAND_MAX);
	buf_init(&command, CLASSES_COMMAND_MAX);
	struct wr w = wr_to(&raw);
	for (int i = 1; i < a->n_operands; i++) {
		wr_str(&w, i > 1 ? " " : "");
		wr_str(&w, a->operand[i]);
	}
	if (!wr_ok(&w) || !classes_normalise(buf_rd(&raw), &command)) {
		command_complain(a, NULL, "that is no command: longer than %d bytes, not UTF-8, or with control characters",
		    CLASSES_COMMAND_MAX);
		return EXIT_USAGE;
	}
	x->is = classes_of(f->classes, rd_str(a->operand[0]), buf_rd(&command));
	x->cls = all[x->is.cls].name;
	x->also = x->is.also ? all[x->is.also].name : rd_of(NULL, 0);
	x->is_known = x->is.evidence != 0;
	/* Where our own pack lies is the installation's affair. */
	x->file = x->is.evidence == 'O' || args_has(a, "--pack") ? f->shown[x->is.file] : "classes.tsv";
	x->two_person = all[x->is.cls].two_person || (x->is.also && all[x->is.also].two_person);
	return EXIT_OK;
}

static int run(const struct args *a)
{
	AUTO(policy_files_free) struct policy_files *f = policy_files_new(a);
	const char *path = args_option(a, "--policy");
	struct finding x = { .is_known = false };
	int r = EXIT_OK;

	if (path)
		r = policy_files_need(f, path);
	else
		f->policy = policy_new(); /* the classes that need no declaration */
	if (r == EXIT_OK)
		r = policy_files_pack(f);
	if (r != EXIT_OK)
		return r;
	if (!f->classes) {
		policy_files_complain(f);
		return EXIT_USAGE;
	}
	r = look_up(a, f, &x);
	if (r != EXIT_OK)
		return r;
	if (!(args_has(a, "--json") ? print_json : print_text)(&x))
		return EXIT_USAGE;
	return x.is_known ? EXIT_OK : EXIT_FAILED;
}

const struct command command_classify = {
	.name = "classify",
	.operands = "DIALECT COMMAND...",
	.operands_min = 2,
	.operands_max = 256,
	.summary = "say of what class a command is",
	.description = "The class decides what a grant must name before the command reaches an element. The evidence says how "
		       "the pattern is known: A tried on the real element, B from a public document, C general knowledge, O "
		       "the operator's own. What no pattern knows is of the class unknown, which is always denied: the exit "
		       "status is then 1.\n\n"
		       "Words that begin with a dash stand after --.",
	.examples = "  slagboom classify osmocom-vty show subscriber imsi 001010000000001\n"
		    "  slagboom classify --policy kustnet.policy mml-huawei 'LST SUB;'\n"
		    "  slagboom classify linux -- tar -cf - /etc",
	.option = { { "--policy", "FILE", "use the classes and patterns of this policy too" }, OPTION_PACK, OPTION_JSON },
	.run = run,
};
