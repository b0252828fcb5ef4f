"""The tool cache: tasks, tools, makings and answers in a database."""
