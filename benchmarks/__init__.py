"""Measurements of layout_opt on published problems; not part of the package."""
