/*
 * Is:        a real element on loopback for tests: started, spoken to over telnet, stopped
 *            by its process id.
 * Is not:    linked into any program of the product.
 * Called by: test_vty_osmo.c, test_vty_frr.c, lane/test_line_lane_osmo.c.
 * Owns:      one process, one connection, one directory.
 * Trust:     no input.
 */
#pragma once

#include <stdint.h>
#include <sys/types.h>

#include "base/buf.h"
#include "proto/dialect.h"
#include "proto/vty.h"

struct element {
	enum dialect dialect;
	char dir[64], address[32];
	uint16_t port;
	pid_t pid;
	int fd;
	char last[1024]; /* the last line sent */
};
extern struct element element;

/* A directory and a loopback address of its own; registers element_stop for the end. */
void element_init(enum dialect d, uint16_t port);
/* Runs a tool to its end; skips the test where it is not installed. */
void element_tool(char *const argv[]);
/* Starts the element and connects. */
void element_start(char *const argv[]);
/* An osmo-hlr with an empty database and a VTY without login; inits and starts. */
void element_start_hlr(void);
void element_stop(void);
/* Reads up to a prompt of any kind; `*out_prompt` is good until the next call. */
void element_until_prompt(struct rd *out_prompt);
/* Sends a line; what came back without the echo and with digits made equal, and the mode
 * that the element is in then (when its prompt shows one). */
void element_ask(const struct vty *g, const char *line, struct buf *answer, unsigned *out_mode);
