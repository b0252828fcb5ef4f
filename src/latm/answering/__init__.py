"""How a question finds its answer: the snapshot of what is known, the index over it, the dispatcher, the ladder."""
