/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Making the root of a box.
 *
 * Theory of operation: everything happens in a mount namespace of our own. A small tmpfs is mounted
 * over a folder that every host has and becomes "/" with the host's tree below /old. The new root
 * is another tmpfs at /new; host folders are bound into it from /old and made read-only, then it
 * becomes
 * "/" and everything else is detached. In a user namespace the kernel keeps the flags of the host's
 * mounts locked, so we only ever add flags.
 */
#include "sandbox/root.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "sandbox/mutant.h"
#include "sandbox/rootfs.h"

#ifndef AT_RECURSIVE
#define AT_RECURSIVE 0x8000
#endif

#define OLD "/old"
#define NEW "/new"

enum entry_kind { ENTRY_TOOLCHAIN, ENTRY_FILE };

/* Host paths that are seen in every box, where the host has them. */
static const struct root_entry {
	const char *path;
	enum entry_kind kind;
} entries[] = {
	{ "/usr", ENTRY_TOOLCHAIN },        { "/bin", ENTRY_TOOLCHAIN },
	{ "/sbin", ENTRY_TOOLCHAIN },       { "/lib", ENTRY_TOOLCHAIN },
	{ "/lib32", ENTRY_TOOLCHAIN },      { "/lib64", ENTRY_TOOLCHAIN },
	{ "/libx32", ENTRY_TOOLCHAIN },     { "/etc/alternatives", ENTRY_TOOLCHAIN },
	{ "/etc/ld.so.cache", ENTRY_FILE }, { "/etc/localtime", ENTRY_FILE },
};

static const char *const devices[] = { "null", "zero", "full", "random", "urandom" };

/* Files of /proc that tell about the host rather than about the box. */
static const char *const masked[] = { "/proc/kcore",       "/proc/keys",     "/proc/timer_list",
				      "/proc/sched_debug", "/proc/kallsyms", "/proc/cmdline",
				      "/proc/config.gz" };

static const struct root_text {
	const char *path, *text;
} texts[] = {
	{ "/etc/passwd", "root:x:0:0:root:/:/bin/sh\nbox:x:1000:1000:box:/work:/bin/sh\n" },
	{ "/etc/group", "root:x:0:\nbox:x:1000:\n" },
	{ "/etc/hosts", "127.0.0.1 localhost\n::1 localhost\n" },
	{ "/etc/nsswitch.conf", "passwd: files\ngroup: files\nhosts: files\n" },
};

static const struct root_link {
	const char *path, *target;
} links[] = {
	{ "/dev/fd", "/proc/self/fd" },
	{ "/dev/stdin", "/proc/self/fd/0" },
	{ "/dev/stdout", "/proc/self/fd/1" },
	{ "/dev/stderr", "/proc/self/fd/2" },
};

/* Room for the longest path that is bound, and a prefix. */
struct path {
	char s[4200];
};

static struct path under(const char *top, const char *path)
{
	struct path p;

	(void)snprintf(p.s, sizeof(p.s), "%.100s%.4090s", top, path);
	return p;
}

static int do_mount(const char *src, const char *dst, const char *type, unsigned long flags,
		    const char *data, struct err *err)
{
	if (mount(src, dst, type, flags, data) < 0)
		return err_sys(err, "mount %s at %s", type ? type : src ? src : "flags", dst);
	return 0;
}

