    return 1 << 4000000
