# Leaves a link where a file is to be brought back from.
import os, sys
host = os.environ["HOST_FOLDER"]
links = {
    "absolute": ("/work/out", host + "/secret.txt"),
    "relative": ("/work/out", "../../../../../../../../../.." + host + "/secret.txt"),
    "folder": ("/work/folder", host),
    "top": ("/work/folder", "/"),
    "chain": ("/work/folder", "next"),
    "descriptors": ("/work/folder", "/proc/self/fd"),
    "round": ("/work/out", "out"),
    "own": ("/work/out", "/work/mine"),
}
open("/work/mine", "w").write("a file of the box, which a link names all the same")
path, target = links[sys.argv[1]]
os.symlink(host, "/work/next")
os.symlink(target, path)
