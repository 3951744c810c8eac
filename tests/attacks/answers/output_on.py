    import sys
    while True:
        sys.stdout.write("passed" * 100000)
