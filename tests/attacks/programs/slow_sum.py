# Little code, much time: without a single call in between.
import re, sys
if sys.argv[1] == "expression":
    re.match("(a*)*b", "a" * 64)
elif sys.argv[1] == "number":
    10 ** 10 ** 9
elif sys.argv[1] == "threads":
    import threading, hashlib
    for _ in range(4):
        threading.Thread(target=lambda: [hashlib.sha256(bytes(1 << 24)) for _ in range(10 ** 6)]).start()
else:
    sum(range(10 ** 12))
