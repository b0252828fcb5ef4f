"""The sandbox: runs tool code that nobody has read."""
