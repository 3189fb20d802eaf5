"""Training: data, sampling, augmentation, losses, distillation, loop. Nothing at run time imports it."""
