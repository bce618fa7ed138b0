"""A synthetic world with known truth: drawn people, their posts, and the moderators who vote."""
