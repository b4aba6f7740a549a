"""`/admin`: what the person who runs Cross may do, for the command line and the dashboard."""
