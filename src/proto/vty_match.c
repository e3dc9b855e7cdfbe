/*
 * Is:        expands a typed line to the canonical command, and lists what may follow.
 * Is not:    loading.
 * Called by: the VTY lane and the line editor.
 * Owns:      nothing that outlives a call.
 * Trust:     hostile lines; effort is bounded by STEPS_MAX.
 *
 * Two families, two rules, each as its elements do it:
 * - Osmocom goes word by word over all commands of the mode: the best kind of fit wins
 *   (exact keyword > begun keyword > rest > range > address > word), everything else
 *   drops out, and two different begun keywords or ranges are ambiguous, whatever
 *   follows (libosmocore, cmd_execute_command_real).
 * - FRR takes whole lines: every path through the grammar that fits is a candidate; two
 *   are compared at the first word where they differ, a keyword before a place and an
 *   exact keyword before a begun one (lib/command_match.c). Where the first such word
 *   does not decide, FRR goes on to compare kinds of places; here that is ambiguous.
 *   Commands that FRR hides from `list` make some abbreviations ambiguous to it that are
 *   not to us, which is harmless: it gets the command in full.
 */
#include "proto/vty_grammar.h"

#include <string.h>

#include "base/text.h"
#include "proto/plain.h"

enum { STEPS_MAX = 200000 };

struct walk {
	const struct vty *g;
	struct rd words[VTY_WORDS_MAX];
	unsigned n_words;
	uint32_t *seen; /* per state: the round in which it was last met */
	uint32_t round;
	unsigned n_steps;
	/* FRR: the path being tried and the best one so far; states by word. */
	uint32_t path[VTY_WORDS_MAX], best[VTY_WORDS_MAX];
	bool has_best, is_ambiguous;
	unsigned reached; /* words that fitted on some path */
};

static int split(struct walk *w, struct rd line)
{
	struct rd word;

	while (rd_token(&line, &word)) {
		if (w->n_words == VTY_WORDS_MAX)
			return VTY_TOO_LONG;
		w->words[w->n_words++] = word;
	}
	return 0;
}

static void walk_init(struct walk *w, const struct vty *g)
{
	*w = (struct walk){ .g = g };
	w->seen = mem_new(g->states.n, sizeof(*w->seen));
}

static void walk_done(struct walk *w)
{
	mem_free(&w->seen);
}

/* Adds the tokens and ends that can be reached from `from` without a word. */
static void spread(struct walk *w, uint32_t from, struct vec *out)
{
	struct vec todo;

	vec_init(&todo, sizeof(uint32_t));
	*(uint32_t *)vec_push(&todo) = from;
	while (todo.n) {
		uint32_t at = *(uint32_t *)vec_at(&todo, todo.n - 1);
		todo.n--;
		if (at == 0 || w->seen[at] == w->round)
			continue;
		w->seen[at] = w->round;
		const struct vty_state *s = vty_state(w->g, at);
		if (s->kind != VTY_FORK) {
			*(uint32_t *)vec_push(out) = at;
			continue;
		}
		*(uint32_t *)vec_push(&todo) = s->alt;
		*(uint32_t *)vec_push(&todo) = s->next;
	}
	vec_done(&todo);
}

static enum vty_reach reach_of(const struct vty *g, unsigned mode)
{
	struct rd name = vty_mode_name(g, mode);

	return rd_is(&name, "view") ? VTY_EVERYWHERE :
	    rd_is(&name, "enable") ? VTY_NOT_IN_VIEW : VTY_CONFIG_ONLY;
}

/* Every token that may stand first in `mode`. */
static void spread_mode(struct walk *w, unsigned mode, struct vec *out)
{
	const struct vec *starts = &vty_mode_at(w->g, mode)->starts;
	enum vty_reach reach = reach_of(w->g, mode);

	w->round++;
	for (size_t i = 0; i < w->g->common.n; i++) {
		const struct vty_common *c = vec_at(&w->g->common, i);
		if (c->reach <= reach)
			spread(w, c->start, out);
	}
	for (size_t i = 0; i < starts->n; i++)
		spread(w, *(uint32_t *)vec_at(starts, i), out);
}

