"""Which bay each drive takes, so that as few parts as possible take data with them.

`place` is the whole; `survivable` answers the question for one kind of component alone.
"""

from podplanner.planning.placement.demand import Demand, survivable
from podplanner.planning.placement.failures import Failure
from podplanner.planning.placement.placing import Misfit, Placement, place
from podplanner.planning.placement.proof import Kill
from podplanner.planning.placement.seating import Seat

__all__ = ["Demand", "Failure", "Kill", "Misfit", "Placement", "Seat", "place", "survivable"]
