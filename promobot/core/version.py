"""The engine's version: written into every proposal, so that an auditor knows which rules decided."""

__version__ = "0.1.0"
