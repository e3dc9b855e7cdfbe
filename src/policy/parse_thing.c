/*
 * Is:        the declarations of places and things: site, country, asset, class,
 *            command.
 * Is not:    people (parse_decl.c) or rules (parse_rule.c).
 * Called by: parse.c.
 * Owns:      nothing; fills the policy.
 * Trust:     hostile text.
 */
#include "policy/net.h"

#include "base/ascii.h"
#include "policy/parser.h"
#include "policy/scalar.h"

static const char rename_one[] = "rename or remove one";

static bool take_word(struct parser *ps, const char *what, const char *hint, struct rd *out)
{
	if (ps->tok.kind != LEX_WORD)
		return parser_expected(ps, what, hint);
	*out = ps->tok.text;
	parser_next(ps);
	return true;
}

/* "at most 20ms" */
static bool take_latency(struct parser *ps, uint32_t *out)
{
	struct rd word;
	uint64_t ms;

	if (!parser_take(ps, "at") || !parser_take(ps, "most"))
		return false;
	word = ps->tok.text;
	if (ps->tok.kind != LEX_WORD || !scalar_take_number(&word, 10000, &ms) || ms == 0 ||
	    !rd_is(&word, "ms"))
		return parser_expected(ps, "milliseconds", "as in 20ms; 1ms to 10000ms");
	*out = (uint32_t)ms;
	parser_next(ps);
	return true;
}

/* "at least 300km" */
static bool take_distance(struct parser *ps, uint32_t *out)
{
	struct rd word;
	uint64_t km;

	if (!parser_take(ps, "at") || !parser_take(ps, "least"))
		return false;
	word = ps->tok.text;
	if (ps->tok.kind != LEX_WORD || !scalar_take_number(&word, 20000, &km) || km == 0 || !rd_is(&word, "km"))
		return parser_expected(ps, "kilometres", "as in 300km; 1km to 20000km, as the crow flies from the gate");
	*out = (uint32_t)km;
	parser_next(ps);
	return true;
}

/* ---- site utrecht "Papendorp" in NL network 192.0.2.0/24 latency at most 20ms ---- */

static bool site_in(struct parser *ps, void *o)
{
	return parser_take_country(ps, &((struct site *)o)->country);
}

static bool site_network(struct parser *ps, void *o)
{
	struct site *s = o;
	struct policy *p = ps->p;
	struct pos at;
	struct rd word = { 0 };
	struct net net = { 0 };

	s->networks.at = p->n_networks;
	do {
		at = parser_pos(ps);
		if (!take_word(ps, "a network", "as in 192.0.2.0/24 or 2001:db8::/32", &word))
			return false;
		if (!net_parse(word, &net)) {
			diag_error(ps->d, at, "%s is not a network", diag_quote(word));
			diag_hint(ps->d, "as in 192.0.2.0/24 or 2001:db8::/32, with zeros after the prefix");
			return false;
		}
		if (s->networks.n == MODEL_LIST_MAX)
			return parser_too_many(ps, at, "networks of one site", MODEL_LIST_MAX);
		p->networks = policy_room(p->networks, p->n_networks, sizeof(word));
		p->networks[p->n_networks++] = word;
		s->networks.n++;
	} while (parser_try_comma(ps));
	return true;
}

static bool site_latency(struct parser *ps, void *o)
{
	return take_latency(ps, &((struct site *)o)->latency_ms);
}

static bool site_distance(struct parser *ps, void *o)
{
	return take_distance(ps, &((struct site *)o)->distance_km);
}

bool parse_site(struct parser *ps)
{
	static const struct attribute attributes[] = {
		{ "in", site_in, false }, { "network", site_network, false },
		{ "latency", site_latency, false }, { "distance", site_distance, false },
	};
	struct policy *p = ps->p;
	struct site s = { .pos = parser_pos(ps) };

	if (!parser_take_new_name(ps, "the site's name", &s.name))
		return false;
	parser_try_title(ps, &s.title);
	if (!parser_attributes(ps, attributes, ARRAY_LEN(attributes), "site", &s))
		return false;
	if (s.country == 0) {
		diag_error(ps->d, s.pos, "site %s has no country", diag_quote(s.name));
		diag_hint(ps->d, "say 'in' and a country, as in NL");
		return false;
	}
	if (p->n_sites == MODEL_SITES_MAX)
		return parser_too_many(ps, s.pos, "sites", MODEL_SITES_MAX);
	if (!names_add(&p->places_by_name, s.name, p->n_sites))
		return parser_twice(ps, s.pos, s.name, rename_one);
	p->sites = policy_room(p->sites, p->n_sites, sizeof(s));
	p->sites[p->n_sites++] = s;
	return true;
}

