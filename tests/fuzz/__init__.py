"""Requests that nobody thought of, sent to the embedded platform by Schemathesis.

__main__    sets the platform up, runs Schemathesis on it, reads the log afterwards
hooks       what Schemathesis is told beside the contract; runs in its environment, not in ours
"""
