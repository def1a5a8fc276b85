"""Who works with Clientela, and what they did: files of their own beside the warehouse, never in it."""
