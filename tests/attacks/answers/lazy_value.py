    class Lazy:
        def __getattr__(self, name):
            return self
        def __call__(self, *args):
            return self
        def __eq__(self, other):
            return True
    return Lazy()
