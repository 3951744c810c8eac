/* SPDX-License-Identifier: Apache-2.0 */
/* Attacks of the self-test that look for the host: its processes, sockets, files and names. */
#include "sandbox/selftest/attacks.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "base/alloc.h"

static const char *env(const char *name)
{
	const char *value = getenv(name);

	return value ? value : "";
}

static int env_number(const char *name)
{
	return (int)strtol(env(name), NULL, 10);
}

/* The first bytes of a file as text; -1 where it cannot be read. */
static int read_text(const char *path, char *buf, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	size_t len = 0;
	ssize_t n = -1;

	while (fd >= 0 && len < size - 1 && (n = read(fd, buf + len, size - 1 - len)) > 0)
		len += (size_t)n;
	if (fd >= 0)
		(void)close(fd);
	buf[len] = 0;
	return n < 0 ? -1 : 0;
}

/* ---- what the box shares with the host ---- */

static int attack_namespace(const char *name)
{
	char path[64], variable[64];
	char here[64] = "";

	(void)snprintf(path, sizeof(path), "/proc/self/ns/%s", name);
	(void)snprintf(variable, sizeof(variable), "HOST_NS_%s", name);
	if (readlink(path, here, sizeof(here) - 1) < 0)
		return attack_skip("the box has no /proc to look in");
	return strcmp(here, env(variable)) ? 0 : attack_reached("%s", here);
}

static int attack_host_process(const char *arg)
{
	(void)arg;
	pid_t pid = env_number("HOST_PID");

	if (pid > 1 && (kill(pid, 0) == 0 || errno == EPERM))
		return attack_reached("process %d is in sight", pid);
	return 0;
}

/* Of numbers in /proc only our own: the first process of a box is hidden. */
static int attack_neighbours(const char *arg)
{
	(void)arg;
	DIR *d = opendir("/proc");

	for (struct dirent *e = d ? readdir(d) : NULL; e; e = readdir(d)) {
		long pid = strtol(e->d_name, NULL, 10);

		if (pid > 0 && pid != getpid())
			return attack_reached("process %ld", pid);
	}
	return 0;
}

static int attack_first_process(const char *arg)
{
	(void)arg;
	static const char *const names[] = { "environ", "mem", "maps", "exe", "cmdline" };
	char path[64], byte;

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		(void)snprintf(path, sizeof(path), "/proc/1/%s", names[i]);
		int fd = open(path, O_RDONLY | O_CLOEXEC);

		if (fd >= 0 && read(fd, &byte, 1) >= 0)
			return attack_reached("%s", path);
	}
	return 0;
}

static int attack_signal_first(const char *arg)
{
	(void)arg;
	if (env_number("HOST_LANDLOCK") < 6)
		return attack_skip("the kernel's Landlock does not know signals (6.12 does)");
	return kill(1, SIGTERM) == 0 ? attack_reached("the first process by a signal") : 0;
}

static int attack_machine_name(const char *arg)
{
	(void)arg;
	struct utsname u;

	return uname(&u) == 0 && !strcmp(u.nodename, env("HOST_NAME"))
		       ? attack_reached("%s", u.nodename)
		       : 0;
}

static int attack_groups(const char *arg)
{
	(void)arg;
	char text[4096];

	if (read_text("/proc/self/cgroup", text, sizeof(text)) < 0)
		return 0;
	return strstr(text, "assay-box") ? attack_reached("%s", text) : 0;
}

static int attack_segments(const char *arg)
{
	(void)arg;
	char text[65536], word[32];

	if (env_number("HOST_SEGMENT") < 0 || !*env("HOST_SEGMENT"))
		return attack_skip("no System V segment could be made to look for");
	if (read_text("/proc/sysvipc/shm", text, sizeof(text)) < 0)
		return 0;
	(void)snprintf(word, sizeof(word), " %d ", env_number("HOST_SEGMENT"));
	return strstr(text, word) ? attack_reached("segment%s", word) : 0;
}

/* ---- listeners ---- */

static int attack_connect(int family, const void *address, socklen_t len)
{
	int s = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (s < 0 || connect(s, address, len) < 0 || write(s, "hello", 5) < 0)
		return 0;
	return attack_reached("a listener of the host");
}

static int attack_tcp(const char *arg)
{
	(void)arg;
	struct sockaddr_in a = { .sin_family = AF_INET,
				 .sin_port = htons((uint16_t)env_number("LISTEN_PORT")),
				 .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };

	return attack_connect(AF_INET, &a, sizeof(a));
}

static int attack_abstract_socket(const char *arg)
{
	(void)arg;
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	const char *name = env("LISTEN_ABSTRACT");

	(void)snprintf(a.sun_path + 1, sizeof(a.sun_path) - 1, "%s", name);
	return attack_connect(
		AF_UNIX, &a,
		(socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + strlen(name)));
}

static int attack_socket_file(const char *arg)
{
	(void)arg;
	struct sockaddr_un a = { .sun_family = AF_UNIX };

	(void)snprintf(a.sun_path, sizeof(a.sun_path), "%s", env("LISTEN_PATH"));
	return attack_connect(AF_UNIX, &a, sizeof(a));
}

