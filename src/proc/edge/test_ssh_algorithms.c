/*
 * Is:        tests of SSH's small texts, and of whether a libssh may be used.
 * Is not:    a test of libssh.
 * Called by: the test run.
 * Owns:      nothing.
 * Trust:     no input.
 */
#include "proc/edge/ssh_algorithms.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "proc/edge/ssh_library.h"
#include "testing/test.h"

static bool pinned(const char *lines, const char *key)
{
	return ssh_key_is_pinned(rd_str(lines), rd_str(key));
}

TEST(ssh_pinned_keys)
{
	static const char two[] = "ssh-rsa AAAArsa old key\nssh-ed25519 AAAAed\n";

	CHECK(!pinned("", "ssh-ed25519 AAAAed"));
	CHECK(!pinned("\n\n  \n", "ssh-ed25519 AAAAed"));
	CHECK(!pinned("ssh-ed25519", "ssh-ed25519 AAAAed"));
	CHECK(!pinned(two, ""));
	CHECK(!pinned(two, "ssh-ed25519"));
	CHECK(!pinned(two, "ssh-ed25519 AAAAe"));
	CHECK(!pinned(two, "ssh-ed25519 AAAAedd"));
	CHECK(!pinned(two, "ssh-ed25519 AAAArsa"));
	CHECK(!pinned(two, "ssh-ed25519 AAAAed comment"));
	CHECK(!pinned("# ssh-ed25519 AAAAed", "ssh-ed25519 AAAAed"));
	CHECK(pinned(two, "ssh-ed25519 AAAAed"));
	CHECK(pinned(two, "ssh-rsa AAAArsa"));
	CHECK(pinned("ssh-ed25519\tAAAAed", "ssh-ed25519 AAAAed"));
}

static const char *list(bool legacy, const char *lines)
{
	static char out[512];

	ssh_algorithms_host_keys(ssh_algorithms(legacy), rd_str(lines), out, sizeof(out));
	return out;
}

TEST(ssh_host_key_algorithms)
{
	static const char rest[] = ",ecdsa-sha2-nistp256,ecdsa-sha2-nistp384,ecdsa-sha2-nistp521";
	char want[512], small[8];

	CHECK(strncmp(list(false, ""), "ssh-ed25519,ecdsa", 17) == 0);
	CHECK(!strstr(list(false, "ssh-rsa AAAA"), "ssh-rsa"));
	(void)snprintf(want, sizeof(want), "rsa-sha2-512,rsa-sha2-256,ssh-ed25519%s", rest);
	CHECK_STR(list(false, "ssh-rsa AAAA\n"), want);
	(void)snprintf(want, sizeof(want), "rsa-sha2-512,rsa-sha2-256,ssh-rsa,ssh-ed25519%s", rest);
	CHECK_STR(list(true, "ssh-rsa AAAA\n"), want);
	CHECK(strncmp(list(false, "x y\necdsa-sha2-nistp384 AAAA"), "ecdsa-sha2-nistp384,ssh-ed25519,", 32) == 0);
	ssh_algorithms_host_keys(ssh_algorithms(true), rd_str(""), small, sizeof(small));
	CHECK(strlen(small) < sizeof(small));
}

TEST(ssh_weak_algorithms_are_legacy_alone)
{
	static const char *const weak[] = { "sha1", "cbc", "group1-", "ssh-rsa", "md5", "arcfour" };
	const struct ssh_algorithms *a = ssh_algorithms(false);

	for (size_t i = 0; i < ARRAY_LEN(weak); i++)
		CHECK(!strstr(a->kex, weak[i]) && !strstr(a->ciphers, weak[i]) && !strstr(a->macs, weak[i]) &&
		    !strstr(a->host_keys, weak[i]));
}

static int sign(int n)
{
	return (n > 0) - (n < 0);
}

/* As dpkg --compare-versions has it. */
TEST(dpkg_versions_compare)
{
	static const char *const rising[] = { "0.10~rc1-1", "0.10-1", "0.10.5-3", "0.10.6-0", "0.10.6-0+deb12u1",
		"0.10.6-0+deb12u2", "0.10.6-0+deb12u3", "0.10.6-0+deb12u10", "0.10.6-1", "0.10.6a-1", "0.11.1-1", "1:0.1-1" };

	for (size_t i = 0; i < ARRAY_LEN(rising); i++)
		for (size_t k = 0; k < ARRAY_LEN(rising); k++)
			CHECK_INT(sign(dpkg_compare(rd_str(rising[i]), rd_str(rising[k]))), sign((int)i - (int)k));
	CHECK_INT(dpkg_compare(rd_str("0.010-01"), rd_str("0.10-1")), 0);
	CHECK_INT(dpkg_compare(rd_str(""), rd_str("")), 0);
	CHECK(dpkg_compare(rd_str(""), rd_str("0.10")) < 0);
	CHECK(dpkg_compare(rd_str("99999999999999999999999"), rd_str("100000000000000000000000")) < 0);
}

TEST(dpkg_status_file)
{
	static const char status[] = "Package: libssh-40\nStatus: install ok installed\nVersion: 9\n\n"
				     "Package: other\nStatus: install ok installed\nVersion: 8\n\n"
				     "Package: libssh-4\nStatus: deinstall ok config-files\nVersion: 7\n\n"
				     "Package: libssh-4\nStatus: install ok installed\nPriority: optional\nVersion: 6\n\n"
				     "Package: last\nVersion: 5\nStatus: install ok installed\n";
	struct rd v = rd_str("none");

	CHECK(!dpkg_version(rd_str(""), "libssh-4", &v));
	CHECK(!dpkg_version(rd_str(status), "libssh", &v));
	CHECK(!dpkg_version(rd_str(status), "last", &v));
	CHECK_RD(v, rd_str("none"));
	CHECK(dpkg_version(rd_str(status), "libssh-4", &v));
	CHECK_RD(v, rd_str("6"));
}

TEST(ssh_library_here_may_be_used)
{
	CHECK_INT(ssh_library_check(), 0);
}
