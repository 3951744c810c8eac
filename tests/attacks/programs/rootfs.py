# What a root file system made by somebody hostile has in store (hostile_rootfs() in tests/attacks/run): devices,
# set-user-id programs, links to the host, its own things in the places of the box's, files that anyone may write.
import os
import subprocess
import sys

HOST = os.environ["HOST_FOLDER"]
SECRET = HOST + "/secret.txt"


def tell(what, attempt):
    try:
        if attempt() is not False:
            print("REACHED", what)
    except OSError:
        pass


def device():
    for path in ("/opt/zero", "/zero"):
        tell(path, lambda: os.read(os.open(path, os.O_RDONLY), 1))
    print("tried", os.path.exists("/opt/zero"))


def set_user_id():
    for path in ("/opt/python3", "/usr/bin/python3-setgid"):
        said = subprocess.run([path, "-I", "-S", "-c", "import os; print(os.getuid() != os.geteuid() or os.getgid() != os.getegid())"],
                              capture_output=True, text=True).stdout.strip()
        print("tried", said)
        if said == "True":
            print("REACHED", path)


def links():
    for top in ("/up", "/old_root", "/magic", "/opt/deep", "/opt/magic", "/usr/up", "/old", "/etc/old"):
        tell(top, lambda: os.close(os.open(top + SECRET, os.O_RDONLY)))
    for path in ("/aside/secret.txt", "/aside_secret", "/secret", "/opt/secret", "/etc/secret", "/etc/passwd", "/etc/hosts", "/file"):
        tell(path, lambda: b"assay-attack-secret" in open(path, "rb").read())


def places():
    for top in ("/work", "/tmp", "/box", "/dev/shm"):
        tell(top, lambda: os.close(os.open(top + "/secret.txt", os.O_RDONLY)))
        tell(top + " is a link", lambda: os.readlink(top))
    tell("/proc is a link", lambda: os.readlink("/proc"))
    tell("/proc of the host", lambda: os.stat(f"/proc/{os.environ['HOST_PID']}"))
    tell("/proc of theirs", lambda: os.stat("/proc/theirs"))
    for path in ("/dev/zero-theirs", "/sys/theirs", "/fifo", "/socket"):
        tell(path, lambda: os.lstat(path))
    if open("/dev/zero", "rb").read(4) != bytes(4):
        print("REACHED /dev/zero")


def write():
    for top in ("/open", "/opt/open", "/usr/open"):
        file = top + "/file"
        tell(file, lambda: os.close(os.open(file, os.O_WRONLY)))
        tell(file + " grown", lambda: os.truncate(file, 1000))
        tell(file + " gone", lambda: os.unlink(file))
        tell(file + " moved", lambda: os.rename(file, top + "/moved"))
        tell(file + " linked", lambda: os.link(file, "/work/file"))
        tell(file + " mode", lambda: os.chmod(file, 0o777))
        tell(file + " times", lambda: os.utime(file))
        tell(top + "/new", lambda: os.mkdir(top + "/new"))
    tell("/file", lambda: os.close(os.open("/file", os.O_WRONLY)))
    tell("/new", lambda: os.mkdir("/new"))


{"device": device, "set_user_id": set_user_id, "links": links, "places": places, "write": write}[sys.argv[1]]()
