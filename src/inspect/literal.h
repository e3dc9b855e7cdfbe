/*
 * Is:        field names and key words in a stream, and the class of data that stands
 *            beside them: `children`, `inkomen`, `datum_narozeni`, `ki`, `cell id`.
 * Is not:    a judgement of the data itself.
 * Called by: the inspector's layers; structured lanes ask literal_class of one name.
 * Owns:      at most LITERAL_CARRY_MAX bytes of the stream between two feeds.
 * Trust:     hostile bytes. No allocation; bounded work for each byte.
 *
 * Caseless for A-Z; a word counts where a word begins and ends, also inside givenName
 * and date_of_birth. What is found depends on the stream's bytes, never on its chunks.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/def.h"
#include "base/rd.h"

enum data_class {
	DATA_NONE = 0,
	DATA_IDENTITY, /* who: name, number, document */
	DATA_LOCATION, /* where: cell, area, address */
	DATA_KEYS,     /* Ki, OPc, authentication vectors, passwords */
	DATA_CONTENT,  /* what was said: call, message, voicemail */
	DATA_BILLING,  /* invoices, payment, usage records */
	DATA_PROFILE,  /* of a private life: children, hobbies, income, health */
	DATA_CLASSES
};

struct literal {
	const char *text; /* lower case; a space stands for one of " _-" or nothing */
	enum data_class data;
	bool field; /* too short or common for prose: counts only before = : " and the like */
	bool names_number; /* says that a number beside it is a person's (verdict.h) */
};

/* The built-in words: English, Dutch, Czech and telecom. */
const struct literal *literal_table(size_t *n);

struct literal_hit {
	uint64_t offset;
	uint32_t len;
	const struct literal *word;
};

typedef void literal_fn(void *ctx, const struct literal_hit *h);

enum { LITERAL_MAX = 48, LITERAL_CARRY_MAX = LITERAL_MAX + 8 };

struct prefixes;
typedef size_t word_fn(const uint8_t *p, size_t n, size_t from, uint64_t *ev);
typedef void prefix_fn(const struct prefixes *t, const uint8_t *p, size_t n, size_t from, size_t nb, uint64_t *ev);

/* Fields are the matcher's own. */
struct literals {
	literal_fn *fn;
	void *ctx;
	word_fn *words;
	prefix_fn *prefixes;
	uint64_t base, next; /* offset of carry[0]; first word not judged */
	uint32_t n_carry;
	uint8_t carry[LITERAL_CARRY_MAX];
};

void literal_init(struct literals *l, literal_fn *fn, void *ctx);
void literal_feed(struct literals *l, struct rd data);
void literal_end(struct literals *l);
/* What literal_end would report if it came now, without changing anything. */
void literal_peek(const struct literals *l, literal_fn *fn, void *ctx);

/* The class that a column, attribute or field of this name holds: the class of the first
 * word found in it, DATA_NONE without one. */
enum data_class literal_class(struct rd name);
/* The same, and whether any word in it says that the value is a person's number. */
enum data_class literal_field(struct rd name, bool *out_names_number);

const char *data_class_name(enum data_class c);
