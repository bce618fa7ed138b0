"""How a campaign stands: figures from the tables, a page of them, and the server of that page."""
