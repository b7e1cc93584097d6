"""Strata: agent graphs compiled to Step Functions, on AWS or embedded."""
