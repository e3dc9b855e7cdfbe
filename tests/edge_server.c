/*
 * Is:        an SSH server that takes passwords (contract in the header).
 * Is not:    a model of any element.
 * Called by: tests/edges_ssh.c, in a process of its own.
 * Owns:      nothing.
 * Trust:     no input.
 */
#include "edge_server.h"

#include <libssh/libssh.h>
#include <libssh/server.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { CHANNELS = 200 };

struct server {
	ssh_session session;
	ssh_channel channel;
	enum edge_server_way way;
	bool is_in;
};

/* libssh would rather have callbacks; messages make the shorter server. */
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"

static bool is_right(const char *password)
{
	return password && strcmp(password, "s3cret") == 0;
}

static void on_kbdint(struct server *s, ssh_message m)
{
	const char *name = "Login", *prompts[] = { "Password: " };
	char echo[] = { 0 };

	if (ssh_message_auth_kbdint_is_response(m) && s->way != EDGE_SERVER_PROMPTS &&
	    ssh_userauth_kbdint_getnanswers(s->session) == 1 && is_right(ssh_userauth_kbdint_getanswer(s->session, 0))) {
		s->is_in = true;
		(void)ssh_message_auth_reply_success(m, 0);
	} else if (ssh_message_auth_kbdint_is_response(m) && s->way != EDGE_SERVER_PROMPTS) {
		(void)ssh_message_reply_default(m);
	} else {
		(void)ssh_message_auth_interactive_request(m, name, "", 1, prompts, echo);
	}
}

static void on_auth(struct server *s, ssh_message m)
{
	bool kbdint = s->way == EDGE_SERVER_KBDINT || s->way == EDGE_SERVER_PROMPTS;

	(void)ssh_message_auth_set_methods(m, kbdint ? (int)SSH_AUTH_METHOD_INTERACTIVE : (int)SSH_AUTH_METHOD_PASSWORD);
	if (kbdint && ssh_message_subtype(m) == SSH_AUTH_METHOD_INTERACTIVE) {
		on_kbdint(s, m);
	} else if (!kbdint && ssh_message_subtype(m) == SSH_AUTH_METHOD_PASSWORD && is_right(ssh_message_auth_password(m))) {
		s->is_in = s->way != EDGE_SERVER_PARTIAL;
		(void)ssh_message_auth_reply_success(m, s->way == EDGE_SERVER_PARTIAL);
	} else {
		(void)ssh_message_reply_default(m);
	}
}

/* How many of its own channels the client took. */
static int open_many(struct server *s)
{
	int n = 0;

	for (int i = 0; i < CHANNELS; i++) {
		ssh_channel c = ssh_channel_new(s->session);
		n += ssh_channel_open_reverse_forward(c, "127.0.0.1", 22, "127.0.0.1", 4000) == SSH_OK;
		ssh_channel_free(c);
	}
	return n;
}

static bool on_channel(struct server *s, ssh_message m)
{
	char text[256];

	if (ssh_message_type(m) == SSH_REQUEST_CHANNEL_OPEN && s->is_in && !s->channel) {
		s->channel = ssh_message_channel_request_open_reply_accept(m);
		return false;
	}
	if (ssh_message_type(m) != SSH_REQUEST_CHANNEL || ssh_message_subtype(m) != SSH_CHANNEL_REQUEST_EXEC || !s->channel) {
		(void)ssh_message_reply_default(m);
		return false;
	}
	(void)snprintf(text, sizeof(text), "ran %s", ssh_message_channel_request_command(m));
	(void)ssh_message_channel_request_reply_success(m);
	if (s->way == EDGE_SERVER_OPENS)
		(void)snprintf(text, sizeof(text), "took %d", open_many(s));
	(void)ssh_channel_write(s->channel, text, (uint32_t)strlen(text));
	(void)ssh_channel_request_send_exit_status(s->channel, 4);
	(void)ssh_channel_send_eof(s->channel);
	(void)ssh_channel_close(s->channel);
	return true;
}

void edge_server(int fd, const char *key_file, enum edge_server_way way)
{
	struct server s = { .way = way };
	ssh_bind b;
	ssh_message m;
	bool is_over = false;

	(void)ssh_init();
	b = ssh_bind_new();
	s.session = ssh_new();
	(void)ssh_bind_options_set(b, SSH_BIND_OPTIONS_HOSTKEY, key_file);
	if (ssh_bind_accept_fd(b, s.session, fd) != SSH_OK || ssh_handle_key_exchange(s.session) != SSH_OK)
		return;
	while (!is_over && (m = ssh_message_get(s.session))) {
		if (ssh_message_type(m) == SSH_REQUEST_AUTH)
			on_auth(&s, m);
		else if (ssh_message_type(m) == SSH_REQUEST_SERVICE)
			(void)ssh_message_service_reply_success(m);
		else
			is_over = on_channel(&s, m);
		ssh_message_free(m);
	}
	(void)ssh_blocking_flush(s.session, 2000);
	(void)sleep(1);
}