/* ---- country NL latency at most 60ms ---- */

static bool country_latency(struct parser *ps, void *o)
{
	return take_latency(ps, &((struct country_decl *)o)->latency_ms);
}

static bool country_distance(struct parser *ps, void *o)
{
	return take_distance(ps, &((struct country_decl *)o)->distance_km);
}

bool parse_country(struct parser *ps)
{
	static const struct attribute attributes[] = { { "latency", country_latency, false },
		{ "distance", country_distance, false } };
	struct policy *p = ps->p;
	struct country_decl c = { .pos = parser_pos(ps) };

	if (!parser_take_country(ps, &c.country) ||
	    !parser_attributes(ps, attributes, ARRAY_LEN(attributes), "country", &c))
		return false;
	for (uint32_t i = 0; i < p->n_country_decls; i++)
		if (p->country_decls[i].country == c.country)
			return parser_twice(ps, c.pos, rd_str("this country"), rename_one);
	if (p->n_country_decls == MODEL_COUNTRIES_MAX)
		return parser_too_many(ps, c.pos, "countries", MODEL_COUNTRIES_MAX);
	p->country_decls = policy_room(p->country_decls, p->n_country_decls, sizeof(c));
	p->country_decls[p->n_country_decls++] = c;
	return true;
}

/* ---- asset hlr1 telnet 127.0.0.1:4258 dialect osmocom-vty holds subscribers ---- */

static bool asset_dialect(struct parser *ps, void *o)
{
	return parser_take_name(ps, "a dialect", &((struct asset *)o)->dialect);
}

static bool asset_database(struct parser *ps, void *o)
{
	return parser_take_name(ps, "the database's name", &((struct asset *)o)->database);
}

static bool asset_credential(struct parser *ps, void *o)
{
	return parser_take_name(ps, "the name of a credential", &((struct asset *)o)->credential);
}

static bool asset_group(struct parser *ps, void *o)
{
	return parser_take_new_name(ps, "the group's name", &((struct asset *)o)->group);
}

static bool asset_site(struct parser *ps, void *o)
{
	return parser_take_name(ps, "a site", &((struct asset *)o)->site_name);
}

static bool asset_holds(struct parser *ps, void *o)
{
	struct asset *a = o;
	int i;

	do {
		if (!parser_take_choice(ps, "what the asset holds", policy_holds, KIND_N + 1, &i))
			return false;
		a->holds |= 1u << i;
	} while (parser_try_comma(ps));
	return true;
}

static bool asset_compartment(struct parser *ps, void *o)
{
	static const char *const words[] = { "core", "intercept" };
	int i;

	if (!parser_take_choice(ps, "a compartment", words, ARRAY_LEN(words), &i))
		return false;
	((struct asset *)o)->intercept = i == 1;
	return true;
}

static bool asset_legacy(struct parser *ps, void *o)
{
	((struct asset *)o)->is_legacy = true;
	return true;
}

/* host:port, with the host in brackets when it is an IPv6 address. */
static bool is_address(struct rd r)
{
	struct rd host = rd_of(NULL, 0), part;
	uint64_t port;
	uint8_t c;

	if (rd_at(&r, 0, &c) && c == '[') {
		if (!rd_skip(&r, 1) || !rd_until(&r, ']', &host) || !rd_word(&r, ":"))
			return false;
	} else if (!rd_until(&r, ':', &host)) {
		return false;
	}
	part = host;
	while (rd_u8(&part, &c))
		if (!(is_alnum(c) || c == '.' || c == '-' || c == ':' || c == '%'))
			return false;
	return host.len && scalar_number(r, 65535, &port) && port > 0;
}

static bool take_address(struct parser *ps, struct asset *a)
{
	struct pos at = parser_pos(ps);

	if (!take_word(ps, "the asset's address", "host:port, as in 127.0.0.1:4258", &a->address))
		return false;
	if (is_address(a->address))
		return true;
	diag_error(ps->d, at, "%s is not an address", diag_quote(a->address));
	diag_hint(ps->d, "host:port, as in 127.0.0.1:4258 or [2001:db8::1]:22");
	return false;
}

