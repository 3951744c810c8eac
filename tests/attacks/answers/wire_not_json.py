    import os, struct
    body = b'[1, "", "value", NaN, Infinity, \xff\xfe]'
    os.write(4, struct.pack(">I", len(body)) + body)
    return None
