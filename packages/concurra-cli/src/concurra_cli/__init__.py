"""The command line of Concurra. It knows `concurra_core` by its public names alone; start at `concurra_cli.main`."""
