    class Truth:
        def __bool__(self):
            return True
        def __len__(self):
            return 1
    return Truth()
