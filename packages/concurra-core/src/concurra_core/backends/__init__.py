"""Acts: runs tasks somewhere and reports what became of each. Never orders, never retries."""
