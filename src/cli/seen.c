/*
 * Is:        `slagboom seen`: did they come, or see data of a class, and was anybody watching?
 *            The command line and its checks.
 * Is not:    the answer (evidence/coverage.h), nor a look-up of a subscriber.
 * Called by: slagboom.c.
 * Owns:      nothing.
 * Trust:     the caller's own command line; what it reads is judged first (seen_source.c).
 */
#include "cli/seen.h"

#include <string.h>

#include "base/timefmt.h"
#include "cli/commands.h"
#include "cli/log_source.h"
#include "crypto/random.h"
#include "inspect/literal.h"
#include "policy/scalar.h"

/* "2026", "2026-11", "2026-11-22" and what comes after it. */
static bool read_days(struct rd text, int64_t *out_first, int64_t *out_next)
{
	uint64_t part[3] = { 0, 1, 1 }, next[3];
	unsigned n = 0;
	struct rd one;
	uint8_t digit;

	for (; n < 3; n++) {
		if (!rd_take(&text, n == 0 ? 4 : 2, &one))
			return false;
		for (part[n] = 0; rd_u8(&one, &digit); part[n] = part[n] * 10 + (uint64_t)(digit - '0'))
			if (digit < '0' || digit > '9')
				return false;
		if (!rd_word(&text, "-"))
			break;
	}
	if (n == 3 || text.len)
		return false;
	for (size_t i = 0; i < 3; i++)
		next[i] = part[i];
	next[0] += n == 0 || (n == 1 && part[1] == 12);
	next[1] = n == 0 || (n == 1 && part[1] == 12) ? 1 : n == 1 ? part[1] + 1 : part[1];
	if (part[0] < 1970 || part[0] > 2500 || !time_days((int64_t)part[0], (unsigned)part[1], (unsigned)part[2], out_first))
		return false;
	if (n == 2)
		*out_next = *out_first + 1;
	return n == 2 || time_days((int64_t)next[0], (unsigned)next[1], 1, out_next);
}

/* The first moment that is meant, and the one after the last. */
static bool read_moment(struct rd text, uint64_t *out_first, uint64_t *out_next)
{
	const uint64_t day_ns = 86400ull * NS_PER_S;
	int64_t first, next;

	if (time_parse(text, out_first)) {
		*out_next = *out_first;
		return true;
	}
	if (!read_days(text, &first, &next))
		return false;
	*out_first = (uint64_t)first * day_ns;
	*out_next = (uint64_t)next * day_ns;
	return true;
}

bool seen_during(const char *text, uint64_t *out_from_ns, uint64_t *out_to_ns)
{
	const char *dots = strstr(text, "..");
	uint64_t from, to, unused;

	if (!dots) {
		if (!read_moment(rd_str(text), &from, &to))
			return false;
	} else if (!read_moment(rd_of(text, (size_t)(dots - text)), &from, &unused) || !read_moment(rd_str(dots + 2), &unused, &to)) {
		return false;
	}
	if (from >= to)
		return false;
	*out_from_ns = from;
	*out_to_ns = to;
	return true;
}

static bool is_class(const char *name)
{
	for (int c = DATA_NONE + 1; c < DATA_CLASSES; c++)
		if (strcmp(name, data_class_name((enum data_class)c)) == 0)
			return true;
	return false;
}

static struct rd option(const struct args *a, const char *name)
{
	return rd_str(args_has(a, name) ? args_option(a, name) : "");
}

static bool read_question(const struct args *a, struct coverage_question *q)
{
	const char *during = args_option(a, "--during");

	if (a->n_operands > 0) {
		command_complain(a, "slagboom seen --by SUPPLIER --during 2026", "a person's number is never looked up in the clear: it takes "
			"two keepers and the private index, which this version does not have. What can be asked is who came to "
			"what, and which classes of data were shown");
		return false;
	}
	*q = (struct coverage_question){ .asset = option(a, "--asset"), .supplier = option(a, "--by"), .person = option(a, "--person"),
		.data_class = option(a, "--class") };
	if (!event_name_ok(q->asset) || !event_name_ok(q->supplier) || !event_name_ok(q->person)) {
		command_complain(a, NULL, "--asset, --by and --person are names of the policy");
		return false;
	}
	if (q->data_class.len && !is_class(args_option(a, "--class"))) {
		command_complain(a, NULL, "--class is identity, location, keys, content, billing or profile");
		return false;
	}
	if (!during || !seen_during(during, &q->from_ns, &q->to_ns)) {
		command_complain(a, "slagboom seen --during 2026-11-01..2026-11-22T18:00:00Z", "during which time? A year, a month, a day or an "
			"instant, in UTC, or two of them");
		return false;
	}
	return true;
}

