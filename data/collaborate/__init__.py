"""What partners, proposals and prices bring that people write: statements, and the rows that they become."""
