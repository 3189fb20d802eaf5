"""Command-line programs; the only place that prints, opens windows and reads arguments."""
