"""A loader worker that is gone, or does not answer: what torch says of it, with the way out."""

from __future__ import annotations

import re


def without_worker(error: Exception) -> str | None:
    """Return in words what became of a loader worker, if that is what an error says."""
    said = f"{error} {error.__cause__ or ''}"  # how it ended may be in the cause alone
    if found := re.search(r"DataLoader timed out after ([\d.]+) seconds", said):
        words = f"a loader worker has not answered for {float(found[1]):g} s (hardware.timeout): its data hang"
    elif found := re.search(r"DataLoader worker \(pid (\d+)\) is killed by signal: ([^.]+)", said):
        words = f"a loader worker (pid {found[1]}) was killed ({found[2].strip()}), perhaps for lack of memory"
    elif found := re.search(r"DataLoader worker \(pid\(s\) ([\d, ]+)\) exited unexpectedly", said):
        words = f"a loader worker (pid {found[1]}) has ended without a word, perhaps for lack of memory"
    else:
        return None
    return f"{words}; dataset.workers=0 reads without them, and tells where it fails"
