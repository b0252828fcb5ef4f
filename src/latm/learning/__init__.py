"""Learning: from answers to examples, and from examples to tools."""