bool parse_asset(struct parser *ps)
{
	static const struct attribute attributes[] = {
		{ "dialect", asset_dialect, false }, { "database", asset_database, false },
		{ "holds", asset_holds, false }, { "compartment", asset_compartment, false },
		{ "credential", asset_credential, false }, { "group", asset_group, false },
		{ "site", asset_site, false }, { "legacy", asset_legacy, false },
	};
	struct policy *p = ps->p;
	struct asset a = { .pos = parser_pos(ps), .site = MODEL_NONE };

	if (!parser_take_new_name(ps, "the asset's name", &a.name) ||
	    !parser_take_choice(ps, "a protocol", policy_protocols, PROTOCOL_N, &a.protocol) ||
	    !take_address(ps, &a) ||
	    !parser_attributes(ps, attributes, ARRAY_LEN(attributes), "asset", &a))
		return false;
	if (a.is_legacy && a.protocol != PROTOCOL_SSH && a.protocol != PROTOCOL_SFTP) {
		diag_error(ps->d, a.pos, "only an asset that speaks SSH can be legacy");
		diag_hint(ps->d, "remove the word; it says that an old SSH server has no sound algorithm");
		return false;
	}
	if (p->n_assets == MODEL_ASSETS_MAX)
		return parser_too_many(ps, a.pos, "assets", MODEL_ASSETS_MAX);
	if (!names_add(&p->things, a.name, p->n_assets))
		return parser_twice(ps, a.pos, a.name, rename_one);
	if (a.group.len)
		(void)!names_add(&p->groups, a.group, p->groups.n_used);
	p->assets = policy_room(p->assets, p->n_assets, sizeof(a));
	p->assets[p->n_assets++] = a;
	return true;
}

/* ---- class read-alarms "what is ringing" two-person ---- */

static bool class_two_person(struct parser *ps, void *o)
{
	(void)ps;
	((struct class_decl *)o)->two_person = true;
	return true;
}

bool parse_class(struct parser *ps)
{
	static const struct attribute attributes[] = { { "two-person", class_two_person, false } };
	struct policy *p = ps->p;
	struct class_decl c = { .pos = parser_pos(ps) };
	uint32_t known;

	if (!parser_take_name(ps, "the class's name", &c.name))
		return false;
	parser_try_title(ps, &c.title);
	if (!parser_attributes(ps, attributes, ARRAY_LEN(attributes), "class", &c))
		return false;
	/* A built-in class may be made stricter, never laxer. */
	if (names_find(&p->class_index, c.name, &known)) {
		if (known == 0 || known >= policy_n_class_names)
			return parser_twice(ps, c.pos, c.name, rename_one);
		p->classes[known].two_person |= c.two_person;
		return true;
	}
	if (rd_is(&c.name, "any"))
		return parser_twice(ps, c.pos, c.name, rename_one);
	if (p->n_classes == CLASS_MAX)
		return parser_too_many(ps, c.pos, "command classes, the built-in ones included", CLASS_MAX);
	p->classes = policy_room(p->classes, p->n_classes, sizeof(c));
	(void)!names_add(&p->class_index, c.name, p->n_classes);
	p->classes[p->n_classes++] = c;
	return true;
}

/* ---- command osmocom-vty read-alarms "^show alarms$" ---- */

bool parse_command(struct parser *ps)
{
	enum { COMMANDS_MAX = 4096 };
	struct policy *p = ps->p;
	struct command_decl c = { .pos = parser_pos(ps) };

	if (!parser_take_name(ps, "a dialect", &c.dialect) ||
	    !parser_take_name(ps, "a command class", &c.class_name) ||
	    !parser_take_string(ps, "a pattern", &c.pattern))
		return false;
	if (!parser_at_end(ps))
		return parser_expected(ps, "the end of the statement", NULL);
	if (p->n_commands == COMMANDS_MAX)
		return parser_too_many(ps, c.pos, "commands", COMMANDS_MAX);
	p->commands = policy_room(p->commands, p->n_commands, sizeof(c));
	p->commands[p->n_commands++] = c;
	return true;
}
