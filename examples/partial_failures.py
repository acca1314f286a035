"""One task fails: what waits for it is skipped, everything else goes on, and every failure is told."""

import concurra


def parse(text: str) -> float:
    """Return the price that *text* spells."""
    return float(text)


def with_tax(price: float) -> float:
    """Return *price* with a fifth on top."""
    return round(price * 1.2, 2)


runner = concurra.TaskRunner(name="price list")
for item, text in {"tea": "3.50", "cake": "four", "milk": "0.90"}.items():
    price = runner.add_task(parse, text, label=f"parse {item}")
    runner.add_task(with_tax, price, label=f"tax {item}")

results = runner.run(error_message="Some prices are unknown")
for label, result in results.items():
    print(f"{label}: {result['status']}, {result['error'] or result['result']}")
