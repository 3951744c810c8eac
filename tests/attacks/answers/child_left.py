    import os, time, struct
    if os.fork() == 0:
        os.setsid()
        time.sleep(0.05)
        body = b'[1, "", "bye"]'
        os.write(4, struct.pack(">I", len(body)) + body)
        os._exit(0)
    return None
