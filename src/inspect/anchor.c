/*
 * Is:        the choice of a variant by what the processor can do.
 * Is not:    a variant.
 * Called by: scan.c, tests, bench/inspect.
 * Owns:      nothing.
 * Trust:     no input.
 */
#include "inspect/anchor.h"

#include "base/def.h"

anchor_fn *anchor_get(enum anchor_variant v)
{
	switch (v) {
	case ANCHOR_SCALAR:
		return anchor_scalar;
	case ANCHOR_AVX2:
		return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi2") ? anchor_avx2 : NULL;
	case ANCHOR_AVX512:
		return __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") &&
			       __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("bmi2") ?
			       anchor_avx512 : NULL;
	case ANCHOR_VARIANTS:
		break;
	}
	return NULL;
}

anchor_fn *anchor_best(void)
{
	for (int v = ANCHOR_VARIANTS - 1; v > 0; v--)
		if (anchor_get((enum anchor_variant)v))
			return anchor_get((enum anchor_variant)v);
	return anchor_scalar;
}

const char *anchor_name(enum anchor_variant v)
{
	static const char *const names[] = { "scalar", "avx2", "avx512" };

	return (size_t)v < ARRAY_LEN(names) ? names[v] : "none";
}