/* Makes every folder above the last part of a path. */
static int make_parents(const char *path, struct err *err)
{
	struct path p = under("", path);

	for (char *slash = strchr(p.s + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = 0;
		if (mkdir(p.s, 0755) < 0 && errno != EEXIST)
			return err_sys(err, "mkdir %s", p.s);
		*slash = '/';
	}
	return 0;
}

static int make_target(const char *path, bool is_dir, struct err *err)
{
	if (make_parents(path, err) < 0)
		return -1;
	if (is_dir) {
		if (mkdir(path, 0755) < 0 && errno != EEXIST)
			return err_sys(err, "mkdir %s", path);
		return 0;
	}
	auto_close int fd = open(path, O_CREAT | O_WRONLY | O_CLOEXEC | O_NOFOLLOW, 0644);

	return fd < 0 ? err_sys(err, "create %s", path) : 0;
}

/*
 * Adds flags to the mount at `path` and all below it. Older kernels have no recursive form: there
 * only the top is changed, which is why a private /proc and tmpfs stand over what matters.
 */
static int add_mount_flags(const char *path, uint64_t attrs, struct err *err)
{
	if (mutant("root:read-only"))
		attrs &= ~(uint64_t)MOUNT_ATTR_RDONLY;
	if (mutant("root:nosuid"))
		attrs &= ~(uint64_t)MOUNT_ATTR_NOSUID;
	if (mutant("root:nodev"))
		attrs &= ~(uint64_t)MOUNT_ATTR_NODEV;

	struct mount_attr attr = { .attr_set = attrs };

	if (syscall(SYS_mount_setattr, AT_FDCWD, path, AT_RECURSIVE, &attr, sizeof(attr)) == 0)
		return 0;
	unsigned long flags = MS_REMOUNT | MS_BIND | MS_NOSUID;

	if (attrs & MOUNT_ATTR_RDONLY)
		flags |= MS_RDONLY;
	if (attrs & MOUNT_ATTR_NODEV)
		flags |= MS_NODEV;
	return do_mount(NULL, path, NULL, flags, NULL, err);
}

static int bind_read_only(const char *host, const char *place, struct err *err)
{
	struct path src = under(OLD, host);
	struct path dst = under(NEW, place);
	struct stat st;

	if (stat(src.s, &st) < 0)
		return err_sys(err, "%s", host);
	if (make_target(dst.s, S_ISDIR(st.st_mode), err) < 0 ||
	    do_mount(src.s, dst.s, NULL, MS_BIND | MS_REC, NULL, err) < 0)
		return -1;
	return add_mount_flags(dst.s, MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV,
			       err);
}

/* A toolchain folder, or the link that the host has in its place (/bin -> usr/bin). */
static int add_entry(const struct root_entry *e, struct err *err)
{
	struct path src = under(OLD, e->path);
	struct path dst = under(NEW, e->path);
	struct path target;
	ssize_t n = readlink(src.s, target.s, sizeof(target.s) - 1);

	if (n > 0 && e->kind == ENTRY_TOOLCHAIN) {
		target.s[n] = 0;
		if (make_parents(dst.s, err) < 0)
			return -1;
		return symlink(target.s, dst.s) < 0 ? err_sys(err, "link %s", e->path) : 0;
	}
	if (access(src.s, F_OK) < 0)
		return 0;
	return bind_read_only(e->path, e->path, err);
}

/* The toolchain: of the host, or a given root file system. */
static int add_toolchain(const struct box_spec *spec, int tree, struct err *err)
{
	if (spec->rootfs)
		return rootfs_lay(NEW, under(OLD, spec->rootfs).s, tree, err);
	for (size_t i = 0; i < ARRAY_SIZE(entries); i++) {
		if (add_entry(&entries[i], err) < 0)
			return -1;
	}
	return 0;
}

static int add_binds(const struct box_spec *spec, struct err *err)
{
	for (size_t i = 0; i < spec->binds.n; i++) {
		const char *path = spec->binds.v[i];

		if (path[0] != '/' || strstr(path, ".."))
			return err_set(err, ERR_USAGE, "'%s' is no absolute path", path);
		int r = spec->rootfs ? rootfs_bind(NEW, under(OLD, path).s, path, err)
				     : bind_read_only(path, path, err);

		if (r < 0)
			return -1;
	}
	return 0;
}

static int write_text(const char *path, const char *text, struct err *err)
{
	struct path p = under(NEW, path);

	if (make_parents(p.s, err) < 0)
		return -1;
	auto_close int fd = open(p.s, O_CREAT | O_WRONLY | O_TRUNC | O_CLOEXEC, 0644);
	ssize_t len = (ssize_t)strlen(text);

	if (fd < 0 || write(fd, text, (size_t)len) != len)
		return err_sys(err, "write %s", path);
	return 0;
}

/* Over those of a root file system, where it has such files; it may have no /etc at all. */
static int add_texts(const struct box_spec *spec, struct err *err)
{
	struct stat st;
	bool is_theirs = spec->rootfs && lstat(NEW "/etc", &st) == 0;

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		if (is_theirs ? rootfs_cover(NEW, texts[i].path, texts[i].text, err) < 0
			      : write_text(texts[i].path, texts[i].text, err) < 0)
			return -1;
	}
	return 0;
}

