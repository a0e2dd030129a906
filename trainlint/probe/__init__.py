"""The probe: findings confirmed by measurement on a network that is rebuilt from facts; the user's code never runs."""
