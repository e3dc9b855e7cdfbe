/*
 * Is:        looks around in a room, in the place of the session program.
 * Is not:    part of the product.
 * Called by: sshd in the room; tests/door reads what it prints.
 * Owns:      nothing.
 * Trust:     no input.
 */
#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ifaddrs.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

static void tell(bool ok, const char *what)
{
	(void)printf("%s %s (%s)\n", ok ? "ok" : "BAD", what, strerror(errno));
	errno = 0;
}

static void absent(const char *path)
{
	struct stat st;

	tell(lstat(path, &st) < 0, path);
}

/* No more in a folder than these names. */
static void only(const char *path, const char *names)
{
	DIR *d = opendir(path);
	struct dirent *e;
	bool ok = d != NULL;

	while (d && (e = readdir(d))) {
		char want[300];
		(void)snprintf(want, sizeof(want), " %s ", e->d_name);
		if (e->d_name[0] != '.' && !strstr(names, want)) {
			(void)printf("BAD %s holds %s\n", path, e->d_name);
			ok = false;
		}
	}
	if (d)
		(void)closedir(d);
	tell(ok, path);
}

static void files(void)
{
	static const char *const gone[] = { "/proc/self", "/sys", "/home", "/root", "/var", "/bin/sh", "/usr/bin", "/etc/shadow",
		"/etc/machine-id", "/etc/ssh/ssh_host_ed25519_key", "/etc/resolv.conf", "/etc/localtime", "/dev/sda", "/dev/mem",
		"/dev/kmsg", "/usr/local", "/usr/share" };

	for (size_t i = 0; i < sizeof(gone) / sizeof(gone[0]); i++)
		absent(gone[i]);
	only("/", " dev etc lib lib64 run sbin slagboom tmp usr ");
	only("/etc", " group host.conf hosts nsswitch.conf pam.d passwd slagboom ssh ");
	only("/dev", " null ptmx pts tty urandom ");
	only("/usr", " lib lib64 sbin ");
	only("/usr/sbin", " sshd ");
	tell(open("/etc/x", O_CREAT | O_WRONLY, 0600) < 0 && (errno == EROFS || errno == EACCES), "no file can be made in /etc");
	tell(open("/slagboom/slagboom-session", O_WRONLY) < 0, "its own program cannot be written");
	tell(open("/etc/slagboom/people", O_WRONLY) < 0, "the desk's directory cannot be written");
	tell(mount("x", "/tmp", "tmpfs", 0, NULL) < 0, "nothing can be mounted");
	tell(unshare(CLONE_NEWUSER) < 0, "no namespace where it is root");
	tell(syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, 0, 0, 0, 0) < 0, "nor for a child");
	tell(chroot("/tmp") < 0, "the root stays");
}

static bool reaches(const char *address, uint16_t port)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons(port) };
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	return inet_pton(AF_INET, address, &a.sin_addr) == 1 && connect(fd, (struct sockaddr *)&a, sizeof(a)) == 0;
}

static void network(void)
{
	struct ifaddrs *all = NULL;
	bool alone = getifaddrs(&all) == 0;

	for (const struct ifaddrs *i = all; i; i = i->ifa_next)
		alone = alone && strcmp(i->ifa_name, "lo") == 0;
	tell(alone, "loopback is the only interface");
	tell(!reaches("10.0.0.1", 80) && errno == ENETUNREACH, "no route leads out");
	tell(!reaches("127.0.0.1", 22), "no sshd of the machine");
	tell(reaches("127.1.0.1", 5432), "a lane is there");
}

static void processes(void)
{
	struct utsname u;

	tell(uname(&u) == 0 && strcmp(u.nodename, "gate") == 0, "the machine's name is not known");
	tell(getpid() < 20, "processes are numbered anew");
	tell(kill(1, 0) < 0, "the first process cannot be signalled");
	tell(geteuid() != 0 && setuid(0) < 0, "not root, and cannot be");
	pid_t pid = fork();
	if (pid == 0) {
		(void)ptrace(PTRACE_TRACEME, 0, NULL, NULL);
		_exit(0);
	}
	int status = 0;
	(void)waitpid(pid, &status, 0);
	tell(WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS, "ptrace kills");
}

int main(void)
{
	(void)setvbuf(stdout, NULL, _IONBF, 0);
	errno = 0;
	files();
	network();
	processes();
	tell(true, "end");
	return 0;
}
