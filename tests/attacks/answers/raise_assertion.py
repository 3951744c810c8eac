    raise AssertionError("all tests passed")
