"""The audit: what landed, who let it, and that nothing else ever changed the live overrides; from git alone."""
