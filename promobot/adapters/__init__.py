"""The only code that touches the world: exports, git, the forge, the runner. No adapter imports another."""
