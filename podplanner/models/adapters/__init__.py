"""Adapters: one kind of model a module."""
