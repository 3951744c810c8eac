    class Same:
        def __eq__(self, other): return True
        def __ne__(self, other): return False
    return Same()
