"""From a question to the tool that answers it."""
