    return "x" * (80 << 20)
