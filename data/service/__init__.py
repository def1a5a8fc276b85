"""What a warehouse knows of the call centre, read as rows: contacts, events of cases, answers to surveys."""
