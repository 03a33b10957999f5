"""History -> what landed when, and whether anything else ever changed the live overrides. Pure."""
