/*
 * Is:        the declarations: operator, supplier, engineer, officer, site,
 *            country, asset, class, command.
 * Is not:    the rules (parse_rule.c).
 * Called by: parse.c.
 * Owns:      nothing; fills the policy.
 * Trust:     hostile text.
 */
#include <string.h>

#include "base/ascii.h"
#include "policy/parser.h"
#include "policy/scalar.h"

static const char rename_one[] = "suppliers, engineers and officers share one set of names; rename one";

/* One more country in the pool behind `s`; 256 in a list. */
static bool take_countries(struct parser *ps, struct span *s)
{
	struct policy *p = ps->p;
	uint16_t c;

	s->at = p->n_countries;
	do {
		if (!parser_take_country(ps, &c))
			return false;
		if (s->n == MODEL_COUNTRIES_MAX)
			return parser_too_many(ps, parser_pos(ps), "countries", MODEL_COUNTRIES_MAX);
		p->countries = policy_room(p->countries, p->n_countries, sizeof(c));
		p->countries[p->n_countries++] = c;
		s->n++;
	} while (parser_try_comma(ps));
	return true;
}

/* A list of words as bits. */
static bool take_bits(struct parser *ps, const char *what, const char *const *words, int n,
    uint32_t *out)
{
	uint32_t bits = 0;
	int i;

	do {
		if (!parser_take_choice(ps, what, words, n, &i))
			return false;
		bits |= 1u << i;
	} while (parser_try_comma(ps));
	*out = bits;
	return true;
}

/* The kinds of key that sshd and ssh-keygen know and that we accept. */
static bool is_key(struct rd r)
{
	static const char *const kinds[] = {
		"ssh-ed25519", "sk-ssh-ed25519@openssh.com", "ecdsa-sha2-nistp256",
		"ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521",
		"sk-ecdsa-sha2-nistp256@openssh.com", "ssh-rsa",
	};
	struct rd kind;
	uint8_t c;

	return rd_until(&r, ' ', &kind) && scalar_index(kind, kinds, ARRAY_LEN(kinds)) >= 0 && rd_at(&r, 0, &c) && c != ' ';
}

static bool take_key(struct parser *ps, struct span *s)
{
	struct policy *p = ps->p;
	struct pos at = parser_pos(ps);
	struct rd key;

	if (!parser_take_string(ps, "a public key", &key))
		return false;
	if (!is_key(key)) {
		diag_error(ps->d, at, "not a public key in OpenSSH's form");
		diag_hint(ps->d, "a line as in id_ed25519.pub: \"ssh-ed25519 AAAA...\"");
		return false;
	}
	if (s->n == 0)
		s->at = p->n_keys;
	if (s->n == 32)
		return parser_too_many(ps, at, "keys of one person", 32);
	p->keys = policy_room(p->keys, p->n_keys, sizeof(key));
	p->keys[p->n_keys++] = key;
	s->n++;
	return true;
}

/* ---- operator "Kustnet B.V." in NL adequate NL, BE requires screening, nda ---- */

static bool operator_in(struct parser *ps, void *o)
{
	return parser_take_country(ps, &((struct operator_decl *)o)->country);
}

static bool operator_adequate(struct parser *ps, void *o)
{
	return take_countries(ps, &((struct operator_decl *)o)->adequate);
}

static bool operator_requires(struct parser *ps, void *o)
{
	struct operator_decl *op = o;
	uint32_t bits;

	if (!take_bits(ps, "what every engineer needs", policy_roster, ROSTER_N, &bits))
		return false;
	for (int i = 0; i < ROSTER_N; i++)
		op->required[i] = bits >> i & 1;
	return true;
}

bool parse_operator(struct parser *ps)
{
	static const struct attribute attributes[] = {
		{ "in", operator_in, false }, { "adequate", operator_adequate, false },
		{ "requires", operator_requires, false },
	};
	struct operator_decl o = { .pos = parser_pos(ps), .given = true };

	o.required[ROSTER_SCREENING] = true;
	if (!parser_take_string(ps, "the operator's legal name", &o.title) ||
	    !parser_attributes(ps, attributes, ARRAY_LEN(attributes), "operator", &o))
		return false;
	if (ps->p->operator.given) {
		diag_error(ps->d, o.pos, "a second operator");
		diag_hint(ps->d, "a policy has one");
		return false;
	}
	ps->p->operator = o;
	return true;
}

/* ---- supplier meridian "Meridian Networks B.V." in NL controlled-from CN ---- */

