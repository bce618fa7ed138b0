"""A Ray cluster of two nodes on this machine, in a process of its own; it ends with its input.

Run: python cluster.py FOLDER
It prints one line of JSON: the address, and the process id of the second node's raylet.
"""

from __future__ import annotations

import json
import os
import sys

os.environ["RAY_USAGE_STATS_ENABLED"] = "0"

OBJECT_STORE = 80 * 1024 * 1024  # bytes; the least that Ray takes is 75 MB
# A dead node is noticed after about a second and not after fifteen.
HEALTH = {
    "health_check_initial_delay_ms": 0,
    "health_check_period_ms": 500,
    "health_check_failure_threshold": 4,
}


def main() -> None:
    from ray._private.ray_constants import PROCESS_TYPE_RAYLET
    from ray.cluster_utils import Cluster

    node = {"num_cpus": 1, "object_store_memory": OBJECT_STORE, "node_ip_address": "127.0.0.1"}
    node |= {"include_dashboard": False}
    cluster = Cluster()
    cluster.add_node(**node, temp_dir=sys.argv[1], _system_config=HEALTH)
    second = cluster.add_node(**node)
    raylet = second.all_processes[PROCESS_TYPE_RAYLET][0].process.pid
    sys.stdout.write(json.dumps({"address": cluster.address, "second_raylet": raylet}) + "\n")
    sys.stdout.flush()
    sys.stdin.read()
    cluster.shutdown()


if __name__ == "__main__":
    main()
