"""The model store: immutable versions of trained models on a directory or in a bucket."""
