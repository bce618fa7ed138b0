"""Questions to moderators, their votes through Label Studio, and what the votes add up to."""
