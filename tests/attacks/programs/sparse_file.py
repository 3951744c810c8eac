with open("/work/sparse", "wb") as f:
    f.truncate(10 << 30)
