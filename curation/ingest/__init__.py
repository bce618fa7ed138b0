"""Taking posts in: `record` writes posts and labels, `fetch` brings and checks their pictures."""
