"""What lets other frameworks and trackers be measured here, and this tracker there."""
