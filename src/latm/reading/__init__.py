"""Questions read from files as people have them."""
