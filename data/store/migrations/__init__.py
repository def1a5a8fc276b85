"""How a warehouse of an earlier release becomes one of this: what is declared and lacks is added; the rest is written.

A new table, column, level, attribute or fact needs nothing here. What was renamed or changed its meaning is a file of
its own, named in `written_migrations`.
"""
