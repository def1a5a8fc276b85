"""What stands between the network and the pages: who may reach the dashboard, and from where."""
