"""What votes add up to: majority, Dawid and Skene, free ages; and when they are enough."""
