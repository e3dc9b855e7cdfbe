/*
 * Is:        `slagboom judge`: whether a grant stands on the signatures given for it.
 * Is not:    the judgement (policy/approval.h) or a desk: nothing is kept.
 * Called by: slagboom.c.
 * Owns:      the files' texts.
 * Trust:     policy, grant and signatures are hostile.
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "cli/command.h"
#include "cli/commands.h"
#include "cli/policy_files.h"
#include "cli/policy_json.h"
#include "os/fd.h"
#include "policy/approval.h"
#include "policy/policy.h"
#include "proc/keyd/approval_check.h"

enum { FIRST_SIGNATURE = 2, OUT_MAX = 65536 };

struct case_file {
	struct buf grant, hash;
	struct buf signature[APPROVAL_MANY];
	struct approval approvals[APPROVAL_MANY];
	uint32_t n;
};

static void case_done(struct case_file *c)
{
	buf_done(&c->grant);
	buf_done(&c->hash);
	for (uint32_t i = 0; i < APPROVAL_MANY; i++)
		buf_done(&c->signature[i]);
}

static bool read_part(const struct args *a, const char *path, struct buf *out)
{
	int r = fd_read_file(AT_FDCWD, path, out);

	if (r < 0)
		command_complain(a, NULL, "cannot read %s: %s", path, strerror(-r));
	return r == 0;
}

static bool read_case(const struct args *a, const struct policy_files *f, int64_t at, struct case_file *c)
{
	buf_init(&c->grant, GRANT_MAX);
	buf_init(&c->hash, 2 * SHA256_LEN);
	policy_files_hash(f, &c->hash);
	c->n = (uint32_t)a->n_operands - FIRST_SIGNATURE;
	if (!read_part(a, a->operand[1], &c->grant))
		return false;
	for (uint32_t i = 0; i < c->n; i++) {
		buf_init(&c->signature[i], SSHSIG_ARMOR_MAX);
		if (!read_part(a, a->operand[FIRST_SIGNATURE + i], &c->signature[i]))
			return false;
		c->approvals[i] = (struct approval){ buf_rd(&c->grant), buf_rd(&c->signature[i]), at };
	}
	return true;
}

/* A desk knows what was settled before; who judges from files does not. */
static bool is_used(void *ctx, struct rd grant_id)
{
	(void)ctx;
	(void)grant_id;
	return false;
}

static void print_text(const struct args *a, const struct policy *p, const struct approval_result *r, uint32_t n)
{
	(void)printf("%s: %s", r->verdict == ALLOW ? "GRANTED" : "NOT GRANTED", approval_grant_why_texts[r->grant_why]);
	if (r->grant_why == APPROVAL_GRANT_GOOD)
		(void)printf("; %u of %u approvals count", r->n_good, r->n_needed);
	(void)printf("\n");
	for (uint32_t i = 0; i < n; i++) {
		(void)printf("    %s: %s", a->operand[FIRST_SIGNATURE + i], approval_why_texts[r->why[i]]);
		if (r->officer[i] >= 0)
			(void)printf(", by %.*s", (int)p->officers[r->officer[i]].name.len,
			    (const char *)p->officers[r->officer[i]].name.p);
		(void)printf("\n");
	}
}

static bool print_json(const struct args *a, const struct policy *p, const struct approval_result *r, uint32_t n)
{
	AUTO(buf_done) struct buf b = { 0 };
	struct json j;

	buf_init(&b, OUT_MAX);
	json_init(&j, &b);
	json_object(&j);
	json_key(&j, "approvals");
	json_array(&j);
	for (uint32_t i = 0; i < n; i++) {
		json_object(&j);
		json_key(&j, "counts");
		json_bool(&j, r->why[i] == APPROVAL_GOOD);
		json_key(&j, "file");
		json_str(&j, a->operand[FIRST_SIGNATURE + i]);
		json_key(&j, "officer");
		if (r->officer[i] >= 0)
			json_text(&j, p->officers[r->officer[i]].name);
		else
			json_null(&j);
		json_key(&j, "text");
		json_str(&j, approval_why_texts[r->why[i]]);
		json_end(&j);
	}
	json_end(&j);
	json_key(&j, "granted");
	json_bool(&j, r->verdict == ALLOW);
	json_key(&j, "text");
	json_str(&j, approval_grant_why_texts[r->grant_why]);
	json_end(&j);
	return policy_json_print(&j, &b);
}

static int run(const struct args *a)
{
	AUTO(policy_files_free) struct policy_files *f = policy_files_new(a);
	AUTO(case_done) struct case_file c = { .n = 0 };
	struct approval_result result;
	int64_t at;
	int r;

	if (!policy_files_instant(a, &at))
		return EXIT_USAGE;
	r = policy_files_need(f, a->operand[0]);
	if (r != EXIT_OK)
		return r;
	if (!read_case(a, f, at, &c))
		return EXIT_USAGE;
	struct approval_world w = { .policy = f->policy, .policy_hash = buf_rd(&c.hash), .now = at,
		.verify = approval_check, .is_used = is_used };
	result = approval_judge(&w, buf_rd(&c.grant), c.approvals, c.n);
	if (!args_has(a, "--json"))
		print_text(a, f->policy, &result, c.n);
	else if (!print_json(a, f->policy, &result, c.n))
		return EXIT_USAGE;
	return result.verdict == ALLOW ? EXIT_OK : EXIT_FAILED;
}

const struct command command_judge = {
	.name = "judge",
	.operands = "FILE GRANT SIGNATURE...",
	.operands_min = 3,
	.operands_max = FIRST_SIGNATURE + APPROVAL_MANY,
	.summary = "say whether a grant stands on the signatures given for it",
	.description = "GRANT is the canonical text of a grant; each SIGNATURE is what an officer made of it with `ssh-keygen -Y "
		       "sign -n grant@slagboom`, with an Ed25519, ECDSA or RSA key, or a hardware key. The policy says who the "
		       "officers are, and what the rule gives at most. Distinct people sign, never the requester and "
		       "never a supplier; the answer must have come in time.\n\n"
		       "It needs nothing that runs, so an auditor can do it. Two things files cannot tell, and the record "
		       "does: when a signature came (--at is taken for all), and whether the grant was used before.\n\n"
		       "The exit status is 0 when the grant stands and 1 when it does not.",
	.examples = "  ssh-keygen -Y sign -f ~/.ssh/id_ed25519_sk -n grant@slagboom grant.txt\n"
		    "  slagboom judge kustnet.policy grant.txt grant.txt.sig \\\n"
		    "      --at 2026-11-23T08:10:00Z",
	.option = { OPTION_AT, OPTION_JSON },
	.run = run,
};
