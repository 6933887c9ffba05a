"""The benchmark of the embedded model: held-out songs, runs, and the figures of each."""
