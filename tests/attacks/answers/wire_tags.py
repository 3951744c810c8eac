    return ["x", "AssertionError", ["o", "int", True], ["i", "0"]]
