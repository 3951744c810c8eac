    import sys
    class Finder:
        def find_spec(self, name, path=None, target=None):
            sys.modules[name] = sys.modules[__name__]
            return sys.modules[name].__spec__
    sys.meta_path.insert(0, Finder())
    return None
