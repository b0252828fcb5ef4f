"""Large Language Models as Tool Makers: a functional cache for recurring questions."""
