/*
 * Is:        a pack: records with their proofs in one file that verifies offline.
 * Is not:    a copy of a log; which records belong into it is its maker's word.
 * Called by: slagboom prove (writes), slagboom-verify (judges).
 * Owns:      nothing.
 * Trust:     a pack that is read is hostile.
 *
 * A plain tar file (ustar.h), finished, with these members in this order:
 *
 *     pack                "slagboom-pack@v1" LF "records " decimal LF
 *     policy              a tlog-policy file: by whose signatures its maker has judged it
 *     checkpoint          the signed note that every proof is under, byte for byte
 *     then, by ascending index, as many pairs as the first member says:
 *     proof/<index>       .tlog-proof
 *     record/<index>      the entry, canonical JSON
 *
 * With approvals among them whose requests are there too, the first member is
 * "slagboom-pack@v2" LF "records " decimal LF "approvals " decimal LF, and after the records
 * come as many pairs, by ascending index:
 *
 *     approval/<index>.text   what was signed: the text in the record of the request
 *     approval/<index>.sig    the signature in record <index> over it, as ssh-keygen -Y has it
 *
 * They say nothing that the records do not, and are judged by them; they are there for
 * ssh-keygen. None of them may be missing.
 *
 * So `tar xf` gives files for any tlog-proof verifier, and jq. Whoever judges brings a
 * policy of his own; the pack's own is a courtesy that proves nothing about who wrote it.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/def.h"
#include "base/wr.h"
#include "evidence/pack_signed.h"
#include "evidence/tlog_policy.h"
#include "evidence/ustar.h"

enum { PACK_MEMBER_MAX = TLOG_POLICY_MAX, PACK_RECORDS_MAX = 1 << 24 };

/* Writing: the head, each record, the end. The writer fails when something does not fit. */
void wr_pack_head(struct wr *w, uint64_t n_records, uint64_t n_approvals, uint64_t time_s, struct rd policy, struct rd checkpoint);
void wr_pack_record(struct wr *w, uint64_t index, uint64_t time_s, struct rd proof, struct rd record);
void wr_pack_approvals(struct wr *w, uint64_t time_s, const struct pack_signed *p);
void wr_pack_end(struct wr *w);

/* Hears of each approval whose text and signature are those of the records; NULL, or why it
 * does not count. */
struct pack_listener {
	const char *(*approval)(struct pack_listener *self, const struct signed_approval *a, struct rd text);
};

/* Judging, in any portions. */
struct verify_check;

struct pack_judge {
	const struct tlog_policy *policy; /* whose signatures count; NULL: the pack's own */
	struct tlog_policy own;
	struct buf own_text, checkpoint, member, proof;
	struct ustar_reader tar;
	struct pack_signed signs;
	struct pack_listener *listener; /* or NULL */
	uint64_t n_approvals, n_approvals_done;
	size_t approval; /* the next */
	enum { PACK_HEAD = 0, PACK_POLICY, PACK_CHECKPOINT, PACK_PROOF, PACK_RECORD, PACK_TEXT, PACK_SIGNATURE } next;
	uint64_t n_records, n_done, index, after; /* `after`: the least index that may come */
	enum tlog_verdict signed_how;
	struct tlog_judgement judgement; /* of the checkpoint; borrows from it */
	const char *why;                 /* what is wrong first, or NULL */
	struct verify_check *then;       /* looks at each record that is right; or NULL */
};

/* `policy` is borrowed. */
void pack_judge_init(struct pack_judge *p, const struct tlog_policy *policy);
/* For AUTO. */
void pack_judge_done(struct pack_judge *p);
/* Takes bytes. False once something is wrong: p->why, in member p->tar.m.name. */
MUST_USE bool pack_judge_take(struct pack_judge *p, struct rd bytes);
/* After the last byte: true when everything is there and right. */
MUST_USE bool pack_judge_end(struct pack_judge *p);
