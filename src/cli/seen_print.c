/*
 * Is:        an answer for people and for programs.
 * Is not:    the answer itself.
 * Called by: seen.c.
 * Owns:      nothing.
 * Trust:     names were checked when they were recorded; texts are quoted.
 */
#include "cli/seen.h"

#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/quote.h"
#include "base/timefmt.h"

enum { OUTPUT_MAX = 256 << 20 };

enum coverage_value seen_value(const struct vec *stretches)
{
	enum coverage_value all = stretches->n ? COVERAGE_NOT_SEEN : COVERAGE_NOT_WATCHED;

	for (size_t i = 0; i < stretches->n; i++) {
		const struct coverage_stretch *s = vec_at(stretches, i);
		if (s->value == COVERAGE_SEEN)
			return COVERAGE_SEEN;
		all = s->value < all ? s->value : all;
	}
	return all;
}

static uint64_t total_ns(const struct vec *stretches, enum coverage_value v)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < stretches->n; i++) {
		const struct coverage_stretch *s = vec_at(stretches, i);
		sum += s->value == v ? s->to_ns - s->from_ns : 0;
	}
	return sum;
}

static void put_name(struct wr *w, struct rd name, const char *otherwise)
{
	if (name.len)
		wr_bytes(w, name);
	else
		wr_str(w, otherwise);
}

static void put_head(struct wr *w, const struct coverage *c, const struct seen_source *s)
{
	const struct coverage_question *q = &c->q;

	wr_str(w, "question    did ");
	put_name(w, q->person.len ? q->person : q->supplier, "anybody");
	if (q->person.len && q->supplier.len)
		wr_text(w, " of %.*s", (int)q->supplier.len, (const char *)q->supplier.p);
	wr_str(w, q->data_class.len ? " see " : " come");
	wr_bytes(w, q->data_class);
	wr_str(w, q->data_class.len ? " on " : " to ");
	put_name(w, q->asset, "any asset");
	wr_text(w, "?\nrecord      %s, %llu records, sound%s\n", s->origin, (unsigned long long)s->size, s->is_pack ? "; a pack of it" : "");
	wr_str(w, "watched by  ");
	if (c->only_way[0]) {
		wr_str(w, "this gate, which is the only way as the operator asserts:\n            ");
		wr_quoted(w, rd_str(c->only_way), EVENT_TEXT_MAX);
	} else {
		wr_str(w, "nobody asserts that the gate is the only way (slagboom up --only-way)");
	}
	wr_str(w, "\n");
	if (!c->is_disciplined)
		wr_str(w, "clock       not synchronised all the while: times are this machine's own\n");
	wr_str(w, "\n");
}

static void put_records(struct wr *w, const struct coverage *c, const struct coverage_stretch *s, const char *between)
{
	struct vec cites;

	coverage_cites(c, s, &cites);
	for (size_t i = 0; i < cites.n; i++)
		wr_text(w, "%s%llu", i ? between : "", (unsigned long long)*(uint64_t *)vec_at(&cites, i));
	vec_done(&cites);
}

static void put_stretch(struct wr *w, const struct coverage *c, const struct coverage_stretch *s)
{
	wr_time(w, s->from_ns);
	wr_str(w, "  ");
	wr_time(w, s->to_ns);
	wr_text(w, "  %s\n", coverage_value_name(s->value));
	switch (s->value) {
	case COVERAGE_SEEN:
		wr_str(w, "    records ");
		put_records(w, c, s, ", ");
		wr_str(w, "\n");
		break;
	case COVERAGE_NOT_WATCHED:
		wr_text(w, "    %s%s%s", s->asset, s->asset[0] ? ": " : "", coverage_why_text(s->why));
		if (s->has_seq)
			wr_text(w, " (record %llu)", (unsigned long long)s->seq);
		wr_str(w, "\n");
		break;
	case COVERAGE_NOT_SEEN:
		break;
	}
}

static void put_total(struct wr *w, const struct vec *stretches)
{
	static const enum coverage_value values[] = { COVERAGE_SEEN, COVERAGE_NOT_SEEN, COVERAGE_NOT_WATCHED };
	const char *comma = "";

	for (size_t i = 0; i < ARRAY_LEN(values); i++) {
		uint64_t ns = total_ns(stretches, values[i]);
		if (ns == 0)
			continue;
		wr_text(w, "%s%s for ", comma, coverage_value_name(values[i]));
		wr_duration(w, ns >= NS_PER_S ? ns / NS_PER_S * NS_PER_S : ns);
		comma = ", ";
	}
}

