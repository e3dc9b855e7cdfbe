/*
 * Is:        slagboom-verify: a log or a proof judged offline, by anybody.
 * Is not:    in need of anything of ours: one static file, no configuration.
 * Called by: regulators, suppliers, operators.
 * Owns:      nothing.
 * Trust:     every file that it is pointed at is hostile.
 */
#include "cli/verify/run.h"

int main(int argc, char **argv)
{
	static struct tlog_policy policy;
	AUTO(buf_done) struct buf text = { 0 };
	struct options o;
	const char *wrong = options_parse(&o, argc, argv);

	buf_init(&text, TLOG_POLICY_MAX);
	if (wrong) {
		(void)fprintf(stderr, "slagboom-verify: %s\ntry slagboom-verify --help\n", wrong);
		return OUTCOME_NOT_JUDGED;
	}
	if (o.help) {
		options_help(stdout);
		return OUTCOME_SOUND;
	}
	if (o.version) {
		(void)printf("slagboom-verify %s\n", SLAGBOOM_VERSION);
		return OUTCOME_SOUND;
	}
	if (o.pack && !o.policy && !o.key)
		return (int)run_pack(&o, NULL);
	if (o.receipt)
		return (int)run_receipt(&o);
	if (!run_policy(o.policy, o.key, &text, &policy))
		return OUTCOME_NOT_JUDGED;
	if (o.pack)
		return (int)run_pack(&o, &policy);
	return (int)(o.proof ? run_proof(&o, &policy) : run_log(&o, &policy));
}