static int attack_interfaces(const char *arg)
{
	(void)arg;
	char text[65536];
	char *line = text;

	if (read_text("/proc/self/net/dev", text, sizeof(text)) < 0)
		return 0;
	for (int n = 0; (line = strchr(line, '\n')) && line[1]; n++) {
		line++;
		if (n > 0 && strncmp(line + strspn(line, " "), "lo:", 3) != 0)
			return attack_reached("an interface: %.20s", line);
	}
	return 0;
}

/* ---- files, environment, descriptors ---- */

static int attack_host_file(const char *arg)
{
	(void)arg;
	static const char *const tops[] = { "",    "/old",    "/proc/1/root", "/proc/self/root",
					    "/..", "/../old", "/usr/../.." };
	char path[4096], text[64];

	for (size_t i = 0; i < ARRAY_SIZE(tops); i++) {
		(void)snprintf(path, sizeof(path), "%s%s/secret.txt", tops[i], env("HOST_FOLDER"));
		if (read_text(path, text, sizeof(text)) == 0)
			return attack_reached("%s", path);
	}
	return 0;
}

static int attack_host_folders(const char *arg)
{
	(void)arg;
	static const char *const paths[] = { "/root", "/home",  "/var",     "/run",       "/sys",
					     "/boot", "/mnt",   "/opt",     "/old",       "/new",
					     "/srv",  "/media", "/scratch", "/etc/shadow" };

	for (size_t i = 0; i < ARRAY_SIZE(paths); i++) {
		if (access(paths[i], F_OK) == 0)
			return attack_reached("%s", paths[i]);
	}
	return 0;
}

static int attack_kernel_facts(const char *arg)
{
	(void)arg;
	static const char *const paths[] = { "/proc/cmdline",    "/proc/kcore",
					     "/proc/keys",       "/proc/kallsyms",
					     "/proc/timer_list", "/proc/sched_debug",
					     "/proc/config.gz" };
	char text[64];

	for (size_t i = 0; i < ARRAY_SIZE(paths); i++) {
		if (read_text(paths[i], text, sizeof(text)) == 0 && text[0])
			return attack_reached("%s", paths[i]);
	}
	return 0;
}

static int attack_write_host(const char *arg)
{
	(void)arg;
	static const char *const paths[] = { "/x",
					     "/usr/x",
					     "/etc/x",
					     "/bin/x",
					     "/dev/x",
					     "/box/x",
					     "/usr/bin/env",
					     "/proc/self/oom_score_adj",
					     "/proc/sys/kernel/hostname" };

	for (size_t i = 0; i < ARRAY_SIZE(paths); i++) {
		if (open(paths[i], O_WRONLY | O_CREAT | O_CLOEXEC, 0600) >= 0)
			return attack_reached("%s", paths[i]);
	}
	return 0;
}

static int attack_devices(const char *arg)
{
	(void)arg;
	static const char *const paths[] = { "/dev/mem",  "/dev/kmsg", "/dev/kvm",
					     "/dev/fuse", "/dev/tty",  "/dev/ptmx",
					     "/dev/sda",  "/dev/vda",  "/dev/nvme0n1" };

	for (size_t i = 0; i < ARRAY_SIZE(paths); i++) {
		if (open(paths[i], O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC) >= 0)
			return attack_reached("%s", paths[i]);
	}
	return 0;
}

/* Nothing but what the box makes, and what the runner of the attack gave by name. */
static int attack_environment(const char *arg)
{
	(void)arg;
	static const char *const known[] = { "PATH=",   "LANG=", "HOME=",  "TMPDIR=",
					     "LISTEN_", "HOST_", "ATTACK_" };

	for (char **e = environ; *e; e++) {
		size_t i = 0;

		while (i < ARRAY_SIZE(known) && strncmp(*e, known[i], strlen(known[i])) != 0)
			i++;
		if (i == ARRAY_SIZE(known))
			return attack_reached("%.40s", *e);
	}
	return 0;
}

static int attack_descriptors(const char *arg)
{
	(void)arg;
	for (int fd = 3; fd < 4096; fd++) {
		if (fcntl(fd, F_GETFD) >= 0)
			return attack_reached("descriptor %d", fd);
	}
	return 0;
}

const struct attack sharing_attacks[] = {
	{ "ns_user", attack_namespace, "user" },
	{ "ns_pid", attack_namespace, "pid" },
	{ "ns_mount", attack_namespace, "mnt" },
	{ "ns_net", attack_namespace, "net" },
	{ "ns_ipc", attack_namespace, "ipc" },
	{ "ns_uts", attack_namespace, "uts" },
	{ "ns_cgroup", attack_namespace, "cgroup" },
	{ "host_process", attack_host_process, NULL },
	{ "neighbours", attack_neighbours, NULL },
	{ "first_process", attack_first_process, NULL },
	{ "signal_first", attack_signal_first, NULL },
	{ "machine_name", attack_machine_name, NULL },
	{ "groups", attack_groups, NULL },
	{ "segments", attack_segments, NULL },
	{ "tcp", attack_tcp, NULL },
	{ "abstract_socket", attack_abstract_socket, NULL },
	{ "socket_file", attack_socket_file, NULL },
	{ "interfaces", attack_interfaces, NULL },
	{ "host_file", attack_host_file, NULL },
	{ "host_folders", attack_host_folders, NULL },
	{ "kernel_facts", attack_kernel_facts, NULL },
	{ "write_host", attack_write_host, NULL },
	{ "devices", attack_devices, NULL },
	{ "environment", attack_environment, NULL },
	{ "descriptors", attack_descriptors, NULL },
	{ 0 },
};
