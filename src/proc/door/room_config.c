/*
 * Is:        the texts of a room.
 * Is not:    who may log in.
 * Called by: room.
 * Owns:      nothing.
 * Trust:     hosts and ports are deskd's, and checked again.
 */
#include "proc/door/room_config.h"

#include <errno.h>

#include "base/text.h"
#include "proc/door/people.h"
#include "proc/door/room.h"
#include "proc/talk/door_proto.h"

/* Each line that is not sshd's default says why in the manual page; here what is ours:
 *  - StrictModes no: files below ROOM_ETC belong to deskd, neither to root nor to the user;
 *    the mount is read-only and nobody in the room can change what sshd reads.
 *  - LogVerbose: sshd tells of refused agent, X11 and tunnel requests at no level that it
 *    should log at; these functions alone speak.
 *  - No Include, no Match, no Banner; no AuthorizedKeysCommand: nothing is executed before
 *    login. TERM comes with the terminal.
 *  - PubkeyAuthOptions: of hardware keys alone; whoever found one has no PIN.
 *  - Ciphers: a client's order decides, so chacha20, which is slow and was Terrapin's, is not offered.
 *  - MACs: the last for dropbear, which has no encrypt-then-MAC.
 *  - KexAlgorithms: the hybrid first, so that no client warns of what can be read later. */
static const char settings[] =
    "HostKeyAgent " ROOM_HOST_KEYS_AGENT "\n"
    "LogLevel VERBOSE\n"
    "LogVerbose session.c:session_auth_agent_req():*,session.c:session_input_channel_req():*,"
    "serverloop.c:server_input_channel_open():*,"
    "serverloop.c:server_input_global_request():*,serverloop.c:server_request_direct_streamlocal():*\n"
    "StrictModes no\n"
    "PermitRootLogin no\n"
    "PubkeyAuthentication yes\n"
    "PubkeyAuthOptions touch-required verify-required\n"
    "PasswordAuthentication no\n"
    "HostbasedAuthentication no\n"
    "GSSAPIAuthentication no\n"
    "KerberosAuthentication no\n"
    "PermitEmptyPasswords no\n"
    "AuthorizedKeysFile %h/keys\n"
    "ExposeAuthInfo yes\n"
    "PermitUserRC no\n"
    "PermitUserEnvironment no\n"
    "AcceptEnv LANG LC_* SLAGBOOM_*\n"
    "PermitTTY yes\n"
    "AllowTcpForwarding local\n"
    "AllowStreamLocalForwarding no\n"
    "AllowAgentForwarding no\n"
    "X11Forwarding no\n"
    "PermitTunnel no\n"
    "PermitListen none\n"
    "GatewayPorts no\n"
    "MaxAuthTries 4\n"
    "MaxSessions 16\n"
    "LoginGraceTime 60\n"
    "ClientAliveInterval 30\n"
    "ClientAliveCountMax 4\n"
    "TCPKeepAlive yes\n"
    "Compression no\n"
    "UseDNS no\n"
    "PrintMotd no\n"
    "PrintLastLog no\n"
    "Banner none\n"
    "VersionAddendum none\n"
    "DebianBanner no\n"
    "PidFile none\n"
    "Ciphers aes256-gcm@openssh.com,aes128-gcm@openssh.com,aes256-ctr,aes128-ctr\n"
    "MACs hmac-sha2-256-etm@openssh.com,hmac-sha2-512-etm@openssh.com,umac-128-etm@openssh.com,hmac-sha2-256\n"
    "KexAlgorithms sntrup761x25519-sha512@openssh.com,curve25519-sha256,curve25519-sha256@libssh.org,"
    "diffie-hellman-group16-sha512,diffie-hellman-group18-sha512\n"
    "HostKeyAlgorithms ssh-ed25519,rsa-sha2-512,rsa-sha2-256,ecdsa-sha2-nistp256\n"
    "RequiredRSASize 2048\n"
    "Subsystem sftp " ROOM_SUBSYSTEM "sftp\n"
    "Subsystem netconf " ROOM_SUBSYSTEM "netconf\n";

