"""Embedders of difficulty, mapper, song position and style that are joined to the mel frames (spec 02 section 3.2)."""

from __future__ import annotations

import torch
from torch import Tensor, nn


def radial_basis(x: Tensor, centers: Tensor, widths: Tensor) -> Tensor:
    """``exp(-(x - c)^2 / (2 w^2))`` over a new last axis."""
    return torch.exp(-((x.unsqueeze(-1) - centers) ** 2) / (2 * widths**2))


class DifficultyEmbedder(nn.Module):
    """Star rating (B,) -> (B, dim)."""

    def __init__(self, dim: int, basis: int = 8, max_difficulty: float = 10.0) -> None:
        super().__init__()
        self.max_difficulty = max_difficulty
        self.basis_centers = nn.Parameter(torch.linspace(0, 1, basis))
        self.basis_widths = nn.Parameter(torch.full((basis,), 0.1))
        self.difficulty_proj = nn.Sequential(
            nn.Linear(basis, dim),
            nn.LayerNorm(dim),
            nn.ReLU(),
            nn.Dropout(0.1),
            nn.Linear(dim, dim),
            nn.LayerNorm(dim),
        )

    def forward(self, stars: Tensor) -> Tensor:
        return self.difficulty_proj(radial_basis(stars / self.max_difficulty, self.basis_centers, self.basis_widths))


class MapperEmbedder(nn.Module):
    """Mapper index (B,), -1 for unknown -> (B, dim)."""

    def __init__(self, dim: int, mappers: int) -> None:
        super().__init__()
        self.mappers = mappers
        self.embedding = nn.Embedding(mappers + 1, dim)
        self.dropout = nn.Dropout(0.1)
        self.layer_norm = nn.LayerNorm(dim)

    def forward(self, index: Tensor) -> Tensor:
        known = torch.where(index == -1, self.mappers, index).clamp(0, self.mappers)
        return self.layer_norm(self.dropout(self.embedding(known)))


class SongPositionEmbedder(nn.Module):
    """Start and end of the window as fractions of the song (B, 2) -> (B, dim)."""

    def __init__(self, dim: int, basis: int = 10) -> None:
        super().__init__()
        self.basis_centers = nn.Parameter(torch.linspace(0, 1, basis))
        self.basis_widths = nn.Parameter(torch.full((basis,), 0.1))
        self.position_proj = nn.Sequential(
            nn.Linear(2 * basis, 2 * dim),
            nn.LayerNorm(2 * dim),
            nn.ReLU(),
            nn.Dropout(0.1),
            nn.Linear(2 * dim, dim),
            nn.LayerNorm(dim),
        )

    def forward(self, position: Tensor) -> Tensor:
        return self.position_proj(radial_basis(position, self.basis_centers, self.basis_widths).flatten(-2))


class StyleEmbedder(nn.Module):
    """Class of a known beatmap (B,), -1 for unknown -> (B, dim)."""

    def __init__(self, dim: int, classes: int) -> None:
        super().__init__()
        self.classes = classes
        self.embedding = nn.Embedding(classes + 1, dim)

    def forward(self, index: Tensor) -> Tensor:
        return self.embedding(torch.where(index < 0, self.classes, index))
