"""The faces, and the one file where engine and backends meet."""
