"""The demo province: a made-up Hunan on real boundaries, lived through by the acts that people use.

Everything follows from one seed and from the day of loading. ``province.load`` makes it; no other module may be imported
by the portal itself.
"""
