"""Which figures docs/performance.md shows, by table and result file: what each is, and its target."""

# Table -> result file -> figure -> what it is, and what was asked of it.
Shown = dict[str, dict[str, dict[str, tuple[str, str]]]]

FIGURES: Shown = {
    "Training against its peers": {
        "training_speed": {
            "dbvae_end_to_end_vs_lab": ("DB-VAE against the lab's procedure", "1.4"),
            "dbvae_end_to_end_vs_pytorch": ("DB-VAE against PyTorch", "1.25"),
            "dbvae_end_to_end_vs_keras_fit": ("DB-VAE against Keras `fit`", ""),
            "cnn_end_to_end_vs_lab": ("classifier against the lab's procedure", "1.1"),
            "cnn_end_to_end_vs_pytorch": ("classifier against PyTorch", ""),
            "cnn_end_to_end_vs_keras_fit": ("classifier against Keras `fit`", ""),
            "dbvae_best_vs_lab": ("DB-VAE at batch 128 against the lab's procedure at 32", "2.2"),
            "bare_step_vs_plain_keras": ("DB-VAE's step at batch 128 against plain Keras", "1.3"),
            "dbvae_augmented_vs_plain": ("DB-VAE with flips and light against none", ""),
        },
    },
    "What train.py does by default": {
        "default_speed": {
            "default_dbvae_vs_lab": ("DB-VAE against the lab's procedure, augmented alike", "2.2"),
            "default_cnn_vs_lab": ("classifier against it", ""),
            "default_dbvae_vs_bare": ("DB-VAE end to end, share of its step's rate", "95"),
            "default_cnn_vs_bare": ("classifier end to end, share of its step's rate", "95"),
        },
    },
    "What training costs beyond its step": {
        "overhead": {
            "dbvae_end_to_end_vs_bare_step": ("DB-VAE end to end, share of its step's rate", "95"),
            "cnn_end_to_end_vs_bare_step": ("classifier end to end, share of its step's rate", ""),
        },
        "sampler_speed": {
            "sampler_share_110k": ("sampler, share of a step, 110,000 rows", "at most 4"),
            "sampler_cost_1m_vs_10k": ("sampler at 1,000,000 rows against 10,000", "at most 1.5"),
        },
        "training_memory": {
            "anonymous_memory_10k_mb": ("memory, 10,000 rows", ""),
            "anonymous_memory_1m_mb": ("memory, 1,000,000 rows (12 GB)", ""),
            "anonymous_memory_growth_mb": ("difference in memory", "55, the sampler's state"),
        },
        "cold_file": {
            "cold_vs_warm_training": ("training from the disk, share of the rate from memory", ""),
            "rate_reading": ("reading random pictures from the disk alone", ""),
        },
    },
    "Preparing, scoring and answering": {
        "prepare_speed": {
            "prepare_vs_decoding": ("preparing, share of the rate of decoding alone", "80"),
            "memory_1_crops_mb": ("memory of preparing, one crop a picture", ""),
            "memory_5_crops_mb": ("memory of preparing, five crops a picture", ""),
        },
        "evaluate_speed": {
            "scoring_vs_bare_forward": ("scoring a file, share of the bare forward pass", "90"),
            "help_train_seconds": ("`train.py --help`", "below 1"),
            "help_evaluate_seconds": ("`evaluate.py --help`", "below 1"),
            "first_answer_saved_model_ms": ("exported model: loading and first answer", ""),
            "single_picture_saved_model_ms": ("exported model: a picture (not mirrored)", ""),
            "first_answer_litert_ms": ("LiteRT: loading and first answer", ""),
            "single_picture_litert_ms": ("LiteRT: a picture", ""),
        },
    },
    "Searching photographs": {
        "detect_speed": {
            "detect_1600_ms": ("searching a picture of 1600x1200", "at most 250"),
            "exhaustive_1600_ms": ("the same by all windows", ""),
            "exhaustive_vs_detect": ("by all windows, against the first pass", ""),
            "exhaustive_vs_bare_forward": ("by all windows, share of the bare forward pass", "90"),
        },
        "portraits_speed": {
            "ppb_minutes": ("audit of 1,270 portraits and as many non-faces", "below 5"),
        },
    },
    "The audit": {
        "audit_speed": {
            "audit_2_groups_seconds": ("audit of 100,000 scores in 2 groups", ""),
            "audit_100k_seconds": ("audit of 100,000 scores in 14 groups", "below 5"),
            "audit_100_groups_seconds": ("audit of 100,000 scores in 100 groups", ""),
            "fairlearn_bootstrap_scaled_seconds": ("Fairlearn's bootstrap of six rates in 14 groups", ""),
            "audit_vs_fairlearn_bootstrap_scaled": ("audit in 14 groups against that", ""),
        },
        "million_rows": {
            "million_rows_audit_cpu_seconds": ("1,000,000 predictions read and audited, CPU", "below 10"),
            "million_rows_audit_memory": ("memory of that", "below 1"),
            "million_rows_audit_and_report_cpu_seconds": ("the same with the report, CPU", ""),
        },
    },
}

# Of step_speed: the step with parts of it turned off.
VARIANTS = {
    "own": "as it is",
    "own_without_shards": "without shards",
    "own_on_one_core_without_shards": "without shards, on one core",
    "own_without_onednn": "without oneDNN",
    "plain_keras": "plain Keras",
    "plain_keras_without_onednn": "plain Keras without oneDNN",
}
# Of rewrites: parts of the step, alone.
PARTS = {
    "batch_normalisation": "batch normalization of the first layer, against its statistics alone",
    "transposed_convolution": "last transposed convolution with its loss, against packed",
    "adam": "Keras' Adam, against one kernel a variable",
    "flip": "flips of half the pictures",
    "gamma_and_brightness": "gamma and brightness",
    "moves": "turning, enlarging, stretching and moving",
}
# Part of the step -> what its operations are called; the first that fits.
KINDS = {
    "gradients of kernels (convolutions)": ("BackpropFilter",),
    "gradients of inputs; transposed convolutions forward": ("BackpropInput",),
    "convolutions forward": ("Conv2D",),
    "dense layers": ("MatMul",),
    "Adam": ("ApplyAdam",),
    "sums and means (batch statistics, losses)": ("Mean", "Sum", "SquaredDifference", "BiasAddGrad"),
    "all else": ("",),
}
# Of cost_curves: what grows with the rows of the file.
GROWTH = {
    "step_ms_by_rows": "a step of 32, ms",
    "sampler_ms_by_rows": "the sampler's part of it, ms",
    "memory_mb_by_rows": "memory, MB",
}
