    import itertools
    return itertools.repeat(0)
