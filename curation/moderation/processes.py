"""Processes that outlive the command which started them: are they still the same, how to end them.

A process id alone proves nothing: the system gives it to another process later. Together with
the time at which the process began it does.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time
from pathlib import Path

POLL_SECONDS = 0.05


def birth(pid: int) -> str | None:
    """Return when process `pid` began, as text that only this process has; None when it is gone.

    A process that ended and was not yet collected by its parent counts as gone, but not while
    threads of it still hold its files and ports.
    """
    try:
        # Behind the name, which may hold anything but ends with the last ")", come the state and,
        # as the 20th and 22nd field of all, threads and start in ticks since boot (proc(5)).
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except (FileNotFoundError, ProcessLookupError):
        return None if Path("/proc/self/stat").exists() else _birth_by_ps(pid)
    ended = fields[0] in "ZX" and int(fields[17]) <= 1
    return None if ended else f"{boot}:{fields[19]}"


def end_group(pid: int, born: str, patience: float = 15.0) -> None:
    """End the process group that `pid` leads: politely, and after `patience` seconds by force.

    Nothing happens when `pid` is no longer the process that was born at `born`.
    """
    for number in (signal.SIGTERM, signal.SIGKILL):
        if birth(pid) != born:
            return
        with contextlib.suppress(ProcessLookupError):
            os.killpg(pid, number)
        end = time.monotonic() + patience
        while birth(pid) == born and time.monotonic() < end:
            time.sleep(POLL_SECONDS)


def _birth_by_ps(pid: int) -> str | None:
    """Ask ps where there is no /proc (macOS)."""
    answer = subprocess.run(
        ["ps", "-o", "stat=,lstart=", "-p", str(pid)], capture_output=True, text=True, check=False
    )
    state, _, began = answer.stdout.strip().partition(" ")
    return None if not began or state.startswith("Z") else began.strip()
