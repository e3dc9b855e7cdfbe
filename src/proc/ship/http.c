/*
 * Is:        HTTP by libcurl within our loop (contract in the header).
 * Is not:    a resolver once it runs.
 * Called by: shipd.
 * Owns:      connections.
 * Trust:     whoever answers is hostile.
 */
#include "proc/ship/http.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>

#include "base/assert.h"
#include "base/list.h"
#include "base/mem.h"
#include "base/text.h"
#include "base/timefmt.h"

enum { CONNECT_MS = 5000, CONNECTIONS_MAX = 128 };

struct http {
	CURLM *multi;
	struct loop *loop;
	struct loop_timer timer;
	struct list sockets;
	struct buf authorities;
};

/* One of libcurl's sockets that we watch. */
struct socket_watch {
	struct list node;
	struct http *h;
	curl_socket_t fd;
	struct loop_watch *watch;
};

struct http_call {
	struct http *h;
	CURL *easy;
	struct curl_slist *headers, *resolve;
	struct buf body;
	http_done_fn *done;
	void *ctx;
	char error[CURL_ERROR_SIZE];
	bool is_too_long;
};

/* Places. */

static bool take_part(CURLU *u, CURLUPart part, char *out, size_t size)
{
	char *text = NULL;
	bool ok = curl_url_get(u, part, &text, 0) == CURLUE_OK && text && strlen(text) < size;

	if (ok)
		(void)snprintf(out, size, "%s", text);
	curl_free(text);
	return ok;
}

static const char *judge_url(CURLU *u, const char *url, struct http_place *p)
{
	static const CURLUPart never[] = { CURLUPART_USER, CURLUPART_PASSWORD, CURLUPART_QUERY, CURLUPART_FRAGMENT };
	char scheme[8], port[8], none[2];
	uint64_t n;

	if (curl_url_set(u, CURLUPART_URL, url, 0) != CURLUE_OK || !take_part(u, CURLUPART_SCHEME, scheme, sizeof(scheme)))
		return "it is not a URL";
	p->is_https = strcmp(scheme, "https") == 0;
	if (!p->is_https && strcmp(scheme, "http") != 0)
		return "its scheme is neither http nor https";
	for (size_t i = 0; i < ARRAY_LEN(never); i++)
		if (take_part(u, never[i], none, sizeof(none)) || strpbrk(url, "?#@"))
			return "it has a user, a query or a fragment";
	if (!take_part(u, CURLUPART_HOST, p->host, sizeof(p->host)))
		return "it has no host";
	if (!take_part(u, CURLUPART_PORT, port, sizeof(port)))
		(void)snprintf(port, sizeof(port), "%s", p->is_https ? "443" : "80");
	if (!text_u64(rd_str(port), &n) || n == 0 || n > UINT16_MAX)
		return "its port is none";
	p->port = (uint16_t)n;
	return NULL;
}

const char *http_place_parse(const char *url, struct http_place *out)
{
	struct http_place p = { .port = 0 };
	CURLU *u = curl_url();
	const char *wrong;
	size_t n = strlen(url);

	ASSERT(u);
	while (n > 0 && url[n - 1] == '/')
		n--;
	wrong = n < sizeof(p.url) ? judge_url(u, url, &p) : "it is too long";
	curl_url_cleanup(u);
	if (wrong)
		return wrong;
	(void)snprintf(p.url, sizeof(p.url), "%.*s", (int)n, url);
	*out = p;
	return NULL;
}

/* The host as a resolver wants it: libcurl leaves an IPv6 address in brackets. */
static void bare_host(const struct http_place *p, char *out, size_t size)
{
	size_t n = strlen(p->host);

	if (p->host[0] == '[' && n > 2)
		(void)snprintf(out, size, "%.*s", (int)(n - 2), &p->host[1]);
	else
		(void)snprintf(out, size, "%s", p->host);
}

bool http_place_resolve(struct http_place *p)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM }, *list = NULL;
	char host[HTTP_HOST_MAX], address[INET6_ADDRSTRLEN + 8];
	size_t n;

	bare_host(p, host, sizeof(host));
	if (getaddrinfo(host, NULL, &hints, &list) != 0)
		return false;
	n = (size_t)snprintf(p->resolve, sizeof(p->resolve), "%s:%u:", host, p->port);
	for (const struct addrinfo *a = list; a && n + sizeof(address) < sizeof(p->resolve); a = a->ai_next) {
		if (getnameinfo(a->ai_addr, a->ai_addrlen, address, sizeof(address), NULL, 0, NI_NUMERICHOST) != 0)
			continue;
		n += (size_t)snprintf(&p->resolve[n], sizeof(p->resolve) - n, "%s%s", a == list ? "" : ",", address);
	}
	freeaddrinfo(list);
	return true;
}

