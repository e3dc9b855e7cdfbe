/*
 * Is:        a strict pull parser for the small subset of XML that network elements
 *            publish their command reference in.
 * Is not:    an XML processor: no DTD, no processing instructions but the
 *            declaration, no CDATA, no entities but the five and character
 *            references, no namespaces. Such input is refused.
 * Called by: vty_xml.c.
 * Owns:      nothing; everything it hands out borrows the document.
 * Trust:     hostile bytes. Depth, attributes and name lengths are bounded; no input
 *            makes it expand anything.
 *
 * Why not expat or libxml2: this subset is 200 lines, and what they add (DTDs, external
 * entities, encodings) is what an attacker would use.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/def.h"
#include "base/rd.h"

enum { XML_DEPTH_MAX = 16, XML_ATTRS_MAX = 8, XML_NAME_MAX = 64 };

enum xml_kind {
	XML_OPEN,  /* name, attrs; an empty element is followed by its XML_CLOSE */
	XML_CLOSE, /* name */
	XML_TEXT,  /* text: raw, between tags; white space between tags is not reported */
	XML_END,   /* the document is complete */
};

struct xml_attr {
	struct rd name, value; /* value: raw, see xml_unescape */
};

struct xml_event {
	enum xml_kind kind;
	struct rd name, text;
	struct xml_attr attrs[XML_ATTRS_MAX];
	unsigned n_attrs;
};

struct xml {
	struct rd in;
	struct rd open[XML_DEPTH_MAX];
	unsigned depth;
	bool empty_element, root_done;
	uint32_t line;
};

/* Outcome: the document is not in the subset; x->line says where. */
enum { XML_BAD = 1 };

/* Starts on a whole document. */
void xml_init(struct xml *x, struct rd doc);

/* The next event. Returns 0 or XML_BAD. */
MUST_USE int xml_next(struct xml *x, struct xml_event *out);

/* The raw value of the attribute `name`; false when the element has none. */
MUST_USE bool xml_attr(const struct xml_event *e, const char *name, struct rd *out);

/* Appends `raw` with entities and character references replaced. False on an unknown
 * or unfinished one, on a `<`, on characters that XML forbids, or when `out` is full. */
MUST_USE bool xml_unescape(struct rd raw, struct buf *out);
