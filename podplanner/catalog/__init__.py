"""Parts and parts lists: models, readers, writers, and how they find each other."""
