"""New intents join a model without the texts of the others, and in a fraction of time.

What was learnt before is kept as vectors: only what is new is encoded. The votes are
those of a fresh fit over the same likeness, not an approximation of them.
"""

from collections.abc import Sequence

import numpy as np

from bot.model.intents import IntentModel
from bot.model.origins import Origins
from storage.problems import BadInput
from training.dataset import Example
from training.intents import IntentConfig, names_of, origins_of
from training.solving import model_of, solved


def join(
    model: IntentModel, new: Sequence[Example], config: IntentConfig
) -> IntentModel:
    """The model with more examples, of intents that it knows or of new ones.

    How rare pieces of spelling are, and what is common to all texts, stays as it was;
    the thresholds of its release stay, too. A fresh fit now and then renews both.

    Raises:
        BadInput: KF-404, the model does not say what its landmarks are.
    """
    if model.origins is None:
        raise BadInput(
            "KF-404",
            "new intents cannot join this model",
            why="an older kefu made it, or it keeps only some of its questions",
            fix="train it again on all questions",
        )
    known = [each for each in new if each.intent is not None]
    if not known:
        return model
    labels = tuple(sorted({*model.labels, *(str(each.intent) for each in known)}))
    fresh = [each for each in known if each.intent not in model.labels]
    names = names_of(fresh, config.named)
    moved = np.asarray([labels.index(each) for each in model.labels])
    before = model.origins
    origins = Origins(
        places=moved[before.places],
        kinds=before.kinds,
        spoken=before.spoken,
        languages=before.languages,
        ridge=before.ridge,
    ).joined(origins_of(known, names, [], labels, before.ridge))
    texts = [each.text for each in (*known, *names)]
    likeness = model.likeness.hearing(texts)
    added = likeness.rows(texts)
    rows = model.landmarks.joined(added)
    found = solved(likeness, rows, rows, origins.places, len(labels), before.ridge)
    return model_of(labels, found, origins, model.encoder_sha256)
