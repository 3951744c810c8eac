    import os
    os.set_blocking(3, False)
    try:
        while os.read(3, 65536):
            pass
    except OSError:
        pass
    return None
