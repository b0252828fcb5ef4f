"""From examples to a verified tool."""
