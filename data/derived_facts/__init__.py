"""Facts that follow from others: no source brings them, and the end of every write brings them up to date."""
