"""Servers that behave like the platforms, over real sockets, faults included."""
