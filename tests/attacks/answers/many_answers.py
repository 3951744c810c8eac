    import os, struct
    for n in range(1, 20):
        for v in (b"0", b"2", b"-14"):
            body = b'[%d, "", "value", %s]' % (n, v)
            os.write(4, struct.pack(">I", len(body)) + body)
    return None
