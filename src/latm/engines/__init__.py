"""Many workers for one batch: processes, on this machine or on others, that ask the tools the batch's questions."""
