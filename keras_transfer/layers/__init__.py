"""Parts a user may subclass: projection head, patch mask, momentum copy, gradient reversal."""
