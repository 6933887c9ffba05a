"""From a complete request to files: loads the song and the checkpoint, generates, post-processes, writes, and reports."""
