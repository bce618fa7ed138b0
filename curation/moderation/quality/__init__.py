"""How good moderators are: pure functions on a table of votes, and the report made of them.

Nothing here knows a server or a command; only `reading` and `standing` know the tables.
"""
