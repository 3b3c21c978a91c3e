"""Everything that is kept, in SQL: SQLite when embedded, PostgreSQL when shared."""
