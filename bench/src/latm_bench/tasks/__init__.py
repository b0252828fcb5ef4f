"""Tasks to answer and to measure with: reading them, splitting them, finding them by name, generating them."""
