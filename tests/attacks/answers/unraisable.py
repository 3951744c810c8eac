    import sys
    sys.excepthook = sys.unraisablehook = lambda *a: None
    sys.stderr = open("/dev/null", "w")
    raise ValueError("hidden")
