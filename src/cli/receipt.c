/*
 * Is:        `slagboom receipt`: the signed receipt of a session, with its closing record and the
 *            proof that this is in the log.
 * Is not:    their judgement (slagboom-verify --receipt).
 * Called by: slagboom.c.
 * Owns:      nothing.
 * Trust:     the desk's answer; the proof is judged before it is given out.
 */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/text.h"
#include "base/timefmt.h"
#include "cli/command.h"
#include "cli/commands.h"
#include "cli/desk_client.h"
#include "cli/log_source.h"
#include "evidence/proof.h"

/* Checkpoints come each second. */
enum { TRIES = 12, TRY_MS = 200 };

/* The value of the line that begins with `key`. */
static bool line_of(struct rd text, const char *key, struct rd *out)
{
	struct rd line;

	while (rd_until(&text, '\n', &line))
		if (rd_word(&line, key)) {
			*out = line;
			return true;
		}
	return false;
}

static int put_proof(struct log_source *s, uint64_t index, struct buf *out)
{
	AUTO(buf_done) struct buf proof = { 0 }, entry = { 0 };
	struct wr w = wr_to(out);
	int r;

	buf_init(&proof, PROOF_MAX);
	buf_init(&entry, RECORD_MAX);
	r = log_source_prove(s, index, &proof, &entry);
	if (r)
		return r;
	wr_str(&w, "----- record\n");
	wr_bytes(&w, buf_rd(&entry));
	wr_str(&w, "\n----- proof\n");
	wr_bytes(&w, buf_rd(&proof));
	return wr_ok(&w) ? EXIT_OK : EXIT_FAILED;
}

/* Appends the closing record and its proof, once a checkpoint covers it. False, said why, when
 * that cannot be. */
static bool add_proof(const struct args *a, struct rd receipt, struct buf *out)
{
	const struct timespec pause = { .tv_nsec = TRY_MS * (long)NS_PER_MS };
	struct rd log, record;
	uint64_t index;

	if (!line_of(receipt, "log ", &log) || !line_of(receipt, "record ", &record) || !text_u64(record, &index) || index == 0) {
		command_complain(a, NULL, "the receipt names no record of the log");
		return false;
	}
	for (int i = 0; i < TRIES; i++) {
		AUTO(log_source_done) struct log_source s = { .disk = { .dirfd = -1 } };
		if (log_source_open(&s, a, rd_is(&log, "intercept") ? "intercept" : "core", args_option(a, "--policy")) != EXIT_OK)
			return false;
		if (s.head.size > index)
			return put_proof(&s, index, out) == EXIT_OK;
		(void)nanosleep(&pause, NULL);
	}
	command_complain(a, "the same again, later", "no checkpoint covers record %llu yet", (unsigned long long)index);
	return false;
}

static int run(const struct args *a)
{
	AUTO(desk_answer_done) struct desk_answer answer = { .fd = -1 };
	AUTO(buf_done) struct buf text = { 0 };
	const char *arg[] = { a->operand[0] };
	int r = desk_ask(a, VERB_RECEIPT, arg, 1, rd_of(NULL, 0), &answer);

	if (r != EXIT_OK)
		return r;
	buf_init(&text, 65536 + RECORD_MAX + PROOF_MAX);
	if (args_has(a, "--json") || answer.status != OFFICER_DONE || !desk_member(answer.result, "receipt", &text))
		return desk_print(a, &answer, NULL, 0, "");
	if (!args_has(a, "--bare") && !add_proof(a, buf_rd(&text), &text))
		r = EXIT_FAILED;
	return fwrite(buf_rd(&text).p, 1, text.len, stdout) == text.len && fflush(stdout) == 0 ? r : EXIT_FAILED;
}

const struct command command_receipt = {
	.name = "receipt",
	.operands = "SESSION",
	.operands_min = 1,
	.operands_max = 1,
	.summary = "print the signed receipt of a session that is over, with its proof",
	.description = "First the same that the engineer got at its end: who, what, when, how many persons, and the number of the "
		       "closing record. Then that record, and the proof that it is in the log, as soon as a checkpoint covers it: "
		       "that is waited for. Without a proof the exit status is 1, and the receipt is printed all the same.\n\n"
		       "slagboom-verify --receipt needs nothing that runs, only two public keys: it checks both signatures, the "
		       "proof, and that receipt and record say the same.",
	.examples = "  slagboom receipt 3f9a2c >receipt.txt\n"
		    "  slagboom-verify --key \"$(cat receipts.vkey)\" \\\n"
		    "      --log-key \"$(cat log-core.vkey)\" --receipt receipt.txt",
	.option = { { "--bare", NULL, "the receipt alone" },
	    { "--policy", "FILE", "who must have signed the log: a tlog-policy file; by default its key" },
	    OPTION_DIR, OPTION_KEY, OPTION_JSON },
	.run = run,
};
