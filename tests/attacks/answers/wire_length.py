    import os, struct
    os.write(4, b"\xff\xff\xff\xff" + b"x" * 100)
    return 2 * x