static const struct vty_state *state_in(const struct walk *w, const struct vec *v, size_t i)
{
	return vty_state(w->g, *(uint32_t *)vec_at(v, i));
}

/* How well a word fits, in one number: the kind, and exact above begun. */
static int rank(const struct walk *w, const struct vty_state *s, struct rd word)
{
	enum vty_fit fit = s->kind == VTY_TOKEN ? vty_fit(w->g, s, word) : VTY_NO_FIT;

	if (fit == VTY_NO_FIT)
		return -1;
	return (int)s->token * 2 + (fit == VTY_FIT);
}

/* One word, Osmocom's way: `at` shrinks to the best fits. Returns 0 with the token that
 * won, or VTY_UNKNOWN or VTY_AMBIGUOUS. */
static int filter(struct walk *w, struct vec *at, struct rd word, const struct vty_state **out)
{
	const struct vty_state *won = NULL;
	int best = -1;
	size_t kept = 0;

	for (size_t i = 0; i < at->n; i++) {
		int r = rank(w, state_in(w, at, i), word);
		best = r > best ? r : best;
	}
	if (best < 0)
		return VTY_UNKNOWN;
	for (size_t i = 0; i < at->n; i++) {
		const struct vty_state *s = state_in(w, at, i);
		if (rank(w, s, word) != best)
			continue;
		if (won && (s->token == VTY_KEYWORD || s->token == VTY_RANGE)) {
			struct rd a = vty_text(w->g, won->text), b = vty_text(w->g, s->text);
			if (!rd_equal(&a, &b))
				return VTY_AMBIGUOUS;
		}
		won = s;
		*(uint32_t *)vec_at(at, kept++) = *(uint32_t *)vec_at(at, i);
	}
	at->n = kept;
	*out = won;
	return 0;
}

/* The states behind the tokens in `at`. */
static void advance(struct walk *w, struct vec *at)
{
	struct vec next;

	vec_init(&next, sizeof(uint32_t));
	w->round++;
	for (size_t i = 0; i < at->n; i++)
		spread(w, state_in(w, at, i)->next, &next);
	vec_done(at);
	*at = next;
}

static void put_word(struct wr *out, const struct walk *w, const struct vty_state *s, struct rd word)
{
	if (out->b->len)
		wr_u8(out, ' ');
	wr_bytes(out, s->token == VTY_KEYWORD ? vty_text(w->g, s->text) : word);
}

static int osmo_end(const struct walk *w, const struct vec *at)
{
	unsigned n_ends = 0;

	for (size_t i = 0; i < at->n; i++)
		n_ends += state_in(w, at, i)->kind == VTY_FINAL;
	return n_ends == 1 ? 0 : n_ends > 1 ? VTY_AMBIGUOUS : at->n ? VTY_INCOMPLETE : VTY_UNKNOWN;
}

static int osmo_match(struct walk *w, unsigned mode, struct wr *out)
{
	const struct vty_state *won = NULL;
	struct vec at;
	int rc = 0;
	unsigned i;

	vec_init(&at, sizeof(uint32_t));
	spread_mode(w, mode, &at);
	for (i = 0; rc == 0 && i < w->n_words; i++) {
		w->reached = i;
		if (won && won->token == VTY_REST) {
			put_word(out, w, won, w->words[i]);
			continue;
		}
		rc = filter(w, &at, w->words[i], &won);
		if (rc)
			break;
		put_word(out, w, won, w->words[i]);
		advance(w, &at);
	}
	if (rc == 0)
		rc = osmo_end(w, &at);
	vec_done(&at);
	return rc;
}

