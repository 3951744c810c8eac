# Forks until it is refused, and so do its children.
import os
while True:
    os.fork()
