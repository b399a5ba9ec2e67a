"""A Gaussian process: Matern 5/2, a length scale for each parameter, fitted by maximum marginal likelihood."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from runner.sweep.sampler.surrogate.axis import Array

LENGTHS = (0.03, 20.0)
AMPLITUDE = (0.05, 20.0)
NOISE = (1e-6, 1.0)
JITTER = 1e-9
STARTS = ((0.5, 1e-3), (0.2, 1e-1))
"""Length scales, for one parameter, and noise that the climb begins with: a smooth function, and a rough one."""
MANY = 200
"""So many observations are enough for the parameters, whose cost grows with the third power."""

Owner = NDArray[np.intp]


@dataclass
class Process:
    """What is known after some observations of values with mean 0 and deviation 1.

    Source: Rasmussen, Williams, "Gaussian Processes for Machine Learning", 2006: algorithm 2.1, equations 2.25, 2.26,
    5.8 and 5.9.

    Attributes:
        x: A row of columns for each observation.
        y: What was observed.
        owner: The parameter that each column belongs to: its columns share a length scale.
        lengths: Length scale of each parameter.
        amplitude: Variance of the function.
        noise: Variance of what is added to it.
    """

    x: Array
    y: Array
    owner: Owner
    lengths: Array
    amplitude: float = 1.0
    noise: float = 1e-3
    factor: Array = field(init=False, repr=False)
    weights: Array = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Factor the covariance of the observations."""
        from scipy.linalg import cho_solve, cholesky

        covariance = self.covariance(self.x, self.x)
        covariance[np.diag_indices_from(covariance)] += self.noise + JITTER
        self.factor = cholesky(covariance, lower=True, check_finite=False)
        self.weights = cho_solve((self.factor, True), self.y, check_finite=False)

    def covariance(self, a: Array, b: Array) -> Array:
        """Return the prior covariance of the function at the rows of ``a`` and of ``b``."""
        from scipy.spatial.distance import cdist

        scale = self.lengths[self.owner]
        return matern(cdist(a / scale, b / scale, "sqeuclidean"), self.amplitude)[0]

    def predict(self, x: Array) -> tuple[Array, Array]:
        """Return mean and deviation of the function at rows, without the noise of an observation."""
        from scipy.linalg import solve_triangular

        cross = self.covariance(self.x, x)
        explained = solve_triangular(self.factor, cross, lower=True, check_finite=False)
        variance = self.amplitude - np.einsum("ij,ij->j", explained, explained)
        return cross.T @ self.weights, np.sqrt(np.maximum(variance, 1e-12))

    def slopes(self, x: Array) -> tuple[float, float, Array, Array]:
        """Return mean and deviation at one row, and the slopes of both along its columns."""
        from scipy.linalg import cho_solve

        scale = self.lengths[self.owner]
        apart = (x - self.x) / scale
        cross, steep = matern(np.einsum("ij,ij->i", apart, apart), self.amplitude)
        solved = cho_solve((self.factor, True), cross, check_finite=False)
        deviation = np.sqrt(max(self.amplitude - cross @ solved, 1e-12))
        moved = -2 * steep[:, None] * apart / scale  # slope of each covariance
        return float(cross @ self.weights), float(deviation), self.weights @ moved, -(solved @ moved) / deviation

    def believing(self, x: Array) -> Process:
        """Return the process after observations at rows ``x`` that were just what it expects there.

        Source: Ginsbourger, Le Riche, Carraro, "Kriging Is Well-Suited to Parallelize Optimization", 2010, section 3.
        """
        if not len(x):
            return self
        y = np.concatenate([self.y, self.predict(x)[0]])
        return Process(np.concatenate([self.x, x]), y, self.owner, self.lengths, self.amplitude, self.noise)


def matern(squared: Array, amplitude: float) -> tuple[Array, Array]:
    """Return the Matern 5/2 covariance at squared distances, and minus its slope with respect to them."""
    root = np.sqrt(5 * squared)
    decay = amplitude * np.exp(-root)
    return (1 + root + root**2 / 3) * decay, 5 / 6 * (1 + root) * decay


