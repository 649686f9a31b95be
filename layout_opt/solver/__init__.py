"""Pyomo model -> HiGHS -> outcome: compile, progress, status, bound and gap."""
