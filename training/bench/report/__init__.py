"""Benchmark results for people and for programs: tables, JSON, Markdown and one HTML page."""
