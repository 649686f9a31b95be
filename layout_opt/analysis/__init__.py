"""Questions that need more than one solve."""