/* Which of two tokens explains a word better: <0 the first, >0 the second, 0 neither. */
static int better(const struct walk *w, uint32_t a, uint32_t b, struct rd word)
{
	const struct vty_state *x = vty_state(w->g, a), *y = vty_state(w->g, b);

	if ((x->token == VTY_KEYWORD) != (y->token == VTY_KEYWORD))
		return x->token == VTY_KEYWORD ? -1 : 1;
	if (x->token != VTY_KEYWORD)
		return 0; /* two places: the word stays as typed */
	return (vty_fit(w->g, y, word) == VTY_FIT) - (vty_fit(w->g, x, word) == VTY_FIT);
}

static bool same_text(const struct walk *w, uint32_t a, uint32_t b)
{
	const struct vty_state *x = vty_state(w->g, a), *y = vty_state(w->g, b);
	struct rd s = vty_text(w->g, x->text), t = vty_text(w->g, y->text);

	if (x->token != VTY_KEYWORD && y->token != VTY_KEYWORD)
		return true;
	return x->token == y->token && rd_equal(&s, &t);
}

static void propose(struct walk *w)
{
	bool differ = false;

	for (unsigned i = 0; w->has_best && i < w->n_words; i++) {
		if (same_text(w, w->best[i], w->path[i]))
			continue;
		int b = better(w, w->best[i], w->path[i], w->words[i]);
		if (b < 0)
			return;
		if (b > 0) {
			w->has_best = false;
			w->is_ambiguous = false;
			break;
		}
		differ = true;
	}
	if (w->has_best) {
		w->is_ambiguous |= differ;
		return;
	}
	w->has_best = true;
	memcpy(w->best, w->path, sizeof(w->best));
}

static bool on_path(const struct walk *w, uint32_t state, unsigned depth)
{
	for (unsigned i = 0; i < depth; i++)
		if (w->path[i] == state)
			return true;
	return false;
}

/* Tries every token of `at` for word `depth`, then what follows. */
static int frr_try(struct walk *w, const struct vec *at, unsigned depth)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < at->n; i++) {
		uint32_t id = *(uint32_t *)vec_at(at, i);
		const struct vty_state *s = vty_state(w->g, id);
		if (++w->n_steps > STEPS_MAX)
			return VTY_TOO_LONG;
		if (depth == w->n_words) {
			if (s->kind == VTY_FINAL)
				propose(w);
			continue;
		}
		if (rank(w, s, w->words[depth]) < 0 || (!s->repeats && on_path(w, id, depth)))
			continue;
		w->path[depth] = id;
		w->reached = depth + 1 > w->reached ? depth + 1 : w->reached;
		struct vec next;
		vec_init(&next, sizeof(uint32_t));
		w->round++;
		spread(w, s->next, &next);
		rc = frr_try(w, &next, depth + 1);
		vec_done(&next);
	}
	return rc;
}

static int frr_match(struct walk *w, unsigned mode, struct wr *out)
{
	struct vec at;
	int rc;

	vec_init(&at, sizeof(uint32_t));
	spread_mode(w, mode, &at);
	w->has_best = w->is_ambiguous = false;
	rc = frr_try(w, &at, 0);
	vec_done(&at);
	if (rc)
		return rc;
	if (!w->has_best)
		return w->reached == w->n_words ? VTY_INCOMPLETE : VTY_UNKNOWN;
	if (w->is_ambiguous)
		return VTY_AMBIGUOUS;
	for (unsigned i = 0; i < w->n_words; i++)
		put_word(out, w, vty_state(w->g, w->best[i]), w->words[i]);
	return 0;
}

/* In `mode`; when no command there begins so, in the modes above it (FRR). The first
 * failure stands. */
