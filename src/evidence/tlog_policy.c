/*
 * Is:        who must have signed a checkpoint (contract in the header).
 * Is not:    the crossing policy of the gate.
 * Called by: proofs, the verifier, witnesses' clients.
 * Owns:      nothing.
 * Trust:     the file may be damaged; notes are hostile.
 */
#include "evidence/tlog_policy.h"

#include "base/text.h"

/* Parsing state. A handler takes the rest of its line and returns what is wrong
 * with it, or NULL. */
struct parse {
	struct tlog_policy *p;
	bool has_quorum;
};

static int unit_find(const struct tlog_policy *p, struct rd name)
{
	for (size_t i = 0; i < p->n_units; i++)
		if (rd_equal(&p->units[i].name, &name))
			return (int)i;
	return -1;
}

static bool key_listed(const struct note_key *keys, size_t n, const struct note_key *k)
{
	for (size_t i = 0; i < n; i++)
		if (hash_equal(&keys[i].fingerprint, &k->fingerprint))
			return true;
	return false;
}

/* One public key stands for one party, whatever names it goes by. */
static const char *take_key(struct parse *s, struct rd *line, struct note_key *out)
{
	struct rd token;

	if (!rd_token(line, &token) || !note_key_parse(token, out))
		return "expected a vkey";
	if (key_listed(s->p->logs, s->p->n_logs, out) ||
	    key_listed(s->p->witnesses, s->p->n_witnesses, out))
		return "this public key is listed already";
	return NULL;
}

/* An optional URL, which whoever connects judges, and the end of the line. */
static const char *take_url_and_end(struct rd *line, struct rd *out)
{
	struct rd token;

	if (!rd_token(line, out))
		*out = rd_of(NULL, 0);
	return rd_token(line, &token) ? "too many words" : NULL;
}

static const char *take_unit(struct parse *s, struct rd *line, struct tlog_unit **out)
{
	struct rd name;

	if (!rd_token(line, &name))
		return "expected a name";
	if (rd_is(&name, "none"))
		return "the name none is reserved";
	if (unit_find(s->p, name) >= 0)
		return "this name is taken";
	if (s->p->n_units == TLOG_UNITS_MAX)
		return "too many witnesses and groups";
	*out = &s->p->units[s->p->n_units];
	**out = (struct tlog_unit){ .name = name, .witness = -1, .group = -1 };
	return NULL;
}

static const char *line_log(struct parse *s, struct rd *line)
{
	const char *wrong;
	struct rd unused;

	if (s->p->n_logs == TLOG_LOGS_MAX)
		return "too many logs";
	wrong = take_key(s, line, &s->p->logs[s->p->n_logs]);
	if (wrong)
		return wrong;
	s->p->n_logs++;
	return take_url_and_end(line, &unused);
}

static const char *line_witness(struct parse *s, struct rd *line)
{
	struct tlog_unit *u;
	const char *wrong;

	if (s->p->n_witnesses == TLOG_WITNESSES_MAX)
		return "too many witnesses";
	wrong = take_unit(s, line, &u);
	if (!wrong)
		wrong = take_key(s, line, &s->p->witnesses[s->p->n_witnesses]);
	if (wrong)
		return wrong;
	u->witness = (int16_t)s->p->n_witnesses++;
	s->p->n_units++;
	return take_url_and_end(line, &s->p->witness_url[u->witness]);
}

/* How many of `n` members the word asks for; 0 when it is not such a word. */
static uint16_t threshold(struct rd word, size_t n)
{
	uint64_t k;

	if (rd_is(&word, "all"))
		return (uint16_t)n;
	if (rd_is(&word, "any"))
		return 1;
	return text_u64(word, &k) && k <= n ? (uint16_t)k : 0;
}

static const char *line_group(struct parse *s, struct rd *line)
{
	struct rd need, token;
	struct tlog_unit *u;
	size_t n = 0;
	const char *wrong = take_unit(s, line, &u);

	if (wrong)
		return wrong;
	if (!rd_token(line, &need))
		return "expected all, any or a number";
	while (rd_token(line, &token)) {
		int m = unit_find(s->p, token);
		if (m < 0)
			return "no such member on an earlier line";
		if (s->p->units[m].group >= 0)
			return "this member is in a group already";
		s->p->units[m].group = (int16_t)s->p->n_units;
		n++;
	}
	u->need = threshold(need, n);
	if (n == 0 || u->need == 0)
		return "expected all, any or a number from 1 to that of the members";
	s->p->n_units++;
	return NULL;
}

static const char *line_quorum(struct parse *s, struct rd *line)
{
	struct rd name, more;

	if (s->has_quorum)
		return "a second quorum";
	if (!rd_token(line, &name))
		return "expected a name or none";
	s->p->quorum = rd_is(&name, "none") ? -1 : unit_find(s->p, name);
	if (s->p->quorum < 0 && !rd_is(&name, "none"))
		return "no such witness or group on an earlier line";
	s->has_quorum = true;
	return rd_token(line, &more) ? "too many words" : NULL;
}

