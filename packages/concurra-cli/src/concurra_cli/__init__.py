"""The command line of Concurra. It knows `concurra_core` by its public names alone; start at `concurra_cli.main`."""

# Written here too: to read it from the metadata of the package takes longer than all else that --version does.
__version__ = "0.1.0"
