# A folder of the host that is shown to the box: a device, a set-user-id program and a file that all may write to.
import os, subprocess, sys
what, folder = sys.argv[1], os.environ["BOUND_FOLDER"]
if not os.path.exists(folder + "/" + what):
    print("SKIP no such file could be made")
elif what == "program":
    print(subprocess.run([folder + "/program", "other_user"], capture_output=True, text=True).stdout)
else:
    try:
        os.close(os.open(folder + "/" + what, os.O_RDWR))
        print("REACHED", what)
    except OSError:
        pass
