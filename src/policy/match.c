/*
 * Is:        programs to deterministic automata, and matching (contract in match.h).
 * Is not:    the reader of patterns.
 * Called by: classes.
 * Owns:      the automaton.
 * Trust:     lines are hostile: one table look-up a byte. The table is indexed by our
 *            own numbers only.
 *
 * A state is the set of program places that stand before a SET, an assertion or FOUND,
 * and what the byte before was (start, word, other). Assertions are resolved when the
 * next byte, or the end, is known.
 */
#include "policy/match.h"

#include <string.h>

#include "base/ascii.h"
#include "base/assert.h"
#include "base/mem.h"
#include "policy/match_int.h"
#include "policy/names.h"

enum before { AT_START, AFTER_WORD, AFTER_OTHER };
enum { STATE_DEAD = 0, STATE_FOUND = 1, STATE_FIRST = 2, CLASS_LIMIT = 256 };

struct match {
	uint16_t *next;      /* n_states rows of n_classes */
	uint8_t *found_at_end;
	uint32_t n_states;
	uint32_t n_classes;
	uint8_t class_of[256];
};

/* A state's key: `before` and the places, in 16-bit words. */
struct state { uint16_t *key; uint16_t n; };

struct maker {
	const struct match_program *m;
	struct match *out;
	struct state *states;  /* by number; the first two have no key */
	struct names index;
	uint8_t sample[CLASS_LIMIT]; /* a byte of each class */
	uint16_t stack[MATCH_OPS_MAX * 2];
	uint8_t seen[MATCH_OPS_MAX];
	uint16_t set[MATCH_OPS_MAX + 1]; /* being built; [0] is `before` */
	uint16_t n_set;
};

static bool is_word(uint8_t c)
{
	return is_alnum(c) || c == '_';
}

/* Bytes that no set and no word boundary tells apart share a class. */
static void make_classes(struct maker *k)
{
	struct match *out = k->out;

	for (unsigned c = 0; c < 256; c++) {
		unsigned same;
		for (same = 0; same < out->n_classes; same++) {
			uint8_t s = k->sample[same];
			bool equal = is_word(s) == is_word((uint8_t)c);
			for (uint16_t i = 0; equal && i < k->m->n; i++)
				equal = k->m->op[i].kind != OP_SET ||
				    match_in_set(&k->m->op[i], s) == match_in_set(&k->m->op[i], (uint8_t)c);
			if (equal)
				break;
		}
		if (same == out->n_classes)
			k->sample[out->n_classes++] = (uint8_t)c;
		out->class_of[c] = (uint8_t)same;
	}
}

/* What is known when assertions are resolved. `next` < 0 is the end. */
struct here { enum before before; int next; };

static bool holds(const struct match_op *op, const struct here *h)
{
	bool word_before = h->before == AFTER_WORD;
	bool word_next = h->next >= 0 && is_word((uint8_t)h->next);

	if (op->kind == OP_BEGIN)
		return h->before == AT_START;
	if (op->kind == OP_END)
		return h->next < 0;
	return word_before != word_next;
}

/* Follows splits and jumps from `pc`, and assertions when `h` is given; what it ends
 * at is marked in seen: 2 for places to keep. True when FOUND is reached. */
static bool follow(struct maker *k, uint16_t pc, const struct here *h)
{
	uint32_t n = 0;
	bool found = false;

	k->stack[n++] = pc;
	while (n) {
		uint16_t i = k->stack[--n];
		const struct match_op *op = &k->m->op[i];
		if (k->seen[i])
			continue;
		k->seen[i] = 1;
		switch (op->kind) {
		case OP_SPLIT:
			k->stack[n++] = op->y;
			k->stack[n++] = op->x;
			break;
		case OP_JUMP:
			k->stack[n++] = op->x;
			break;
		case OP_FOUND:
			found = true;
			break;
		case OP_BEGIN: case OP_END: case OP_WORD:
			if (!h)
				k->seen[i] = 2;
			else if (holds(op, h))
				k->stack[n++] = (uint16_t)(i + 1);
			break;
		case OP_SET:
			k->seen[i] = 2;
			break;
		}
	}
	return found;
}

/* The number of the state for the set that was built, made when it is new. False
 * when there are too many. */
static bool state_of(struct maker *k, uint16_t *out)
{
	struct rd key = rd_of(k->set, (size_t)k->n_set * sizeof(uint16_t));
	struct match *m = k->out;
	uint32_t at;

	if (names_find(&k->index, key, &at)) {
		*out = (uint16_t)at;
		return true;
	}
	if (m->n_states == MATCH_STATES_MAX)
		return false;
	struct state *s = &k->states[m->n_states];
	s->n = k->n_set;
	s->key = mem_new(k->n_set, sizeof(uint16_t));
	for (uint16_t i = 0; i < k->n_set; i++)
		s->key[i] = k->set[i];
	(void)!names_add(&k->index, rd_of(s->key, key.len), m->n_states);
	*out = (uint16_t)m->n_states++;
	return true;
}

