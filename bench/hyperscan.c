/*
 * Is:        Hyperscan in streaming mode with what a rule set for this purpose would
 *            hold: 42 patterns, none of which checks a digit.
 * Is not:    part of the product.
 * Called by: bench/inspect.c.
 * Owns:      its database, once made.
 * Trust:     no input.
 */
#include "hyperscan.h"

#include <hs/hs.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/def.h"

static const char *const patterns[] = {
	/* telephone numbers */
	"\\+[1-9][0-9]{0,2}[ .()-]{0,3}([0-9][ .()-]{0,2}){6,12}[0-9]\\b",
	"\\b00[1-9]([ .()-]{0,2}[0-9]){8,13}\\b",
	"\\b06[ -]?[1-9]([ -]?[0-9]){7}\\b",
	"\\b0[1-57-9][0-9]{1,2}[ -]?[0-9]{6,7}\\b",
	"\\b316[1-9][0-9]{7}\\b",
	"\\b31[1-57-9][0-9]{8}\\b",
	/* SIM, device, subscription */
	"\\b[2-7][0-9]{14}\\b",
	"\\b[0-9]{2}-?[0-9]{6}-?[0-9]{6}-?[0-9]{1,2}\\b",
	"\\b89[0-9]{17,18}[Ff]?\\b",
	"\\b(imsi|supi|IMSI|SUPI)[-_=: \"]{1,4}[0-9]{5,15}\\b",
	"\\bsuci-[0-7]-[0-9]{3}-[0-9]{2,3}-[0-9a-fA-F]{1,4}-[0-9]{1,2}-[0-9]{1,3}-[0-9a-fA-F]{1,64}",
	"\\b(msisdn|extid|gpsi)-[0-9A-Za-z@._-]{5,64}",
	"[0-9]{14,16}@[a-z.]{0,12}mnc[0-9]{3}\\.mcc[0-9]{3}\\.3gppnetwork\\.org",
	"\\b(tel|sip|sips):\\+?[0-9][0-9.()-]{5,20}",
	"(?i)\\b(5g-s-tmsi|s-tmsi|m-tmsi|tmsi|guti)[-=: \"]{1,3}[0-9a-f]{6}",
	/* papers and money */
	"\\b[0-9]{9}\\b",
	"\\b[0-9]{4}\\.[0-9]{2}\\.[0-9]{3}\\b",
	"\\b[A-Z]{2}[0-9]{2} ?([A-Z0-9]{4} ?){2,7}[A-Z0-9]{0,4}\\b",
	"\\b[3-6][0-9]{3}[ -]?[0-9]{4}[ -]?[0-9]{4}[ -]?[0-9]{1,7}\\b",
	"[PIVAC][A-Z<][A-Z<]{3}[A-Z0-9<]{25,39}",
	"\\b[A-NP-Z]{2}[A-NP-Z0-9]{6}[0-9]\\b",
	/* addresses */
	"[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]{1,63}(\\.[A-Za-z0-9-]{1,63}){0,5}\\.[A-Za-z]{2,18}\\b",
	"\\b[0-9]{1,3}\\.[0-9]{1,3}\\.[0-9]{1,3}\\.[0-9]{1,3}\\b",
	"\\b([0-9a-fA-F]{1,4}:){2,7}(:?[0-9a-fA-F]{1,4}){1,6}\\b",
	"\\b([0-9a-fA-F]{2}[:-]){5}[0-9a-fA-F]{2}\\b",
	/* persons and places */
	"\\b(19|20)[0-9]{2}-[01][0-9]-[0-3][0-9]\\b",
	"\\b[0-3]?[0-9][-/.][01]?[0-9][-/.](19|20)[0-9]{2}\\b",
	"\\b[1-9][0-9]{3} ?[A-Z]{2}\\b",
	"\\b(dhr|mevr|mw|Mr|Mrs|Ms|heer|mevrouw)\\.? [A-Z][a-z]{1,20}",
	"\\b[A-Z][a-z]{2,24}(straat|laan|weg|plein|gracht|kade|dijk|singel|hof) [0-9]{1,4}\\b",
	"-?[0-9]{1,2}\\.[0-9]{4,8}[,; ]{1,2}-?[0-9]{1,3}\\.[0-9]{4,8}",
	/* field names */
	"(?i)\\b(msisdn|imsi|imei|mail|telephonenumber|mobile|homephone|givenname|sn|cn|postaladdress|street)::? ",
	"(?i)\"(msisdn|imsi|imei|iccid|supi|gpsi|email|phone|birth[_-]?date|first[_-]?name|last[_-]?name|address|bsn|iban)\" ?:",
	"(?i)\\b(msisdn|imsi|imei|iccid|supi|gpsi|bsn|iban|calling|called|a_?number|b_?number|servedmsisdn|servedimsi)[ ]?[=:]",
	"(?i)\\b(aantal kinderen|number of children|hobb(y|ies)|geboortedatum|date of birth|burgerlijke staat|marital status|inkomen|income|schuld(en)?|financial situation|credit score|religion)\\b",
	/* encodings */
	"\\b[0-9a-fA-F]{16,}",
	"\\b([0-9a-fA-F]{2} ){8}",
	"[A-Za-z0-9+/]{40}",
	"(H4sI|QlpoO|UEsDB|KLUv|U2FsdGVkX1|eyJ[A-Za-z0-9])[A-Za-z0-9+/_-]{8}",
	"(\\x1f\\x8b\\x08|BZh[1-9]1AY|PK\\x03\\x04|\\x28\\xb5\\x2f\\xfd|Salted__)",
	"\\b[0-9A-F]{32}\\b",
	"\\b[0-9]{8,20}\\b",
};

static hs_database_t *db;
static hs_scratch_t *scratch;

const char *hyperscan_name(void)
{
	return "Hyperscan, 42 patterns";
}

static int on_match(unsigned id, unsigned long long from, unsigned long long to, unsigned flags, void *ctx)
{
	(*(uint64_t *)ctx)++;
	return 0;
}

static void make(void)
{
	unsigned flags[ARRAY_LEN(patterns)], ids[ARRAY_LEN(patterns)];
	hs_compile_error_t *err = NULL;

	for (unsigned k = 0; k < ARRAY_LEN(patterns); k++) {
		flags[k] = HS_FLAG_DOTALL;
		ids[k] = k;
	}
	if (hs_compile_multi(patterns, flags, ids, ARRAY_LEN(patterns), HS_MODE_STREAM, NULL, &db, &err) != HS_SUCCESS ||
	    hs_alloc_scratch(db, &scratch) != HS_SUCCESS) {
		(void)fprintf(stderr, "hyperscan: %s\n", err ? err->message : "no scratch");
		exit(1);
	}
}

uint64_t hyperscan_run(const uint8_t *p, size_t n, size_t chunk)
{
	hs_stream_t *s = NULL;
	uint64_t hits = 0;

	if (!db)
		make();
	if (hs_open_stream(db, 0, &s) != HS_SUCCESS)
		exit(1);
	for (size_t at = 0; at < n; at += chunk)
		(void)hs_scan_stream(s, (const char *)p + at, (unsigned)(n - at < chunk ? n - at : chunk), 0, scratch,
				     on_match, &hits);
	(void)hs_close_stream(s, scratch, on_match, &hits);
	return hits;
}
