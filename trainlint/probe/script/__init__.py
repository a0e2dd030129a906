"""`trainlint probe --run`: the user's own program, run in isolation and watched for some optimizer steps."""
