"""Training: data, sampling, augmentation, losses, stages, loop. Never imported at run time."""
