/*
 * Is:        the cost of the gate alone: keystrokes there and back, and bulk output, each byte
 *            recorded and inspected, with the real evidenced; and the disk's sync beside it.
 * Is not:    a test, nor the cost of sshd and edges.
 * Called by: people.
 * Owns:      a temporary state directory.
 * Trust:     no input.
 *
 * usage: bench-gate; SLAGBOOM_BUILD names the build, SLAGBOOM_KEYS and SLAGBOOM_MB how much
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "gate_town.h"
#include "os/clock.h"
#include "os/fd.h"
#include "testing/latency.h"
#include "testing/test.h"

static struct town town;
static struct engineer *eng;
static struct latency keys, syncs;
static uint64_t typed_ns, n_keys, wanted_keys = 2000, left, megabytes = 512;

static void echo(struct engineer *e, struct rd bytes)
{
	CHECK(town_output(e, 0, bytes) == 0);
}

static void type_one(void)
{
	typed_ns = clock_mono_ns();
	town_type(eng, "x");
}

static void on_echo(struct engineer *e, struct rd bytes)
{
	latency_add(&keys, clock_mono_ns() - typed_ns);
	if (++n_keys < wanted_keys)
		type_one();
}

static bool is_typed(struct town *t)
{
	return n_keys == wanted_keys;
}

static bool is_open(struct town *t)
{
	return eng->opened;
}

static bool is_over(struct town *t)
{
	return eng->exited;
}

/* A page written at the end of a file, and its sync: what a durable record costs at least. */
static void measure_disk(void)
{
	static const uint8_t page[4096];
	int fd = openat(town.dir_fd, "sync", O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);

	CHECK(fd >= 0);
	for (int i = 0; i < 1000; i++) {
		uint64_t began = clock_mono_ns();
		CHECK(fd_write_all(fd, rd_of(page, sizeof(page))) == 0 && fdatasync(fd) == 0);
		latency_add(&syncs, clock_mono_ns() - began);
	}
	fd_close(&fd);
}

static void print(const char *what, const struct latency *l)
{
	printf("%-44s p50 %6llu us   p99 %6llu us\n", what, (unsigned long long)latency_at(l, 0.5) / 1000,
	    (unsigned long long)latency_at(l, 0.99) / 1000);
}

static void measure_keys(void)
{
	static const struct town_hello h = { SESSION_SHELL, true, "wei.zhang+hlr1", "", NULL };

	eng = town_come(&town, &h);
	eng->on_input = echo;
	eng->on_got = on_echo;
	CHECK(town_run(&town, is_open, 10000));
	type_one();
	CHECK(town_run(&town, is_typed, 600000));
	print("a key to the element and its echo back", &keys);
	eng->on_got = NULL;
	town_exit(eng, 0, 0);
	CHECK(town_run(&town, is_over, 10000));
}

/* Lines as a log has them. */
static void pour(struct engineer *e)
{
	static char text[15000];
	size_t n = 0;

	for (int i = 0; text[0] == '\0' && n + 128 < sizeof(text); i++)
		n += (size_t)snprintf(text + n, sizeof(text) - n, "Nov 22 04:%02d:%02d bsc3 osmo-bsc[811]: lchan(%d-0-%d) state "
		    "ESTABLISHED, level -%d dBm\n", i % 60, i * 7 % 60, i % 9, i % 4, 60 + i % 50);
	while (left && e->edge && town_output(e, 0, rd_of(text, sizeof(text))) == 0)
		left -= left < sizeof(text) ? left : sizeof(text);
	if (!left && e->on_edge_drained) {
		e->on_edge_drained = NULL;
		town_exit(e, 0, 0);
	}
}

static void measure_bulk(void)
{
	static const struct town_hello h = { SESSION_EXEC, false, "wei.zhang+hlr1", "cat log", NULL };
	uint64_t began, total = megabytes << 20;

	eng = town_come(&town, &h);
	CHECK(town_run(&town, is_open, 10000));
	town.keeps_nothing = true;
	left = total;
	eng->on_edge_drained = pour;
	began = clock_mono_ns();
	pour(eng);
	CHECK(town_run(&town, is_over, 600000));
	printf("%-44s %8.0f MB/s\n", "output of a command", (double)eng->n_got / 1e6 / ((double)(clock_mono_ns() - began) / 1e9));
}

static void from_env(const char *name, uint64_t *out)
{
	const char *given = getenv(name);

	if (given)
		*out = strtoull(given, NULL, 10);
}

TEST(figures)
{
	from_env("SLAGBOOM_KEYS", &wanted_keys);
	from_env("SLAGBOOM_MB", &megabytes);
	town_begin(&town);
	measure_disk();
	print("the disk alone: one page and its sync", &syncs);
	measure_keys();
	measure_bulk();
	town_end(&town);
}
