# SPDX-License-Identifier: Apache-2.0
"""Tables: aligned, and so that Markdown takes them as tables too."""


def show(head, rows):
    widths = [max(len(row[i]) for row in [head, *rows]) for i in range(len(head))]
    lines = [head, ["-" * widths[0], *("-" * (w - 1) + ":" for w in widths[1:])], *rows]
    for line in lines:
        cells = [line[0].ljust(widths[0]), *(c.rjust(w) for c, w in zip(line[1:], widths[1:]))]
        print("| " + " | ".join(cells) + " |")


def show_values(values):
    """Names and figures; text stays as it is."""
    rows = [[name, f"{value:.0f}" if isinstance(value, float) and name.endswith(", us") else
             f"{value:.2f}" if isinstance(value, float) else str(value)]
            for name, value in values.items()]
    show(["", "figure"], rows)