static int match_up(struct walk *w, unsigned mode, struct buf *out, struct vty_command *cmd)
{
	int first = 0;
	size_t len = out->len;

	for (;;) {
		struct wr wr = wr_to(out);
		w->reached = 0;
		int rc = w->g->family == VTY_OSMO ? osmo_match(w, mode, &wr) : frr_match(w, mode, &wr);
		if (rc == 0 && (!wr_ok(&wr) || out->len > w->g->line_max))
			rc = VTY_TOO_LONG;
		if (rc == 0) {
			cmd->mode = mode;
			return 0;
		}
		buf_cut(out, len);
		if (first == 0) {
			first = rc;
			cmd->at_word = w->reached;
		}
		unsigned parent = vty_mode_at(w->g, mode)->parent;
		if (parent == mode || first != VTY_UNKNOWN)
			return first;
		mode = parent;
	}
}

/* FRR: `CMD | include TEXT` filters the output, and nothing else follows a bar. What was
 * typed behind `include` goes on as it is. */
static int take_pipe(const struct vty *g, struct rd *line, struct rd *out_filter)
{
	struct rd rest = *line, before, word;

	*out_filter = rd_of(NULL, 0);
	if (!rd_until(&rest, '|', &before))
		return 0;
	if (g->family != VTY_FRR || !rd_token(&rest, &word) || !rd_is(&word, "include"))
		return VTY_BAD_PIPE;
	while (rd_word(&rest, " "))
		;
	if (rest.len == 0 || rd_until(&(struct rd){ rest.p, rest.len }, '|', &word))
		return VTY_BAD_PIPE;
	*line = before;
	*out_filter = rest;
	return 0;
}

static bool is_comment(struct rd line)
{
	struct rd word;

	return !rd_token(&line, &word) || rd_word(&word, "!") || rd_word(&word, "#");
}

/* FRR takes `do` in enable too. */
static bool takes_do(const struct vty *g, unsigned mode)
{
	struct rd name = vty_mode_name(g, mode);

	return !rd_is(&name, "view") && (g->family == VTY_FRR || !rd_is(&name, "enable"));
}

static void drop_first(struct walk *w)
{
	w->n_words--;
	for (unsigned i = 0; i < w->n_words; i++)
		w->words[i] = w->words[i + 1];
}

/* `do` alone runs what follows in the mode enable, once. */
static int match_do(struct walk *w, struct buf *text, struct vty_command *cmd)
{
	unsigned enable;
	int rc;

	if (!vty_mode(w->g, rd_str("enable"), &enable))
		return VTY_UNKNOWN;
	if (w->n_words == 1)
		return VTY_INCOMPLETE;
	drop_first(w);
	cmd->is_do = true;
	rc = match_up(w, enable, text, cmd);
	cmd->at_word += rc != 0;
	return rc;
}

static int expand(struct walk *w, unsigned mode, struct buf *text, struct vty_command *cmd)
{
	if (takes_do(w->g, mode) && rd_is(&w->words[0], "do"))
		return match_do(w, text, cmd);
	return match_up(w, mode, text, cmd);
}

int vty_expand(const struct vty *g, unsigned mode, struct rd line, struct buf *canonical,
    struct vty_command *out)
{
	struct vty_command cmd = { .mode = mode };
	struct buf text;
	struct wr w = wr_to(canonical);
	struct rd filter;
	struct walk walk;
	size_t len = canonical->len;
	int rc;

	if (is_comment(line))
		return VTY_EMPTY;
	*out = cmd;
	if (line.len > g->line_max)
		return VTY_TOO_LONG;
	if (!plain_text_ok(line))
		return VTY_BAD_TEXT;
	rc = take_pipe(g, &line, &filter);
	if (rc)
		return rc;
	buf_init(&text, 1 << 16);
	walk_init(&walk, g);
	rc = split(&walk, line);
	cmd.n_words = walk.n_words;
	if (rc == 0)
		rc = walk.n_words ? expand(&walk, mode, &text, &cmd) : VTY_BAD_PIPE;
	walk_done(&walk);
	cmd.is_filtered = filter.len != 0;
	*out = cmd;
	if (rc == 0) {
		wr_str(&w, cmd.is_do ? "do " : "");
		wr_bytes(&w, buf_rd(&text));
		wr_str(&w, cmd.is_filtered ? " | include " : "");
		wr_bytes(&w, filter);
		if (!wr_ok(&w) || canonical->len - len > g->line_max) {
			buf_cut(canonical, len);
			rc = VTY_TOO_LONG;
		}
	}
	buf_done(&text);
	return rc;
}

