"""What a distributed engine needs to answer the same questions: the published tables, its SQL, the way to it."""
