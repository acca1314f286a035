"""The vocabulary: errors, states, options, tasks, outcomes and events. Imports nothing of ours."""
