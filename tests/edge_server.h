/*
 * Is:        an SSH server that takes passwords, made of libssh: for what sshd cannot be told
 *            without changing the machine.
 * Is not:    a model of any element.
 * Called by: tests/edges_ssh.c, in a process of its own.
 * Owns:      nothing.
 * Trust:     no input.
 */
#pragma once

#include <stdbool.h>

enum edge_server_way {
	EDGE_SERVER_PASSWORD,     /* the method "password" alone */
	EDGE_SERVER_KBDINT,       /* keyboard-interactive alone, with one hidden prompt */
	EDGE_SERVER_PROMPTS,      /* keyboard-interactive that never stops asking */
	EDGE_SERVER_PARTIAL,      /* the password is right, and not enough */
	EDGE_SERVER_OPENS,        /* lets in, then opens channels to the client */
};

/* Serves one connection over `fd` with the host key in `key_file`: lets the user in whose
 * password is "s3cret", and answers a command with "ran COMMAND" and status 4. */
void edge_server(int fd, const char *key_file, enum edge_server_way way);