/* From the places marked 2 to the set of a state. */
static void collect(struct maker *k, enum before before)
{
	k->n_set = 1;
	k->set[0] = (uint16_t)before;
	for (uint16_t i = 0; i < k->m->n; i++)
		if (k->seen[i] == 2)
			k->set[k->n_set++] = i;
}

/* The places of `s` with assertions resolved, into seen. */
static bool resolve_all(struct maker *k, const struct state *s, const struct here *h)
{
	bool found = false;

	memset(k->seen, 0, k->m->n);
	for (uint16_t i = 1; i < s->n; i++)
		found |= follow(k, s->key[i], h);
	return found;
}

/* Where `s` goes on class `c`. */
static bool step(struct maker *k, const struct state *s, unsigned c, uint16_t *out)
{
	uint8_t byte = k->sample[c];
	struct here h = { (enum before)s->key[0], byte };
	uint16_t ready[MATCH_OPS_MAX], n_ready = 0;
	bool found = resolve_all(k, s, &h);

	for (uint16_t i = 0; i < k->m->n; i++)
		if (k->seen[i] == 2 && match_in_set(&k->m->op[i], byte))
			ready[n_ready++] = i;
	memset(k->seen, 0, k->m->n);
	for (uint16_t i = 0; i < n_ready; i++)
		found |= follow(k, (uint16_t)(ready[i] + 1), NULL);
	if (found) {
		*out = STATE_FOUND;
		return true;
	}
	collect(k, is_word(byte) ? AFTER_WORD : AFTER_OTHER);
	if (k->n_set == 1) {
		*out = STATE_DEAD;
		return true;
	}
	return state_of(k, out);
}

static bool make_states(struct maker *k)
{
	struct match *m = k->out;
	uint16_t first;

	memset(k->seen, 0, k->m->n);
	if (follow(k, 0, NULL)) {
		/* The empty pattern: found before anything is read. */
		m->found_at_end[STATE_FIRST] = 1;
		for (unsigned c = 0; c < m->n_classes; c++)
			m->next[STATE_FIRST * m->n_classes + c] = STATE_FOUND;
		m->n_states = STATE_FIRST + 1;
		return true;
	}
	collect(k, AT_START);
	if (!state_of(k, &first))
		return false;
	for (uint32_t s = STATE_FIRST; s < m->n_states; s++) {
		struct here end = { (enum before)k->states[s].key[0], -1 };
		m->next = mem_resize(m->next, (size_t)(s + 1) * m->n_classes, sizeof(*m->next));
		for (unsigned c = 0; c < m->n_classes; c++)
			if (!step(k, &k->states[s], c, &m->next[s * m->n_classes + c]))
				return false;
		m->found_at_end[s] = resolve_all(k, &k->states[s], &end);
	}
	return true;
}

static bool determine(const struct match_program *program, struct match *out)
{
	struct maker *k = mem_new(1, sizeof(*k));
	bool ok;

	k->m = program;
	k->out = out;
	k->states = mem_new(MATCH_STATES_MAX, sizeof(*k->states));
	make_classes(k);
	out->n_states = STATE_FIRST;
	out->next = mem_new((size_t)(STATE_FIRST + 1) * out->n_classes, sizeof(*out->next));
	for (unsigned c = 0; c < out->n_classes; c++)
		out->next[STATE_FOUND * out->n_classes + c] = STATE_FOUND;
	out->found_at_end = mem_new(MATCH_STATES_MAX, 1);
	out->found_at_end[STATE_FOUND] = 1;
	ok = make_states(k);
	for (uint32_t s = 0; s < MATCH_STATES_MAX; s++)
		mem_free(&k->states[s].key);
	names_done(&k->index);
	mem_free(&k->states);
	mem_free(&k);
	return ok;
}

struct match *match_new(struct rd pattern, const char **why, size_t *at)
{
	AUTO(mem_free) struct match_program *program = mem_new(1, sizeof(*program));
	struct match *m;

	*at = 0;
	if (pattern.len > MATCH_PATTERN_MAX) {
		*why = "the pattern is too long";
		return NULL;
	}
	match_parse(pattern, program);
	if (program->why) {
		*why = program->why;
		*at = program->at;
		return NULL;
	}
	m = mem_new(1, sizeof(*m));
	if (!determine(program, m)) {
		*why = "the pattern needs too many states";
		match_free(&m);
		return NULL;
	}
	return m;
}

void match_free(struct match **m)
{
	if (!*m)
		return;
	mem_free(&(*m)->next);
	mem_free(&(*m)->found_at_end);
	mem_free(m);
}

bool match_line(const struct match *m, struct rd line)
{
	uint32_t s = STATE_FIRST;
	uint8_t c;

	while (s > STATE_FOUND && rd_u8(&line, &c))
		s = m->next[s * m->n_classes + m->class_of[c]];
	return m->found_at_end[s];
}
