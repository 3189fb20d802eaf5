"""LowFormer backbones. Knows torch and nothing else."""
