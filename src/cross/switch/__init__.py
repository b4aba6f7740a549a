"""What Cross does: one function per use case, one file a noun. Decide, save, then do."""