static bool supplier_in(struct parser *ps, void *o)
{
	return parser_take_country(ps, &((struct supplier *)o)->country);
}

static bool supplier_controlled(struct parser *ps, void *o)
{
	return parser_take_country(ps, &((struct supplier *)o)->control);
}

static bool supplier_basis(struct parser *ps, void *o)
{
	return parser_take_string(ps, "the legal basis of the transfer",
	    &((struct supplier *)o)->basis);
}

static bool supplier_ca(struct parser *ps, void *o)
{
	return take_key(ps, &((struct supplier *)o)->cas);
}

bool parse_supplier(struct parser *ps)
{
	static const struct attribute attributes[] = {
		{ "in", supplier_in, false }, { "controlled-from", supplier_controlled, false },
		{ "transfer-basis", supplier_basis, false }, { "ca", supplier_ca, true },
	};
	struct policy *p = ps->p;
	struct supplier s = { .pos = parser_pos(ps) };

	if (!parser_take_new_name(ps, "the supplier's short name", &s.name))
		return false;
	parser_try_title(ps, &s.title);
	if (!parser_attributes(ps, attributes, ARRAY_LEN(attributes), "supplier", &s))
		return false;
	if (p->n_suppliers == MODEL_SUPPLIERS_MAX)
		return parser_too_many(ps, s.pos, "suppliers", MODEL_SUPPLIERS_MAX);
	if (!names_add(&p->people, s.name, p->n_suppliers << 2 | PERSON_SUPPLIER))
		return parser_twice(ps, s.pos, s.name, rename_one);
	p->suppliers = policy_room(p->suppliers, p->n_suppliers, sizeof(s));
	p->suppliers[p->n_suppliers++] = s;
	return true;
}

/* ---- engineer wei.zhang of meridian screened-until 2027-03-01 key "..." ---- */

static bool engineer_of(struct parser *ps, void *o)
{
	return parser_take_name(ps, "the supplier's name", &((struct engineer *)o)->supplier_name);
}

static bool engineer_employer(struct parser *ps, void *o)
{
	struct engineer *e = o;

	return parser_take_string(ps, "the employer's legal name", &e->employer) &&
	    (!parser_try(ps, "in") || parser_take_country(ps, &e->employer_country));
}

static bool engineer_screened(struct parser *ps, void *o)
{
	return parser_take_date(ps, &((struct engineer *)o)->until[ROSTER_SCREENING]);
}

static bool engineer_nda(struct parser *ps, void *o)
{
	return parser_take_date(ps, &((struct engineer *)o)->until[ROSTER_NDA]);
}

static bool engineer_trained(struct parser *ps, void *o)
{
	return parser_take_date(ps, &((struct engineer *)o)->until[ROSTER_TRAINING]);
}

static bool engineer_expected(struct parser *ps, void *o)
{
	static const char *const periods[] = { "day", "week", "month" };
	static const uint32_t days[] = { 1, 7, 30 };
	struct engineer *e = o;
	uint64_t n;
	int i;

	if (!parser_take_number(ps, "a number of sessions", 10000, &n) || !parser_take(ps, "per") ||
	    !parser_take_choice(ps, "a period", periods, ARRAY_LEN(periods), &i))
		return false;
	e->expected = (uint32_t)n;
	e->period_days = days[i];
	return true;
}

static bool engineer_key(struct parser *ps, void *o)
{
	return take_key(ps, &((struct engineer *)o)->keys);
}

bool parse_engineer(struct parser *ps)
{
	static const struct attribute attributes[] = {
		{ "of", engineer_of, false }, { "employed-by", engineer_employer, false },
		{ "screened-until", engineer_screened, false }, { "nda-until", engineer_nda, false },
		{ "trained-until", engineer_trained, false },
		{ "expected", engineer_expected, false }, { "key", engineer_key, true },
	};
	struct policy *p = ps->p;
	struct engineer e = { .pos = parser_pos(ps), .supplier = MODEL_NONE };

	for (int i = 0; i < ROSTER_N; i++)
		e.until[i] = SCALAR_NO_DATE;
	if (!parser_take_new_name(ps, "the engineer's name", &e.name))
		return false;
	parser_try_title(ps, &e.title);
	if (!parser_attributes(ps, attributes, ARRAY_LEN(attributes), "engineer", &e))
		return false;
	if (e.supplier_name.len == 0) {
		diag_error(ps->d, e.pos, "engineer %s has no supplier", diag_quote(e.name));
		diag_hint(ps->d, "say 'of' and the supplier's name");
		return false;
	}
	if (p->n_engineers == MODEL_ENGINEERS_MAX)
		return parser_too_many(ps, e.pos, "engineers", MODEL_ENGINEERS_MAX);
	if (!names_add(&p->people, e.name, p->n_engineers << 2 | PERSON_ENGINEER))
		return parser_twice(ps, e.pos, e.name, rename_one);
	p->engineers = policy_room(p->engineers, p->n_engineers, sizeof(e));
	p->engineers[p->n_engineers++] = e;
	return true;
}

