/*
 * Is:        SSH's small texts (contract in the header).
 * Is not:    libssh.
 * Called by: edge_ssh.
 * Owns:      nothing.
 * Trust:     a server's banner and key are hostile.
 */
#include "proc/edge/ssh_algorithms.h"

#include <stdio.h>
#include <string.h>

#include "base/quote.h"
#include "base/text.h"
#include "base/wr.h"

enum { BANNER_MAX = 128 };

/* libssh keeps of a list what it knows. AES-GCM first: it is the fastest. What Terrapin needs (chacha20, or CBC with
 * encrypt-then-MAC) is in neither list, since an element that cannot do strict key exchange may want it. */
#define KEX "curve25519-sha256,curve25519-sha256@libssh.org,ecdh-sha2-nistp256,ecdh-sha2-nistp384," \
	    "ecdh-sha2-nistp521,diffie-hellman-group16-sha512,diffie-hellman-group18-sha512," \
	    "diffie-hellman-group14-sha256,diffie-hellman-group-exchange-sha256"
#define HOST_KEYS "ssh-ed25519,ecdsa-sha2-nistp256,ecdsa-sha2-nistp384,ecdsa-sha2-nistp521,rsa-sha2-512,rsa-sha2-256"
#define CIPHERS "aes256-gcm@openssh.com,aes128-gcm@openssh.com,aes256-ctr,aes192-ctr,aes128-ctr"
#define MACS "hmac-sha2-256,hmac-sha2-512"
#define ETM_MACS "hmac-sha2-256-etm@openssh.com,hmac-sha2-512-etm@openssh.com,"

const struct ssh_algorithms *ssh_algorithms(bool legacy)
{
	static const struct ssh_algorithms sound = { KEX, HOST_KEYS, CIPHERS, ETM_MACS MACS };
	static const struct ssh_algorithms wide = {
		KEX ",diffie-hellman-group-exchange-sha1,diffie-hellman-group14-sha1,diffie-hellman-group1-sha1",
		HOST_KEYS ",ssh-rsa", CIPHERS ",aes256-cbc,aes192-cbc,aes128-cbc,3des-cbc", MACS ",hmac-sha1" };

	return legacy ? &wide : &sound;
}

/* Whether algorithm `a` signs with a key of type `type`. */
static bool is_for(struct rd a, struct rd type)
{
	if (rd_is(&type, "ssh-rsa"))
		return rd_is(&a, "rsa-sha2-512") || rd_is(&a, "rsa-sha2-256") || rd_is(&a, "ssh-rsa");
	return rd_equal(&a, &type);
}

/* The next line's type and key. */
static bool take_pinned(struct rd *pinned, struct rd *type, struct rd *key)
{
	struct rd line;

	while (pinned->len) {
		if (!rd_until(pinned, '\n', &line)) {
			line = *pinned;
			*pinned = rd_of(NULL, 0);
		}
		if (rd_token(&line, type) && rd_token(&line, key))
			return true;
	}
	return false;
}

static bool is_pinned_type(struct rd pinned, struct rd algorithm)
{
	struct rd type, key;

	while (take_pinned(&pinned, &type, &key))
		if (is_for(algorithm, type))
			return true;
	return false;
}

void ssh_algorithms_host_keys(const struct ssh_algorithms *a, struct rd pinned, char *out, size_t size)
{
	size_t at = 0;

	out[0] = '\0';
	for (int wanted = 1; wanted >= 0; wanted--) {
		struct rd all = rd_str(a->host_keys), one;
		while (all.len) {
			if (!rd_until(&all, ',', &one)) {
				one = all;
				all = rd_of(NULL, 0);
			}
			if (is_pinned_type(pinned, one) != (wanted == 1) || at >= size)
				continue;
			at += (size_t)snprintf(out + at, size - at, "%s%.*s", at ? "," : "", (int)one.len, (const char *)one.p);
		}
	}
}

bool ssh_key_is_pinned(struct rd pinned, struct rd key)
{
	struct rd want_type, want_key, type, blob;

	if (!rd_token(&key, &want_type) || !rd_token(&key, &want_key) || key.len)
		return false;
	while (take_pinned(&pinned, &type, &blob))
		if (rd_equal(&type, &want_type) && rd_equal(&blob, &want_key))
			return true;
	return false;
}

void wr_ssh_banner(struct wr *w, struct rd banner)
{
	wr_quoted(w, banner, BANNER_MAX);
}
