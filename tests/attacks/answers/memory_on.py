    v = []
    while True:
        v.append(bytearray(1 << 24))
