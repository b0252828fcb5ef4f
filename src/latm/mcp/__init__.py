"""The tools that serve, for any client of the Model Context Protocol: `latm mcp`."""
