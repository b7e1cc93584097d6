"""The bodies of requests, which are checked, and of answers, which the document tells of.

Answers are typed dictionaries: they cost nothing at a cold start. Tests hold the real answers
against them.
"""
