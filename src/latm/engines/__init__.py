"""Many workers for one batch: its questions go to processes, here or on other machines, that ask the tools."""
