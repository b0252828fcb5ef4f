"""The gateway's page: what it does and saves, every kind with its tool, and what a person can decide about it.

It stands alone: `page_of` is a Starlette application over an open `AsyncLatm`, which the gateway mounts.
"""
