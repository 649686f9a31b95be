"""Instances from elsewhere: tables of a Python session, and multi-regional input-output tables."""