/* libcurl within the loop. */

/* Everything that is over is told; a call may ask again. */
static void finish_calls(struct http *h)
{
	struct CURLMsg *m;
	int left;

	while ((m = curl_multi_info_read(h->multi, &left))) {
		struct http_answer a = { .failure = NULL };
		struct http_call *c = NULL;
		char *type = NULL;
		long status = 0;
		if (m->msg != CURLMSG_DONE || curl_easy_getinfo(m->easy_handle, CURLINFO_PRIVATE, &c) != CURLE_OK)
			continue;
		/* libcurl calls its own limit on headers a lack of memory. */
		if (c->is_too_long || m->data.result == CURLE_OUT_OF_MEMORY)
			a.failure = "it answers too much";
		else if (m->data.result != CURLE_OK)
			a.failure = c->error[0] ? c->error : curl_easy_strerror(m->data.result);
		if (curl_easy_getinfo(c->easy, CURLINFO_RESPONSE_CODE, &status) == CURLE_OK)
			a.status = (unsigned)status;
		if (curl_easy_getinfo(c->easy, CURLINFO_CONTENT_TYPE, &type) == CURLE_OK && type)
			(void)snprintf(a.type, sizeof(a.type), "%s", type);
		a.body = buf_rd(&c->body);
		/* It is out of the list before its owner hears: that one may cancel or ask. */
		(void)curl_multi_remove_handle(h->multi, c->easy);
		c->done(c->ctx, &a);
	}
}

static void act(struct http *h, curl_socket_t fd, int what)
{
	int running;

	(void)curl_multi_socket_action(h->multi, fd, what, &running);
	finish_calls(h);
}

static void on_ready(void *ctx, uint32_t events)
{
	struct socket_watch *s = ctx;
	int what = 0;

	if (events & (EPOLLIN | EPOLLHUP))
		what |= CURL_CSELECT_IN;
	if (events & EPOLLOUT)
		what |= CURL_CSELECT_OUT;
	if (events & EPOLLERR)
		what |= CURL_CSELECT_ERR;
	act(s->h, s->fd, what);
}

static void on_timer(void *ctx)
{
	act(ctx, CURL_SOCKET_TIMEOUT, 0);
}

static void unwatch(struct socket_watch *s)
{
	loop_unwatch(s->h->loop, &s->watch);
	list_remove(&s->node);
	mem_free(&s);
}

static int on_socket(CURL *easy, curl_socket_t fd, int what, void *ctx, void *of_socket)
{
	struct socket_watch *s = of_socket;
	struct http *h = ctx;
	uint32_t events = (what & CURL_POLL_IN ? EPOLLIN : 0u) | (what & CURL_POLL_OUT ? EPOLLOUT : 0u);

	if (what == CURL_POLL_REMOVE) {
		if (s)
			unwatch(s);
		return 0;
	}
	if (s)
		return loop_rewatch(h->loop, s->watch, events) < 0 ? -1 : 0;
	s = mem_new(1, sizeof(*s));
	*s = (struct socket_watch){ .h = h, .fd = fd };
	if (loop_watch(h->loop, fd, events, on_ready, s, &s->watch) < 0) {
		mem_free(&s);
		return -1;
	}
	list_append(&h->sockets, &s->node);
	(void)curl_multi_assign(h->multi, fd, s);
	return 0;
}

static int on_timeout(CURLM *multi, long ms, void *ctx)
{
	struct http *h = ctx;

	if (ms < 0)
		loop_timer_clear(h->loop, &h->timer);
	else
		loop_timer_set(h->loop, &h->timer, (uint64_t)ms * NS_PER_MS);
	return 0;
}

int http_new(struct http **out, struct rd authorities)
{
	struct http *h;

	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
		return -EIO;
	h = mem_new(1, sizeof(*h));
	h->multi = curl_multi_init();
	ASSERT(h->multi);
	list_init(&h->sockets);
	buf_init(&h->authorities, authorities.len + 1);
	if (!buf_put_rd(&h->authorities, authorities))
		UNREACHABLE();
	loop_timer_init(&h->timer, on_timer, h);
	*out = h;
	return 0;
}

void http_start(struct http *h, struct loop *l)
{
	h->loop = l;
	(void)curl_multi_setopt(h->multi, CURLMOPT_SOCKETFUNCTION, on_socket);
	(void)curl_multi_setopt(h->multi, CURLMOPT_SOCKETDATA, h);
	(void)curl_multi_setopt(h->multi, CURLMOPT_TIMERFUNCTION, on_timeout);
	(void)curl_multi_setopt(h->multi, CURLMOPT_TIMERDATA, h);
	(void)curl_multi_setopt(h->multi, CURLMOPT_MAXCONNECTS, (long)CONNECTIONS_MAX);
}

