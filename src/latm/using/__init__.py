"""Answers with a model: the tool user and the direct answer."""
