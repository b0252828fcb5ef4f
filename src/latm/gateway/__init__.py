"""The gateway: an OpenAI-compatible endpoint in front of a model, whose recurring requests become tools.

How a request travels: `app` (routes) → `gate` (who asks, what is wanted, which way) → an answer of a tool, or an
`exchange` with the `upstream`, whose bytes are relayed as they come while a listener reads along.
"""
