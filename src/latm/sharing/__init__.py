"""Tools that leave latm as files of their own, and tools that come as such; latm verifies these before they serve."""
