"""Import and export: files of leads in, files of leads out."""