static int add_devices(struct err *err)
{
	for (size_t i = 0; i < ARRAY_SIZE(devices); i++) {
		struct path name = under("/dev/", devices[i]);
		struct path src = under(OLD, name.s);
		struct path dst = under(NEW, name.s);

		if (make_target(dst.s, false, err) < 0 ||
		    do_mount(src.s, dst.s, NULL, MS_BIND, NULL, err) < 0 ||
		    add_mount_flags(dst.s, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC, err) < 0)
			return -1;
	}
	for (size_t i = 0; i < ARRAY_SIZE(links); i++) {
		if (symlink(links[i].target, under(NEW, links[i].path).s) < 0)
			return err_sys(err, "link %s", links[i].path);
	}
	return 0;
}

#define PROC_FLAGS (MS_NOSUID | MS_NODEV | MS_NOEXEC)

/*
 * Processes alone, and nothing that tells about the host; from Linux 5.8 on. A process that may not
 * be traced is not seen at all: the first one, whose command line would tell paths of the host.
 */
static bool mount_proc_of_processes(const char *at)
{
	return !mutant("root:masks") &&
	       mount("proc", at, "proc", PROC_FLAGS | MS_RDONLY,
		     mutant("root:hidden") ? "subset=pid" : "hidepid=2,subset=pid") == 0;
}

/*
 * A /proc of this pid namespace below `top`; where the kernel cannot leave out what tells about the
 * host, `null` is bound over it. 1 where the kernel lets nobody mount it: in a container that masks
 * parts of its own.
 */
static int mount_proc(const char *top, const char *null, struct err *err)
{
	struct path proc = under(top, "/proc");

	if (mutant("pid-ns")) /* the kernel lets no other mount it: the machine's, then */
		return do_mount(OLD "/proc", proc.s, NULL, MS_BIND | MS_REC, NULL, err);
	if (mount_proc_of_processes(proc.s))
		return 0;
	if (mount("proc", proc.s, "proc", PROC_FLAGS, mutant("root:hidden") ? NULL : "hidepid=2") <
	    0)
		return errno == EPERM ? 1 : err_sys(err, "mount proc at %s", proc.s);
	for (size_t i = 0; i < ARRAY_SIZE(masked) && !mutant("root:masks"); i++) {
		struct path p = under(top, masked[i]);

		if (access(p.s, F_OK) == 0 && do_mount(null, p.s, NULL, MS_BIND, NULL, err) < 0)
			return -1;
	}
	return add_mount_flags(
		proc.s,
		MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC, err);
}

/* A template runs trusted code alone, writes the id maps of its clones, and must hide nothing. */
static int add_proc(bool is_template, struct err *err)
{
	if (make_target(NEW "/proc", true, err) < 0)
		return -1;
	if (is_template)
		return do_mount("proc", NEW "/proc", "proc", PROC_FLAGS, NULL, err);
	return mount_proc(NEW, OLD "/dev/null", err);
}

/* The three folders of the scratch disk and where a program sees them; /tmp last (root_renew()). */
static const struct scratch_part {
	const char *folder, *place;
	mode_t mode;
} scratch_parts[] = {
	{ "/work", "/work", 0755 },
	{ "/shm", "/dev/shm", 01777 },
	{ "/tmp", "/tmp", 01777 },
};

/* What is laid in beside a program's own files. */
struct more {
	int64_t bytes, inodes;
};

/* One tmpfs at `at` with a size and a number of inodes, and its folders. */
static int mount_scratch(const char *at, const struct box_limits *l, struct more more, id_t owner,
			 struct err *err)
{
	char options[128];
	int64_t bytes = l->disk_bytes + more.bytes;
	int64_t inodes = l->disk_inodes + more.inodes + 4; /* the three folders and the top */

	(void)snprintf(options, sizeof(options), "size=%lld,nr_inodes=%lld,mode=0755",
		       mutant("root:size") ? 1LL << 30 : (long long)bytes,
		       mutant("root:inodes") ? 1LL << 20 : (long long)inodes);
	if (do_mount("tmpfs", at, "tmpfs", MS_NOSUID | MS_NODEV, options, err) < 0)
		return -1;
	for (size_t i = 0; i < ARRAY_SIZE(scratch_parts); i++) {
		const struct scratch_part *part = &scratch_parts[i];
		struct path folder = under(at, part->folder);

		if (mkdir(folder.s, 0755) < 0 ||
		    (part->mode != 0755 && chmod(folder.s, part->mode) < 0))
			return err_sys(err, "mkdir %s", part->place);
		if (owner != geteuid() && chown(folder.s, owner, owner) < 0)
			return err_sys(err, "give %s to the user of the box", part->place);
	}
	return 0;
}

