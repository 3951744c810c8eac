# A link that points now at a folder of ours, now outside, while a file is made through it.
import os, threading
outside, done = os.environ["HOST_FOLDER"], False
os.mkdir("/tmp/in")
os.symlink("/tmp/in", "/tmp/link")

def swap():
    n = 0
    while not done:
        n += 1
        os.symlink((outside, "/usr", "/etc", "/tmp/in")[n % 4], "/tmp/next%d" % n)
        os.rename("/tmp/next%d" % n, "/tmp/link")

t = threading.Thread(target=swap)
t.start()
for i in range(2000):
    try:
        open("/tmp/link/new%d" % i, "x").close()
    except OSError:
        pass
done = True
t.join()
made = len(os.listdir("/tmp/in"))
for folder in ("/usr", "/etc", outside):
    if os.path.isdir(folder) and any(n.startswith("new") and n[3:].isdigit() for n in os.listdir(folder)):
        print("REACHED", folder)
print(made)
