"""gapkit: compare an infrastructure-as-code answer with its reference, requirement by requirement."""

__version__ = "0.1.0"