/* The sized disk; its three folders are all that a program can write to. */
static int add_scratch(const struct box_limits *l, id_t owner, struct err *err)
{
	struct more none = { 0 };

	if (make_target("/scratch", true, err) < 0 ||
	    mount_scratch("/scratch", l, none, owner, err) < 0)
		return -1;
	for (size_t i = 0; i < ARRAY_SIZE(scratch_parts); i++) {
		struct path src = under("/scratch", scratch_parts[i].folder);
		struct path dst = under(NEW, scratch_parts[i].place);

		if (make_target(dst.s, true, err) < 0 ||
		    do_mount(src.s, dst.s, NULL, MS_BIND, NULL, err) < 0)
			return -1;
	}
	return 0;
}

/* After this "/" is a small tmpfs with the host's tree at /old. */
static int step_aside(struct err *err)
{
	static const char *const spots[] = { "/tmp", "/run", "/mnt", "/var" };

	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		return err_sys(err, "make mounts private");
	for (size_t i = 0; i < ARRAY_SIZE(spots); i++) {
		if (mount("tmpfs", spots[i], "tmpfs", MS_NOSUID | MS_NODEV,
			  "size=1m,nr_inodes=256,mode=0755") < 0)
			continue;
		if (mkdir(under(spots[i], OLD).s, 0755) < 0 || chdir(spots[i]) < 0 ||
		    syscall(SYS_pivot_root, ".", "old") < 0 || chdir("/") < 0)
			return err_sys(err, "pivot_root");
		return 0;
	}
	return err_sys(err, "mount tmpfs");
}

/* The new root becomes "/"; the host's tree and the stepping stone are gone for good. */
static int step_in(struct err *err)
{
	if (chdir(NEW) < 0 || syscall(SYS_pivot_root, ".", ".") < 0 ||
	    (!mutant("root:detach") && umount2(".", MNT_DETACH) < 0) || chdir("/") < 0)
		return err_sys(err, "pivot_root into the box");
	return 0;
}

static int open_dir(const char *path, struct err *err)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return fd < 0 ? err_sys(err, "open %s", path) : fd;
}

int root_make(const struct box_spec *spec, int tree, id_t owner, bool is_template,
	      struct root_dirs *ret, struct err *err)
{
	if (step_aside(err) < 0 || make_target(NEW, true, err) < 0 ||
	    do_mount("tmpfs", NEW, "tmpfs", MS_NOSUID | MS_NODEV,
		     "size=32m,nr_inodes=1024,mode=0755", err) < 0)
		return -1;
	if (add_toolchain(spec, tree, err) < 0 || add_binds(spec, err) < 0 ||
	    add_texts(spec, err) < 0 || add_devices(err) < 0)
		return -1;
	int no_proc = add_proc(is_template, err);

	if (no_proc < 0 || add_scratch(&spec->limits, owner, err) < 0)
		return -1;
	if (make_target(NEW "/box", true, err) < 0) /* where files are laid in */
		return -1;
	struct root_dirs dirs = { .scratch = open_dir("/scratch", err),
				  .proc = -1,
				  .has_proc = !no_proc };

	if (dirs.scratch < 0 || step_in(err) < 0)
		return -1;
	dirs.proc = open_dir("/proc", err);
	if (dirs.proc < 0)
		return -1;
	*ret = dirs;
	return 0;
}

static int copy_file(int from, int to)
{
	off_t at = 0;
	ssize_t n;

	do {
		n = sendfile(to, from, &at, 1 << 30);
	} while (n > 0 || (n < 0 && errno == EINTR));
	return (int)n;
}

static bool path_is_allowed(const char *path)
{
	static const char *const tops[] = { "/work/", "/tmp/", "/box/" };

	if (strstr(path, "/../") || strstr(path, "/./"))
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(tops); i++) {
		if (!strncmp(path, tops[i], strlen(tops[i])))
			return true;
	}
	return false;
}

