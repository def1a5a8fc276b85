"""Pages of the service: who talks to customers, and how that goes."""
