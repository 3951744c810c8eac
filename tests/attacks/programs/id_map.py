# Whose ids these are outside: root's must not be among them.
rows = [line.split() for path in ("/proc/self/uid_map", "/proc/self/gid_map") for line in open(path)]
for inside, outside, count in rows:
    if int(outside) == 0 or int(count) > 1:
        print("REACHED", inside, outside, count)
