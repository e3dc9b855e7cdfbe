/*
 * Is:        a real element on loopback for tests (contracts in the header).
 * Is not:    linked into any program of the product.
 * Called by: test_vty_osmo.c, test_vty_frr.c, lane/test_line_lane_osmo.c.
 * Owns:      one process, one connection, one directory.
 * Trust:     no input.
 */
#include "proto/test_element.h"

#include <arpa/inet.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "proto/echo.h"
#include "proto/telnet.h"
#include "testing/test.h"

struct element element = { .fd = -1 };
static struct telnet telnet;
static struct buf text, reply;

void element_init(enum dialect d, uint16_t port)
{
	element.dialect = d;
	element.port = port;
	(void)snprintf(element.dir, sizeof(element.dir), "/tmp/slagboom-element-XXXXXX");
	CHECK(mkdtemp(element.dir));
	(void)snprintf(element.address, sizeof(element.address), "127.%d.%d.3", 80 + getpid() / 250 % 100,
	    1 + getpid() % 250);
	(void)atexit(element_stop);
	telnet_init(&telnet, TELNET_CLIENT, "xterm");
	buf_init(&text, 1 << 24);
	buf_init(&reply, 1 << 12);
}

void element_tool(char *const argv[])
{
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		(void)!freopen("/dev/null", "w", stderr);
		execvp(argv[0], argv);
		_exit(127);
	}
	CHECK(pid > 0 && waitpid(pid, &status, 0) == pid);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 127)
		test_skip("%s is not installed", argv[0]);
	CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

static bool try_connect(void)
{
	struct sockaddr_in sa = { .sin_family = AF_INET, .sin_port = htons(element.port) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	CHECK(fd >= 0 && inet_pton(AF_INET, element.address, &sa.sin_addr) == 1);
	if (connect(fd, (struct sockaddr *)&sa, sizeof(sa)) == 0) {
		element.fd = fd;
		return true;
	}
	(void)close(fd);
	return false;
}

void element_start(char *const argv[])
{
	element.pid = fork();
	if (element.pid == 0) {
		(void)!freopen("/dev/null", "w", stdout);
		(void)!freopen("/dev/null", "w", stderr);
		execvp(argv[0], argv);
		_exit(127);
	}
	for (int i = 0; i < 200 && !try_connect(); i++)
		(void)usleep(20000);
	CHECK(element.fd >= 0);
}

void element_start_hlr(void)
{
	char config[128], db[128];
	FILE *f;

	element_init(DIALECT_OSMOCOM_VTY, 4258);
	(void)snprintf(config, sizeof(config), "%s/hlr.cfg", element.dir);
	(void)snprintf(db, sizeof(db), "%s/hlr.db", element.dir);
	f = fopen(config, "w");
	CHECK(f);
	(void)fprintf(f, "line vty\n no login\n bind %s\nctrl\n bind %s\nhlr\n gsup\n  bind ip %s\n",
	    element.address, element.address, element.address);
	CHECK(fclose(f) == 0);
	element_tool((char *[]){ "osmo-hlr-db-tool", "-l", db, "create", NULL });
	element_start((char *[]){ "osmo-hlr", "-c", config, "-l", db, NULL });
}

static void remove_dir(void)
{
	pid_t pid = fork();

	if (pid == 0) {
		execlp("rm", "rm", "-rf", element.dir, (char *)NULL);
		_exit(127);
	}
	(void)waitpid(pid, NULL, 0);
	element.dir[0] = 0;
}

void element_stop(void)
{
	if (element.fd >= 0)
		(void)close(element.fd);
	if (element.pid > 0) {
		(void)kill(element.pid, SIGKILL);
		(void)waitpid(element.pid, NULL, 0);
	}
	if (element.dir[0])
		remove_dir();
	buf_done(&text);
	buf_done(&reply);
	element.pid = 0;
	element.fd = -1;
}

static void send_all(struct rd r)
{
	CHECK(write(element.fd, r.p, r.len) == (ssize_t)r.len);
}

void element_until_prompt(struct rd *out_prompt)
{
	static struct prompt p;
	uint8_t raw[4096];
	size_t before;
	struct rd all, fresh;

	prompt_init(&p);
	buf_reset(&text);
	for (;;) {
		struct pollfd pfd = { .fd = element.fd, .events = POLLIN };
		/* A prompt counts when nothing follows it for a moment. */
		int ready = poll(&pfd, 1, prompt_is(&p, element.dialect, out_prompt) != PROMPT_NONE ? 2 : 3000);
		if (ready == 0)
			break;
		ssize_t n = read(element.fd, raw, sizeof(raw));
		if (n <= 0)
			test_fail(__FILE__, __LINE__, "the element hung up after '%s'", element.last);
		before = text.len;
		CHECK_INT(telnet_feed(&telnet, rd_of(raw, (size_t)n), &text, &reply), 0);
		all = buf_rd(&text);
		CHECK(rd_slice(&all, before, all.len - before, &fresh));
		prompt_feed(&p, fresh);
		send_all(buf_rd(&reply));
		buf_reset(&reply);
	}
	CHECK(prompt_is(&p, element.dialect, out_prompt) != PROMPT_NONE);
}

void element_ask(const struct vty *g, const char *line, struct buf *answer, unsigned *out_mode)
{
	char wire[1024];
	struct rd prompt, answered, echo;
	uint8_t c;

	(void)snprintf(element.last, sizeof(element.last), "%s", line);
	(void)snprintf(wire, sizeof(wire), "%s\r\n", line);
	send_all(rd_str(wire));
	element_until_prompt(&prompt);
	(void)!vty_mode_of_prompt(g, prompt, out_mode);
	buf_reset(answer);
	answered = buf_rd(&text);
	(void)!rd_until(&answered, '\n', &echo);
	while (rd_u8(&answered, &c))
		CHECK(buf_put_u8(answer, c >= '0' && c <= '9' ? '#' : c));
}
