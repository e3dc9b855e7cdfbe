/*
 * Is:        what the tests of edges share: a door, a gate and a keyd in one test process,
 *            around one real edge; and the servers that stand for elements.
 * Is not:    a test.
 * Called by: tests/edges_ssh.c, tests/edges_line.c.
 * Owns:      a temporary directory, the processes that it started.
 * Trust:     no input.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/buf.h"
#include "base/def.h"
#include "crypto/sha256.h"
#include "evidence/event.h"
#include "os/loop.h"
#include "proc/keyd/agent.h"
#include "proc/talk/edge_proto.h"
#include "proto/agent.h"

enum { RIG_KEEP = 1 << 20 };

struct rig {
	char dir[64];
	int dir_fd;
	char address[64], pinned[2048]; /* of rig_sshd */
	bool no_hash;
	struct loop *loop;
	struct key_agents agents;
	struct ed25519_key host;
	bool keyd_waits; /* set before rig_edge: nobody answers on keyd_fd until rig_keyd() */
	int keyd_fd;
	/* The edge. */
	pid_t pid;
	struct ipc *control, *gate;
	bool is_up, is_gone;
	char refusal[256]; /* of a link, as the edge's event says it */
	unsigned n_used;
	/* What it told the gate. */
	bool is_ready, has_other_modes, has_failed, has_exited, by_signal, ended[2];
	enum edge_failure failure;
	uint32_t status;
	char text[EDGE_TEXT_MAX + 1], key[EDGE_KEY_MAX + 1];
	struct buf out[2];      /* the first RIG_KEEP bytes of each stream */
	uint64_t n_out[2];
	struct sha256 hash;     /* of the output stream */
	/* What it is to be given: bytes of a pattern. */
	uint64_t to_send, n_sent;
	bool end_after;
	/* The process that stands for the element. */
	pid_t element;
};
extern struct rig rig;

/* A directory, a keyd with the credentials "key" (user `user`) and "password" (user, "s3cret",
 * "en4ble"), nothing started. */
void rig_begin(const char *user);
/* Ends whatever still runs. */
void rig_end(void);

/* A shell line with D set to the directory; its exit status. */
int rig_shell(const char *line);
/* Starts `argv` as the element; its output goes to $D/element.log. */
void rig_start(const char *const *argv);
void rig_stop_element(void);
/* A port of 127.0.0.1 that nobody listens on and no other test takes until we end, and waiting until somebody does. */
uint16_t rig_free_port(void);
void rig_wait_port(uint16_t port);
void rig_wait_at(const char *address, uint16_t port);
/* An sshd of this user's own, with the credential "key" of rig_user() let in: then `address`
 * and `pinned` are its. `more` are lines of its configuration. Root's knows a user of its own,
 * since sshd sends root's sessions no signals. */
const char *rig_user(void);
void rig_sshd(const char *more);
/* The public key in $D/NAME becomes `pinned`. */
void rig_read_pinned(const char *name);
/* A child that plays an element: accepts once on the returned port and calls `play`. */
uint16_t rig_play(void (*play)(int fd));
/* The public half of the credential "key", in authorized_keys form, in $D/NAME. */
void rig_write_public(const char *name);

/* Starts an edge as the door would. Waits until its belts are on. */
/* `preload`, if not NULL, is a library of the tests that is loaded in front of all others. */
void rig_edge_with(const char *preload, const char *program, const char *address, const char *protocol,
    const char *credential, const char *host_keys);
void rig_edge(const char *program, const char *address, const char *protocol, const char *credential,
    const char *host_keys);
void rig_keyd(void);
void rig_open(const struct edge_open *o);
void rig_send(uint16_t type, struct rd body);
void rig_input(const char *text);
void rig_resize(uint16_t cols, uint16_t rows);
void rig_signal(uint8_t number);
void rig_secret(uint8_t which, const char *line_end);
/* Gives `n` bytes of the pattern as fast as they are taken, then perhaps the end. */
void rig_pour(uint64_t n, bool end_after);
void rig_hold(bool hold); /* the gate reads no more, or again */
/* `n` bytes of the pattern from place `at`; SHA-256 of the first `n`, as hex. */
void rig_pattern(uint8_t *p, size_t n, uint64_t at);
void rig_pattern_hash(uint64_t n, char hex[65]);

/* Lets everything work until `is_done`, failing the case after `ms`. */
#define RIG_UNTIL(ms, condition)                                                                  \
	do {                                                                                      \
		for (uint64_t until_ = rig_now_ms() + (ms); !(condition);) {                      \
			if (rig_now_ms() > until_)                                                \
				rig_give_up(__FILE__, __LINE__, #condition);                      \
			rig_turn();                                                               \
		}                                                                                 \
	} while (0)
uint64_t rig_now_ms(void);
void rig_turn(void);
NORETURN void rig_give_up(const char *file, int line, const char *what);
bool rig_out_has(int stream, const char *text);
/* Highest resident memory of the edge so far, in KiB. */
unsigned long rig_peak_kib(void);
