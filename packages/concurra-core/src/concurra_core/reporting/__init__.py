"""Tells: results, tables, progress lines and events, all from the records and notes of a run."""
