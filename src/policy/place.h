/*
 * Is:        where a person is, judged from claims: each with its source and its
 *            confidence; never one field of a country database.
 * Is not:    a look-up: whoever holds the facts passes them in.
 * Called by: deskd at request and at every re-judgement; explain.
 * Owns:      nothing.
 * Trust:     claims may lie; that is why they are weighed against one another.
 *
 * Claims that name different countries or sites, or a round trip that is too long for
 * the place named, or so short that light in glass could not have made it (two thirds of its
 * speed in a vacuum: 100 km there and back take 1 ms), make the place inconsistent. Weights of what agrees are added; a
 * country or a site is known from PLACE_ENOUGH on, else unknown. Both "inconsistent"
 * and "unknown" reach decide as unknown, which takes the strictest rule.
 *
 *     badge at a site, attested device     80
 *     address in a site's network          60
 *     country of the address (GeoIP)       30
 *     contract site                        20
 *     a round trip short enough            30, beside another claim, where the policy says
 *                                              how long it may be
 */
#pragma once

#include <stdint.h>

#include "base/buf.h"
#include "base/def.h"
#include "policy/policy.h"
#include "policy/table.h"

enum { PLACE_ENOUGH = 50, PLACE_CLAIMS_MAX = 16, PLACE_LATENCY_DEFAULT_MS = 150, PLACE_US_PER_KM = 10 };

enum place_source {
	PLACE_BADGE, PLACE_ATTESTED, PLACE_NETWORK, PLACE_ADDRESS, PLACE_CONTRACT, PLACE_LATENCY,
	PLACE_SOURCE_N
};

struct place_claim {
	enum place_source source;
	uint32_t confidence;  /* 0 to 100: how good this source is today */
	struct rd by;         /* who says so, for the record */
	int site;             /* badge, attested, contract: index */
	uint16_t country;     /* address: as the operator's own database has it */
	uint32_t round_trip_us; /* latency: the least round trip seen */
	struct rd address;    /* network: 4 or 16 bytes */
};

enum place_status { PLACE_UNKNOWN, PLACE_KNOWN, PLACE_INCONSISTENT };

struct place {
	enum place_status status;
	uint16_t country;     /* 0 unless known */
	uint32_t site;        /* SITE_UNKNOWN, SITE_NONE or SITE_FIRST + index */
	uint32_t confidence;  /* sum of what agrees on the country, at most 100 */
	int against[2];       /* two claims that contradict each other; -1 = the list */
};

/* Claims beyond PLACE_CLAIMS_MAX make the place inconsistent: nobody has so many. */
struct place place_judge(const struct policy *p, const struct place_claim *claims, uint32_t n);

/* A line a claim, and the judgement. False when the buffer is full. */
MUST_USE bool place_render(const struct policy *p, const struct place_claim *claims, uint32_t n,
    const struct place *at, struct buf *out);
