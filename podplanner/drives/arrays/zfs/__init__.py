"""The state of ZFS pools, as `zpool status` writes it, in JSON (OpenZFS 2.3 on) and in words."""