def likelihood(theta: Array, squared: Array, y: Array) -> tuple[float, Array]:
    """Return the logarithm of the marginal likelihood, and its slopes.

    Args:
        theta: Logarithms of the length scales, the amplitude and the noise.
        squared: [parameters, n, n]: squared distances of the observations along each parameter, at length scale 1.
        y: [n]: what was observed.
    """
    from scipy.linalg.lapack import dpotrf, dpotri  # without the checks of scipy.linalg: half of the time

    count, rows = len(squared), len(y)
    diagonal = np.diag_indices(rows)
    apart = np.exp(-2 * theta[:count])
    amplitude, noise = np.exp(theta[count:])
    covariance, steep = matern((apart @ squared.reshape(count, -1)).reshape(rows, rows), amplitude)
    noisy = covariance.copy()
    noisy[diagonal] += noise + JITTER
    factor, _ = dpotrf(noisy, lower=True, overwrite_a=True)
    logarithm = np.log(factor[diagonal]).sum()
    inverse, _ = dpotri(factor, lower=True)
    inverse = np.tril(inverse) + np.tril(inverse, -1).T
    weights = inverse @ y
    value = -0.5 * y @ weights - logarithm - rows / 2 * np.log(2 * np.pi)
    outer = np.outer(weights, weights) - inverse
    along = squared.reshape(count, -1) @ (outer * steep).ravel()
    return float(value), np.array(
        [*(apart * along), 0.5 * np.vdot(outer, covariance), 0.5 * noise * outer[diagonal].sum()]
    )


def fit_process(x: Array, y: Array, owner: Owner, near: Process | None = None) -> tuple[Process, float]:
    """Return the process whose length scales, amplitude and noise make the observations most likely, and how likely.

    The logarithm of the marginal likelihood is climbed by L-BFGS-B: from a smooth start and from a rough one, or from
    where another process is.

    Args:
        x: A row of columns for each observation.
        y: What was observed, with mean 0 and deviation 1; all zero where nothing differs.
        owner: The parameter that each column belongs to.
        near: A process for observations much like these.
    """
    from scipy.optimize import minimize

    count = int(owner[-1]) + 1
    if not y.any():
        return Process(x, y, owner, np.full(count, 0.5)), 0.0
    few = _telling(y)
    squared = np.stack([_squared(x[few][:, owner == place]) for place in range(count)])
    bounds = np.log([LENGTHS] * count + [AMPLITUDE, NOISE])
    if near is None:
        starts = [[length * np.sqrt(count)] * count + [1.0, noise] for length, noise in STARTS]
    else:
        starts = [[*near.lengths, near.amplitude, near.noise]]
    found = [
        minimize(
            lambda theta: tuple(-part for part in likelihood(theta, squared, y[few])),
            np.clip(np.log(start), *bounds.T),
            jac=True,
            method="L-BFGS-B",
            bounds=bounds,
            options={"maxiter": 30, "ftol": 1e-5},
        )
        for start in starts
    ]
    best = min(found, key=lambda result: float(result.fun))
    amplitude, noise = np.exp(best.x[count:]).tolist()
    return Process(x, y, owner, np.exp(best.x[:count]), amplitude, noise), -float(best.fun)


def _telling(y: Array) -> Owner:
    """Return which of many observations decide on the parameters: the better half of so many, and others evenly."""
    order = np.argsort(-y, kind="stable")
    if len(y) <= MANY:
        return order
    rest = order[MANY // 2 :]
    return np.concatenate([order[: MANY // 2], rest[np.linspace(0, len(rest) - 1, MANY - MANY // 2).astype(int)]])


def _squared(x: Array) -> Array:
    """Return the squared distances between rows."""
    return np.asarray(((x[:, None] - x[None]) ** 2).sum(axis=-1))
