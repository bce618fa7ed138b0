"""The one database of a workspace: tables, sessions, migrations. SQLite or PostgreSQL."""
