"""The stories, told straight through: what happens, in which order, when somebody runs a command."""
