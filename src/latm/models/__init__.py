"""Language models: access, metering, budget, retries, recording and replay, each a wrapper."""