static const struct {
	const char *word;
	const char *(*take)(struct parse *s, struct rd *line);
} lines[] = {
	{ "log", line_log },
	{ "witness", line_witness },
	{ "group", line_group },
	{ "quorum", line_quorum },
};

static const char *take_line(struct parse *s, struct rd line)
{
	struct rd word, look = line;
	uint8_t c;

	while (rd_u8(&look, &c))
		if ((c < 0x20 && c != '\t') || c == 0x7f)
			return "a control character";
	if (!rd_token(&line, &word) || word.p[0] == '#')
		return NULL;
	for (size_t i = 0; i < ARRAY_LEN(lines); i++)
		if (rd_is(&word, lines[i].word))
			return lines[i].take(s, &line);
	return "expected log, witness, group or quorum";
}

static bool fail(struct tlog_policy_error *err, size_t line, const char *what)
{
	*err = (struct tlog_policy_error){ .line = line, .what = what };
	return false;
}

bool tlog_policy_parse(struct rd text, struct tlog_policy *out, struct tlog_policy_error *err)
{
	struct parse s = { .p = out };
	struct rd line;
	size_t n = 0;

	*out = (struct tlog_policy){ .quorum = -1 };
	if (text.len > TLOG_POLICY_MAX)
		return fail(err, 1, "the file is too large");
	while (text.len) {
		n++;
		/* The last line may lack its LF: editors differ. */
		if (!rd_until(&text, '\n', &line)) {
			line = text;
			text = rd_of(NULL, 0);
		}
		const char *wrong = take_line(&s, line);
		if (wrong)
			return fail(err, n, wrong);
	}
	if (out->n_logs == 0)
		return fail(err, n, "no log");
	return s.has_quorum || fail(err, n, "no quorum");
}

void tlog_policy_log_only(const struct note_key *log, struct tlog_policy *out)
{
	*out = (struct tlog_policy){ .n_logs = 1, .quorum = -1 };
	out->logs[0] = *log;
}

bool tlog_policy_quorum(const struct tlog_policy *p, uint64_t witnesses)
{
	uint16_t signed_members[TLOG_UNITS_MAX] = { 0 };

	if (p->quorum < 0)
		return true;
	/* Members stand before their group, so one pass is enough. */
	for (size_t i = 0; i < p->n_units; i++) {
		const struct tlog_unit *u = &p->units[i];
		bool has_signed = u->witness >= 0 ? (witnesses >> u->witness) % 2 == 1 :
		    signed_members[i] >= u->need;
		if ((int)i == p->quorum)
			return has_signed;
		if (has_signed && u->group >= 0)
			signed_members[u->group]++;
	}
	return false;
}

static enum tlog_verdict judge_log(const struct tlog_policy *p, const struct note *n,
    struct tlog_judgement *out)
{
	enum tlog_verdict v = TLOG_UNKNOWN_LOG;
	uint64_t no_time;

	for (size_t i = 0; i < p->n_logs; i++) {
		if (!rd_is(&out->checkpoint.origin, p->logs[i].name))
			continue;
		v = v == TLOG_OK ? v : TLOG_UNSIGNED;
		switch (note_check(n, &p->logs[i], &no_time)) {
		case NOTE_FORGED:
			return TLOG_FORGED;
		case NOTE_UNSIGNED:
			break;
		case NOTE_SIGNED:
			out->log = i;
			v = TLOG_OK;
			break;
		}
	}
	return v;
}

enum tlog_verdict tlog_policy_judge(const struct tlog_policy *p, struct rd raw,
    struct tlog_judgement *out)
{
	struct note n;
	enum tlog_verdict v;

	*out = (struct tlog_judgement){ .log = 0 };
	if (!note_parse(raw, &n) || !checkpoint_parse(n.text, &out->checkpoint))
		return TLOG_MALFORMED;
	v = judge_log(p, &n, out);
	if (v != TLOG_OK)
		return v;
	for (size_t i = 0; i < p->n_witnesses; i++) {
		switch (note_check(&n, &p->witnesses[i], &out->time_s[i])) {
		case NOTE_FORGED:
			return TLOG_FORGED;
		case NOTE_UNSIGNED:
			break;
		case NOTE_SIGNED:
			out->witnesses |= (uint64_t)1 << i;
			break;
		}
	}
	return tlog_policy_quorum(p, out->witnesses) ? TLOG_OK : TLOG_NO_QUORUM;
}

const char *tlog_verdict_text(enum tlog_verdict v)
{
	switch (v) {
	case TLOG_MALFORMED:
		return "not a checkpoint";
	case TLOG_UNKNOWN_LOG:
		return "of a log that is not listed";
	case TLOG_UNSIGNED:
		return "not signed by its log";
	case TLOG_FORGED:
		return "carries a forged signature";
	case TLOG_NO_QUORUM:
		return "signed by too few witnesses";
	case TLOG_OK:
		return "signed as the policy wants";
	}
	return "";
}
