/*
 * Is:        an SSH server's goodbye (contract in the header).
 * Is not:    an SSH server.
 * Called by: door, gate.
 * Owns:      nothing.
 * Trust:     our own words.
 */
#include "proto/sshbye.h"

#include <string.h>

enum { MSG_DISCONNECT = 1, BLOCK = 8, PADDING_MIN = 4, HEAD = 5 };

/* u32 length of what follows, u8 length of the padding, payload, padding: whole blocks of 8.
 * Payload: u8 1, u32 reason, string words, string language. */
void sshbye_write(struct wr *w, enum sshbye_reason reason, const char *words)
{
	size_t n = strlen(words), payload = 1 + 4 + 4 + n + 4, padding = BLOCK - (HEAD + payload) % BLOCK;

	if (n > SSHBYE_WORDS_MAX)
		w->failed = true;
	if (padding < PADDING_MIN)
		padding += BLOCK;
	wr_str(w, "SSH-2.0-Slagboom\r\n");
	wr_u32(w, (uint32_t)(1 + payload + padding));
	wr_u8(w, (uint8_t)padding);
	wr_u8(w, MSG_DISCONNECT);
	wr_u32(w, (uint32_t)reason);
	wr_part32(w, rd_str(words));
	wr_part32(w, rd_str(""));
	while (padding--)
		wr_u8(w, 0);
}
