    return None
import os, struct
for body in (b'["ready"]', b'[1, "0000000000000000", "value", 0]', b'[1, "", "bye"]'):
    os.write(4, struct.pack(">I", len(body)) + body)
