"""The abstract interpreter: it runs a program over abstract values and records what training would do."""
