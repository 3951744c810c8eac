    pass
    from __future__ import annotations
    return 2 * x
