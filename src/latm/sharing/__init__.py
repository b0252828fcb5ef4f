"""Tools that leave latm as files of their own, and tools that come as such; what comes is verified before it serves."""
