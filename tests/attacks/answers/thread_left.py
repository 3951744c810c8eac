    import threading, time, os, struct
    def later():
        time.sleep(0.05)
        body = b'[2, "", "value", 2]'
        os.write(4, struct.pack(">I", len(body)) + body)
    threading.Thread(target=later).start()
    return None
