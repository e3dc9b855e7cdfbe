/*
 * Is:        the judgement of e-mail addresses, NAIs and IP addresses.
 * Is not:    of numbers.
 * Called by: scan.c.
 * Owns:      nothing.
 * Trust:     hostile bytes through win.h.
 */
#include <string.h>

#include "base/def.h"
#include "inspect/judge.h"

enum { LOCAL_MAX = 64, DOMAIN_MAX = 120, IP6_MAX = 48 };

/* What a character may be part of, in an address. */
enum { IN_LOCAL = 1, IN_DOMAIN = 2 };
static const uint8_t address[UINT8_MAX + 1] = {
	['0' ... '9'] = IN_LOCAL | IN_DOMAIN, ['A' ... 'Z'] = IN_LOCAL | IN_DOMAIN, ['a' ... 'z'] = IN_LOCAL | IN_DOMAIN,
	['-'] = IN_LOCAL | IN_DOMAIN, ['.'] = IN_LOCAL | IN_DOMAIN,
	['_'] = IN_LOCAL, ['%'] = IN_LOCAL, ['+'] = IN_LOCAL,
};

/* Labels of the n bytes at `i` are not empty, there are two or more, and the last is letters. */
static bool domain_is_good(const struct win *w, size_t i, size_t n)
{
	size_t last = 0;

	while (last < n && is_alpha(win_at(w, i + n - 1 - last)))
		last++;
	if (last < 2 || last == n || win_at(w, i + n - 1 - last) != '.')
		return false;
	for (size_t k = 0; k < n - last; k++)
		if (win_at(w, i + k) == '.' && (k == 0 || win_at(w, i + k - 1) == '.'))
			return false;
	return true;
}

static bool has_suffix(struct rd r, const char *s)
{
	const size_t n = strlen(s);
	struct rd tail;

	return r.len >= n && rd_slice(&r, r.len - n, n, &tail) && rd_is(&tail, s);
}

/* The IMSI in the user part of a 3GPP NAI (TS 23.003 clause 19): 14 or 15 digits,
 * one more in front for the kind of identity in EAP. */
static bool report_nai_imsi(struct win *w, size_t from, size_t to, struct rd user)
{
	uint8_t d[16];

	if (user.len < 14 || user.len > 16)
		return false;
	for (size_t k = 0; k < user.len; k++) {
		uint8_t c;
		if (!rd_at(&user, k, &c) || !is_digit(c))
			return false;
		d[k] = c - '0';
	}
	const size_t skip = user.len == 16 || (user.len == 15 && d[0] < 2) ? 1 : 0;
	judge_report_there(w, from, to, SCAN_IMSI, SCAN_NAMED,
			   plan_has(w->plan, PLAN_IMSI, d + skip, user.len - skip), from + skip, user.len - skip);
	return true;
}

static void report_address(struct win *w, size_t from, size_t at, size_t to)
{
	uint8_t text[LOCAL_MAX + 1 + DOMAIN_MAX] JUDGE_UNINIT;
	const struct rd all = { w->p, w->n };
	const uint8_t first = to_lower(win_at(w, from)), last = to_lower(win_at(w, to - 1));
	struct rd written, name = { text, to - from };
	enum scan_kind kind = SCAN_EMAIL;

	if (!rd_slice(&all, from, to - from, &written))
		return;
	for (size_t k = 0; k < written.len; k++)
		text[k] = to_lower(written.p[k]);
	if (last == 'g' && has_suffix(name, ".3gppnetwork.org") &&
	    report_nai_imsi(w, from, to, (struct rd){ text, at - from }))
		return;
	if ((first == 'n' && rd_word(&name, "nai-")) || (first == 'e' && rd_word(&name, "extid-")))
		kind = SCAN_NAI;
	judge_report(w, from, to, kind, kind == SCAN_NAI ? SCAN_NAMED : SCAN_PLAIN, false, name);
}

/* The place is the @. */
enum judged judge_email(struct win *w, size_t i)
{
	size_t from = i, n = 0;

	while (i - from < LOCAL_MAX && address[win_at(w, from - 1)] & IN_LOCAL)
		from--;
	while (from < i && (win_at(w, from) == '.' || win_at(w, from) == '-'))
		from++;
	if (from == i)
		return JUDGED;
	while (n < DOMAIN_MAX && address[win_at(w, i + 1 + n)] & IN_DOMAIN)
		n++;
	if (n < DOMAIN_MAX && !win_knows(w, i + 1 + n))
		return OPEN;
	while (n > 0 && (win_at(w, i + n) == '.' || win_at(w, i + n) == '-'))
		n--;
	if (domain_is_good(w, i + 1, n))
		report_address(w, from, i, i + 1 + n);
	return JUDGED;
}

static void report_hex(struct win *w, size_t from, size_t to, enum scan_kind kind, const uint8_t *raw, size_t n)
{
	static const char digit[] = "0123456789abcdef";
	uint8_t text[32];

	for (size_t k = 0; k < n; k++) {
		text[2 * k] = (uint8_t)digit[raw[k] >> 4];
		text[2 * k + 1] = (uint8_t)digit[raw[k] & 15];
	}
	judge_report(w, from, to, kind, SCAN_PLAIN, false, rd_of(text, 2 * n));
}

