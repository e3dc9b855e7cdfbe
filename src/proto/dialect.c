/*
 * Is:        the names of the command dialects.
 * Is not:    their grammars.
 * Called by: see the header.
 * Owns:      nothing.
 * Trust:     the operator's words.
 */
#include "proto/dialect.h"

#include "base/assert.h"

static const char *const names[DIALECTS] = {
	[DIALECT_OSMOCOM_VTY] = "osmocom-vty",
	[DIALECT_FRR] = "frr",
	[DIALECT_MML_HUAWEI] = "mml-huawei",
	[DIALECT_MML_AXE] = "mml-axe",
	[DIALECT_MML_DX200] = "mml-dx200",
	[DIALECT_CISCO_LIKE] = "cisco-like",
	[DIALECT_GENERIC_LINE] = "generic-line",
};

const char *dialect_name(enum dialect d)
{
	ASSERT((unsigned)d < DIALECTS);
	return names[d];
}

bool dialect_of(struct rd name, enum dialect *out)
{
	for (unsigned i = 0; i < DIALECTS; i++) {
		if (rd_is(&name, names[i])) {
			*out = (enum dialect)i;
			return true;
		}
	}
	return false;
}
