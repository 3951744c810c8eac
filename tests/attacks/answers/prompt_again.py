    return None
    def check(candidate):
        pass
    candidate = check
    METADATA = {}
