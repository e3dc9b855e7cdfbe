/*
 * Is:        tests of map, vec, list and mem.
 * Is not:    a benchmark.
 * Called by: the test run.
 * Owns:      nothing.
 * Trust:     no input.
 */
#include <string.h>

#include "base/list.h"
#include "base/map.h"
#include "base/siphash.h"
#include "base/vec.h"
#include "testing/test.h"

/* The vectors of the SipHash paper's reference: key 00..0f, message 00..n-1. */
TEST(siphash_vectors)
{
	static const struct {
		size_t n;
		uint64_t want;
	} vectors[] = {
		{ 0, 0x726fdb47dd0e0e31u }, { 1, 0x74f839c593dc67fdu }, { 2, 0x0d6c8009d9a94f5au }, { 3, 0x85676696d7fb7e2du },
		{ 4, 0xcf2794e0277187b7u }, { 5, 0x18765564cd99a68du }, { 6, 0xcbc9466e58fee3ceu }, { 7, 0xab0200f58b01d137u },
		{ 8, 0x93f5f5799a932462u }, { 15, 0xa129ca6149be45e5u },
	};
	uint8_t message[16];
	uint64_t key[2];

	for (size_t i = 0; i < sizeof(message); i++)
		message[i] = (uint8_t)i;
	siphash_key(message, key);
	for (size_t k = 0; k < ARRAY_LEN(vectors); k++)
		CHECK_U64(siphash(key, rd_of(message, vectors[k].n)), vectors[k].want);
}

/* Against a plain array of 500 keys, with many removals to exercise the shifts. */
TEST(map_against_an_array)
{
	enum { N = 500 };
	static const uint64_t seed[2] = { 1, 2 };
	AUTO(map_done) struct map m = { 0 };
	static char keys[N][8];
	void *model[N] = { NULL };
	size_t n = 0;

	map_init(&m, seed);
	for (size_t i = 0; i < N; i++) {
		keys[i][0] = 'k';
		keys[i][1] = (char)('0' + i / 100);
		keys[i][2] = (char)('0' + i / 10 % 10);
		keys[i][3] = (char)('0' + i % 10);
	}
	CHECK(map_get(&m, rd_str("k000")) == NULL && map_remove(&m, rd_str("k000")) == NULL);
	for (int round = 0; round < 50000; round++) {
		size_t i = test_below(N);
		if (test_below(2)) {
			void *value = &keys[test_below(N)];
			n += model[i] == NULL;
			CHECK(map_put(&m, rd_str(keys[i]), value) == model[i]);
			model[i] = value;
		} else {
			n -= model[i] != NULL;
			CHECK(map_remove(&m, rd_str(keys[i])) == model[i]);
			model[i] = NULL;
		}
		i = test_below(N);
		CHECK(map_get(&m, rd_str(keys[i])) == model[i]);
		CHECK_U64(m.n, n);
	}
}

TEST(vec_keeps_what_was_pushed)
{
	AUTO(vec_done) struct vec v = { 0 };

	vec_init(&v, sizeof(uint32_t));
	for (uint32_t i = 0; i < 1000; i++)
		*(uint32_t *)vec_push(&v) = i;
	for (uint32_t i = 0; i < 1000; i++)
		CHECK_U64(*(uint32_t *)vec_at(&v, i), i);
}

struct item {
	int value;
	struct list node;
};

TEST(list_survives_removal_while_walking)
{
	struct item items[5];
	struct list l;
	int sum = 0;

	list_init(&l);
	CHECK(list_is_empty(&l));
	for (int i = 0; i < 5; i++) {
		items[i].value = i;
		list_append(&l, &items[i].node);
	}
	LIST_EACH(it, &l)
		if (CONTAINER_OF(it, struct item, node)->value % 2)
			list_remove(it);
	LIST_EACH(it, &l)
		sum = sum * 10 + CONTAINER_OF(it, struct item, node)->value;
	CHECK_INT(sum, 24);
	list_remove(&items[1].node); /* twice is harmless */
}

TEST(aligned_memory_is_aligned_and_zero)
{
	for (size_t n = 0; n < 10000; n += 1 + n / 2) {
		AUTO(mem_free) uint8_t *p = mem_new_aligned(n, 4096);
		CHECK_U64((uintptr_t)p % 4096, 0);
		for (size_t i = 0; i < n; i++)
			CHECK_U64(p[i], 0);
	}
}
