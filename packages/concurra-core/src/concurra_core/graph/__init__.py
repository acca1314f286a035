"""From labels to integers: registration, planning, ranking, and what networkx says about a graph."""
