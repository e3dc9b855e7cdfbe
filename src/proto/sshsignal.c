/*
 * Is:        the signals of SSH (contract in the header).
 * Is not:    a sender of any.
 * Called by: edge_ssh, gate, session.
 * Owns:      nothing.
 * Trust:     names and numbers are an element's.
 */
#include "proto/sshsignal.h"

#include <signal.h>

static const struct {
	uint8_t number;
	const char *name;
} signals[] = {
	{ SIGABRT, "ABRT" }, { SIGALRM, "ALRM" }, { SIGFPE, "FPE" }, { SIGHUP, "HUP" }, { SIGILL, "ILL" },
	{ SIGINT, "INT" }, { SIGKILL, "KILL" }, { SIGPIPE, "PIPE" }, { SIGQUIT, "QUIT" }, { SIGSEGV, "SEGV" },
	{ SIGTERM, "TERM" }, { SIGUSR1, "USR1" }, { SIGUSR2, "USR2" },
};

const char *sshsignal_name(uint32_t number)
{
	for (size_t i = 0; i < ARRAY_LEN(signals); i++)
		if (signals[i].number == number)
			return signals[i].name;
	return NULL;
}

uint8_t sshsignal_number(struct rd name)
{
	for (size_t i = 0; i < ARRAY_LEN(signals); i++)
		if (rd_is(&name, signals[i].name))
			return signals[i].number;
	return 0;
}
