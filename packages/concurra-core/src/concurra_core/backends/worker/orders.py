"""What a run and its template say to one another, and the signals: for its stack, and for the end. Child-safe."""

from __future__ import annotations

from _struct import Struct

HIRE, BURY, END, WATCH = range(4)  # orders: kind, pid
HIRED, BURIED = range(2)  # answers: kind, pid, status
ORDER = Struct("<ii")
ANSWER = Struct("<iii")

# Rarely used by anybody, and never by the C library.
DUMP = 34 + 24
KILL = 9  # SIGKILL: `signal` is an import more
