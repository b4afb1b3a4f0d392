"""The checklist of ``verify``: a running session is looked at from outside and judged line by line.

The session, its page and its ledgers are read, and the account by a process of its own at the venue; what
is judged (``judging``, ``comparison``) are values alone.
"""
