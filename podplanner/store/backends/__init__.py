"""Backends behind the port: where a store's objects really lie."""
