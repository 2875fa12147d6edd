"""Unit tests of the development scripts. Run by `scripts/check scripts`."""
