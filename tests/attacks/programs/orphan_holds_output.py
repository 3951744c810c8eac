# The program ends; a child keeps the output open.
import os, time
if os.fork() == 0:
    time.sleep(1000)
os._exit(0)
