"""Machine learning: scikit-learn learns handwritten digits; another process reads new ones.

The 1,797 pictures of 8 x 8 pixels come with scikit-learn. The model is kept by skops, so that
loading it makes no object of a type that is not known to be harmless.
"""

import numpy as np
from sklearn.datasets import load_digits
from sklearn.decomposition import PCA
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import whole_way
from podplanner.models import Dataset, load, origin, save


def pictures() -> list[np.ndarray]:
    """Return pictures to learn from and new ones, and what they are, always parted alike."""
    images, digits = load_digits(return_X_y=True)
    return train_test_split(images, digits, test_size=0.25, random_state=7, stratify=digits)


def train(store: str) -> None:
    """Learn, measure on pictures that were not learnt from, and save."""
    known, new, known_digits, new_digits = pictures()
    model = make_pipeline(
        StandardScaler(), PCA(32, random_state=7), LogisticRegression(C=0.1, max_iter=500)
    )
    model.fit(known, known_digits)
    accuracy = float(model.score(new, new_digits))
    saved = save(
        model,
        "examples/digits",
        store=store,
        metrics={"accuracy": round(accuracy, 4)},
        dataset=Dataset.from_arrays(known, known_digits, name="digits of scikit-learn"),
        alias="prod",
    )
    print(f"saved {saved.reference}: accuracy {accuracy:.3f} on {len(new)} new pictures")


def infer(store: str) -> None:
    """Answer for pictures that the model has never seen."""
    _, new, _, new_digits = pictures()
    model = load("examples/digits:prod", store=store)
    answers = model.predict_proba(new[:5])
    for digit, chances in zip(new_digits, answers, strict=False):
        best = int(chances.argmax())
        print(f"a {digit}: read as {best} with probability {float(chances[best])!r}")
    print(f"answered by {origin(model).reference}, digest {origin(model).digest}")


if __name__ == "__main__":
    whole_way.main(train, infer)