/* Four octets from i, at most three digits each. `*stop` is the index after the
 * last, or of what was refused. */
static bool read_quad(const struct win *w, size_t i, uint8_t *raw, size_t *stop)
{
	static const uint8_t weights[4][3] = { { 0 }, { 1 }, { 10, 1 }, { 100, 10, 1 } };
	struct look l JUDGE_UNINIT;
	size_t k = 0;

	win_look(w, i, &l);
	for (unsigned o = 0; o < 4; o++) {
		const size_t len = (size_t)__builtin_ctzll(~(l.digits >> k) | 1u << 3);
		const uint8_t *x = weights[len];
		const unsigned v = (unsigned)l.d[k] * x[0] + (unsigned)l.d[k + 1] * x[1] + (unsigned)l.d[k + 2] * x[2];

		k += len;
		*stop = i + k;
		if (len == 0 || v > 255 || (o < 3 && l.d[k] != (uint8_t)('.' - '0')))
			return false;
		raw[o] = (uint8_t)v;
		k++;
	}
	return true;
}

static size_t digits_before(const struct win *w, size_t i)
{
	const size_t one = is_digit(win_at(w, i - 1)), two = one & is_digit(win_at(w, i - 2));

	return one + two + (two & is_digit(win_at(w, i - 3)));
}

/* The place is the first dot. */
enum judged judge_ipv4(struct win *w, size_t i)
{
	uint8_t raw[4];
	const size_t from = i - digits_before(w, i);
	size_t to;
	bool read;

	if (is_word(win_at(w, from - 1)) || (win_at(w, from - 1) == '.' && is_digit(win_at(w, from - 2))))
		return JUDGED;
	read = read_quad(w, from, raw, &to);
	if (!win_knows(w, to) || (win_at(w, to) == '.' && !win_knows(w, to + 1)))
		return OPEN;
	if (read && !is_word(win_at(w, to)) && !(win_at(w, to) == '.' && is_digit(win_at(w, to + 1))))
		report_hex(w, from, to, SCAN_IPV4, raw, 4);
	return JUDGED;
}

/* Eight groups, or two colons on end: a time of day, most often, has neither. */
static bool may_be_ip6(const struct win *w, size_t from, size_t n)
{
	size_t colons = 0, twice = 0;
	bool was = false;

	for (size_t k = 0; k < n; k++) {
		const bool is = win_at(w, from + k) == ':';
		colons += is;
		twice += is & was;
		was = is;
	}
	return twice > 0 || colons == 7;
}

/* RFC 4291 section 2.2 over text[0 .. n - 1], hex digits and colons: fills raw. */
static bool read_ip6(const struct win *w, size_t from, size_t n, uint8_t *raw)
{
	uint16_t g[8];
	size_t n_g = 0, gap = SIZE_MAX, len = 0;
	unsigned v = 0;
	bool decimal = false;

	for (size_t k = 0; k <= n; k++) {
		const uint8_t c = k < n ? win_at(w, from + k) : ':';
		if (c != ':') {
			v = v << 4 | (is_digit(c) ? c - 48u : (c | 0x20u) - 87u);
			decimal = decimal || is_digit(c);
			if (++len > 4)
				return false;
			continue;
		}
		if (len > 0) {
			if (n_g == 8)
				return false;
			g[n_g++] = (uint16_t)v;
		} else if (k > 0 && k < n) { /* the second of two colons */
			if (gap != SIZE_MAX)
				return false;
			gap = n_g;
		} else if (k == 0 ? win_at(w, from + 1) != ':' : gap != n_g) {
			return false; /* one colon alone at an end */
		}
		len = v = 0;
	}
	if (!decimal || (gap == SIZE_MAX ? n_g != 8 : n_g > 7 || n_g < 2))
		return false;
	const size_t head = gap == SIZE_MAX ? 8 : gap;
	memset(raw, 0, 16);
	for (size_t k = 0; k < n_g; k++) {
		const size_t to = k < head ? k : 8 - (n_g - k);
		raw[2 * to] = (uint8_t)(g[k] >> 8);
		raw[2 * to + 1] = (uint8_t)g[k];
	}
	return true;
}

/* The place is a colon inside; the first one of an address reports it. */
enum judged judge_ipv6(struct win *w, size_t i)
{
	uint8_t raw[16];
	size_t from = i, to = i;

	if (w->base + i < *w->ip6_end)
		return JUDGED;
	while (i - from < IP6_MAX && (is_hex(win_at(w, from - 1)) || win_at(w, from - 1) == ':'))
		from--;
	while (to - i < IP6_MAX && (is_hex(win_at(w, to)) || win_at(w, to) == ':'))
		to++;
	if (!win_knows(w, to))
		return OPEN;
	*w->ip6_end = w->base + to;
	/* a colon after it belongs to the sentence: `from 2001:db8::1: refused` */
	if (to - from > 3 && win_at(w, to - 1) == ':' && win_at(w, to - 2) != ':')
		to--;
	if (to - from > IP6_MAX || is_word(win_at(w, from - 1)) || is_word(win_at(w, to)) ||
	    !may_be_ip6(w, from, to - from) || !read_ip6(w, from, to - from, raw))
		return JUDGED;
	report_hex(w, from, to, SCAN_IPV6, raw, 16);
	return JUDGED;
}
