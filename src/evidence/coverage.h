/*
 * Is:        the answer to "did they see it, and was anybody watching?", made from records
 *            alone: an interval cut into stretches that were SEEN, NOT SEEN or NOT WATCHED.
 * Is not:    the judgement that the records are the log's (verify.h, pack.h): that comes first,
 *            and an unsound log answers nothing. Nor the index of persons.
 * Called by: slagboom seen.
 * Owns:      what it has gathered.
 * Trust:     records may have been written by whoever held the gate. What is missing, odd or
 *            contradictory makes a stretch NOT WATCHED, never NOT SEEN.
 *
 * NOT SEEN is given to a moment only when all of this holds, for every asset of the question:
 *   - every record is there, from the log's first on: one that is missing may have said
 *     anything. Those that were erased as the log itself says are older than the term that held
 *     then, and take only what is as old as that. (That the newest ones are missing cannot be seen; what they would be about is
 *     after the last beat.)
 *   - it lies between two beats of one life of the desk, and a third one follows: with numbers
 *     that follow each other, no further apart than the beat allows, both clocks saying the
 *     same, and no gap told among them;
 *   - before the first of them the asset was declared, with a sensor, and with this gate as the
 *     only way to it;
 *   - the wall clock never showed this moment twice;
 *   - no glass was broken before it that two officers have not closed since, and nobody told that
 *     the gate was gone round then;
 *   - no session of the question was open, or (for a class of data) each that was is read to
 *     its end: closed, not lost, nothing opaque, nothing uncounted, and nothing of the class.
 * SEEN needs a record: of a session, or for a class, of its exposure.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/def.h"
#include "base/map.h"
#include "base/rd.h"
#include "base/vec.h"
#include "evidence/event.h"
#include "evidence/record.h"

enum coverage_value { COVERAGE_NOT_WATCHED = 0, COVERAGE_NOT_SEEN, COVERAGE_SEEN };

/* Why a stretch is NOT WATCHED. */
enum coverage_why {
	COVERAGE_UNKNOWN = 0, /* no record says that it was */
	COVERAGE_BEFORE,      /* the first record is later */
	COVERAGE_AFTER,       /* the last beat is earlier */
	COVERAGE_UNDECLARED,  /* the policy then did not name the asset */
	COVERAGE_NO_SENSOR,
	COVERAGE_OTHER_WAYS,  /* nobody asserts that this gate is the only way to the asset */
	COVERAGE_GAP,
	COVERAGE_STOPPED,     /* the desk began anew: what was between is not known */
	COVERAGE_LATE,        /* two beats are too far apart */
	COVERAGE_CLOCK,
	COVERAGE_MISSING,     /* records are missing, or beats */
	COVERAGE_ERASED,      /* records of that age were erased, as a record says */
	COVERAGE_GLASS,
	COVERAGE_PAST_GATE,   /* a sealed password was used while the gate was down */
	COVERAGE_OPAQUE,
	COVERAGE_UNCOUNTED,
	COVERAGE_LOST,
	COVERAGE_OPEN,        /* the session was still open at the end of the record */
	COVERAGE_LET_GO,      /* an officer let go what had been held because it could not be masked */
	COVERAGE_WHYS
};

/* A beat may promise no more than this, and may come half as late again, and a little. */
enum { COVERAGE_BEAT_MAX_S = 600, COVERAGE_LATE_S = 3, COVERAGE_CITES_MAX = 64 };

/* Everything empty is not asked about. Borrows. */
struct coverage_question {
	uint64_t from_ns, to_ns;
	struct rd asset, supplier, person;
	struct rd data_class; /* "keys"; empty: whether anybody was there at all */
};

struct coverage_asset {
	char name[EVENT_NAME_MAX + 1];
	bool is_declared, has_sensor, only_way;
	uint64_t since; /* the number of the beat before its declaration */
	enum coverage_value pending; /* for the time between the last two beats */
	enum coverage_why pending_why;
	size_t last_span; /* the newest that beats made for it, and 1 */
};

/* A stretch of time in which something holds for one asset, or for all. */
struct coverage_span {
	uint64_t from_ns, to_ns;
	enum coverage_value value; /* NOT_SEEN: this one was watched */
	enum coverage_why why;
	int asset; /* index, or COVERAGE_ALL */
	uint64_t seq; /* a record that says so */
	size_t cite, n_cites; /* of SEEN: in cites */
};
enum { COVERAGE_ALL = -1 };

struct coverage {
	struct coverage_question q;
	struct vec assets;  /* struct coverage_asset */
	struct vec spans;   /* struct coverage_span */
	struct vec cites;   /* uint64_t: numbers of records */
	struct map sessions; /* open ones that are asked about */
	struct vec glasses;
	uint64_t n_records, first_ns, last_seq, high_ns;
	uint64_t twice_from_ns, twice_to_ns; /* the newest stretch that the clock showed twice */
	bool has_hole;      /* a record is missing */
	bool has_gone;      /* or was erased: */
	uint64_t n_gone;    /* all below this one, but those that were given */
	uint64_t term_ns;   /* how long records were kept as this log was written; 0: nobody said */
	struct {
		bool is_there, has_gap, is_pending; /* pending: the time since the beat before it */
		uint64_t number, began, wall_ns, mono_us, late_ns, before_ns;
		uint64_t base_wall_ns, base_mono_us; /* since when both clocks have said the same */
	} beat;
	bool knows_supplier, knows_person, knows_asset; /* some record names the one that is asked about */
	bool is_disciplined; /* no: a record was written by a clock that nothing kept right */
	char only_way[EVENT_TEXT_MAX + 1]; /* what the deployment asserts, as the last life says */
};

/* `seed` is random. */
void coverage_init(struct coverage *c, const struct coverage_question *q, const uint64_t seed[2]);
/* For AUTO. */
void coverage_done(struct coverage *c);
/* The next record, in the order of the log. Any may be missing; that is noticed. */
void coverage_take(struct coverage *c, const struct record_view *v);
/* Records up to `end` are gone, erased, and whoever judged the log knows which record says so. */
void coverage_gone(struct coverage *c, uint64_t end);
/* After the last. */
void coverage_end(struct coverage *c);

/* One stretch of the answer. */
struct coverage_stretch {
	uint64_t from_ns, to_ns;
	enum coverage_value value;
	enum coverage_why why;
	const char *asset; /* of NOT WATCHED, when it is one asset's doing; "" */
	uint64_t seq;      /* of NOT WATCHED: a record that says so, if has_seq */
	bool has_seq;
};

/* The whole interval of the question as stretches, in order, without a hole. Gives. */
void coverage_answer(const struct coverage *c, struct vec *out);
/* The numbers of the records that make a stretch SEEN, sorted, each once. Gives uint64_t. */
void coverage_cites(const struct coverage *c, const struct coverage_stretch *s, struct vec *out);

/* A sentence for people, without a full stop, and one word for programs. */
const char *coverage_why_text(enum coverage_why w);
const char *coverage_why_word(enum coverage_why w);
const char *coverage_value_name(enum coverage_value v);
