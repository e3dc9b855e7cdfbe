/*
 * Is:        the names of the command dialects that a policy may give an asset.
 * Is not:    their grammars.
 * Called by: lanes, whoever reads an asset's configuration.
 * Owns:      nothing.
 * Trust:     the operator's words.
 */
#pragma once

#include "base/def.h"
#include "base/rd.h"

enum dialect {
	DIALECT_OSMOCOM_VTY,
	DIALECT_FRR,
	DIALECT_MML_HUAWEI,
	DIALECT_MML_AXE,
	DIALECT_MML_DX200,
	DIALECT_CISCO_LIKE,
	DIALECT_GENERIC_LINE,
};
enum { DIALECTS = 7 };

/* "osmocom-vty", "frr", "mml-huawei", ... */
const char *dialect_name(enum dialect d);
MUST_USE bool dialect_of(struct rd name, enum dialect *out);
