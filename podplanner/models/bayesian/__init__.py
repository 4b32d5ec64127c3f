"""Bayesian networks: read from BIF and XMLBIF, asked exactly, trained by counting."""

from podplanner.models.bayesian.network import BayesianNetwork, Variable

__all__ = ["BayesianNetwork", "Variable"]
