"""The report as one HTML file that needs no network, light and dark."""
