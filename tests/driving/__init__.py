"""Driving the real product from outside: its process, its people, what it knew.

Only real doors are used: the command line, the platforms' sockets, and the database
for reading what became of a message.
"""
