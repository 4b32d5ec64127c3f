"""The demo: a pod priced, planned and checked, and a model trained, stored, loaded and asked.

What the steps do, apart from how a command tells of them.
"""
