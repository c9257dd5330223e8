"""How well questions are grouped by what they mean: questions on documents, held against the document of each.

    python -m benchmarks.topics ROWS.jsonl... [--names]

ROWS are evaluation rows. Each file is one set; a document stands for a topic, which is more than the truth: a long one
has several. Grouped with several distances (`assistant.insights.grouping.APART` is what the desk takes), and by k-means
that is told the right number.
"""

import argparse
import random
from pathlib import Path

import numpy as np

from assistant.data_sets.rows import read_rows
from assistant.insights.grouping import APART, examples, from_the_middle, grouped, names
from models.embedding import Embedder

_MOST = 2500
_DISTANCES = (0.6, 0.65, 0.7, 0.75, 0.8, 0.85)


def main() -> None:
    """Group and measure."""
    from sklearn.cluster import KMeans
    from sklearn.metrics import adjusted_rand_score, v_measure_score

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("rows", type=Path, nargs="+")
    parser.add_argument("--names", action="store_true", help="say what the groups are called")
    options = parser.parse_args()
    embedder = Embedder()
    for path in options.rows:
        rows = [row for row in read_rows(path) if row.sources]
        rows = random.Random(0).sample(rows, min(_MOST, len(rows)))
        texts = [row.question for row in rows]
        _, truth = np.unique([row.sources[0].document for row in rows], return_inverse=True)
        vectors = from_the_middle(embedder.queries(texts))
        documents = int(truth.max()) + 1
        print(f"{path}: {len(rows)} questions on {documents} documents")
        found = {f"distance {apart}": grouped(vectors, apart=apart) for apart in _DISTANCES}
        found["k-means"] = KMeans(documents, n_init=4, random_state=0).fit_predict(vectors)
        for name, groups in found.items():
            there = groups >= 0
            agreement = adjusted_rand_score(truth[there], groups[there])
            measure = v_measure_score(truth[there], groups[there])
            print(
                f"  {name}: {groups.max() + 1} groups, {there.mean():.0%} in one, "
                f"adjusted Rand {agreement:.2f}, V {measure:.2f}"
            )
        if options.names:
            groups = found[f"distance {APART}"]
            for group, (name, example) in enumerate(zip(names(texts, groups), examples(vectors, groups), strict=True)):
                print(f"  {(groups == group).sum():4} {name}: {texts[example]}")


if __name__ == "__main__":
    main()
