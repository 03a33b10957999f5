"""Whole cycles from raw bytes: `seeds` are good files, `mutations` spoil them, `world` runs them, `oracle` judges."""
