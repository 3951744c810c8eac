# The scratch disk is memory too.
for i in range(64):
    with open("/tmp/%d" % i, "wb") as f:
        f.write(b"x" * (8 << 20))
