"""The service to customers: cases and contacts, as sources tell them and as people record them here."""
