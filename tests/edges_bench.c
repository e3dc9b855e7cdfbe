/*
 * Is:        bytes a second through one SSH edge, beside OpenSSH's client at the same sshd.
 * Is not:    a test, and not the gate: nothing is recorded here.
 * Called by: people (bench/meson.build); needs SLAGBOOM_BUILD, openssh-server, openssh-client.
 * Owns:      what tests/edge_rig.h owns.
 * Trust:     no input.
 *
 * usage: [MEGABYTES=n] bench-edge
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "edge_rig.h"
#include "base/text.h"
#include "testing/test.h"

enum { ROUNDS = 5 };

static uint64_t megabytes = 1000;
static double cpu_s[2]; /* of the edge, down and up, all rounds */

static int by_value(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static double peer(bool up)
{
	char line[1024];
	uint64_t before;
	static const char options[] = "-F none -i $D/peer -o IdentitiesOnly=yes -o BatchMode=yes -o StrictHostKeyChecking=no "
		"-o UserKnownHostsFile=/dev/null -o LogLevel=ERROR -c aes256-gcm@openssh.com";

	(void)snprintf(line, sizeof(line), up ? "head -c %1$llu /dev/zero | ssh %2$s -p %3$s %4$s@127.0.0.1 'cat >/dev/null'" :
	    "ssh %2$s -p %3$s %4$s@127.0.0.1 'head -c %1$llu /dev/zero' >/dev/null",
	    (unsigned long long)megabytes * 1000000, options, strchr(rig.address, ':') + 1, rig_user());
	before = rig_now_ms();
	CHECK_INT(rig_shell(line), 0);
	return (double)megabytes * 1000 / (double)(rig_now_ms() - before);
}

static double edge_once(bool up)
{
	struct edge_open o = { .kind = EDGE_EXEC };
	char line[128];
	uint64_t before = rig_now_ms();
	struct rusage spent;
	double rate;

	(void)snprintf(line, sizeof(line), "head -c %llu /dev/zero", (unsigned long long)megabytes * 1000000);
	o.command = rd_str(up ? "cat >/dev/null" : line);
	rig.is_ready = rig.has_exited = rig.is_up = rig.is_gone = rig.ended[0] = rig.ended[1] = false;
	rig.no_hash = true;
	rig_edge("edge-ssh", rig.address, "ssh", "key", rig.pinned);
	rig_open(&o);
	RIG_UNTIL(10000, rig.is_ready);
	if (up)
		rig_pour(megabytes * 1000000, true);
	RIG_UNTIL(120000, rig.has_exited);
	rate = (double)megabytes * 1000 / (double)(rig_now_ms() - before);
	CHECK(!rig.has_failed && rig.status == 0);
	RIG_UNTIL(10000, rig.is_gone);
	CHECK(wait4(rig.pid, NULL, 0, &spent) == rig.pid);
	rig.pid = 0;
	cpu_s[up] += (double)(spent.ru_utime.tv_sec + spent.ru_stime.tv_sec) +
	    (double)(spent.ru_utime.tv_usec + spent.ru_stime.tv_usec) / 1e6;
	return rate;
}

TEST(rates)
{
	const char *wanted = getenv("MEGABYTES");

	double rate[4][ROUNDS];
	static const char *const names[] = { "ssh, down", "edge, down", "ssh, up", "edge, up" };

	if (wanted && !text_u64(rd_str(wanted), &megabytes))
		test_fail(__FILE__, __LINE__, "MEGABYTES is no number");
	rig_begin(rig_user());
	rig_sshd("");
	CHECK_INT(rig_shell("ssh-keygen -q -t ed25519 -N '' -f $D/peer && cat $D/peer.pub >>$D/keys"), 0);
	for (int i = 0; i < ROUNDS; i++) {
		rate[0][i] = peer(false);
		rate[1][i] = edge_once(false);
		rate[2][i] = peer(true);
		rate[3][i] = edge_once(true);
	}
	(void)printf("%llu MB, aes256-gcm, median of %d (least, most) in MB/s, set-up included\n",
	    (unsigned long long)megabytes, ROUNDS);
	for (int k = 0; k < 4; k++) {
		qsort(rate[k], ROUNDS, sizeof(rate[k][0]), by_value);
		(void)printf("%-12s %6.0f  (%.0f, %.0f)\n", names[k], rate[k][ROUNDS / 2], rate[k][0], rate[k][ROUNDS - 1]);
	}
	(void)printf("the edge's processor time: %.2f s a GB down, %.2f up\n", cpu_s[0] * 1000 / ROUNDS / (double)megabytes,
	    cpu_s[1] * 1000 / ROUNDS / (double)megabytes);
	rig_end();
}
