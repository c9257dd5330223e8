"""Nothing is lost and nothing doubled: `python -m benchmarks.outage`, some twenty minutes.

A thousand turns, asked of desks that are killed at any moment, while Langfuse refuses, hangs, answers 400, 429, 500
and 502, cuts connections and goes away. Afterwards every turn must be there with all its steps, and every vote as it
stands in the catalogue, once. What a person waits for it is measured by `python -m benchmarks.traces`.
"""

import argparse
import tempfile
import time
from collections import Counter
from pathlib import Path

from assistant.desk import Desk
from assistant.samples import SAMPLES
from assistant.settings import Settings
from ingest.sources import walk
from tests.assistant.tracing.outage import Outage


def main() -> None:
    """Run it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--turns", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=7)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder, "home")
        with Desk(Settings(home=home)) as desk:
            for _ in desk.ingest(walk([SAMPLES / "documents"], collection="samples")):
                pass
        outage = Outage(home=home, turns=arguments.turns, longest_s=10, seed=arguments.seed)
        began = time.monotonic()
        outage.run()
        minutes = (time.monotonic() - began) / 60
        differences = outage.differences()
        size = (home / "catalogue.sqlite").stat().st_size / 2**20
    langfuse = outage.langfuse
    deleted = Counter(path.split("/")[-2] for path in langfuse.deleted)
    print(f"{len(langfuse.traces)} turns in {minutes:.0f} min, {outage.kills} kills, {langfuse.requests} requests")
    print(f"faults: {', '.join(f'{name} {times}' for name, times in sorted(outage.faults.items()))}")
    print(f"{len(langfuse.spans)} observations, {len(outage.scores)} votes stand, {deleted['scores']} were taken back")
    print(f"sent more than once, under the same id: {sum(times > 1 for times in langfuse.arrivals.values())}")
    print(f"the catalogue, emptied of what waited: {size:.1f} MB")
    if differences:
        raise SystemExit("\n".join([f"{len(differences)} differences:", *differences[:20]]))
    print("differences between Langfuse and the catalogue: none")


if __name__ == "__main__":
    main()
