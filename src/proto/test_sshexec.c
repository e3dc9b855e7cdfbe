/*
 * Is:        tests of the reader of exec commands.
 * Is not:    a test of a shell.
 * Called by: the test run.
 * Owns:      nothing.
 * Trust:     no input.
 */
#include <string.h>

#include "proto/sshexec.h"
#include "testing/test.h"

static struct sshexec e;

static void expect(const char *command, const char *want)
{
	sshexec_parse(&e, rd_str(command));
	if (strcmp(sshexec_kind_name(e.kind), want) != 0)
		test_fail(__FILE__, __LINE__, "'%s' is %s, not %s", command, sshexec_kind_name(e.kind), want);
}

TEST(sshexec_what_looks_like_a_transfer_and_is_not)
{
	static const char *const shell[] = { "scp -t x; bash", "scp -t x && id", "scp -t $(id)",
		"scp -t `id`", "scp -t x\nbash", "scp -t x | sh", "scp -t x > y", "PATH=/tmp scp -t x",
		"scp -t \"$HOME\"", "scp -t x #", "(scp -t x)", "/usr/lib/openssh/sftp-server; id",
		"sc? -t x", "{scp,-t,x}", "scp -t x\rbash", "~/scp -t x", "/usr/lib/*/sftp-server",
		"eval 'ls; id'", "eval id", "trap 'id' EXIT", ". /tmp/x", "source x", "alias ls=id", "command eval 'a;b'",
		"'eval' x", "builtin eval x", "echo 'a\nid'", "echo \"a\rid\"", "echo a\\\rid", "scp -t 'a\nid'",
		"printf -v 'a[$(id)]' x", "test -v 'a[`id`]'", "compgen -C 'id;:'", "mapfile -C 'id;:' -c 1 x" };
	static const char *const plain[] = { "./scp -t x", "/tmp/scp -t x", "scp2 -t x", "scp -S sh -t x",
		"scp -t -f x", "scp x", "scp -t", "scp -t a b", "scp -tS sh", "scp -o ProxyCommand=x -t y",
		"scp -t x -S sh", "sftp-server", "/usr/lib/openssh/sftp-server -u 0", "/tmp/sftp-server",
		"rsync x y", "'scp -t x'", "SCP -t x", "hlr1", "scp-t x", "env scp -t x", "sudo scp -t x",
		"scp -t -- -x y", "printf '$x' y", "awk '{print $(NF)}' x" };
	static const char *const bad[] = { "", "   ", "scp -t 'x", "scp -t x\\", "scp -t \x01", "\xff", "''",
		"scp -t \x7f" };

	for (size_t i = 0; i < ARRAY_LEN(shell); i++)
		expect(shell[i], "shell");
	for (size_t i = 0; i < ARRAY_LEN(plain); i++)
		expect(plain[i], "plain");
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		expect(bad[i], "bad");
}

TEST(sshexec_transfers)
{
	expect("scp -t /tmp/x", "scp-upload");
	CHECK_U64(e.first_path, 2);
	CHECK_RD(e.words[2], rd_str("/tmp/x"));
	expect("scp -v -r -p -d -t -- '/tmp/a b'", "scp-upload");
	CHECK(e.recursive && e.preserve && e.to_directory && !e.expands);
	CHECK_RD(e.words[e.first_path], rd_str("/tmp/a b"));
	expect("scp -f a 'b' \"c\" d\\ e", "scp-download");
	CHECK_U64(e.n_words - e.first_path, 4);
	CHECK_RD(e.words[e.first_path + 3], rd_str("d e"));
	expect("scp -f /var/*.log", "scp-download");
	CHECK(e.expands);
	expect("scp -f '/var/*.log'", "scp-download");
	CHECK(!e.expands);
	expect("scp -f -- -x", "scp-download");
	expect("/usr/bin/scp -rt .", "scp-upload");
	expect("/usr/lib/openssh/sftp-server", "sftp");
	expect("internal-sftp", "sftp");
	expect("rsync --server -logDtpre.iLsfxCIvu . /x", "rsync");
}

TEST(sshexec_words)
{
	expect("show \"a b\"'c'd  e\t''", "plain");
	CHECK_U64(e.n_words, 4);
	CHECK_RD(e.words[1], rd_str("a bcd"));
	CHECK_RD(e.words[3], rd_str(""));
	expect("a \"\\\"\\x\"", "plain");
	CHECK_RD(e.words[1], rd_str("\"\\x"));
}

TEST(sshexec_limits)
{
	static char big[SSHEXEC_LEN_MAX + 2];

	memset(big, 'a', sizeof(big));
	sshexec_parse(&e, rd_of(big, SSHEXEC_LEN_MAX));
	CHECK_INT(e.kind, SSHEXEC_PLAIN);
	sshexec_parse(&e, rd_of(big, SSHEXEC_LEN_MAX + 1));
	CHECK_INT(e.kind, SSHEXEC_BAD);
	for (size_t i = 0; i < sizeof(big); i += 2)
		big[i] = ' ';
	sshexec_parse(&e, rd_of(big, 2 * SSHEXEC_WORDS_MAX + 1));
	CHECK_INT(e.kind, SSHEXEC_PLAIN);
	sshexec_parse(&e, rd_of(big, 2 * SSHEXEC_WORDS_MAX + 2));
	CHECK_INT(e.kind, SSHEXEC_BAD);
}
