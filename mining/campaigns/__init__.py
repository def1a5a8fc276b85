"""What campaigns changed: effects of stored arms, what may be trusted of them, and which types of campaign work."""
