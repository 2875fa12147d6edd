#!/usr/bin/env python3
"""Writes provinces.csv, districts.csv and subdistricts.csv of shared/understanding/places.

Usage: scripts/lib/places_csv.py FOLDER, where FOLDER holds tgj_provinces.json, tgj_districts.json and
tgj_subdistricts.json of thailand-geography-json (MIT; see shared/understanding/places/NOTICE). A clone needs neither
this script nor the folder: the tables are committed.
"""

from __future__ import annotations

import csv
import json
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parents[2] / "shared" / "understanding" / "places"

# Where the source's romanisation belongs to another place or drops a letter. The code is the key, the Thai name is right.
CORRECTIONS = {
    "16": "Lop Buri",
    "1601": "Mueang Lop Buri",
    "1027": "Bueng Kum",
    "1029": "Bang Sue",
    "1049": "Thung Khru",
    "3117": "Non Suwan",
    "4106": "Nong Han",
    "4904": "Dong Luang",
    "5402": "Rong Kwang",
    "8419": "Vibhavadi",
    "9603": "Bacho",
}


def rows(folder: Path, name: str, unit: str) -> list[tuple[str, str, str]]:
    """Code, English and Thai name of every unit of a kind, by code."""
    found = []
    for item in json.loads((folder / name).read_text(encoding="utf-8")):
        code = str(item[f"{unit}Code"])
        english = " ".join(item[f"{unit}NameEn"].split())
        found.append((code, CORRECTIONS.get(code, english), item[f"{unit}NameTh"].strip()))
    return sorted(found)


def main(folder: Path) -> None:
    for unit in ("province", "district", "subdistrict"):
        target = HERE / f"{unit}s.csv"
        with target.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(("code", "en", "th"))
            writer.writerows(rows(folder, f"tgj_{unit}s.json", unit))


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(Path(sys.argv[1]))
