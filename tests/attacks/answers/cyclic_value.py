    v = []
    v.append(v)
    return v
