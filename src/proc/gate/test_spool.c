/*
 * Is:        tests of files in quarantine on the disk.
 * Is not:    linked into any program.
 * Called by: the test run.
 * Owns:      a file without a name.
 * Trust:     no input.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "crypto/random.h"
#include "crypto/start.h"
#include "os/fd.h"
#include "proc/gate/spool.h"
#include "testing/test.h"

enum { BIG = 5 * SPOOL_PLAIN + 1234 };

static struct spool spool;
static struct spool_file file;

static int nameless(void)
{
	char name[] = "/tmp/slagboom-test-spool-XXXXXX";
	int fd = mkstemp(name);

	CHECK(fd >= 0 && unlink(name) == 0);
	return fd;
}

static void begin_held(uint64_t max, unsigned held_max, bool has_file)
{
	crypto_start();
	spool_init(&spool, max, held_max, random_system());
	if (has_file)
		spool_take(&spool, nameless());
	spool_file_init(&file, &spool);
}

static void begin(uint64_t max, bool has_file)
{
	begin_held(max, 0, has_file);
}

static void end(void)
{
	spool_file_done(&file);
	CHECK_U64(spool.n_used, 0);
	CHECK_U64(spool.n_held, 0);
	spool_done(&spool);
}

static void fill(struct buf *b, size_t n, uint64_t seed)
{
	buf_init(b, n ? n : 1);
	for (size_t i = 0; i < n; i++)
		CHECK(buf_put_u8(b, (uint8_t)((i * 2654435761u + seed) >> 7)));
}

static off_t size_on_disk(void)
{
	struct stat st;

	CHECK(fstat(spool.fd, &st) == 0);
	return st.st_size;
}

/* --- what must not be ---------------------------------------------------------------------------------- */

/* Another byte, an older block, a block of another place: none opens. */
TEST(spool_opens_only_what_was_sealed_there_last)
{
	AUTO(buf_done) struct buf a = { 0 }, out = { 0 }, old = { 0 };
	uint8_t *room;

	begin(1 << 30, true);
	fill(&a, BIG, 1);
	CHECK_INT(spool_write(&file, 0, buf_rd(&a)), 0);
	buf_init(&old, 2 * SPOOL_BLOCK);
	CHECK(buf_space(&old, 2 * (size_t)SPOOL_BLOCK, &room));
	CHECK(pread(spool.fd, room, 2 * (size_t)SPOOL_BLOCK, 0) == 2 * SPOOL_BLOCK);
	CHECK_INT(spool_write(&file, 0, rd_str("newer")), 0);
	CHECK_INT(spool_write(&file, BIG - 1, rd_str("x")), 0); /* the first block is put away */
	CHECK(pwrite(spool.fd, room, SPOOL_BLOCK, 0) == SPOOL_BLOCK);
	buf_init(&out, BIG);
	CHECK_INT(spool_read(&file, 0, 5, &out), -EBADMSG);
	CHECK(pwrite(spool.fd, room, SPOOL_BLOCK, SPOOL_BLOCK) == SPOOL_BLOCK);
	CHECK_INT(spool_read(&file, SPOOL_PLAIN, 5, &out), -EBADMSG);
	room[7] ^= 1;
	CHECK(pwrite(spool.fd, room, SPOOL_BLOCK, 2 * (off_t)SPOOL_BLOCK) == SPOOL_BLOCK);
	CHECK_INT(spool_read(&file, 2 * (uint64_t)SPOOL_PLAIN, 5, &out), -EBADMSG);
	CHECK(ftruncate(spool.fd, 3 * (off_t)SPOOL_BLOCK + 100) == 0);
	CHECK_INT(spool_read(&file, 3 * (uint64_t)SPOOL_PLAIN, 5, &out), -EBADMSG);
	CHECK_U64(out.len, 0);
	end();
}

TEST(spool_is_bounded)
{
	AUTO(buf_done) struct buf a = { 0 }, out = { 0 };

	begin(3 * SPOOL_PLAIN, true);
	fill(&a, BIG, 1);
	buf_init(&out, BIG);
	CHECK_INT(spool_write(&file, 0, buf_rd(&a)), -EDQUOT);
	CHECK(size_on_disk() <= 3 * SPOOL_BLOCK);
	CHECK_INT(spool_write(&file, UINT64_MAX - 2, rd_str("wraps")), -EDQUOT);
	CHECK_INT(spool_write(&file, (uint64_t)1 << 60, rd_str("far")), -EDQUOT);
	CHECK_INT(spool_read(&file, 0, (uint64_t)1 << 40, &out), -ERANGE);
	CHECK_INT(spool_read(&file, UINT64_MAX, 2, &out), -ERANGE);
	end();
}

/* What fits in a block needs no disk, and without one nothing more is taken. */
TEST(spool_without_a_file_keeps_one_block)
{
	AUTO(buf_done) struct buf a = { 0 }, out = { 0 };

	begin(1 << 30, false);
	fill(&a, SPOOL_PLAIN, 3);
	buf_init(&out, BIG);
	CHECK_INT(spool_write(&file, 0, buf_rd(&a)), 0);
	CHECK_INT(spool_write(&file, SPOOL_PLAIN, rd_str("x")), -ENOSPC);
	CHECK_INT(spool_read(&file, 0, SPOOL_PLAIN, &out), 0);
	CHECK_RD(buf_rd(&out), buf_rd(&a));
	end();
}

