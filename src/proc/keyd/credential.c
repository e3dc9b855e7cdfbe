/*
 * Is:        the named credentials (contract in the header).
 * Is not:    a vault.
 * Called by: keyd.
 * Owns:      the secrets in memory.
 * Trust:     what is added was checked by nobody yet.
 */
#include "proc/keyd/credential.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/ascii.h"
#include "base/assert.h"
#include "base/mem.h"
#include "base/text.h"
#include "base/wr.h"
#include "evidence/event.h"
#include "os/disk.h"

static const char prefix[] = "credential.";
static const char scratch[] = "new-credential";

bool credential_name_ok(struct rd name)
{
	struct rd t = name;
	uint8_t c;

	if (name.len == 0 || name.len > CREDENTIAL_NAME_MAX || !event_name_ok(name))
		return false;
	for (bool first = true; rd_u8(&t, &c); first = false) {
		bool alnum = is_alnum(c);
		if (!alnum && (first || (c != '.' && c != '-' && c != '_')))
			return false;
	}
	return true;
}

void credential_write_key(struct wr *w, struct rd user, struct rd seed)
{
	wr_u8(w, CREDENTIAL_VERSION);
	wr_u8(w, CREDENTIAL_KEY);
	wr_part8(w, user);
	wr_bytes(w, seed);
}

void credential_write_password(struct wr *w, struct rd user, struct rd password, struct rd enable)
{
	wr_u8(w, CREDENTIAL_VERSION);
	wr_u8(w, CREDENTIAL_PASSWORD);
	wr_part8(w, user);
	wr_part16(w, password);
	wr_part16(w, enable);
}

/* One line of text: it is typed to an element, where a control character would be a key. */
static bool is_line(struct rd r)
{
	struct rd t = r;
	uint8_t c;

	while (rd_u8(&t, &c))
		if (c < ' ' || c == 0x7f)
			return false;
	return text_is_utf8(r);
}

static bool read_body(struct rd r, struct credential *c, struct rd *seed)
{
	uint8_t version, kind;

	if (!rd_u8(&r, &version) || version != CREDENTIAL_VERSION || !rd_u8(&r, &kind))
		return false;
	if (!rd_part8(&r, CREDENTIAL_USER_MAX, &c->user) || !is_line(c->user))
		return false;
	c->kind = (enum credential_kind)kind;
	if (kind == CREDENTIAL_KEY)
		return c->user.len && rd_take(&r, ED25519_SEED_LEN, seed) && r.len == 0;
	return kind == CREDENTIAL_PASSWORD && rd_part16(&r, CREDENTIAL_PASSWORD_MAX, &c->password) &&
	    rd_part16(&r, CREDENTIAL_PASSWORD_MAX, &c->enable) && r.len == 0 && is_line(c->password) &&
	    is_line(c->enable) && (c->password.len || c->enable.len);
}

static void credential_free(struct credential **c)
{
	if (!*c)
		return;
	ed25519_key_done(&(*c)->key);
	secret_done(&(*c)->body);
	mem_free(c);
}

/* NULL when the body is not one. */
static struct credential *credential_new(struct rd name, struct rd body)
{
	struct credential *c = mem_new(1, sizeof(*c));
	AUTO(secret_done) struct secret seed = { .p = NULL };
	struct rd raw = rd_of(NULL, 0);

	(void)snprintf(c->name, sizeof(c->name), "%.*s", (int)name.len, (const char *)name.p);
	if (body.len == 0 || body.len > CREDENTIAL_BODY_MAX)
		goto bad;
	secret_copy(&c->body, body);
	if (!read_body(secret_rd(&c->body), c, &raw))
		goto bad;
	if (c->kind == CREDENTIAL_KEY) {
		secret_copy(&seed, raw);
		ed25519_key_init(&c->key, &seed);
	}
	return c;
bad:
	credential_free(&c);
	return NULL;
}

/* In order of names, as bytes; the place of `name`, or where it would stand. */
static size_t place_of(const struct credential_store *s, struct rd name, bool *found)
{
	char text[CREDENTIAL_NAME_MAX + 1];
	size_t i = 0;
	int cmp = 1;

	(void)snprintf(text, sizeof(text), "%.*s", (int)name.len, (const char *)name.p);
	for (; i < s->list.n; i++) {
		cmp = strcmp((*(struct credential **)vec_at(&s->list, i))->name, text);
		if (cmp >= 0)
			break;
	}
	*found = i < s->list.n && cmp == 0;
	return i;
}

