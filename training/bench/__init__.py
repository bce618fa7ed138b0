"""How good is it: protocols, metrics, and the tables that say so."""