struct told {
	const struct walk *w;
	struct vec words; /* uint32_t states, one for each different word */
	bool end;
};

static void tell(struct told *t, uint32_t id)
{
	struct rd word = vty_text(t->w->g, vty_state(t->w->g, id)->text);

	if (vty_state(t->w->g, id)->kind == VTY_FINAL) {
		t->end = true;
		return;
	}
	for (size_t i = 0; i < t->words.n; i++) {
		struct rd have = vty_text(t->w->g, state_in(t->w, &t->words, i)->text);
		if (rd_equal(&have, &word))
			return;
	}
	*(uint32_t *)vec_push(&t->words) = id;
}

/* Moves `at` over the words already finished. False when they fit no command. */
static bool over_words(struct walk *w, struct vec *at)
{
	const struct vty_state *won;

	for (unsigned i = 0; i < w->n_words; i++) {
		size_t kept = 0;
		if (w->g->family == VTY_OSMO && filter(w, at, w->words[i], &won))
			return false;
		for (size_t k = 0; k < at->n; k++) {
			uint32_t id = *(uint32_t *)vec_at(at, k);
			if (rank(w, vty_state(w->g, id), w->words[i]) >= 0)
				*(uint32_t *)vec_at(at, kept++) = id;
		}
		at->n = kept;
		if (kept == 0)
			return false;
		advance(w, at);
	}
	return true;
}

static unsigned tell_all(struct walk *w, const struct vec *at, struct rd begun, vty_each each,
    void *arg)
{
	struct told t = { .w = w };
	unsigned n;

	vec_init(&t.words, sizeof(uint32_t));
	for (size_t i = 0; i < at->n; i++) {
		const struct vty_state *s = state_in(w, at, i);
		if (begun.len == 0 || (s->kind == VTY_TOKEN && rank(w, s, begun) >= 0))
			tell(&t, *(uint32_t *)vec_at(at, i));
	}
	for (size_t i = 0; i < t.words.n; i++) {
		const struct vty_state *s = state_in(w, &t.words, i);
		each(arg, vty_text(w->g, s->text), vty_text(w->g, s->doc), s->token == VTY_KEYWORD);
	}
	if (t.end)
		each(arg, rd_str("<cr>"), rd_str(""), false);
	n = (unsigned)t.words.n + t.end;
	vec_done(&t.words);
	return n;
}

unsigned vty_candidates(const struct vty *g, unsigned mode, struct rd before, vty_each each,
    void *arg)
{
	struct rd begun = rd_of(NULL, 0);
	struct walk w;
	struct vec at;
	uint8_t last = ' ';
	unsigned n = 0;

	walk_init(&w, g);
	vec_init(&at, sizeof(uint32_t));
	(void)!(before.len && rd_at(&before, before.len - 1, &last));
	if (before.len <= g->line_max && plain_text_ok(before) && split(&w, before) == 0) {
		if (last != ' ' && last != '\t' && w.n_words)
			begun = w.words[--w.n_words];
		if (w.n_words && takes_do(g, mode) && rd_is(&w.words[0], "do") &&
		    vty_mode(g, rd_str("enable"), &mode))
			drop_first(&w);
		spread_mode(&w, mode, &at);
		if (over_words(&w, &at))
			n = tell_all(&w, &at, begun, each, arg);
	}
	vec_done(&at);
	walk_done(&w);
	return n;
}
