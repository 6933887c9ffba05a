"""A background process that keeps one model loaded and decodes for several runs at once (spec 03 section 16)."""
