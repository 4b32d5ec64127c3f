"""What drives said before, kept in SQLite by model and serial number.

Three copies stand beside each other, so that one broken file loses nothing: the database, a copy
of it that is made once a day, and a list of what was written since that copy. What cannot be
written into the database goes into a spool, and from there into the database when that works again.
"""
