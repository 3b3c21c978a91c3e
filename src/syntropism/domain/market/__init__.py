"""The market: bundles, bids, clearing, payments, prices. The exact integer reference."""
