"""An engine laid out over pods: which pod runs what, how often data is kept, what it holds."""

from podplanner.planning.deployment.cluster import (
    Cluster,
    Member,
    Metadata,
    Ports,
    Service,
    lay_out,
    ports_of,
)
from podplanner.planning.deployment.findings import findings_of
from podplanner.planning.deployment.redundancy import Redundancy, redundancy_of
from podplanner.planning.deployment.result import DeploymentError, Finding
from podplanner.planning.deployment.room import Room, room_of
from podplanner.planning.deployment.site import Site, check_sites, read_host, read_hosts, with_racks
from podplanner.planning.deployment.storage import Storage, cluster_layout, storage_of

__all__ = [
    "Cluster",
    "DeploymentError",
    "Finding",
    "Member",
    "Metadata",
    "Ports",
    "Redundancy",
    "Room",
    "Service",
    "Site",
    "Storage",
    "check_sites",
    "cluster_layout",
    "findings_of",
    "lay_out",
    "ports_of",
    "read_host",
    "read_hosts",
    "redundancy_of",
    "room_of",
    "storage_of",
    "with_racks",
]