void http_free(struct http **h)
{
	if (!*h)
		return;
	(void)curl_multi_cleanup((*h)->multi);
	LIST_EACH(it, &(*h)->sockets)
		unwatch(CONTAINER_OF(it, struct socket_watch, node));
	if ((*h)->loop)
		loop_timer_clear((*h)->loop, &(*h)->timer);
	buf_done(&(*h)->authorities);
	mem_free(h);
}

/* One request. */

static size_t on_body(char *data, size_t one, size_t n, void *ctx)
{
	struct http_call *c = ctx;

	if (buf_put_rd(&c->body, rd_of(data, one * n)))
		return one * n;
	c->is_too_long = true;
	return 0;
}

/* Headers are counted by libcurl itself (at most 300 KiB); nothing of them is kept. */
#define SET(option, value) ok = ok && curl_easy_setopt(c->easy, option, value) == CURLE_OK

static bool set_limits(struct http_call *c, const struct http_ask *ask)
{
	bool ok = true;

	SET(CURLOPT_NOSIGNAL, 1L);
	SET(CURLOPT_PROTOCOLS_STR, "http,https");
	SET(CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	SET(CURLOPT_FOLLOWLOCATION, 0L);
	SET(CURLOPT_PROXY, "");
	SET(CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
	SET(CURLOPT_CONNECTTIMEOUT_MS, (long)CONNECT_MS);
	SET(CURLOPT_TIMEOUT_MS, (long)ask->timeout_ms);
	SET(CURLOPT_DNS_CACHE_TIMEOUT, -1L);
	SET(CURLOPT_TCP_NODELAY, 1L);
	SET(CURLOPT_ERRORBUFFER, c->error);
	SET(CURLOPT_PRIVATE, c);
	SET(CURLOPT_WRITEFUNCTION, on_body);
	SET(CURLOPT_WRITEDATA, c);
	return ok;
}

static bool set_tls(struct http_call *c)
{
	struct rd pem = buf_rd(&c->h->authorities);
	/* libcurl's structure lacks a const; it copies. */
	struct curl_blob blob = { (void *)(uintptr_t)pem.p, pem.len, CURL_BLOB_COPY };
	bool ok = true;

	SET(CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	SET(CURLOPT_SSL_VERIFYPEER, 1L);
	SET(CURLOPT_SSL_VERIFYHOST, 2L);
	SET(CURLOPT_CAINFO, NULL);
	SET(CURLOPT_CAPATH, NULL); /* a directory would be read behind the belts */
	SET(CURLOPT_CAINFO_BLOB, &blob);
	return ok;
}

static bool set_question(struct http_call *c, const struct http_ask *ask)
{
	char url[sizeof(ask->place->url) + 128], type[128];
	bool ok = true;

	(void)snprintf(url, sizeof(url), "%s%s", ask->place->url, ask->path);
	SET(CURLOPT_URL, url);
	c->resolve = curl_slist_append(NULL, ask->place->resolve);
	SET(CURLOPT_RESOLVE, c->resolve);
	if (!ask->type)
		return ok;
	(void)snprintf(type, sizeof(type), "Content-Type: %s", ask->type);
	c->headers = curl_slist_append(NULL, type);
	c->headers = curl_slist_append(c->headers, "Expect:"); /* no waiting for a 100 */
	SET(CURLOPT_HTTPHEADER, c->headers);
	SET(CURLOPT_POST, 1L);
	SET(CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)ask->body.len);
	SET(CURLOPT_POSTFIELDS, (const char *)ask->body.p);
	return ok;
}

int http_begin(struct http *h, const struct http_ask *ask, http_done_fn *done, void *ctx, struct http_call **out)
{
	struct http_call *c;

	if (!ask->place->resolve[0])
		return -ENXIO;
	c = mem_new(1, sizeof(*c));
	*c = (struct http_call){ .h = h, .easy = curl_easy_init(), .done = done, .ctx = ctx };
	ASSERT(c->easy);
	buf_init(&c->body, HTTP_ANSWER_MAX);
	if (!set_limits(c, ask) || (ask->place->is_https && !set_tls(c)) || !set_question(c, ask) ||
	    curl_multi_add_handle(h->multi, c->easy) != CURLM_OK) {
		http_cancel(&c);
		return -EIO;
	}
	*out = c;
	return 0;
}

void http_cancel(struct http_call **c)
{
	if (!*c)
		return;
	(void)curl_multi_remove_handle((*c)->h->multi, (*c)->easy);
	curl_easy_cleanup((*c)->easy);
	curl_slist_free_all((*c)->headers);
	curl_slist_free_all((*c)->resolve);
	buf_done(&(*c)->body);
	mem_free(c);
}
