    import os, struct
    os.write(4, struct.pack(">I", 1000) + b"[1, ")
    os._exit(0)
