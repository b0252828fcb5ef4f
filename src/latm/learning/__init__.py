"""From answers to examples, from examples to tools."""
