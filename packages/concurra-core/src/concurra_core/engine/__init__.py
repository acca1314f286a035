"""Decides: what runs next, what ends how, what follows. Holds no thread, no clock and no lock."""
