    import os, time
    for fd in range(3, 20):
        try:
            os.close(fd)
        except OSError:
            pass
    time.sleep(0.2)
    return 2 * x