/* ---- officer j.devries role approver, watcher key "..." ---- */

static bool officer_role(struct parser *ps, void *o)
{
	return take_bits(ps, "a role", policy_roles, ROLE_N, &((struct officer *)o)->roles);
}

static bool officer_of(struct parser *ps, void *o)
{
	return parser_take_name(ps, "the supplier's name", &((struct officer *)o)->supplier_name);
}

static bool officer_until(struct parser *ps, void *o)
{
	return parser_take_date(ps, &((struct officer *)o)->until);
}

static bool officer_key(struct parser *ps, void *o)
{
	return take_key(ps, &((struct officer *)o)->keys);
}

/* An account as useradd(8) makes them, or "#" and its number. Root is nobody. */
static bool is_login(struct rd r)
{
	uint64_t uid;
	uint8_t c;

	if (rd_word(&r, "#"))
		return scalar_number(r, UINT32_MAX - 1, &uid) && uid > 0;
	if (r.len == 0 || r.len > 32 || rd_is(&r, "root") || !rd_at(&r, 0, &c) || c == '-')
		return false;
	while (rd_u8(&r, &c))
		if (!(is_lower(c) || is_digit(c) || c == '_' || c == '-' || c == '.'))
			return false;
	return true;
}

static bool officer_login(struct parser *ps, void *o)
{
	struct officer *f = o;
	struct pos at = parser_pos(ps);

	if (!parser_take_string(ps, "an account on the gate's machine", &f->login))
		return false;
	if (is_login(f->login))
		return true;
	diag_error(ps->d, at, "not an account that an officer can have");
	diag_hint(ps->d, "a name as in \"jdv\", or a number as in \"#1001\"; root is no officer");
	return false;
}

/* Its checksum is the business of whoever seals (evidence/age.h). */
static bool is_seal(struct rd r)
{
	static const char letters[] = "023456789acdefghjklmnpqrstuvwxyz"; /* bech32 */
	uint8_t c;

	if (r.len != 62 || !rd_word(&r, "age1"))
		return false;
	while (rd_u8(&r, &c))
		if (c == 0 || !strchr(letters, c))
			return false;
	return true;
}

static bool officer_seal(struct parser *ps, void *o)
{
	struct officer *f = o;
	struct pos at = parser_pos(ps);

	if (!parser_take_string(ps, "an age recipient", &f->seal))
		return false;
	if (is_seal(f->seal))
		return true;
	diag_error(ps->d, at, "not an age recipient");
	diag_hint(ps->d, "what age-keygen prints as public key: \"age1...\"");
	return false;
}

bool parse_officer(struct parser *ps)
{
	static const struct attribute attributes[] = {
		{ "role", officer_role, false }, { "of", officer_of, false },
		{ "until", officer_until, false }, { "key", officer_key, true },
		{ "login", officer_login, false }, { "seal", officer_seal, false },
	};
	struct policy *p = ps->p;
	struct officer o = { .pos = parser_pos(ps), .supplier = MODEL_NONE, .until = INT64_MAX };

	if (!parser_take_new_name(ps, "the officer's name", &o.name))
		return false;
	parser_try_title(ps, &o.title);
	if (!parser_attributes(ps, attributes, ARRAY_LEN(attributes), "officer", &o))
		return false;
	if (o.roles == 0) {
		diag_error(ps->d, o.pos, "officer %s has no role", diag_quote(o.name));
		diag_hint(ps->d, "say 'role' and one or more roles");
		return false;
	}
	if (p->n_officers == MODEL_OFFICERS_MAX)
		return parser_too_many(ps, o.pos, "officers", MODEL_OFFICERS_MAX);
	if (!names_add(&p->people, o.name, p->n_officers << 2 | PERSON_OFFICER))
		return parser_twice(ps, o.pos, o.name, rename_one);
	p->officers = policy_room(p->officers, p->n_officers, sizeof(o));
	p->officers[p->n_officers++] = o;
	return true;
}