/* A name that nobody bears would always be answered with no. */
static bool names_are_known(const struct args *a, const struct coverage *c)
{
	if (c->q.supplier.len && !c->knows_supplier)
		command_complain(a, NULL, "no record knows a supplier called %s: about him there is no answer", args_option(a, "--by"));
	else if (c->q.person.len && !c->knows_person)
		command_complain(a, "slagboom seen --by SUPPLIER", "no record knows an engineer called %s%s%s: about him there is no answer",
		    args_option(a, "--person"), c->q.supplier.len ? " of " : "", c->q.supplier.len ? args_option(a, "--by") : "");
	else
		return true;
	return false;
}

static int exit_code(enum coverage_value v)
{
	switch (v) {
	case COVERAGE_SEEN:
		return EXIT_OK;
	case COVERAGE_NOT_SEEN:
		return EXIT_NOT_SEEN;
	case COVERAGE_NOT_WATCHED:
		return EXIT_NOT_WATCHED;
	}
	return EXIT_FAILED;
}

static int answer(const struct args *a, const struct coverage *c, const struct seen_source *source)
{
	struct vec stretches;
	int r = EXIT_OK;

	coverage_answer(c, &stretches);
	if (args_has(a, "--json"))
		r = seen_print_json(c, source, &stretches);
	else
		seen_print(a, c, source, &stretches);
	if (r == EXIT_OK)
		r = exit_code(seen_value(&stretches));
	vec_done(&stretches);
	return r;
}

static int run(const struct args *a)
{
	AUTO(coverage_done) struct coverage c = { .n_records = 0 };
	struct coverage_question q;
	struct seen_source source;
	uint64_t seed[2] = { 0 };
	int r;

	if (!read_question(a, &q) || log_source_name_check(a) != EXIT_OK)
		return EXIT_USAGE;
	random_seed(seed);
	coverage_init(&c, &q, seed);
	r = seen_read(a, &c, &source);
	if (r != EXIT_OK)
		return r;
	return names_are_known(a, &c) ? answer(a, &c, &source) : EXIT_USAGE;
}

const struct command command_seen = {
	.name = "seen",
	.operands = "",
	.operands_min = 0,
	.operands_max = 1,
	.summary = "ask the record who came, and what they saw; \"no\" only where it was watched",
	.description =
	    "Cuts the time of --during into stretches, and gives each one of three values. SEEN: records say so, and are named. "
	    "NOT SEEN: nothing of it happened, and everything that was asked about was watched all the while. NOT WATCHED: nobody "
	    "can say, with the reason.\n\n"
	    "Without --class it is asked whether anybody was there at all; with --class whether data of that class was shown: "
	    "identity (numbers of persons, in the clear), location, keys, content, billing or profile. Without --asset all assets "
	    "of the record must have been watched.\n\n"
	    "The record is judged first, in the same pass: one that is not sound answers nothing. It is the one of --dir, or with "
	    "--record a copy of a log's directory or a pack of slagboom prove. A pack answers NOT SEEN only when it holds every "
	    "record from the first on.\n\n"
	    "Exit status: 0 SEEN, 6 NOT SEEN for the whole time, 7 NOT WATCHED for some of it and not SEEN; 1 and 2 as everywhere.",
	.examples = "  slagboom seen --asset hlr1 --by meridian --class keys --during 2026-11\n"
		    "  slagboom seen --record copy/evidence-core --key \"$(cat log-core.vkey)\" \\\n"
		    "      --person wei.zhang --during 2026-11-01..2026-11-22T18:00:00Z",
	.option = { { "--during", "TIME", "a year, month, day or instant in UTC, or two of them as FROM..TO" },
	    { "--asset", "NAME", "what they came to; by default anything" },
	    { "--by", "SUPPLIER", "whose people; by default anybody's" },
	    { "--person", "NAME", "one engineer" },
	    { "--class", "CLASS", "which data: identity, location, keys, content, billing or profile" },
	    { "--record", "PATH", "a copy of a log's directory, or a pack" },
	    { "--key", "VKEY", "the log's public key; by default the one of --dir" },
	    { "--policy", "FILE", "who must have signed: a tlog-policy file, with witnesses" },
	    { "--log", "NAME", "core (by default) or intercept, of --dir" },
	    OPTION_DIR, OPTION_JSON },
	.run = run,
};