/* Takes `c`. */
static void insert(struct credential_store *s, struct credential *c)
{
	bool found;
	size_t at = place_of(s, rd_str(c->name), &found);

	ASSERT(!found);
	(void)vec_push(&s->list);
	for (size_t i = s->list.n - 1; i > at; i--)
		*(struct credential **)vec_at(&s->list, i) = *(struct credential **)vec_at(&s->list, i - 1);
	*(struct credential **)vec_at(&s->list, at) = c;
}

struct loading {
	struct credential_store *s;
	int r;
};

static void load_one(void *ctx, const char *file)
{
	struct loading *l = ctx;
	struct rd name = rd_str(file);
	uint8_t raw[CREDENTIAL_BODY_MAX + 1];
	struct credential *c = NULL;
	size_t n = 0;
	int r;

	if (l->r < 0 || !rd_word(&name, prefix))
		return;
	r = disk_read(l->s->disk, file, 0, raw, sizeof(raw), &n);
	if (r == 0 && credential_name_ok(name) && l->s->list.n < CREDENTIALS_MAX)
		c = credential_new(name, rd_of(raw, n));
	mem_wipe(raw, sizeof(raw));
	if (c)
		insert(l->s, c);
	else
		l->r = r < 0 ? r : -EBADMSG;
	if (l->r < 0)
		(void)dprintf(STDERR_FILENO, "keys/%s: %s; restore it from its backup, or remove it\n", file,
		    l->r == -EBADMSG ? "not a credential" : strerror(-l->r));
}

int credential_store_open(struct credential_store *s, struct disk *disk)
{
	struct loading l = { .s = s };
	int r;

	s->disk = disk;
	vec_init(&s->list, sizeof(struct credential *));
	r = disk_list(disk, ".", load_one, &l);
	return r < 0 ? r : l.r;
}

void credential_store_close(struct credential_store *s)
{
	for (size_t i = 0; i < s->list.n; i++)
		credential_free(vec_at(&s->list, i));
	vec_done(&s->list);
}

const struct credential *credential_find(const struct credential_store *s, struct rd name)
{
	bool found;
	size_t at;

	if (!credential_name_ok(name))
		return NULL;
	at = place_of(s, name, &found);
	return found ? *(struct credential **)vec_at(&s->list, at) : NULL;
}

const struct credential *credential_after(const struct credential_store *s, struct rd name)
{
	bool found;
	size_t at = place_of(s, name, &found);

	at += found;
	return at < s->list.n ? *(struct credential **)vec_at(&s->list, at) : NULL;
}

static void path_of(struct rd name, char out[DISK_PATH_MAX])
{
	(void)snprintf(out, DISK_PATH_MAX, "%s%.*s", prefix, (int)name.len, (const char *)name.p);
}

int credential_add(struct credential_store *s, struct rd name, struct rd body)
{
	char path[DISK_PATH_MAX];
	struct credential *c;
	int r;

	if (!credential_name_ok(name))
		return CREDENTIAL_BAD;
	if (credential_find(s, name))
		return CREDENTIAL_EXISTS;
	if (s->list.n >= CREDENTIALS_MAX)
		return CREDENTIAL_FULL;
	c = credential_new(name, body);
	if (!c)
		return CREDENTIAL_BAD;
	path_of(name, path);
	r = disk_replace(s->disk, scratch, path, body);
	if (r < 0)
		credential_free(&c);
	else
		insert(s, c);
	return r;
}

int credential_remove(struct credential_store *s, struct rd name)
{
	char path[DISK_PATH_MAX];
	struct credential *gone;
	bool found;
	size_t at;
	int r;

	if (!credential_find(s, name))
		return CREDENTIAL_UNKNOWN;
	path_of(name, path);
	r = disk_unlink(s->disk, path);
	if (r == 0)
		r = disk_fsync_dir(s->disk, ".");
	if (r < 0)
		return r;
	at = place_of(s, name, &found);
	gone = *(struct credential **)vec_at(&s->list, at);
	for (; at + 1 < s->list.n; at++)
		*(struct credential **)vec_at(&s->list, at) = *(struct credential **)vec_at(&s->list, at + 1);
	s->list.n--;
	credential_free(&gone);
	return 0;
}
