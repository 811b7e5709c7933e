"""08-modules-and-minibatches: what typical mistakes give, from modules to the training loop."""

from raisin.lab.mistakes.n08_batches import BATCHES, TRAININGS
from raisin.lab.mistakes.n08_layers import CONTAINERS, LAYERS
from raisin.lab.mistakes.n08_modules import MODES, NAMES
from raisin.lab.mistakes.n08_optimizers import OPTIMIZERS
from raisin.lab.mistakes.n08_print import PRINTED
from raisin.lab.mistakes.n08_switches import DROPOUTS, RECORDINGS

MISTAKES = (
    *NAMES,
    *MODES,
    *PRINTED,
    *LAYERS,
    *CONTAINERS,
    *DROPOUTS,
    *RECORDINGS,
    *BATCHES,
    *OPTIMIZERS,
    *TRAININGS,
)
