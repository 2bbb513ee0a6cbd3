"""The law as data: rules callable by name, cited numbers, decisions that can be explained and replayed."""
