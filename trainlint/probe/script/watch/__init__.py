"""What watches a program from inside its own process. Needs no torch until the program imports it."""
