# Deeper than any stack.
import sys
sys.setrecursionlimit(1 << 30)
x = []
for _ in range(10 ** 7):
    x = [x]
print(repr(x))
