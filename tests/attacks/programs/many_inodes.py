for i in range(100000):
    open("/work/%d" % i, "w").close()
