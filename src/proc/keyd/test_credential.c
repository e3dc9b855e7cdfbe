/*
 * Is:        tests of the named credentials on disk and in memory.
 * Is not:    a test of who may use them (test_key_agent.c).
 * Called by: the test run.
 * Owns:      a temporary directory per case.
 * Trust:     no input.
 */
#include "proc/keyd/credential.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/wr.h"
#include "os/disk.h"
#include "os/fd.h"
#include "testing/test.h"

static char path[64];
static int dir_fd = -1;
static struct disk_dir disk;

static void begin(void)
{
	(void)snprintf(path, sizeof(path), "/tmp/slagboom-test-XXXXXX");
	CHECK(mkdtemp(path));
	(void)umask(077);
	dir_fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	CHECK(dir_fd >= 0);
	disk_dir_init(&disk, dir_fd);
}

static void remove_one(void *ctx, const char *name)
{
	CHECK(unlinkat(dir_fd, name, 0) == 0);
}

static void end(void)
{
	CHECK_INT(disk_list(&disk.disk, ".", remove_one, NULL), 0);
	fd_close(&dir_fd);
	CHECK(rmdir(path) == 0);
}

static uint8_t seed[ED25519_SEED_LEN] = { 7, 7, 7 };

static void write_key(struct buf *b, const char *user)
{
	buf_init(b, CREDENTIAL_BODY_MAX);
	struct wr w = wr_to(b);
	credential_write_key(&w, rd_str(user), rd_of(seed, sizeof(seed)));
	CHECK(wr_ok(&w));
}

static void write_password(struct buf *b, const char *user, const char *password, const char *enable)
{
	buf_init(b, 2 * CREDENTIAL_BODY_MAX);
	struct wr w = wr_to(b);
	credential_write_password(&w, rd_str(user), rd_str(password), rd_str(enable));
	CHECK(wr_ok(&w));
}

TEST(credential_names)
{
	static const char *const bad[] = { "", ".", "..", "-a", "_a", ".a", "a/b", "a b", "a\nb", "a:b", "+31612345678",
		"x1234567", "a\xc3\xa9" };
	static const char *const good[] = { "a", "hlr1", "HLR-1.root_2", "0" };
	char longest[CREDENTIAL_NAME_MAX + 2];

	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		CHECK(!credential_name_ok(rd_str(bad[i])));
	for (size_t i = 0; i < ARRAY_LEN(good); i++)
		CHECK(credential_name_ok(rd_str(good[i])));
	memset(longest, 'a', sizeof(longest));
	CHECK(credential_name_ok(rd_of(longest, CREDENTIAL_NAME_MAX)));
	CHECK(!credential_name_ok(rd_of(longest, CREDENTIAL_NAME_MAX + 1)));
	CHECK(!credential_name_ok(rd_of("a\0b", 3)));
}

static void refused(struct credential_store *s, struct rd body)
{
	CHECK_INT(credential_add(s, rd_str("x"), body), CREDENTIAL_BAD);
	CHECK(!credential_find(s, rd_str("x")));
	CHECK(faccessat(dir_fd, "credential.x", F_OK, 0) < 0);
}

TEST(credential_bad_bodies_are_refused)
{
	struct credential_store s;
	char big[CREDENTIAL_PASSWORD_MAX + 2];

	begin();
	CHECK_INT(credential_store_open(&s, &disk.disk), 0);
	memset(big, 'p', sizeof(big));
	big[sizeof(big) - 1] = '\0';
	static const char *const bad[][3] = { { "u", "", "" }, { "u", "two\nlines", "" }, { "u\t", "p", "" }, { "u", "\x7f", "" },
		{ "u", "\xff", "" }, { "u", "p", "\r" } };
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		AUTO(buf_done) struct buf b = { 0 };
		write_password(&b, bad[i][0], bad[i][1], bad[i][2]);
		refused(&s, buf_rd(&b));
	}
	AUTO(buf_done) struct buf b = { 0 }, nobody = { 0 }, key = { 0 };
	write_password(&b, "u", big, "");
	refused(&s, buf_rd(&b));
	write_key(&nobody, "");
	refused(&s, buf_rd(&nobody));
	write_key(&key, "admin");
	/* Cut anywhere, and with a byte too many. */
	for (size_t n = 0; n < key.len; n++) {
		struct rd r = buf_rd(&key), part;
		CHECK(rd_take(&r, n, &part));
		refused(&s, part);
	}
	CHECK(buf_put_u8(&key, 0));
	refused(&s, buf_rd(&key));
	CHECK_INT(credential_add(&s, rd_str("../x"), buf_rd(&key)), CREDENTIAL_BAD);
	credential_store_close(&s);
	end();
}

