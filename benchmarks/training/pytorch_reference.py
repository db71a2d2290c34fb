"""The lab's procedure in PyTorch: the same network, batches and Adam (`pip install torch==2.13.0`)."""

import numpy as np
import torch
from torch import nn

from benchmarks.training.keras_reference import KL_WEIGHT, LATENT_DIM, LEARNING_RATE
from benchmarks.training.lab_reference import BATCH_SIZE, HostBatches


def encoder(num_outputs: int, width: int = 12) -> nn.Module:
    """Pixels `(batch, 3, 64, 64)` to `num_outputs` numbers."""
    stack: list[nn.Module] = []
    channels = 3
    for filters, kernel in ((width, 5), (2 * width, 5), (4 * width, 3), (6 * width, 3)):
        stack += [nn.Conv2d(channels, filters, kernel, 2, kernel // 2), nn.ReLU(), nn.BatchNorm2d(filters)]
        channels = filters
    stack += [nn.Flatten(), nn.Linear(16 * channels, 512), nn.ReLU(), nn.Linear(512, num_outputs)]
    return nn.Sequential(*stack)


def decoder(width: int = 12) -> nn.Module:
    """Latents to pixels."""
    stack = [nn.Linear(LATENT_DIM, 16 * 6 * width), nn.ReLU(), nn.Unflatten(1, (6 * width, 4, 4))]
    channels = 6 * width
    for filters, kernel in ((4 * width, 3), (2 * width, 3), (width, 5), (3, 5)):
        stack += [nn.ConvTranspose2d(channels, filters, kernel, 2, kernel // 2, 1), nn.ReLU()]
        channels = filters
    return nn.Sequential(*stack[:-1])


class PytorchTraining:
    """Args as for `benchmarks.training.lab_reference.LabTraining`."""

    def __init__(self, images: np.ndarray, labels: np.ndarray, model: str, batch_size: int = BATCH_SIZE):
        self._batches = HostBatches(images, labels, batch_size)
        self._is_dbvae = model == "dbvae"
        self._encoder = encoder(1 + 2 * LATENT_DIM if self._is_dbvae else 1).eval()
        weights = list(self._encoder.parameters())
        if self._is_dbvae:
            self._batches.probabilities = np.full(len(self._batches.faces), 1 / len(self._batches.faces))
            self._decoder = decoder()
            weights += self._decoder.parameters()
        self._optimizer = torch.optim.Adam(weights, LEARNING_RATE)

    def run(self, num_steps: int) -> None:
        """Takes steps."""
        for _ in range(num_steps):
            host_pixels, host_labels = next(self._batches)
            pixels = torch.from_numpy(host_pixels).permute(0, 3, 1, 2).contiguous()
            self._optimizer.zero_grad()
            loss = self._loss(pixels, torch.from_numpy(host_labels))
            loss.backward()
            self._optimizer.step()
        loss.item()

    def _loss(self, pixels: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
        outputs = self._encoder(pixels)
        losses = nn.functional.binary_cross_entropy_with_logits(outputs[:, 0], labels, reduction="none")
        if self._is_dbvae:
            z_mean, z_log_var = outputs[:, 1:].chunk(2, dim=1)
            rebuilt = self._decoder(z_mean + torch.exp(0.5 * z_log_var) * torch.randn_like(z_mean))
            reconstruction = (pixels - rebuilt).abs().mean(dim=(1, 2, 3))
            kl = 0.5 * (z_log_var.exp() + z_mean**2 - 1 - z_log_var).sum(dim=1)
            losses = losses + labels * (reconstruction + KL_WEIGHT * kl)
        return losses.mean()
