/*
 * Is:        tests of the warnings.
 * Is not:    a test of the parser's errors.
 * Called by: the test run.
 * Owns:      nothing.
 * Trust:     no input.
 */
#include <string.h>

#include "base/mem.h"
#include "policy/check.h"
#include "policy/parse.h"
#include "testing/test.h"

static bool known(void *ctx, struct rd zone, int64_t at, int32_t *out)
{
	(void)ctx;
	(void)at;
	*out = 0;
	return rd_is(&zone, "UTC");
}

/* What check says of the text, errors and warnings together, the first ones first. */
static void says(const char *text, const char *const *words, uint32_t n, uint32_t n_errors)
{
	AUTO(mem_free) struct diags *d = mem_new(1, sizeof(*d));
	AUTO(policy_free) struct policy *p = NULL;
	struct space_zones zones = { known, NULL };

	CHECK_INT(policy_load_text(rd_str("p"), rd_str(text), d, &p), 0);
	policy_check(p, NULL, &zones, 1795420800, d);
	for (uint32_t i = 0; i < n; i++)
		if (i >= d->n_kept || !strstr(d->kept[i].text, words[i]))
			test_fail(__FILE__, __LINE__, "'%s' is not in '%s'", words[i],
			    i < d->n_kept ? d->kept[i].text : "nothing");
	CHECK_U64(d->n_kept, n);
	CHECK_U64(d->n_errors, n_errors);
}

#define KEY " key \"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAA\"\n"
#define HEAD "operator \"K\" in NL\nasset h ssh h:1\nsupplier m \"M\" in NL controlled-from CN\n"

TEST(a_sound_policy_has_no_warnings)
{
	says(HEAD "officer a role approver" KEY "rule r\n allow m to h\n from any\n may read-config\n"
	    " during daily 08:00-09:00 UTC\n", NULL, 0, 0);
}

TEST(what_is_missing_or_wide_is_warned_of)
{
	static const char *const wide[] = {
		"its controlling jurisdiction is not said", "'w' has no key", "the screening of 'w' is over",
		"a key of 'a' is not base64", "has two-person classes and one officer", "has no 'from'",
		"permits every class",
	};

	says("operator \"K\" in NL\nasset h ssh h:1\nsupplier m \"M\" in NL\nengineer w of m screened-until 2026-11-22\n"
	    "officer a role approver key \"ssh-ed25519 AA!\"\nrule r\n allow m to h\n may any\n", wide, 7, 0);
}

TEST(rules_that_nobody_can_approve_are_errors)
{
	static const char *const none[] = { "needs 1 approvals and there are 0" };
	static const char *const zone[] = { "no time zone is called 'Europe/Amsterdm'" };

	/* Keepers, past officers and a supplier's staff do not approve. */
	says(HEAD "officer a role keeper" KEY "officer b role approver until 2026-11-22 key \"ssh-ed25519 AAAB\"\n"
	    "officer c of m role approver key \"ssh-ed25519 AAAC\"\nrule r\n allow m to h\n from NL\n may session\n", none, 1, 1);
	says(HEAD "deny m to h\n during daily 08:00-09:00 Europe/Amsterdm\n", zone, 1, 1);
}
