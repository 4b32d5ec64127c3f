"""Ceph clusters that nobody has, in the documents that Ceph 16 writes of one."""


def cluster(
    *, osds=4, down=(), out=(), states=None, acting=None, drained=None, size=3, min_size=2, kind=1,
    checks=None, degraded=0.0, misplaced=0.0, manager=True,
):  # fmt: skip
    """Return the documents of a cluster by name of file.

    Args:
        osds: How many; each on a drive `MADE000N` at /dev/sdX.
        states: State -> how many placement groups; None: all are active+clean.
        acting: Placement group -> (state, OSDs); None: none is told.
        drained: OSDs that may be destroyed; None: it was not asked.
    """
    letters = "abcdefghijklmnopqrstuvwxyz"
    found = {
        "status.json": {
            "fsid": "00000000-1111-2222-3333-444444444444",
            "health": {"status": "HEALTH_WARN" if checks else "HEALTH_OK", "checks": {
                name: {"severity": "HEALTH_WARN", "summary": {"message": message, "count": 1},
                       "muted": False}
                for name, message in (checks or {}).items()
            }, "mutes": []},
            "osdmap": {"num_osds": osds, "num_up_osds": osds - len(down)},
            "pgmap": {
                "pgs_by_state": [{"state_name": name, "count": count} for name, count in
                                 (states or {"active+clean": 32}).items()],
                "num_pgs": 32, "degraded_ratio": degraded, "misplaced_ratio": misplaced,
            },
            "mgrmap": {"available": manager, "num_standbys": 0},
        },
        "dump.json": {
            "epoch": 20, "max_osd": osds, "flags": "sortbitwise",
            "osds": [{"osd": n, "up": int(n not in down), "in": int(n not in out), "weight": 1}
                     for n in range(osds)],
            "pools": [{"pool": 1, "pool_name": "models", "type": kind, "size": size,
                       "min_size": min_size, "erasure_code_profile": "ec" if kind == 3 else ""}],
            "erasure_code_profiles": {"ec": {"k": str(size - 2), "m": "2", "plugin": "jerasure"}},
        },
        "metadata.json": [
            {"id": n, "hostname": "pod", "osd_objectstore": "bluestore", "devices":
             f"sd{letters[n]}", "device_ids": f"sd{letters[n]}=MADE_UP-4000_MADE{n + 1:04d}",
             "bluestore_bdev_devices": f"sd{letters[n]}", "bluestore_bdev_size": "4000783007744"}
            for n in range(osds)
        ],
    }  # fmt: skip
    if acting is not None:
        found["pgs.json"] = {"pg_ready": True, "pg_stats": [
            {"pgid": pgid, "state": state, "up": list(where), "acting": list(where)}
            for pgid, (state, where) in acting.items()
        ]}  # fmt: skip
    if drained is not None:
        found["drained.json"] = {
            "safe_to_destroy": sorted(drained), "missing_stats": [], "stored_pgs": [],
            "active": [n for n in range(osds) if n not in drained],
        }  # fmt: skip
    return found
