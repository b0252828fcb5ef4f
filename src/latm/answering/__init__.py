"""From a question to its answer: candidates of a snapshot, their parsers, a tool user, a direct answer."""
