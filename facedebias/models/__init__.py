"""The networks, the classifier and the DB-VAE, and what happens to pictures before them.

A model or a penalty is added by one file, with its settings and its class, and one line below.
"""

from facedebias.configuration.registry import Registry

MODELS = Registry(
    "model",
    {
        "classifier": "facedebias.models.model_settings:ClassifierSettings",
        "dbvae": "facedebias.models.model_settings:DBVAESettings",
    },
)
PENALTIES = Registry(
    "penalty",
    {
        "none": "facedebias.models.penalty_settings:NoPenalty",
        "mmd": "facedebias.models.penalty_settings:MMD",
        "adversary": "facedebias.models.penalty_settings:Adversary",
    },
)
ORIGINAL, SEEN = "original", "seen"
"""What a decoder may rebuild: the picture in the file, or as the network saw it."""
