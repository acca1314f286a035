"""``python -m concurra_cli``: the same as the command ``concurra-cli``."""

from concurra_cli.main import run

if __name__ == "__main__":
    run()
