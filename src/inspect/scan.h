/*
 * Is:        the scanner: bytes in, identifiers of persons out, in one pass and
 *            without ever losing or repeating one at a chunk boundary.
 * Is not:    a judge of membership (members.h, verdict.h), a decoder, a terminal.
 * Called by: the inspector's layers, the lanes' structured readers, `slagboom inspect`.
 * Owns:      at most SCAN_CARRY_MAX bytes of the stream between two feeds.
 * Trust:     hostile bytes. No allocation; bounded work for each byte.
 *
 * What is found is a function of the stream's bytes alone, not of the chunks
 * that it came in: scan_feed over any split, then scan_end, gives each finding
 * of the undivided stream exactly once. Findings come roughly, not strictly, in
 * order of their offset, and may overlap (a BSN inside a passport's MRZ is both).
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/def.h"
#include "base/rd.h"
#include "inspect/anchor.h"

struct plan;

/* What it is, and the canonical value that goes with it (ASCII, no separators):
 * the text that membership, de-duplication and the private index work on. */
enum scan_kind {
	SCAN_MSISDN, /* E.164 digits with country code, no '+': 31612345678 */
	SCAN_IMSI,   /* 14 or 15 digits; SUPI of type imsi and a NAI with an IMSI come here */
	SCAN_IMEI,   /* 14 digits: TAC and serial, no check digit and no software version */
	SCAN_ICCID,  /* 18 or 19 digits: without the check digit */
	SCAN_SUCI,   /* the concealed SUPI as written, lower case: suci-0-204-08-0-1-1-... */
	SCAN_NAI,    /* lower case user@realm of nai-... and extid-... (SUPI, GPSI) */
	SCAN_BSN,    /* 9 digits that pass the elfproef */
	SCAN_IBAN,   /* upper case, no spaces */
	SCAN_CARD,   /* 12 to 19 digits that pass Luhn and have an issuer's prefix */
	SCAN_MRZ,    /* issuing state and document number: NLDSPECI2014; check digits hold */
	SCAN_EMAIL,  /* lower case local@domain */
	SCAN_IPV4,   /* 8 hexadecimal digits */
	SCAN_IPV6,   /* 32 hexadecimal digits */
	SCAN_NUMBER, /* 7 digits or more that are none of the above; only with SCAN_OPT_NUMBERS */
	SCAN_KINDS
};

/* How it was written. From SCAN_TBCD on the forms are *weak*: they say something
 * only together with membership and context (verdict.h). */
enum scan_form {
	SCAN_PLAIN,    /* digits in one run, or the kind's ordinary spelling */
	SCAN_GROUPED,  /* with separators in a legal grouping */
	SCAN_NAMED,    /* introduced by its own name: imsi-, msisdn-, suci-, NAI */
	SCAN_TBCD,     /* nibble-swapped BCD in hexadecimal */
	SCAN_GLUED,    /* in one run with letters, or after a decimal point */
	SCAN_BARE,     /* national significant number without its trunk 0; IMEI without a check digit */
	SCAN_REVERSED, /* last digit first */
	SCAN_WINDOW,   /* at any offset inside a longer run of digits */
	SCAN_FORMS
};

struct scan_finding {
	uint64_t offset; /* of its first byte, from the start of the stream */
	uint32_t len;    /* bytes it takes in the stream, separators included */
	enum scan_kind kind;
	enum scan_form form;
	bool in_plan;     /* matches a range of the operator's plan (plan.h) */
	struct rd value;  /* canonical; good until the callback returns */
};

typedef void scan_fn(void *ctx, const struct scan_finding *f);

enum {
	SCAN_OPT_NUMBERS = 1, /* report SCAN_NUMBER */
	SCAN_OPT_WEAK = 2,    /* report weak forms */

	SCAN_LEFT_MAX = 128,  /* bytes before a place that a judgement may look at */
	SCAN_RIGHT_MAX = 192, /* bytes after a place that a judgement may wait for */
	SCAN_CARRY_MAX = SCAN_LEFT_MAX + SCAN_RIGHT_MAX,
	SCAN_VALUE_MAX = 192,
};

/* Fields are the scanner's own. */
struct scan {
	const struct plan *plan;
	scan_fn *fn;
	void *ctx;
	unsigned opts;
	uint32_t n_carry;
	uint64_t base;       /* offset of carry[0] */
	uint64_t next;       /* every place before it is judged */
	uint64_t digits_end; /* numbers that start before it are part of a finding */
	uint64_t ip6_end;    /* likewise for colons */
	uint64_t hex_end;    /* and for hexadecimal */
	uint64_t cont;       /* where a very long run of digits goes on, or UINT64_MAX */
	unsigned done;       /* judgements of the place at `next` that are over */
	anchor_fn *anchors;
	struct anchor_want want;
	uint8_t carry[SCAN_CARRY_MAX];
};

/* A scanner at the start of a stream. Borrows `plan`, which must outlive it; `fn`
 * is called from scan_feed and scan_end. Nothing to undo. */
void scan_init(struct scan *s, const struct plan *plan, unsigned opts, scan_fn *fn, void *ctx);

/* The stream's next bytes. */
void scan_feed(struct scan *s, struct rd data);

/* The stream has ended: judges what was still open. The scanner may then only be
 * initialised again. */
void scan_end(struct scan *s);

/* All of a text at once: what scan_init, scan_feed and scan_end report of it. */
void scan_all(const struct plan *plan, unsigned opts, struct rd text, scan_fn *fn, void *ctx);

/* What scan_end would report if it came now, without changing anything: for an
 * interactive stream that has paused inside a number. The same findings, or longer
 * ones in their place, come through `s` itself later. */
void scan_peek(const struct scan *s, scan_fn *fn, void *ctx);

/* True when both, over the same plan with the same options, find the same in all that may
 * come: only where their offsets begin may differ. */
bool scan_is_level(const struct scan *a, const struct scan *b);

/* What it has had is said to stand so much further on; may wrap. */
void scan_move(struct scan *s, uint64_t ahead);

/* The bytes that scan_peek judges: all digits, and the @, of what it reports are among them.
 * Borrowed until the next feed. */
struct rd scan_unjudged(const struct scan *s);

/* Offset of the first byte whose meaning may still depend on bytes to come: bytes
 * before it are in no finding that was not reported yet. For masking: what lies at
 * or after it is held back. A trailing word counts as unsettled, since it may be
 * the local part of an e-mail address. */
uint64_t scan_settled(const struct scan *s);

/* "msisdn", "imsi" ...; and "plain", "grouped" ... */
const char *scan_kind_name(enum scan_kind k);
const char *scan_form_name(enum scan_form f);
bool scan_form_is_weak(enum scan_form f);
