"""People who sign in: local accounts, their sessions, and the audit of what was seen and done."""
