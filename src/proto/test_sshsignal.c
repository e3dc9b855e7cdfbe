/*
 * Is:        tests of the names of SSH's signals.
 * Is not:    a test of who dies of them (tests/door, tests/whole/channels).
 * Called by: the test run.
 * Owns:      nothing.
 * Trust:     no input.
 */
#include "proto/sshsignal.h"

#include <signal.h>
#include <string.h>

#include "testing/test.h"

TEST(sshsignal_has_those_of_the_rfc_alone)
{
	unsigned n = 0;

	for (uint32_t i = 0; i < 300; i++)
		if (sshsignal_name(i)) {
			CHECK_INT(sshsignal_number(rd_str(sshsignal_name(i))), i);
			n++;
		}
	CHECK_INT(n, 13);
	CHECK_STR(sshsignal_name(SIGTERM), "TERM");
	CHECK(!sshsignal_name(0) && !sshsignal_name(SIGWINCH) && !sshsignal_name(SIGSTOP) && !sshsignal_name(SIGSYS));
	CHECK(!sshsignal_name(UINT32_MAX) && !sshsignal_name(256 + SIGTERM));
	CHECK_INT(sshsignal_number(rd_str("SIGTERM")), 0);
	CHECK_INT(sshsignal_number(rd_str("SIG@openssh.com")), 0);
	CHECK_INT(sshsignal_number(rd_str("TERMS")), 0);
	CHECK_INT(sshsignal_number(rd_str("")), 0);
}
