"""Rules as data: decision tables with hit policies, and rules that infer facts from facts.

Nothing in them is ever run as code: conditions are the unary tests of S-FEEL, numbers are exact.
"""

from podplanner.models.decision_tables.rule_base import Inferred, RuleBase
from podplanner.models.decision_tables.table import Decision, DecisionTable

__all__ = ["Decision", "DecisionTable", "Inferred", "RuleBase"]