static int add_files(const struct box_spec *spec, const char *top, struct err *err)
{
	for (int i = 0; i < spec->n_files; i++) {
		const struct box_file *f = &spec->files[i];
		struct path path = under(top, f->path);
		mode_t mode = f->is_executable ? 0755 : 0644;

		if (!path_is_allowed(f->path))
			return err_set(err, ERR_USAGE, "no file of a box may be at '%s'", f->path);
		if (make_parents(path.s, err) < 0)
			return -1;
		auto_close int fd =
			open(path.s, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC | O_NOFOLLOW, mode);

		if (fd < 0 || copy_file(f->fd, fd) < 0)
			return err_sys(err, "write %s", f->path);
	}
	return 0;
}

int root_add_files(const struct box_spec *spec, struct err *err)
{
	return add_files(spec, "", err);
}

int root_seal(struct err *err)
{
	if (mount(NULL, "/", NULL, MS_REMOUNT | MS_BIND | MS_RDONLY | MS_NOSUID | MS_NODEV, NULL) <
	    0)
		return err_sys(err, "make the root read-only");
	return chdir("/work") < 0 ? err_sys(err, "chdir /work") : 0;
}

/* The room that a spec's files take on the scratch disk, by whole pages. */
static struct more size_of_files(const struct box_spec *spec)
{
	struct more more = { .inodes = 1 };
	struct stat st;

	for (int i = 0; i < spec->n_files; i++) {
		more.inodes++;
		for (const char *p = spec->files[i].path; *p; p++)
			more.inodes += *p == '/'; /* folders on the way */
		if (fstat(spec->files[i].fd, &st) == 0)
			more.bytes += (st.st_size + 4095) / 4096 * 4096;
	}
	return more;
}

/* Every part of the disk that stands at `top` gets to its place; that for /tmp covers the top. */
static int place_scratch(const struct box_spec *spec, const char *top, struct err *err)
{
	if (spec->n_files > 0 &&
	    (do_mount(under(top, "/box").s, "/box", NULL, MS_BIND, NULL, err) < 0 ||
	     add_mount_flags("/box", MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV,
			     err) < 0))
		return -1;
	for (size_t i = 0; i < ARRAY_SIZE(scratch_parts); i++) {
		struct path src = under(top, scratch_parts[i].folder);

		if (do_mount(src.s, scratch_parts[i].place, NULL, MS_BIND, NULL, err) < 0)
			return -1;
	}
	return 0;
}

int root_renew(const struct box_spec *spec, id_t owner, bool is_watched, struct root_dirs *ret,
	       struct err *err)
{
	struct root_dirs dirs = { .scratch = -1, .proc = -1, .has_proc = true };

	if (mount_scratch("/tmp", &spec->limits, size_of_files(spec), owner, err) < 0)
		return -1;
	dirs.scratch = open_dir("/tmp", err);
	if (dirs.scratch < 0)
		return -1;
	if (spec->n_files > 0 &&
	    (make_target("/tmp/box", true, err) < 0 || add_files(spec, "/tmp", err) < 0))
		return -1;
	if (place_scratch(spec, "/tmp", err) < 0 || mount_proc("", "/dev/null", err) != 0)
		return -1;
	if (is_watched)
		dirs.proc = open_dir("/proc", err);
	if ((is_watched && dirs.proc < 0) || chdir("/work") < 0)
		return -1;
	*ret = dirs;
	return 0;
}

void root_print(FILE *out)
{
	for (size_t i = 0; i < ARRAY_SIZE(entries); i++)
		(void)fprintf(out, "  %-18s the host's, read-only, where it exists\n",
			      entries[i].path);
	(void)fprintf(out, "  %-18s made here: passwd group hosts nsswitch.conf\n", "/etc");
	(void)fprintf(out, "  %-18s null zero full random urandom fd stdin stdout stderr\n",
		      "/dev");
	(void)fprintf(out, "  %-18s of the box's own processes, read-only\n", "/proc");
	(void)fprintf(out, "  %-18s one tmpfs with the disk limit; all else is read-only\n",
		      "/work /tmp /dev/shm");
	(void)fprintf(out, "  %-18s files that the caller laid in, read-only\n", "/box");
}