static void put_verdict(struct wr *w, const struct vec *stretches)
{
	switch (seen_value(stretches)) {
	case COVERAGE_SEEN:
		wr_str(w, "\nanswer      SEEN\n            ");
		break;
	case COVERAGE_NOT_SEEN:
		wr_str(w, "\nanswer      NOT SEEN, and watched all the while\n            ");
		break;
	case COVERAGE_NOT_WATCHED:
		wr_str(w, "\nanswer      NOT WATCHED all the while, so nobody can say no\n            ");
		break;
	}
	put_total(w, stretches);
	wr_str(w, "\n");
}

static void put_proofs(struct wr *w, const struct args *a, const struct coverage *c, const struct seen_source *s, const struct vec *stretches)
{
	struct vec cites;
	struct coverage_stretch all = { .from_ns = c->q.from_ns, .to_ns = c->q.to_ns };

	coverage_cites(c, &all, &cites);
	if (cites.n && !s->is_pack && !args_has(a, "--record")) {
		wr_text(w, "proofs      slagboom prove --dir %s", args_state_dir(a));
		if (args_has(a, "--log"))
			wr_text(w, " --log %s", args_option(a, "--log"));
		for (size_t i = 0; i < cites.n; i++)
			wr_text(w, " %llu", (unsigned long long)*(uint64_t *)vec_at(&cites, i));
		wr_str(w, "\n");
	}
	vec_done(&cites);
}

void seen_print(const struct args *a, const struct coverage *c, const struct seen_source *s, const struct vec *stretches)
{
	AUTO(buf_done) struct buf b = { 0 };
	struct rd all;

	buf_init(&b, OUTPUT_MAX);
	struct wr w = wr_to(&b);
	put_head(&w, c, s);
	for (size_t i = 0; i < stretches->n; i++)
		put_stretch(&w, c, vec_at(stretches, i));
	put_verdict(&w, stretches);
	put_proofs(&w, a, c, s, stretches);
	all = buf_rd(&b);
	(void)fwrite(all.p, 1, all.len, stdout);
}

static void json_time(struct json *j, const char *key, uint64_t ns)
{
	AUTO(buf_done) struct buf b = { 0 };

	buf_init(&b, 64);
	struct wr w = wr_to(&b);
	wr_time(&w, ns);
	json_key(j, key);
	json_text(j, buf_rd(&b));
}

static void json_stretch(struct json *j, const struct coverage *c, const struct coverage_stretch *s)
{
	struct vec cites;

	json_object(j);
	json_key(j, "asset");
	json_str(j, s->asset);
	json_time(j, "from", s->from_ns);
	json_key(j, "records");
	json_array(j);
	coverage_cites(c, s, &cites);
	for (size_t i = 0; s->value == COVERAGE_SEEN && i < cites.n; i++)
		json_u64(j, *(uint64_t *)vec_at(&cites, i));
	vec_done(&cites);
	if (s->value == COVERAGE_NOT_WATCHED && s->has_seq)
		json_u64(j, s->seq);
	json_end(j);
	json_time(j, "to", s->to_ns);
	json_key(j, "value");
	json_str(j, coverage_value_name(s->value));
	json_key(j, "why");
	json_str(j, s->value == COVERAGE_NOT_WATCHED ? coverage_why_word(s->why) : "");
	json_end(j);
}

static void json_question(struct json *j, const struct coverage_question *q)
{
	json_object(j);
	json_key(j, "asset");
	json_text(j, q->asset);
	json_key(j, "class");
	json_text(j, q->data_class);
	json_time(j, "from", q->from_ns);
	json_key(j, "person");
	json_text(j, q->person);
	json_key(j, "supplier");
	json_text(j, q->supplier);
	json_time(j, "to", q->to_ns);
	json_end(j);
}

int seen_print_json(const struct coverage *c, const struct seen_source *s, const struct vec *stretches)
{
	AUTO(buf_done) struct buf b = { 0 };
	struct json j;
	struct rd all;

	buf_init(&b, OUTPUT_MAX);
	json_init(&j, &b);
	json_object(&j);
	json_key(&j, "answer");
	json_str(&j, coverage_value_name(seen_value(stretches)));
	json_key(&j, "clock_synchronised");
	json_bool(&j, c->is_disciplined);
	json_key(&j, "only_way");
	json_str(&j, c->only_way);
	json_key(&j, "origin");
	json_str(&j, s->origin);
	json_key(&j, "question");
	json_question(&j, &c->q);
	json_key(&j, "root");
	json_hex(&j, rd_of(s->root, sizeof(s->root)));
	json_key(&j, "size");
	json_u64(&j, s->size);
	json_key(&j, "stretches");
	json_array(&j);
	for (size_t i = 0; i < stretches->n; i++)
		json_stretch(&j, c, vec_at(stretches, i));
	json_end(&j);
	json_end(&j);
	if (!json_ok(&j))
		return EXIT_FAILED;
	all = buf_rd(&b);
	(void)fwrite(all.p, 1, all.len, stdout);
	(void)fputc('\n', stdout);
	return EXIT_OK;
}
