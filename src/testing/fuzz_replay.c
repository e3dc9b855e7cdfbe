/*
 * Is:        a main for fuzz targets without libFuzzer: it replays a corpus, and
 *            mutates each file a fixed number of times, the same in every run.
 * Is not:    a fuzzer with coverage; that is the clang build (tools/fuzz).
 * Called by: every test run, so that past crashes stay fixed.
 * Owns:      nothing.
 * Trust:     corpus files are hostile.
 *
 * usage: fuzz_foo CORPUS_DIR   (a missing directory counts as an empty one)
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "testing/fuzz.h"

enum { MUTATIONS = 200, INPUT_MAX = 1 << 20 };

static uint64_t state = 1;

static uint64_t next_random(void)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state;
}

/* Changes up to four bytes, or cuts the tail off. */
static size_t mutate(uint8_t *p, size_t n)
{
	if (n == 0)
		return 0;
	if (next_random() % 4 == 0)
		return (size_t)(next_random() % n);
	for (uint64_t k = next_random() % 4 + 1; k > 0; k--)
		p[next_random() % n] = (uint8_t)next_random();
	return n;
}

static void try_all(const uint8_t *p, size_t n)
{
	(void)LLVMFuzzerTestOneInput(p, n);
	for (int i = 0; i < MUTATIONS; i++) {
		/* An exact allocation, so that a sanitizer sees one byte too far. */
		uint8_t *copy = mem_new(n, 1);
		if (n)
			memcpy(copy, p, n);
		size_t m = mutate(copy, n);
		copy = mem_resize(copy, m, 1);
		(void)LLVMFuzzerTestOneInput(copy, m);
		mem_free(&copy);
	}
}

static int replay(const char *dir, const char *name)
{
	char path[4096];
	uint8_t *p = mem_new(INPUT_MAX, 1);
	FILE *f;
	size_t n;

	(void)snprintf(path, sizeof(path), "%s/%s", dir, name);
	f = fopen(path, "rb");
	if (!f) {
		perror(path);
		mem_free(&p);
		return 1;
	}
	n = fread(p, 1, INPUT_MAX, f);
	(void)fclose(f);
	try_all(p, n);
	mem_free(&p);
	return 0;
}

int main(int argc, char **argv)
{
	const char *dir = argc > 1 ? argv[1] : "";
	DIR *d = opendir(dir);
	unsigned n_files = 0, n_bad = 0;
	uint8_t zeros[64] = { 0 };

	for (struct dirent *e; d && (e = readdir(d));) {
		if (e->d_name[0] == '.')
			continue;
		n_bad += (unsigned)replay(dir, e->d_name);
		n_files++;
	}
	if (d)
		(void)closedir(d);
	for (size_t n = 0; n <= sizeof(zeros); n++)
		try_all(zeros, n);
	printf("replayed %u files of %s\n", n_files, dir);
	printf("%u passed, %u failed, 0 skipped\n", n_files - n_bad + 1, n_bad);
	return n_bad != 0;
}
