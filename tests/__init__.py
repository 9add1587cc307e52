"""Tests are sentences about the product, told through its real doors."""
