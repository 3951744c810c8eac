    return f(f(x))
