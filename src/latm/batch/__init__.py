"""Batches: a file of questions in, a file of answers out, resumed wherever it stopped."""
