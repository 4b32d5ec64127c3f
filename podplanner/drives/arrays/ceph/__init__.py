"""The state of a Ceph cluster, as its own commands tell it in JSON."""
