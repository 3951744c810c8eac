# Is this namespace the one of the host?
import os, sys
name = sys.argv[1]
here = os.readlink("/proc/self/ns/" + name)
print("REACHED" if here == os.environ["HOST_NS_" + name] else "another", here)
