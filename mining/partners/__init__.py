"""Partners judged: criteria, ranks that hold and those that do not, what would be lost without one."""
