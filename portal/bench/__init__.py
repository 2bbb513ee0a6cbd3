"""Measuring: made-up data at national size, and benchmarks of our work against a peer and the limit of the machine."""
