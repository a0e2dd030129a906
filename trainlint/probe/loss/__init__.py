"""`trainlint probe --loss`: can plain gradient descent on a small MLP reduce a loss of the user's own, and does that help?"""
