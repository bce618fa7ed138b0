"""Collect, moderate and balance face photographs whose hashtags tell the age."""
