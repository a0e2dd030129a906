"""The vocabulary of training: what was understood of a program, in words that every framework shares."""