TEST(credential_survives_a_restart)
{
	struct credential_store s;
	const struct credential *c;
	AUTO(buf_done) struct buf key = { 0 }, password = { 0 };
	struct ed25519_pub pub;
	struct stat st;

	begin();
	CHECK_INT(credential_store_open(&s, &disk.disk), 0);
	write_key(&key, "admin");
	write_password(&password, "operator", "s3cret", "en4ble");
	CHECK_INT(credential_add(&s, rd_str("msc"), buf_rd(&password)), 0);
	CHECK_INT(credential_add(&s, rd_str("hlr1"), buf_rd(&key)), 0);
	CHECK_INT(credential_add(&s, rd_str("hlr1"), buf_rd(&password)), CREDENTIAL_EXISTS);
	pub = credential_find(&s, rd_str("hlr1"))->key.pub;
	credential_store_close(&s);
	CHECK(fstatat(dir_fd, "credential.hlr1", &st, 0) == 0 && (st.st_mode & 077) == 0);
	CHECK_INT(credential_store_open(&s, &disk.disk), 0);
	c = credential_find(&s, rd_str("msc"));
	CHECK(c && c->kind == CREDENTIAL_PASSWORD);
	CHECK_RD(c->user, rd_str("operator"));
	CHECK_RD(c->password, rd_str("s3cret"));
	CHECK_RD(c->enable, rd_str("en4ble"));
	c = credential_after(&s, rd_str(""));
	CHECK_STR(c->name, "hlr1");
	CHECK(memcmp(&c->key.pub, &pub, sizeof(pub)) == 0);
	CHECK_RD(c->user, rd_str("admin"));
	CHECK_STR(credential_after(&s, rd_str("hlr1"))->name, "msc");
	CHECK(!credential_after(&s, rd_str("msc")));
	CHECK_INT(credential_remove(&s, rd_str("hlr1")), 0);
	CHECK_INT(credential_remove(&s, rd_str("hlr1")), CREDENTIAL_UNKNOWN);
	CHECK(!credential_find(&s, rd_str("hlr1")) && credential_find(&s, rd_str("msc")));
	credential_store_close(&s);
	CHECK_INT(credential_store_open(&s, &disk.disk), 0);
	CHECK_U64(s.list.n, 1);
	credential_store_close(&s);
	end();
}

TEST(credential_damaged_file_stops_the_start)
{
	struct credential_store s;

	begin();
	CHECK_INT(fd_replace_file(dir_fd, "credential.hlr1", rd_str("nonsense"), 0600), 0);
	CHECK_INT(credential_store_open(&s, &disk.disk), -EBADMSG);
	credential_store_close(&s);
	end();
}

TEST(credential_order_and_limit)
{
	struct credential_store s;
	AUTO(buf_done) struct buf b = { 0 };
	const struct credential *c, *next;
	char name[16];
	size_t n = 1;

	begin();
	CHECK_INT(credential_store_open(&s, &disk.disk), 0);
	write_password(&b, "u", "p", "");
	for (unsigned i = 0; i < 40; i++) {
		(void)snprintf(name, sizeof(name), "n%u", (i * 17) % 40);
		CHECK_INT(credential_add(&s, rd_str(name), buf_rd(&b)), 0);
	}
	for (c = credential_after(&s, rd_str("")); (next = credential_after(&s, rd_str(c->name))); c = next, n++)
		CHECK(strcmp(c->name, next->name) < 0);
	CHECK_U64(n, 40);
	credential_store_close(&s);
	end();
}
