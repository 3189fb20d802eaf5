"""Readers of benchmark data sets, one function each."""
