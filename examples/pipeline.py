"""Orders on their way through a shop: each step gets what the steps before it returned.

    orders ──┬─▶ known items ──┐
             │                 ├─▶ bills ──┬─▶ ship
    prices ──┴─────────────────┘           └─▶ income

A task's result is passed on by the `Ref` that `add_task` returns, as a positional argument, and passing it is
all it takes to make one task wait for another. ``depends_on`` is for waiting alone.

Run it with ``python examples/pipeline.py`` or ``concurra-cli run examples/pipeline.py``.
"""

import json
import time
from typing import TypeAlias

import concurra

Orders: TypeAlias = dict[str, dict[str, int]]  # what each customer wants, and how many of it
Prices: TypeAlias = dict[str, float]
Bills: TypeAlias = dict[str, float]


def fetch_orders() -> Orders:
    """Return the orders of the day."""
    time.sleep(0.1)
    return {"Ada": {"lamp": 1, "rug": 2}, "Ben": {"lamp": 3}, "Cleo": {"globe": 1}}


def fetch_prices() -> Prices:
    """Return the price of everything in the shop."""
    time.sleep(0.2)
    return {"lamp": 24.5, "rug": 80.0}


def check_stock(orders: Orders, prices: Prices) -> Orders:
    """Return the orders of which everything is in the shop."""
    return {customer: order for customer, order in orders.items() if order.keys() <= prices.keys()}


def make_bills(orders: Orders, prices: Prices) -> Bills:
    """Return what each customer has to pay."""
    return {
        customer: sum(prices[item] * count for item, count in order.items())
        for customer, order in orders.items()
    }


def ship(orders: Orders) -> list[str]:
    """Return the parcels that have left the shop."""
    time.sleep(0.1)
    return [f"{sum(order.values())} pieces for {customer}" for customer, order in orders.items()]


def add_up(bills: Bills) -> float:
    """Return the income of the day."""
    return sum(bills.values())


def flow() -> concurra.TaskRunner:
    """Return a runner that brings the orders of the day to their customers."""
    runner = concurra.TaskRunner(max_concurrency=2, name="shop")
    orders = runner.add_task(fetch_orders, label="orders")
    prices = runner.add_task(fetch_prices, label="prices")
    accepted = runner.add_task(check_stock, orders, prices, label="known items")
    bills = runner.add_task(make_bills, accepted, prices, label="bills")
    runner.add_task(ship, accepted, label="ship", depends_on=[bills])  # no parcel before its bill
    runner.add_task(add_up, bills, label="income")
    return runner


if __name__ == "__main__":
    results = flow().run()
    print(json.dumps({label: results[label]["result"] for label in ("bills", "ship", "income")}, indent=4))