const struct room_file room_files[] = {
	{ "etc/passwd", "root:x:0:0::/:/nonexistent\nsshd:x:1900000032:1900000032::/run/sshd:/nonexistent\n" },
	{ "etc/group", "root:x:0:\nsshd:x:1900000032:\n" },
	{ "etc/nsswitch.conf", "passwd: files slagboom\ngroup: files\nshadow: files\nhosts: files\nnetworks: files\n"
	  "protocols: files\nservices: files\n" },
	{ "etc/host.conf", "multi on\n" },
};
/* No allow_readonly: when the module cannot keep that a code was used, it lets nobody in. The file is
 * deskd's until the module has written it, then root's. The words are for who has the key already. */
const struct room_file room_pam_file = { "etc/pam.d/sshd",
	"auth optional pam_echo.so A one-time code is asked for. Without one: an administrator of the operator enrols you with 'slagboom otp enrol'.\n"
	"auth required pam_google_authenticator.so secret=" ROOM_OTP "/${USER}/code user=root no_strict_owner\n"
	"account required pam_permit.so\n"
	"password required pam_deny.so\n"
	"session required pam_permit.so\n" };

const size_t room_n_files = ARRAY_LEN(room_files);

static bool is_byte(struct rd r)
{
	uint64_t v;

	return text_u64(r, &v) && v <= 255;
}

/* "127.1.x.y", or 127.2 of words, and nothing else. */
static bool is_lane_address(struct rd r)
{
	struct rd third;

	return (rd_word(&r, "127.1.") || rd_word(&r, "127.2.")) && rd_until(&r, '.', &third) && is_byte(third) && is_byte(r);
}

static void write_target(struct wr *w, struct rd host)
{
	wr_str(w, " ");
	wr_bytes(w, host);
	wr_str(w, ":*");
}

/* Forwards end at an asset that has a lane, or words, by its name or address, or nowhere; with each
 * key stands which of them are his, and with which port. */
static bool write_forwards(struct wr *w, const struct room_config *c)
{
	struct rd hosts = c->hosts, line, address;
	struct people_login asset;
	size_t n = 0;

	wr_str(w, "PermitOpen");
	while (c->n_ports && rd_until(&hosts, '\n', &line)) {
		if (++n > ROOM_ASSETS_MAX || !rd_until(&line, ' ', &address) || !is_lane_address(address) ||
		    !people_login(line, &asset) || asset.asset.len)
			return false;
		write_target(w, asset.name);
		write_target(w, address);
	}
	wr_str(w, n ? "\n" : " none\n");
	return true;
}

void room_config_write(struct wr *w, const struct room_config *c)
{
	struct rd keys = c->host_keys, key;

	for (unsigned i = 0; rd_until(&keys, '\n', &key); i++)
		wr_text(w, "HostKey " ROOM_HOST_KEY "%u\n", i);
	wr_str(w, settings);
	wr_str(w, c->has_otp ? "UsePAM yes\nKbdInteractiveAuthentication yes\n"
			       "AuthenticationMethods publickey,keyboard-interactive:pam\n"
			     : "UsePAM no\nKbdInteractiveAuthentication no\nAuthenticationMethods publickey\n");
	if (!write_forwards(w, c))
		w->failed = true;
}

int room_ports(struct rd file, uint16_t *out)
{
	struct rd line;
	uint64_t v;
	int n = 0;

	while (rd_until(&file, '\n', &line)) {
		if (n == ROOM_PORTS_MAX || !text_u64(line, &v) || v == 0 || v > UINT16_MAX)
			return -EBADMSG;
		out[n++] = (uint16_t)v;
	}
	return file.len ? -EBADMSG : n;
}
