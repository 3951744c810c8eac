    class Bomb:
        def __reduce__(self):
            return (exec, ("import os; os._exit(0)",))
        def __getstate__(self):
            return {}
    return Bomb()
