"""Who may see and do what: roles, the policy that follows for a person, and the rows that it leaves of a warehouse."""
