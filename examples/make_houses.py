"""Writes data/houses.csv, the table that both projects train on: 640 invented houses, always the same ones.

    python make_houses.py
"""

from __future__ import annotations

import csv
import random
from pathlib import Path

COLUMNS = ["area_sqft", "lot_sqft", "bedrooms", "bathrooms", "year_built", "km_to_centre", "quality", "price"]


def house(rng: random.Random) -> list[float]:
    """One house: areas in square feet, distance in kilometres, quality 1-10, price in dollars."""
    area = min(max(rng.gauss(1900, 600), 600), 4500)
    lot = area * rng.uniform(1.5, 6)
    bedrooms = max(1, round(area / 650 + rng.gauss(0, 0.6)))
    bathrooms = max(1, round(bedrooms * 0.7 + rng.gauss(0, 0.4)))
    year = rng.randint(1925, 2023)
    distance = rng.expovariate(1 / 9)
    quality = min(10, max(1, round(rng.gauss(6, 1.8))))
    price = 45_000 + 95 * area + 4 * lot + 900 * (year - 1925)
    price *= (0.7 + 0.06 * quality) * (0.75 + 0.6 * 2.718 ** (-distance / 8))
    price += 12_000 * bathrooms + rng.gauss(0, 12_000)
    return [round(area), round(lot), bedrooms, bathrooms, year, round(distance, 1), quality, round(price, -2)]


def main() -> None:
    rng = random.Random(7)
    target = Path(__file__).parent / "data" / "houses.csv"
    target.parent.mkdir(exist_ok=True)
    with target.open("w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        writer.writerows(house(rng) for _ in range(640))


if __name__ == "__main__":
    main()
