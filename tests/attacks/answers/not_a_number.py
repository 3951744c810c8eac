    return float("nan")