/* Nothing of the plain bytes is on the disk. */
TEST(spool_is_sealed)
{
	AUTO(buf_done) struct buf a = { 0 }, raw = { 0 };
	struct rd all, part, want = rd_str("204081234567890");
	uint8_t *room;

	begin(1 << 30, true);
	buf_init(&a, BIG);
	while (a.len + want.len <= BIG)
		CHECK(buf_put_rd(&a, want));
	CHECK_INT(spool_write(&file, 0, buf_rd(&a)), 0);
	CHECK(size_on_disk() >= 5 * SPOOL_BLOCK);
	buf_init(&raw, 6 * SPOOL_BLOCK);
	CHECK(buf_space(&raw, 5 * (size_t)SPOOL_BLOCK, &room));
	CHECK(pread(spool.fd, room, 5 * (size_t)SPOOL_BLOCK, 0) == 5 * SPOOL_BLOCK);
	buf_grew(&raw, 5 * (size_t)SPOOL_BLOCK);
	all = buf_rd(&raw);
	for (size_t i = 0; rd_slice(&all, i, want.len, &part); i++)
		CHECK(!rd_equal(&part, &want));
	end();
}

/* --- what must be ---------------------------------------------------------------------------------------- */

/* However it is cut and wherever it goes, it reads as memory does. */
static void read_what_was_written(unsigned held_max)
{
	AUTO(buf_done) struct buf model = { 0 }, bytes = { 0 }, out = { 0 };

	begin_held(1 << 30, held_max, true);
	fill(&model, BIG, 0);
	CHECK_INT(spool_write(&file, 0, buf_rd(&model)), 0);
	for (unsigned i = 0; i < 2000; i++) {
		size_t at = (size_t)test_below(BIG), n = (size_t)test_below(i % 10 ? 200 : 100000);
		struct rd all = buf_rd(&model), want;
		n = n < BIG - at ? n : BIG - at;
		buf_done(&bytes);
		fill(&bytes, n, i);
		struct rd in = buf_rd(&bytes);
		if (i % 2)
			CHECK(spool_write(&file, at, in) == 0 && buf_patch(&model, at, in.p, in.len));
		buf_done(&out);
		buf_init(&out, BIG);
		CHECK_INT(spool_read(&file, at, n, &out), 0);
		CHECK(rd_slice(&all, at, n, &want) && (n == 0 || rd_equal(&want, &(struct rd){ buf_rd(&out).p, out.len })));
	}
	end();
}

TEST(spool_reads_what_was_written)
{
	for (unsigned held = 0; held < 8; held++)
		read_what_was_written(held);
}

/* The first blocks of all files together stay in memory; they count as others do. */
TEST(spool_holds_some_in_memory)
{
	AUTO(buf_done) struct buf a = { 0 };
	struct spool_file other;

	begin_held(6 * SPOOL_PLAIN, 4, true);
	fill(&a, 3 * SPOOL_PLAIN, 1);
	CHECK_INT(spool_write(&file, 0, buf_rd(&a)), 0);
	CHECK_INT(size_on_disk(), 0);
	spool_file_init(&other, &spool);
	CHECK_INT(spool_write(&other, 0, buf_rd(&a)), 0);
	CHECK_U64(spool.n_held, 4);
	CHECK_INT(spool_write(&file, 3 * SPOOL_PLAIN, rd_str("x")), 0); /* at hand, not yet anywhere */
	CHECK_INT(spool_write(&other, 0, rd_str("x")), 0);
	CHECK(size_on_disk() > 0 && size_on_disk() <= 2 * SPOOL_BLOCK);
	CHECK_INT(spool_write(&file, 4 * SPOOL_PLAIN, rd_str("x")), -EDQUOT);
	spool_file_done(&other);
	CHECK_U64(spool.n_held, 3);
	CHECK_INT(size_on_disk(), 0);
	end();
}

TEST(spool_holes_are_zero)
{
	AUTO(buf_done) struct buf out = { 0 };
	struct rd all;
	uint8_t c;

	begin(1 << 30, true);
	CHECK_INT(spool_write(&file, 3 * SPOOL_PLAIN + 5, rd_str("end")), 0);
	buf_init(&out, BIG);
	CHECK_INT(spool_read(&file, 0, 3 * SPOOL_PLAIN + 5, &out), 0);
	for (all = buf_rd(&out); rd_u8(&all, &c);)
		CHECK_INT(c, 0);
	end();
}

/* What is given back is used again, and when nothing is kept the disk is empty. */
TEST(spool_gives_room_back)
{
	AUTO(buf_done) struct buf a = { 0 };
	struct spool_file other;

	begin(20 * SPOOL_PLAIN, true);
	fill(&a, BIG, 9);
	for (int i = 0; i < 50; i++) {
		spool_file_init(&other, &spool);
		CHECK_INT(spool_write(&other, 0, buf_rd(&a)), 0);
		CHECK_INT(spool_write(&file, 0, buf_rd(&a)), 0);
		spool_file_done(&other);
	}
	CHECK(size_on_disk() <= 12 * SPOOL_BLOCK);
	spool_file_done(&file);
	CHECK_INT(size_on_disk(), 0);
	spool_file_init(&file, &spool);
	CHECK_INT(spool_write(&file, 0, buf_rd(&a)), 0);
	end();
}
