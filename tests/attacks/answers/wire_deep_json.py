    import os, struct
    body = b"[" * 200000 + b"]" * 200000
    os.write(4, struct.pack(">I", len(body)) + body)
    return None
