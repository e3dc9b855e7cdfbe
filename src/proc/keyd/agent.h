/*
 * Is:        keyd's links to edges and to sshd: the ssh-agent protocol (proto/agent.h), each
 *            link for one credential alone, or for the front door's host key alone.
 * Is not:    an oracle. An edge's link signs logins as its credential's user, of one
 *            connection; sshd's link signs exchange hashes. A refusal is an event and ends
 *            the link.
 * Called by: keyd.
 * Owns:      the links.
 * Trust:     hostile: both peers read a stranger's bytes and may have been taken over.
 *
 * Who the peer is follows from the door alone, which names each (proc/broker.h): "host", or
 * "edge-N CREDENTIAL". The descriptor is a stream socket.
 */
#pragma once

#include <stddef.h>

#include "base/def.h"
#include "base/list.h"
#include "base/rd.h"
#include "crypto/ed25519.h"
#include "evidence/event.h"
#include "proc/table.h"

struct credential_store;
struct loop;

/* What engineers may bring about, an edge for each of their sessions, leaves room for every room's sshd. */
enum { KEY_AGENT_LINKS_MAX = 4000, KEY_AGENT_EDGES_MAX = KEY_AGENT_LINKS_MAX - PROCESS_ROOMS_MAX };
enum { KEY_AGENT_NAME_MAX = EVENT_NAME_MAX + 1 + 64 };

struct key_agents {
	struct loop *loop;
	const struct credential_store *store;
	const struct ed25519_key *host;
	void (*event)(const struct event *e);
	struct list links;
	size_t n_links;
};

void key_agents_init(struct key_agents *a, struct loop *l, const struct credential_store *store,
    const struct ed25519_key *host, void (*event)(const struct event *e));
void key_agents_done(struct key_agents *a);

/* A link for `newcomer`: takes `fd`. Closes it, which tells the newcomer, when there are too
 * many links or there is no such credential. -EINVAL: that is no name the door may give. */
MUST_USE int key_agents_join(struct key_agents *a, struct rd newcomer, int fd);
